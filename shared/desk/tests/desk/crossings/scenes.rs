//! The scenes in which the crossings begin, and what is asked of both ends afterwards.

use waymark_desk::SectionFault;
use waymark_domain::command::*;
use waymark_domain::event::Event;
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::{EventId, ThreadId, UnitId};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::referral::place::{PlacePhase, Stay};
use waymark_domain::section::{Content, Field, Triage};
use waymark_domain::time::HOUR;
use waymark_domain::words::*;

use crate::town::Town;

/// The office that refers, and the one that receives a hand-over.
pub(super) const NORTH: u16 = 1;
pub(super) const SOUTH: u16 = 2;
/// Two shelters.
pub(super) const HARBOUR: u16 = 3;
pub(super) const HAVEN: u16 = 4;
/// The unit of each.
pub(super) const UNIT: UnitId = UnitId([5; 16]);

const RETURN: [Category; 5] =
    [Category::Triage, Category::Identity, Category::Contact, Category::Safety, Category::Travel];
/// Until the first leg leaves.
pub(super) const AHEAD: u64 = 6 * HOUR;
const SHELTER: [Category; 3] = [Category::Triage, Category::Contact, Category::Shelter];

/// A referral, the case that it belongs to and the consent on which it rests.
#[derive(Clone, Copy)]
pub(super) struct Referred {
    pub case: ThreadId,
    pub consent: EventId,
    pub referral: ThreadId,
    pub to: u16,
}

pub(super) fn case(town: &Town) -> ThreadId {
    let case = town.does(NORTH, OpenCase::default()).expect("opened").thread;
    for (category, field) in [
        (Category::Identity, Field::GivenName),
        (Category::Contact, Field::CodeWord),
        (Category::Health, Field::HealthNeeds),
    ] {
        let content = Content::Fields(vec![(field, "planted".to_owned())]);
        town.does(NORTH, RecordSection { case, category, content }).expect("recorded");
    }
    case
}

/// A journey of one leg, which north escorts, with a sign every `check_in_minutes`; she leaves.
pub(super) fn departs(town: &mut Town, referral: ThreadId, check_in_minutes: u16) {
    let (now, today) = (town.clock_now(), town.clock_now().day());
    let verdict = GoNoGo::Go;
    let assess =
        || AssessRisk { referral, verdict, assessed_on: today, rows: Vec::new(), summary: "calm".into() };
    let (from, to) = (Place::Locode(*b"DEBER"), Place::Named("Central station".to_owned()));
    let leg = LegPlan {
        number: 1,
        from,
        to: to.clone(),
        mode: TravelMode::Rail,
        departs_at: now.plus(AHEAD),
        departs_offset_minutes: 120,
        arrives_at: now.plus(AHEAD + 4 * HOUR),
        arrives_offset_minutes: 180,
        escorting: town.id(NORTH),
        check_in_minutes,
    };
    let meets_at = now.plus(AHEAD + 5 * HOUR);
    let steps: Vec<(u16, Command)> = vec![
        (NORTH, ProposeJourney { referral, depart_on: today }.into()),
        (NORTH, assess().into()),
        (SOUTH, assess().into()),
        (NORTH, DecideJourney { referral, verdict }.into()),
        (NORTH, RecordDocuments { referral, valid_until: today.plus(90) }.into()),
        (NORTH, BookLeg { referral, leg, itinerary: Vec::new() }.into()),
        (NORTH, NameEscort { referral, leg: 1, name: "an escort".into() }.into()),
        (SOUTH, ArrangeReception { referral, meets_at, place: to, contact: None }.into()),
        (NORTH, ArrangePlace { referral, shelter: None, from: today, until: today.plus(4) }.into()),
        (NORTH, ClearJourney { referral }.into()),
        (NORTH, Depart { referral }.into()),
    ];
    for (office, step) in steps {
        let name = step.name();
        town.does(office, step).unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        town.exchange();
    }
}

/// North offers a hand-over to south, or a service to a shelter.
pub(super) fn offered(town: &mut Town, case: ThreadId, to: u16) -> Referred {
    let (kind, purpose, categories) = match to {
        SOUTH => (ReferralKind::HandOver, Purpose::SafeReturn, RETURN.to_vec()),
        _ => (ReferralKind::Service, Purpose::SafeShelter, SHELTER.to_vec()),
    };
    let (recipient, today) = (town.id(to), town.clock_now().day());
    let purposes = vec![purpose];
    let until = today.plus(180);
    let scope =
        ConsentScope { recipient, purposes: purposes.clone(), categories, onward: false, from: today, until };
    let told = Disclosure::ALL.to_vec();
    let give = GiveConsent { case, scope, form: ConsentForm::Written, told, record: Vec::new() };
    let consent = *town.does(NORTH, give).expect("consented").events.first().expect("one event");
    let triage = Triage {
        services: purposes.clone(),
        from: today.plus(1),
        until: None,
        languages: vec!["bg".to_owned()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    };
    let offer = OfferReferral { case, to: recipient, kind, purposes, triage, consent, expires_at: None };
    let referral = town.does(NORTH, offer).expect("offered").thread;
    town.exchange();
    Referred { case, consent, referral, to }
}

/// As [`offered`] to south, accepted, confirmed and disclosed.
pub(super) fn accepted(town: &mut Town) -> Referred {
    let case = case(town);
    let referred = offered(town, case, SOUTH);
    accept(town, referred);
    town.exchange();
    assert!(matches!(town.desk(SOUTH).latest_section(referred.referral, Category::Identity), Ok(Some(_))));
    referred
}

pub(super) fn accept(town: &Town, referred: Referred) {
    let accept = AcceptReferral { referral: referred.referral, case: None, note: None };
    town.does(referred.to, accept).expect("accepted");
}

/// Each of these shelters has one place, for a woman.
pub(super) fn publish(town: &mut Town, shelters: &[u16]) {
    for shelter in shelters {
        let (kind, admits) = (UnitKind::Single, Admits::Women);
        let capacity = PublishCapacity { unit: UNIT, kind, admits, maximum: 1, taken_otherwise: 0 };
        town.does(*shelter, capacity).expect("told");
    }
    town.exchange();
}

/// North asks for a place, and the shelter holds it.
pub(super) fn held(town: &mut Town, referred: Referred) {
    let (referral, from) = (referred.referral, town.clock_now().day());
    let (kind, nights, persons) = (UnitKind::Single, 30, 1);
    town.does(NORTH, RequestPlace { referral, kind, from, nights, persons, note: None }).expect("asked for");
    town.exchange();
    town.does(referred.to, HoldPlace { referral, unit: UNIT, until: None }).expect("held");
    town.exchange();
    assert!(matches!(agreed(town, referred).place(), PlacePhase::At(Stay::Held { .. })));
}

/// North withdraws the consent at her wish.
pub(super) fn withdraw_consent(town: &Town, referred: Referred) {
    let Referred { case, consent, .. } = referred;
    town.does(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person }).expect("withdrawn");
}

pub(super) fn state(town: &Town, office: u16, referral: ThreadId) -> ReferralState {
    let thread = town.desk(office).thread(referral).expect("read").expect("there");
    thread.referral().expect("a referral").clone()
}

/// The state of a referral, which is one and the same at both ends.
pub(super) fn agreed(town: &Town, referred: Referred) -> ReferralState {
    let [here, there] = [NORTH, referred.to].map(|office| state(town, office, referred.referral));
    assert_eq!(here, there, "the two ends do not agree");
    here
}

/// How many events of a thread an office knows that are as asked.
pub(super) fn count(town: &Town, office: u16, thread: ThreadId, is: fn(&Event) -> bool) -> usize {
    let history = town.desk(office).history(thread).expect("read");
    history.iter().filter(|seen| seen.event.as_ref().is_ok_and(is)).count()
}

/// That a category was shared in a thread and is destroyed at the receiver.
pub(super) fn assert_erased(town: &Town, referred: Referred, category: Category) {
    let opened = town.desk(referred.to).latest_section(referred.referral, category);
    assert!(matches!(opened, Err(SectionFault::Erased)), "{category}: {opened:?}");
}

/// That everything was asked for, acknowledged and erased: as both ends know, and once for each ask and holder.
pub(super) fn assert_all_erased(town: &Town, referred: Referred) {
    let state = agreed(town, referred);
    let today = town.clock_now().day();
    let standing: Vec<_> =
        state.asks_of_thread().map(|ask| state.erasure_standing(ask.because, today)).collect();
    assert!(
        !standing.is_empty() && standing.iter().all(|one| *one == ErasureStanding::Erased),
        "{standing:?}"
    );
    for office in [NORTH, referred.to] {
        let reports = count(town, office, referred.referral, |event| matches!(event, Event::Erased(_)));
        assert_eq!(reports, 2 * standing.len(), "once for each ask and holder");
    }
}
