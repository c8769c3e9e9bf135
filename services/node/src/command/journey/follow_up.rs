//! `waymark journey follow-up`: a visit or call after arrival.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Record a follow-up after arrival
#[derive(Args)]
pub(crate) struct FollowUp {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// Which: 1, 2, … as scheduled.
    #[arg(long, value_name = "N")]
    number: u32,
    /// How it went.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::FollowUpOutcome>())]
    outcome: v1::FollowUpOutcome,
    #[command(flatten)]
    change: ChangeArgs,
}

impl FollowUp {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RecordFollowUpRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            number: self.number,
            outcome: self.outcome.into(),
        };
        let answer = tool.node().await?.returns().record_follow_up(request).await;
        change.done(answer, "The follow-up is recorded.")
    }
}
