//! `waymark shelter confirm`: the held place is hers.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Confirm a held place
#[derive(Args)]
pub(crate) struct Confirm {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Confirm {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::ConfirmPlaceRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.shelters().confirm_place(request).await;
        change.done(answer, "The place is confirmed. Only now may the address be released.")
    }
}
