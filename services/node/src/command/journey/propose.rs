//! `waymark journey propose`: the journey of an accepted hand-over, or a new day for it.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Propose the journey, or a new day for it
#[derive(Args)]
pub(crate) struct Propose {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The day planned.
    #[arg(long, value_name = "DAY")]
    depart: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Propose {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ProposeJourneyRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            depart_on: self.depart.text(change.now()),
        };
        let answer = tool.node().await?.returns().propose_journey(request).await;
        change.done(answer, "The journey is proposed.")
    }
}
