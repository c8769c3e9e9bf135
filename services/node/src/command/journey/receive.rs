//! `waymark journey receive`: she has been met: this office is responsible from now on.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Confirm that she has been met; this office becomes responsible
#[derive(Args)]
pub(crate) struct Receive {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// When she was met. Absent: now.
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Receive {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ConfirmReceptionRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            at: self.at.map(|at| at.instant(change.now())),
        };
        let answer = tool.node().await?.returns().confirm_reception(request).await;
        change.done(answer, "She has been met. From this entry on this office is responsible for her; follow-ups are scheduled.")
    }
}
