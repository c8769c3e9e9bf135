//! `waymark referral message`: a working message to the other party.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::TextArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Send the other party a working message
#[derive(Args)]
pub(crate) struct Message {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Message {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::SendMessageRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            text: self.text.read()?,
        };
        let answer = tool.node().await?.referrals().send_message(request).await;
        change.done(answer, "The message is on its way.")
    }
}
