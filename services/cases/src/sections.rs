//! Which sections are here, without their content: the newest of each category, and whether it can still be opened.

use std::collections::{BTreeMap, HashSet};

use waymark_api::convert::value::{day_text, instant};
use waymark_api::convert::words::Word as _;
use waymark_api::serve::holding::CaseErasure;
use waymark_api::v1;
use waymark_desk::Seen;
use waymark_domain::event::Event;
use waymark_domain::ids::{KeyId, OfficeId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Day;
use waymark_domain::words::Category;

use crate::door;
use crate::history::History;

/// The sections of a case, by category.
pub(crate) fn of_case(history: &History, me: OfficeId) -> Vec<v1::SectionSummary> {
    newest(history, me, door::case_erasure(&history.seen), |_| None)
}

/// The sections of a referral that are here, by category and writer. Messages are told one by one elsewhere; why something
/// was disclosed in an emergency is here. `erased`: its case was.
pub(crate) fn of_referral(
    history: &History,
    referral: &ReferralState,
    me: OfficeId,
    erased: Option<CaseErasure>,
) -> Vec<v1::SectionSummary> {
    let consented = referral.sender.consent.as_ref().map(|chain| chain.scope.until);
    newest(history, me, erased, |seen| match &seen.event {
        _ if seen.author() == me => None,
        Ok(Event::AddressReleased(body)) => Some(body.until),
        Ok(Event::RiskAssessed(_) | Event::EmergencyDisclosed(_)) | Err(_) => None,
        Ok(_) => consented,
    })
}

fn newest(
    history: &History,
    me: OfficeId,
    case: Option<CaseErasure>,
    access_until: impl Fn(&Seen) -> Option<Day>,
) -> Vec<v1::SectionSummary> {
    let erased = erased_keys(history, me);
    let with_case = |seen: &Seen| case.is_some_and(|case| seen.index < case.index);
    let mut newest = BTreeMap::new();
    for seen in &history.seen {
        let journey = part_of_journey(seen);
        for section in &seen.sections {
            let Some(category) = Category::ALL.get(usize::from(section.category)).copied() else { continue };
            let says_why = matches!(seen.event, Ok(Event::EmergencyDisclosed(_)));
            if category == Category::Coordination && journey.is_none() && !says_why {
                continue;
            }
            let summary = v1::SectionSummary {
                category: category.number(),
                event_id: seen.event_id.to_string(),
                recorded_at: Some(instant(seen.recorded_at)),
                from_office: seen.author().to_string(),
                erased: with_case(seen) || erased.contains(&section.key),
                access_until_on: day_text(access_until(seen)),
            };
            newest.insert((category, seen.author(), journey), summary);
        }
    }
    newest.into_values().collect()
}

/// Where and when she travels on each leg and is met stands beside what was disclosed of her: none takes the place of another.
fn part_of_journey(seen: &Seen) -> Option<u8> {
    match &seen.event {
        Ok(Event::LegBooked(leg)) => Some(leg.number),
        Ok(Event::ReceptionArranged(_)) => Some(0),
        Ok(_) | Err(_) => None,
    }
}

/// Keys that this office has destroyed: what another office has destroyed of its own may still be here.
fn erased_keys(history: &History, me: OfficeId) -> HashSet<KeyId> {
    let erasures = history.events().filter_map(|(seen, event)| match event {
        Event::Erased(body) if seen.author() == me => Some(&body.keys),
        _ => None,
    });
    erasures.flatten().copied().collect()
}
