//! `waymark shelter check-in`: she has arrived at the shelter.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that she has arrived at the shelter
#[derive(Args)]
pub(crate) struct CheckIn {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl CheckIn {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::CheckInToShelterRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.shelters().check_in_to_shelter(request).await;
        change.done(answer, "She is checked in.")
    }
}
