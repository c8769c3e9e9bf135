//! `waymark referral decline`: this office does not take the referral.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Decline a referral
#[derive(Args)]
pub(crate) struct Decline {
    /// The referral.
    referral: ThreadId,
    /// Why.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::DeclineReason>())]
    reason: v1::DeclineReason,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Decline {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::DeclineReferralRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            reason: self.reason.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().decline_referral(request).await;
        change.done(answer, "The referral is declined: its sender is told why.")
    }
}
