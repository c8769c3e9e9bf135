//! `waymark shelter refuse`: holds nothing for a request.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Refuse a request for a place
#[derive(Args)]
pub(crate) struct Refuse {
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

impl Refuse {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RefusePlaceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            reason: self.reason.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.shelters().refuse_place(request).await;
        change.done(answer, "The request is refused: the other office is told why.")
    }
}
