//! `waymark shelter check-out`: she has left the shelter.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that she has left the shelter
#[derive(Args)]
pub(crate) struct CheckOut {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl CheckOut {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::CheckOutOfShelterRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.shelters().check_out_of_shelter(request).await;
        change.done(answer, "She is checked out, and the place is free.")
    }
}
