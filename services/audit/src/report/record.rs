//! The record of processing activities (GDPR article 30(1)) of a period: who, what for, which data, to whom, how long, how secured.

use std::collections::BTreeMap;

use tonic::Status;
use waymark_api::convert::report::Period;
use waymark_api::convert::value::{day_text, instant, text_if_any};
use waymark_api::convert::words::Word as _;
use waymark_api::v1;
use waymark_desk::{Desk, OfficeCard};
use waymark_domain::consent::CONSENT_DAYS_MAX;
use waymark_domain::ids::{Country, OfficeId};
use waymark_domain::referral::erasure::EMERGENCY_KEPT_SECONDS;
use waymark_domain::time::DAY;
use waymark_domain::words::Institution;

use super::count::{Parts, told};
use super::region::is_third;
use super::tally::Tally;
use crate::door;

/// What every office of this program does to keep data secure (article 32).
const MEASURES: &[(&str, &str)] = &[
    (
        "sharing",
        "Data leaves the office only as ciphertext, each category under a key of its own, wrapped for one recipient and one \
         referral, on a basis that this record names; the recipient's program refuses what no such basis covers.",
    ),
    (
        "at rest",
        "Sections are encrypted; their keys lie in a vault that is sealed under a passphrase (Argon2id).",
    ),
    (
        "erasure",
        "When a consent ends, keys and ciphertexts are destroyed; each holder answers with a signed entry, and who has not \
         answered is visible. A closed case is erased when the person asks, or after the days that the retention names.",
    ),
    (
        "integrity",
        "The log of the office is append-only and signed; others hold its heads, and it can be verified from end to end.",
    ),
    (
        "access",
        "Staff sign in with accounts of their own; roles decide who may do what; each opening of a section is recorded.",
    ),
    ("emergencies", "They need two members of staff, the least categories, and a review within 72 hours."),
    (
        "metadata",
        "Logs, errors, names of files and addresses of messages hold no personal data; the operator of the hub sees who writes \
         to whom, when, and padded sizes.",
    ),
];

/// The record of a period.
pub(crate) fn record(desk: &Desk, period: Period) -> Result<v1::ProcessingRecord, Status> {
    let tally = tally(desk, period)?;
    let cards = desk.offices();
    let parts = Parts::of(to_kinds(&tally, &cards).into_values().chain(tally.disclosed_on.values().copied()));
    Ok(v1::ProcessingRecord {
        controller: cards.iter().find(|card| card.id == desk.me()).map(controller),
        from_on: period.from.to_string(),
        to_on: period.to.to_string(),
        made_at: Some(instant(desk.now())),
        purposes: purposes(&tally),
        categories: categories(&tally),
        recipients: recipients(to_kinds(&tally, &cards), parts),
        bases: bases(&tally, parts),
        retention: Some(retention(&tally, desk.closed_case_days())),
        counts: counts(&tally, parts),
        measures: MEASURES.iter().map(|&(name, text)| measure(name, text)).collect(),
    })
}

fn tally(desk: &Desk, period: Period) -> Result<Tally, Status> {
    let register = desk.register().map_err(|failure| door::failed(&failure))?;
    let mut tally = Tally::default();
    for (_, id) in register.threads() {
        let Some(thread) = desk.thread(id).map_err(|failure| door::failed(&failure))? else { continue };
        if thread.case().is_some() || thread.referral().is_some() {
            let history = desk.history(id).map_err(|failure| door::failed(&failure))?;
            tally.take(desk.me(), period, &thread, &history);
        }
    }
    Ok(tally)
}

fn measure(name: &str, text: &str) -> v1::Measure {
    v1::Measure { name: name.to_owned(), text: text.to_owned() }
}

fn controller(card: &OfficeCard) -> v1::Controller {
    v1::Controller {
        office: card.id.to_string(),
        name: card.name.clone(),
        organisation: card.organisation.clone(),
        country: card.country.to_string(),
        institution: card.institution.number(),
    }
}

fn purposes(tally: &Tally) -> Vec<v1::PurposeUse> {
    let used = tally.purposes.iter();
    used.map(|(purpose, count)| v1::PurposeUse { purpose: purpose.number(), consents: told(*count) })
        .collect()
}

fn categories(tally: &Tally) -> Vec<v1::CategoryUse> {
    let used = tally.categories.iter().map(|(category, (cases, received))| v1::CategoryUse {
        category: category.number(),
        cases: told(*cases),
        received: told(*received),
    });
    used.collect()
}

/// A kind of institution in a country; an office that the roster no longer names has neither.
type Kind = (Option<Institution>, Option<Country>);

fn to_kinds(tally: &Tally, cards: &[OfficeCard]) -> BTreeMap<Kind, u32> {
    let kind = |office: OfficeId| {
        let card = cards.iter().find(|card| card.id == office);
        (card.map(|card| card.institution), card.map(|card| card.country))
    };
    let mut kinds = BTreeMap::new();
    for (office, count) in &tally.disclosed_to {
        *kinds.entry(kind(*office)).or_default() += count;
    }
    kinds
}

fn recipients(kinds: BTreeMap<Kind, u32>, parts: Parts) -> Vec<v1::RecipientUse> {
    let used = kinds.into_iter().map(|((institution, country), count)| v1::RecipientUse {
        institution: institution.map_or(0, |institution| institution.number()),
        country: text_if_any(country),
        third_country: country.is_none_or(is_third),
        disclosures: parts.told(count),
    });
    used.collect()
}

fn bases(tally: &Tally, parts: Parts) -> Vec<v1::BasisUse> {
    let used = tally.disclosed_on.iter().map(|((basis, ground), count)| v1::BasisUse {
        basis: *basis,
        ground: ground.map_or(0, |ground| ground.number()),
        disclosures: parts.told(*count),
    });
    used.collect()
}

fn retention(tally: &Tally, closed_case_days: Option<u32>) -> v1::Retention {
    let grounds = tally.retained.iter().map(|(ground, (claims, until))| v1::GroundUse {
        ground: ground.number(),
        claims: told(*claims),
        until_on: until.to_string(),
    });
    v1::Retention {
        consent_days_max: CONSENT_DAYS_MAX,
        consents_until_on: day_text(tally.consents_until),
        emergency_days_max: u32::try_from(EMERGENCY_KEPT_SECONDS / DAY).unwrap_or(u32::MAX),
        grounds: grounds.collect(),
        closed_case_days: closed_case_days.unwrap_or_default(),
    }
}

fn counts(tally: &Tally, parts: Parts) -> Vec<v1::NamedCount> {
    let disclosures = tally.disclosed_to.values().sum();
    let named = [
        ("cases opened", told(tally.cases_opened)),
        ("cases closed", told(tally.cases_closed)),
        ("cases erased", told(tally.cases_erased)),
        ("cases open at the end", told(tally.cases_open)),
        ("consents given", told(tally.consents_given)),
        ("consents refused", told(tally.consents_refused)),
        ("consents withdrawn", told(tally.consents_ended)),
        ("consents expired", told(tally.consents_expired)),
        ("referrals offered", told(tally.referrals_offered)),
        ("referrals received", told(tally.referrals_received)),
        ("disclosures", parts.told(disclosures)),
        ("erasures reported by others", told(tally.erased_by_recipients)),
        ("erasures carried out here", told(tally.erased_here)),
    ];
    named.map(|(name, count)| v1::NamedCount { name: name.to_owned(), count }).to_vec()
}
