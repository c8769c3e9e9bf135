//! `waymark referral keep`: declines what the other party asked, to cancel; the referral goes on.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Decline to cancel: the referral goes on
#[derive(Args)]
pub(crate) struct Keep {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Keep {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::DeclineCancellationRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().decline_cancellation(request).await;
        change.done(answer, "The referral goes on.")
    }
}
