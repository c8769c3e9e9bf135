//! `waymark shelter release`: the place is free again before she came.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Set a place free before she came
#[derive(Args)]
pub(crate) struct Release {
    /// The referral.
    referral: ThreadId,
    /// Why.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::PlaceReason>())]
    reason: v1::PlaceReason,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Release {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ReleasePlaceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            reason: self.reason.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.shelters().release_place(request).await;
        change.done(answer, "The place is free again.")
    }
}
