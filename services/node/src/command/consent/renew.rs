//! `waymark consent renew`: the person consents to the same for longer.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that the person consents for longer
#[derive(Args)]
pub(crate) struct Renew {
    /// The case.
    case: ThreadId,
    /// The consent.
    consent: EventId,
    /// The new last day.
    #[arg(long, value_name = "DAY")]
    last_day: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Renew {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RenewConsentRequest {
            options: change.options(),
            case: self.case.to_string(),
            consent: self.consent.to_string(),
            until_on: self.last_day.text(change.now()),
        };
        let (node, case, consent) = (tool.node().await?, self.case.to_string(), self.consent.to_string());
        let answer = node.consents().renew_consent(request).await;
        let answer = node.not_swapped(&case, &consent, answer).await;
        change.done(answer, "The consent is renewed.")
    }
}
