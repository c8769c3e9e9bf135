//! A sharing sheet filled from a case: its consents and what each holder did, its emergencies, and what is shared with nobody.

use std::collections::HashMap;

use tonic::Status;
use waymark_api::error;
use waymark_api::serve::holding::{Basis, Holding, Step};
use waymark_desk::{Desk, Seen};
use waymark_domain::case::{CaseState, Consent, Link};
use waymark_domain::consent::Standing;
use waymark_domain::event::Event;
use waymark_domain::event::consent::EmergencyDeclared;
use waymark_domain::ids::{Country, EventId, OfficeId, ThreadId};
use waymark_domain::referral::Emergency;
use waymark_domain::referral::erasure::{EMERGENCY_KEPT_SECONDS, ErasureStanding};
use waymark_domain::sets::Categories;
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::Category;

use crate::consent_view::HolderStands;
use crate::door;
use crate::history::History;
use crate::sheet::{Became, EmergencyShare, Ended, Ending, Kept, Review, Share, Sheet};

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
    let held = held(desk, case)?;
    let view =
        View { desk, history: &history, case, threads: &threads, held: &held, offices: &offices, today };
    if wanted.consent.is_some_and(|only| case.consent(only).is_none()) {
        return Err(error::absent());
    }
    let (holds, ended): (Vec<&Consent>, Vec<&Consent>) =
        case.consents.iter().partition(|consent| consent.scope.in_force(consent.standing, today).is_ok());
    let withheld = view.withheld(&holds);
    let is_wanted = |consent: &&Consent| wanted.consent.is_none_or(|only| only == consent.id);
    let mut ends: Vec<Ended> =
        ended.into_iter().filter(is_wanted).map(|consent| view.ended(consent)).collect();
    if wanted.consent.is_none() {
        ends.extend(view.refused());
    }
    Ok(Sheet {
        office: view.name(desk.me()),
        case_code: wanted.case.to_string().chars().take(8).collect(),
        printed_on: today,
        erased_on: door::case_erasure(&history.seen).map(|erasure| erasure.erased_at.day()),
        withheld,
        shares: holds.into_iter().filter(is_wanted).map(|consent| view.share(consent)).collect(),
        ended: ends,
        emergencies: case.links.iter().flat_map(|link| view.emergencies(link)).collect(),
    })
}

/// What other offices were sent of a case, whatever the basis, in the order of its referrals.
fn held(desk: &Desk, case: &CaseState) -> Result<Vec<Holding>, Status> {
    let register = desk.register().map_err(|failure| door::failed(&failure))?;
    let mut held = Vec::new();
    for link in &case.links {
        held.extend(door::holdings(desk, &register, link.referral)?);
    }
    // What another office recorded itself, it was not sent.
    held.retain(|holding| holding.holder != desk.me() && holding.basis != Basis::OwnCase);
    Ok(held)
}

/// Whether its holder may still have it.
fn is_held(holding: &Holding) -> bool {
    holding.standing.step != Step::Erased
}

struct View<'a> {
    desk: &'a Desk,
    history: &'a History,
    case: &'a CaseState,
    threads: &'a HashMap<ThreadId, History>,
    held: &'a [Holding],
    offices: &'a Offices,
    today: Day,
}

impl View<'_> {
    /// What is recorded, in no consent in force, and held by nobody else: neither on a legal ground nor from an emergency.
    fn withheld(&self, holds: &[&Consent]) -> Vec<Category> {
        let consented = holds.iter().map(|consent| consent.scope.categories);
        let held = self.held.iter().filter(|holding| is_held(holding)).map(|holding| holding.categories);
        let shared = consented.chain(held).fold(Categories::EMPTY, Categories::union);
        let kept = self.case.recorded.minus(shared);
        kept.iter()
            .filter(|category| !matches!(category, Category::Office | Category::Coordination))
            .collect()
    }

    /// Whether an office still has what was shared in an emergency.
    fn holds_emergency(&self, office: OfficeId) -> bool {
        let mut of_office = self.held.iter().filter(|holding| holding.holder == office);
        of_office.any(|holding| holding.emergency.is_some() && is_held(holding))
    }

    /// Messages about coordination that the recipient of a consent was sent, beside what it covers.
    fn replies(&self, consent: &Consent) -> Categories {
        let links = self.case.links.iter().filter(|link| link.consent == Some(consent.id));
        let of_link = |link: &Link| {
            let of_thread = self.held.iter().filter(|holding| holding.thread == link.referral);
            let replies = of_thread.filter(|holding| holding.basis == Basis::Reply && is_held(holding));
            replies.fold(Categories::EMPTY, |all, holding| all.union(holding.categories))
        };
        links.map(of_link).fold(Categories::EMPTY, Categories::union)
    }

    fn name(&self, office: OfficeId) -> String {
        self.offices.get(&office).map_or_else(|| office.to_string(), |(name, _)| name.clone())
    }

    fn share(&self, consent: &Consent) -> Share {
        let country = self.offices.get(&consent.recipient).map(|(_, country)| *country);
        Share {
            recipient: self.name(consent.recipient),
            country: country.unwrap_or(Country(*b"ZZ")),
            purposes: consent.scope.purposes.to_vec(),
            categories: consent.scope.categories.union(self.replies(consent)).to_vec(),
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
        let emergency = self.holds_emergency(consent.recipient);
        Ended { recipient: self.name(consent.recipient), ending, emergency }
    }

    fn refused(&self) -> impl Iterator<Item = Ended> {
        self.history.events().filter_map(|(seen, event)| match event {
            Event::ConsentRefused(body) => Some(Ended {
                recipient: self.name(body.recipient),
                ending: Ending::Refused { on: seen.recorded_at.day() },
                emergency: self.holds_emergency(body.recipient),
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
            Became::Asked { .. } => 0,
            Became::NoAnswer { .. } => 1,
            Became::Told { .. } => 2,
            Became::Acknowledged { .. } => 3,
            Became::PartKept { .. } => 4,
            Became::Erased { .. } => 5,
            Became::NothingSent => 6,
        })
        .unwrap_or(Became::NothingSent)
    }

    fn became_of(&self, link: &Link) -> Option<Became> {
        let stands = HolderStands::of(self.desk, self.threads.get(&link.referral)?, self.today)?;
        let on = stands.since.map_or(self.today, Timestamp::day);
        Some(match (stands.owed?, stands.no_answer_since) {
            (ErasureStanding::Notified, _) if stands.under_way => Became::Asked { on },
            (_, Some(since)) => Became::NoAnswer { since: since.day() },
            (ErasureStanding::Notified, None) => Became::Told { on },
            (ErasureStanding::Acknowledged, None) => Became::Acknowledged { on },
            (ErasureStanding::Retained { ground, until }, None) => Became::PartKept { ground, until },
            (ErasureStanding::Erased, None) => Became::Erased { on },
        })
    }

    /// What this office disclosed in emergencies in one referral.
    fn emergencies(&self, link: &Link) -> Vec<EmergencyShare> {
        let me = self.desk.me();
        let Some(history) = self.threads.get(&link.referral) else { return Vec::new() };
        let Some(referral) = history.thread.referral() else { return Vec::new() };
        let own = referral.party(me).map(|party| referral.emergencies(party)).unwrap_or_default();
        let shares = history.events().filter_map(|(seen, event)| match event {
            Event::EmergencyDeclared(body) if seen.author() == me => {
                let emergency = own.iter().find(|emergency| emergency.event == seen.event_id);
                Some(self.emergency(link, history, body, seen, emergency))
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
        seen: &Seen,
        emergency: Option<&Emergency>,
    ) -> EmergencyShare {
        let reviewed = emergency.and_then(|emergency| emergency.reviewed);
        let day = |event| history.recorded_at(event).map_or(self.today, Timestamp::day);
        let review = match reviewed {
            Some((event, true)) => Review::Upheld { on: day(event) },
            Some((event, false)) => Review::Overturned { on: day(event) },
            None if self.desk.now() > body.review_by => Review::Late { due: body.review_by.day() },
            None => Review::Open,
        };
        EmergencyShare {
            recipient: self.name(link.other),
            ground: body.ground,
            categories: body.categories.clone(),
            on: seen.recorded_at.day(),
            review,
            kept: self.kept(seen.event_id, body),
        }
    }

    /// How long the other office has what was shared in an emergency.
    fn kept(&self, emergency: EventId, body: &EmergencyDeclared) -> Kept {
        let last = body.review_by.plus(EMERGENCY_KEPT_SECONDS).day();
        let held = self.held.iter().find(|held| held.basis == Basis::Emergency(emergency));
        let step = held.map_or(Step::Holds, |held| held.standing.step);
        let on = held.and_then(|held| held.standing.since).map_or(self.today, Timestamp::day);
        match step {
            Step::Asked => Kept::Asked { on },
            Step::Notified => Kept::Told { on },
            Step::Acknowledged => Kept::Acknowledged { on },
            Step::Erased => Kept::Erased { on },
            Step::Holds | Step::Retained { .. } if self.today > last => Kept::Over { last },
            Step::Holds | Step::Retained { .. } => Kept::Until { last },
        }
    }
}
