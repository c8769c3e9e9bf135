//! `waymark referral accept`: this office takes the referral. Consented data arrive once the sender has confirmed.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Accept a referral
#[derive(Args)]
pub(crate) struct Accept {
    /// The referral.
    referral: ThreadId,
    /// A case of this office to which it belongs. Absent: a new one is opened.
    #[arg(long, value_name = "CASE")]
    case: Option<ThreadId>,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Accept {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::AcceptReferralRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            case: self.case.map(|case| case.to_string()).unwrap_or_default(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().accept_referral(request).await;
        change.done(
            answer,
            "The referral is accepted. What she consented to arrives when the sender's office has confirmed.",
        )
    }
}
