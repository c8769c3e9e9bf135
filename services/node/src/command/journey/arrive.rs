//! `waymark journey arrive`: she has arrived at the end of the last leg.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that she has arrived
#[derive(Args)]
pub(crate) struct Arrive {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// When. Absent: now.
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Arrive {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RecordArrivalRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            at: self.at.map(|at| at.instant(change.now())),
        };
        let answer = tool.node().await?.returns().record_arrival(request).await;
        change.done(answer, "The arrival is recorded.")
    }
}
