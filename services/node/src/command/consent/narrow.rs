//! `waymark consent narrow`: the person consents to less from now on.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Record that the person consents to less
#[derive(Args)]
pub(crate) struct Narrow {
    /// The case.
    case: ThreadId,
    /// The consent.
    consent: EventId,
    /// Purposes that remain.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>())]
    purpose: Vec<v1::Purpose>,
    /// Data categories that remain.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Category>())]
    category: Vec<v1::Category>,
    /// The recipient may still refer onward.
    #[arg(long)]
    onward: bool,
    /// Last day from now on.
    #[arg(long, value_name = "DAY")]
    last_day: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Narrow {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::NarrowConsentRequest {
            options: change.options(),
            case: self.case.to_string(),
            consent: self.consent.to_string(),
            purposes: numbers(&self.purpose),
            categories: numbers(&self.category),
            onward: self.onward,
            until_on: self.last_day.text(change.now()),
        };
        let (node, case, consent) = (tool.node().await?, self.case.to_string(), self.consent.to_string());
        let answer = node.consents().narrow_consent(request).await;
        let answer = node.not_swapped(&case, &consent, answer).await;
        change.done(answer, "The consent is narrowed. Its holder is told to erase what is no longer covered.")
    }
}
