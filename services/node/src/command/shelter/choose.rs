//! `waymark shelter choose`: takes a held place and gives the others up.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Choose a held place; places held elsewhere for the case are given up
#[derive(Args)]
pub(crate) struct Choose {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Choose {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::ChoosePlaceRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.shelters().choose_place(request).await;
        change.done(answer, "The place is chosen. Places held elsewhere for this case are given up.")
    }
}
