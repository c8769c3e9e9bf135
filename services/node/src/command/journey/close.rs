//! `waymark journey close`: nothing more is due.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Close the journey: nothing more is due
#[derive(Args)]
pub(crate) struct Close {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// She chose to stay.
    #[arg(long)]
    stayed: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Close {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::CloseJourneyRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            stayed: self.stayed,
        };
        let answer = tool.node().await?.returns().close_journey(request).await;
        change.done(answer, "The journey is closed.")
    }
}
