//! `waymark consent withdraw`: a consent ends now.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Record that a consent is withdrawn
#[derive(Args)]
pub(crate) struct Withdraw {
    /// The case.
    case: ThreadId,
    /// The consent.
    consent: EventId,
    /// At whose wish.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::EndedBy>())]
    by: v1::EndedBy,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Withdraw {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::WithdrawConsentRequest {
            options: change.options(),
            case: self.case.to_string(),
            consent: self.consent.to_string(),
            by: self.by.into(),
        };
        let (node, case, consent) = (tool.node().await?, self.case.to_string(), self.consent.to_string());
        let answer = node.consents().withdraw_consent(request).await;
        let answer = node.not_swapped(&case, &consent, answer).await;
        change.done(answer, "The consent is withdrawn. Every holder is told to erase; `waymark consent holders` shows who has answered.")
    }
}
