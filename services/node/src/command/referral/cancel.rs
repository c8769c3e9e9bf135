//! `waymark referral cancel`: asks the other party to cancel after acceptance.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Ask to cancel an accepted referral
#[derive(Args)]
pub(crate) struct Cancel {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Cancel {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RequestCancellationRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().request_cancellation(request).await;
        change.done(answer, "The other party is asked to cancel.")
    }
}
