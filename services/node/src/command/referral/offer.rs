//! `waymark referral offer`: offers a referral. The receiver sees triage and nothing that names a person.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::{DayArg, TimeArg};
use crate::client::node::Node;
use crate::client::recipient::OfficeName;
use crate::client::sharing;
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::{Done, Fault};

/// What is offered, and to whom.
#[derive(Args)]
#[command(about = None, long_about = None)]
pub(crate) struct OfferArgs {
    /// The case.
    case: ThreadId,
    /// The office asked: name or identifier.
    #[arg(long, value_name = "OFFICE")]
    recipient: OfficeName,
    /// A service, or a hand-over of responsibility.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::ReferralKind>())]
    kind: v1::ReferralKind,
    /// The consent that names the receiver.
    #[arg(long, value_name = "ID")]
    consent: EventId,
    /// What is asked for, under the consent. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>())]
    purpose: Vec<v1::Purpose>,
    /// What she needs, as the triage tells it. May be repeated. Absent: the purposes.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>(), help_heading = "Triage")]
    service: Vec<v1::Purpose>,
    /// First day needed.
    #[arg(long, value_name = "DAY", help_heading = "Triage")]
    first_day: DayArg,
    /// Last day, when known.
    #[arg(long, value_name = "DAY", help_heading = "Triage")]
    last_day: Option<DayArg>,
    /// Language she speaks, two small letters. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "CODE", help_heading = "Triage")]
    language: Vec<String>,
    /// How soon; deadlines follow from it.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Urgency>(), help_heading = "Triage")]
    urgency: v1::Urgency,
    /// Overall risk.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::RiskBand>(), help_heading = "Triage")]
    risk: v1::RiskBand,
    /// Persons in the party.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Triage")]
    party: u32,
    /// Step-free access or assistance is needed.
    #[arg(long, help_heading = "Triage")]
    accessibility: bool,
    /// When the offer ends. Absent: as the urgency says.
    #[arg(long, value_name = "TIME")]
    expires: Option<TimeArg>,
}

impl OfferArgs {
    /// The offer; the node is asked for the receiver's identifier.
    pub(crate) async fn resolve(&self, change: &Change<'_>, node: &Node) -> Result<v1::Offer, Fault> {
        let services = if self.service.is_empty() { &self.purpose } else { &self.service };
        Ok(v1::Offer {
            case: self.case.to_string(),
            recipient: self.recipient.resolve(node).await?,
            kind: self.kind.into(),
            consent: self.consent.to_string(),
            purposes: numbers(&self.purpose),
            triage: Some(v1::Triage {
                services: numbers(services),
                from_on: self.first_day.text(change.now()),
                until_on: DayArg::text_if_any(self.last_day.as_ref(), change.now()),
                languages: self.language.clone(),
                urgency: self.urgency.into(),
                risk: self.risk.into(),
                party_size: self.party,
                accessibility: self.accessibility,
            }),
            expires_at: self.expires.map(|at| at.instant(change.now())),
        })
    }
}

/// Offer a referral: a service, or the hand-over of a return case
#[derive(Args)]
#[command(
    after_help = "Example:\n  waymark referral offer CASE --recipient south --kind hand_over --consent CONSENT --purpose safe_return \\\n      --first-day +14d --language bg --urgency normal --risk medium"
)]
pub(crate) struct Offer {
    #[command(flatten)]
    offer: OfferArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Offer {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let node = tool.node().await?;
        let offer = self.offer.resolve(&change, &node).await?;
        if !tool.json() {
            sharing::tell_offer(&node, &offer.case, &offer.consent).await?;
        }
        let (case, consent) = (offer.case.clone(), offer.consent.clone());
        let request = v1::OfferReferralRequest { options: change.options(), offer: Some(offer) };
        let answer = node.referrals().offer_referral(request).await;
        let answer = node.not_swapped(&case, &consent, answer).await;
        change.done(answer, "The offer is on its way. It tells what is needed and nothing that names her.")
    }
}
