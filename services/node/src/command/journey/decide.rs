//! `waymark journey decide`: go or not, after both assessments.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Decide whether the journey takes place
#[derive(Args)]
pub(crate) struct Decide {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The decision.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::GoNoGo>())]
    verdict: v1::GoNoGo,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Decide {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::DecideJourneyRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            verdict: self.verdict.into(),
        };
        let answer = tool.node().await?.returns().decide_journey(request).await;
        change.done(answer, "The decision is recorded.")
    }
}
