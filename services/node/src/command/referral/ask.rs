//! `waymark referral ask`: a question to the sender.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::TextArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Ask the sender something before deciding
#[derive(Args)]
pub(crate) struct Ask {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Ask {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::AskQuestionRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            text: self.text.read()?,
        };
        let answer = tool.node().await?.referrals().ask_question(request).await;
        change.done(answer, "The question is on its way.")
    }
}
