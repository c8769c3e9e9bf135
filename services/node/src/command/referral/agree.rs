//! `waymark referral agree`: agrees to what the other party asked.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Agree to cancel
#[derive(Args)]
pub(crate) struct Agree {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Agree {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::AgreeCancellationRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.referrals().agree_cancellation(request).await;
        change.done(answer, "The referral is cancelled.")
    }
}
