//! `waymark shelter no-show`: she did not come to the shelter.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that she did not come to the shelter
#[derive(Args)]
pub(crate) struct NoShow {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl NoShow {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::ReportNoShowRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.shelters().report_no_show(request).await;
        change.done(answer, "It is recorded that she did not come, and the place is free.")
    }
}
