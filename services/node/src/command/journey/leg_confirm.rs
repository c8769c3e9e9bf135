//! `waymark journey leg-confirm`: a leg has ended well.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Confirm that a leg has ended well
#[derive(Args)]
pub(crate) struct LegConfirm {
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

impl LegConfirm {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ConfirmLegRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            leg: self.leg,
            at: self.at.map(|at| at.instant(change.now())),
        };
        let answer = tool.node().await?.returns().confirm_leg(request).await;
        change.done(answer, "The leg is confirmed.")
    }
}
