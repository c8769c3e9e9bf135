//! `waymark journey depart`: she has left.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that she has left; gates are checked again
#[derive(Args)]
pub(crate) struct Depart {
    /// The referral of the hand-over.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Depart {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::DepartRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.returns().depart(request).await;
        change.done(answer, "She has left. From here on the hand-over cannot be revoked; this office stays responsible until she is met.")
    }
}
