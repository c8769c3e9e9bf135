//! `waymark shelter give-up`: the place is no longer needed.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Give up a place that is no longer needed
#[derive(Args)]
pub(crate) struct GiveUp {
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

impl GiveUp {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::GiveUpPlaceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            reason: self.reason.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.shelters().give_up_place(request).await;
        change.done(answer, "The place is given up: the shelter is told, with thanks.")
    }
}
