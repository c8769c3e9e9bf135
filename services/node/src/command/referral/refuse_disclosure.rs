//! `waymark referral refuse-disclosure`: answers a request for data with a reason.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Refuse a request for data
#[derive(Args)]
pub(crate) struct RefuseDisclosure {
    /// The referral.
    referral: ThreadId,
    /// The request.
    #[arg(long, value_name = "ID")]
    request: EventId,
    /// Why.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::NotDisclosed>())]
    reason: v1::NotDisclosed,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl RefuseDisclosure {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RefuseDisclosureRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            request: self.request.to_string(),
            reason: self.reason.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().refuse_disclosure(request).await;
        change.done(answer, "The refusal is on its way.")
    }
}
