//! `waymark journey place`: a place for the first 72 hours after arrival.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Tie the place for the first 72 hours to the journey
#[derive(Args)]
pub(crate) struct Place {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The referral to the shelter, of the same case. Absent: the receiver gives the place itself.
    #[arg(long, value_name = "REFERRAL")]
    shelter_referral: Option<ThreadId>,
    /// First night.
    #[arg(long, value_name = "DAY")]
    first_night: DayArg,
    /// Last night held.
    #[arg(long, value_name = "DAY")]
    last_night: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Place {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ArrangePlaceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            shelter_referral: self.shelter_referral.map(|referral| referral.to_string()).unwrap_or_default(),
            from_on: self.first_night.text(change.now()),
            until_on: self.last_night.text(change.now()),
        };
        let answer = tool.node().await?.returns().arrange_place(request).await;
        change.done(answer, "The place is tied to the journey.")
    }
}
