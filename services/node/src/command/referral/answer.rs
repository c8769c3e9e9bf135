//! `waymark referral answer`: an answer to the receiver.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::TextArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Answer a question of the receiver
#[derive(Args)]
pub(crate) struct Answer {
    /// The referral.
    referral: ThreadId,
    /// The question.
    #[arg(long, value_name = "ID")]
    question: EventId,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Answer {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::AnswerQuestionRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            question: self.question.to_string(),
            text: self.text.read()?,
        };
        let answer = tool.node().await?.referrals().answer_question(request).await;
        change.done(answer, "The answer is on its way.")
    }
}
