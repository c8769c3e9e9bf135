//! `waymark journey leg-start`: a leg has begun.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that a leg has begun
#[derive(Args)]
pub(crate) struct LegStart {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The leg: 1, 2, …
    #[arg(long, value_name = "N")]
    leg: u32,
    /// When. Absent: now.
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl LegStart {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::StartLegRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            leg: self.leg,
            at: self.at.map(|at| at.instant(change.now())),
        };
        let answer = tool.node().await?.returns().start_leg(request).await;
        change.done(answer, "The leg has begun.")
    }
}
