//! `waymark journey minor`: guardian and best-interests decision of a minor.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record the best-interests decision for a minor
#[derive(Args)]
pub(crate) struct Minor {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The day of the decision.
    #[arg(long, value_name = "DAY")]
    decided_on: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Minor {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::SafeguardMinorRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            decided_on: self.decided_on.text(change.now()),
        };
        let answer = tool.node().await?.returns().safeguard_minor(request).await;
        change.done(answer, "The decision is recorded.")
    }
}
