//! `waymark journey mind-changed`: she changed her mind; she needs no reason.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that the person changed her mind
#[derive(Args)]
pub(crate) struct MindChanged {
    /// The referral of the hand-over.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl MindChanged {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::ChangeMindRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.returns().change_mind(request).await;
        change.done(answer, "It is recorded that she changed her mind. She needs no reason.")
    }
}
