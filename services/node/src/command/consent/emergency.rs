//! `waymark consent emergency`: discloses without consent, to save a life or under a duty to warn. Never an override of consent.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::{Input, Source};
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;
use crate::secret::SecondArgs;

/// Disclose without consent in an emergency; two people decide, and it is reviewed
#[derive(Args)]
pub(crate) struct Emergency {
    /// The referral in which the recipient is the other party.
    referral: ThreadId,
    /// The ground.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::EmergencyGround>())]
    ground: v1::EmergencyGround,
    /// The least data that serve it. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Category>())]
    category: Vec<v1::Category>,
    #[command(flatten)]
    second: SecondArgs,
    /// JSON input, `-` for standard input: {"reason": "…"}
    #[arg(long = "from", value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Emergency {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::DiscloseInEmergencyRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            ground: self.ground.into(),
            categories: numbers(&self.category),
            reason: Input::read(Some(&self.source), &["reason"])?.text("reason")?,
        };
        let password = self.second.read(!tool.no_input())?;
        let node = tool.node().await?.with_second(&self.second.second, &password);
        let answer = node.consents().disclose_in_emergency(request).await;
        change.done(answer, "The disclosure is on its way. Review it within 72 hours with `waymark consent review`, and tell the person.")
    }
}
