//! A sharing sheet filled from a case: its consents and what each holder did, its emergencies, and what is shared with nobody.

use std::collections::HashMap;

use tonic::Status;
use waymark_api::error;
use waymark_desk::Desk;
use waymark_domain::case::{CaseState, Consent, Link};
use waymark_domain::consent::Standing;
use waymark_domain::event::Event;
use waymark_domain::event::consent::EmergencyDeclared;
use waymark_domain::ids::{Country, EventId, OfficeId, ThreadId};
use waymark_domain::referral::Emergency;
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::sets::Categories;
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::Category;

use crate::consent_view::HolderStands;
use crate::door;
use crate::history::History;
use crate::sheet::{Became, EmergencyShare, Ended, Ending, Review, Share, Sheet};

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) case: ThreadId,
    /// Only this consent.
    pub(crate) consent: Option<EventId>,
}

/// Names and countries of offices.
type Offices = HashMap<OfficeId, (String, Country)>;

/// The sheet of a case today.
pub(crate) fn sheet(desk: &Desk, wanted: &Wanted) -> Result<Sheet, Status> {
    let history = History::read(desk, wanted.case)?;
    let case = history.thread.case().ok_or_else(error::absent)?;
    let offices: Offices =
        desk.offices().into_iter().map(|card| (card.id, (card.name, card.country))).collect();
    let today = desk.now().day();
    let mut threads = HashMap::new();
    for link in &case.links {
        threads.insert(link.referral, History::read(desk, link.referral)?);
    }
    let view = View { history: &history, case, threads: &threads, offices: &offices, today };
    let consents: Vec<&Consent> =
        case.consents.iter().filter(|consent| wanted.consent.is_none_or(|only| only == consent.id)).collect();
    if wanted.consent.is_some() && consents.is_empty() {
        return Err(error::absent());
    }
    let (holds, ended): (Vec<&Consent>, Vec<&Consent>) =
        consents.into_iter().partition(|consent| consent.scope.in_force(consent.standing, today).is_ok());
    let mut ends: Vec<Ended> = ended.into_iter().map(|consent| view.ended(consent)).collect();
    let mut emergencies = Vec::new();
    if wanted.consent.is_none() {
        ends.extend(view.refused());
        emergencies = case.links.iter().flat_map(|link| view.emergencies(link, desk.me())).collect();
    }
    Ok(Sheet {
        office: view.name(desk.me()),
        case_code: wanted.case.to_string().chars().take(8).collect(),
        printed_on: today,
        erased_on: door::case_erasure(&history.seen).map(|erasure| erasure.erased_at.day()),
        withheld: withheld(case, &holds),
        shares: holds.into_iter().map(|consent| view.share(consent)).collect(),
        ended: ends,
        emergencies,
    })
}

/// What is recorded and in no consent in force.
fn withheld(case: &CaseState, holds: &[&Consent]) -> Vec<Category> {
    let shared = holds.iter().fold(Categories::EMPTY, |all, consent| all.union(consent.scope.categories));
    let kept = case.recorded.minus(shared);
    kept.iter().filter(|category| !matches!(category, Category::Office | Category::Coordination)).collect()
}

struct View<'a> {
    history: &'a History,
    case: &'a CaseState,
    threads: &'a HashMap<ThreadId, History>,
    offices: &'a Offices,
    today: Day,
}

impl View<'_> {
    fn name(&self, office: OfficeId) -> String {
        self.offices.get(&office).map_or_else(|| office.to_string(), |(name, _)| name.clone())
    }

    fn share(&self, consent: &Consent) -> Share {
        let country = self.offices.get(&consent.recipient).map(|(_, country)| *country);
        Share {
            recipient: self.name(consent.recipient),
            country: country.unwrap_or(Country(*b"ZZ")),
            purposes: consent.scope.purposes.to_vec(),
            categories: consent.scope.categories.to_vec(),
            onward: consent.scope.onward,
            from: consent.scope.from,
            until: consent.scope.until,
        }
    }

    fn ended(&self, consent: &Consent) -> Ended {
        let became = self.became(consent.id);
        let ending = match consent.standing {
            Standing::Withdrawn { event, .. } => Ending::Withdrawn { on: self.day_of(event), became },
            Standing::Expired { .. } | Standing::InForce => {
                Ending::Expired { on: consent.scope.until, became }
            }
        };
        Ended { recipient: self.name(consent.recipient), ending }
    }

    fn refused(&self) -> impl Iterator<Item = Ended> {
        self.history.events().filter_map(|(seen, event)| match event {
            Event::ConsentRefused(body) => Some(Ended {
                recipient: self.name(body.recipient),
                ending: Ending::Refused { on: seen.recorded_at.day() },
            }),
            _ => None,
        })
    }

    fn day_of(&self, event: EventId) -> Day {
        self.history.recorded_at(event).map_or(self.today, Timestamp::day)
    }

    /// What became of what the holders of a consent held: of several, the one that is least far.
    fn became(&self, consent: EventId) -> Became {
        let links = self.case.links.iter().filter(|link| link.consent == Some(consent));
        let all = links.filter_map(|link| self.became_of(link));
        all.min_by_key(|became| match became {
            Became::NoAnswer { .. } => 0,
            Became::Told { .. } => 1,
            Became::Acknowledged { .. } => 2,
            Became::PartKept { .. } => 3,
            Became::Erased { .. } => 4,
            Became::NothingSent => 5,
        })
        .unwrap_or(Became::NothingSent)
    }

    fn became_of(&self, link: &Link) -> Option<Became> {
        let stands = HolderStands::of(self.threads.get(&link.referral)?, self.today)?;
        let on = stands.since.map_or(self.today, Timestamp::day);
        Some(match (stands.owed?, stands.no_answer_since) {
            (_, Some(since)) => Became::NoAnswer { since: since.day() },
            (ErasureStanding::Notified, None) => Became::Told { on },
            (ErasureStanding::Acknowledged, None) => Became::Acknowledged { on },
            (ErasureStanding::Retained { ground, until }, None) => Became::PartKept { ground, until },
            (ErasureStanding::Erased, None) => Became::Erased { on },
        })
    }

    /// What this office disclosed in emergencies in one referral.
    fn emergencies(&self, link: &Link, me: OfficeId) -> Vec<EmergencyShare> {
        let Some(history) = self.threads.get(&link.referral) else { return Vec::new() };
        let Some(referral) = history.thread.referral() else { return Vec::new() };
        let own = referral.party(me).map(|party| referral.emergencies(party)).unwrap_or_default();
        let shares = history.events().filter_map(|(seen, event)| match event {
            Event::EmergencyDeclared(body) if seen.author() == me => {
                let emergency = own.iter().find(|emergency| emergency.event == seen.event_id);
                Some(self.emergency(link, history, body, seen.recorded_at.day(), emergency))
            }
            _ => None,
        });
        shares.collect()
    }

    fn emergency(
        &self,
        link: &Link,
        history: &History,
        body: &EmergencyDeclared,
        on: Day,
        emergency: Option<&Emergency>,
    ) -> EmergencyShare {
        let reviewed = emergency.and_then(|emergency| emergency.reviewed);
        let day = |event| history.recorded_at(event).map_or(self.today, Timestamp::day);
        let review = match reviewed {
            Some((event, true)) => Review::Upheld { on: day(event) },
            Some((event, false)) => Review::Overturned { on: day(event) },
            None => Review::Open,
        };
        EmergencyShare {
            recipient: self.name(link.other),
            ground: body.ground,
            categories: body.categories.clone(),
            on,
            review,
        }
    }
}
