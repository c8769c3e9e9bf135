//! `waymark journey abort`: the journey ends before reception.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// End the journey before reception
#[derive(Args)]
pub(crate) struct Abort {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// Why.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::AbortReason>())]
    reason: v1::AbortReason,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Abort {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::AbortJourneyRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            reason: self.reason.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.returns().abort_journey(request).await;
        change.done(answer, "The journey is aborted.")
    }
}
