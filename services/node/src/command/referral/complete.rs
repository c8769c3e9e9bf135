//! `waymark referral complete`: the service has ended.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Record that the service has ended
#[derive(Args)]
pub(crate) struct Complete {
    /// The referral.
    referral: ThreadId,
    /// How.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Outcome>())]
    outcome: v1::Outcome,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Complete {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::CompleteServiceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            outcome: self.outcome.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().complete_service(request).await;
        change.done(answer, "The referral is completed.")
    }
}
