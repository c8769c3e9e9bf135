//! `waymark journey clear`: every gate is green.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Clear the journey; refused while a gate is red
#[derive(Args)]
pub(crate) struct Clear {
    /// The referral of the hand-over.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Clear {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::ClearJourneyRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.returns().clear_journey(request).await;
        change.done(answer, "The journey is cleared: every gate is green.")
    }
}
