//! `waymark referral mark-error`: something this office wrote should never have been.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Mark an earlier event of this office as entered in error
#[derive(Args)]
pub(crate) struct MarkError {
    /// The referral.
    referral: ThreadId,
    /// The event.
    #[arg(long, value_name = "ID")]
    event: EventId,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl MarkError {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::MarkInErrorRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            event_id: self.event.to_string(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().mark_in_error(request).await;
        change.done(answer, "The event is marked as an error. It stays in the history and counts no more.")
    }
}
