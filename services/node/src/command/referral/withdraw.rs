//! `waymark referral withdraw`: takes a referral back.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Take a referral back
#[derive(Args)]
pub(crate) struct Withdraw {
    /// The referral.
    referral: ThreadId,
    /// At whose wish; the person needs no reason.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::EndedBy>())]
    by: v1::EndedBy,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Withdraw {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::WithdrawReferralRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            by: self.by.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().withdraw_referral(request).await;
        change.done(answer, "The referral is withdrawn. The receiver is told to erase what it holds.")
    }
}
