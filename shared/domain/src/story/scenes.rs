//! The offices of the stories, and the scenes in which many of them begin.

use super::Story;
use crate::command::*;
use crate::event::case::ConsentScope;
use crate::event::notice::{InboxKey, OfficeProfile, WorkingHours};
use crate::event::referral::ReferralKind;
use crate::ids::{Country, EventId, KemPublic, OfficeId, ThreadId, UnitId};
use crate::section::{Content, Field, Triage};
use crate::time::{Day, HOUR, Timestamp};
use crate::words::*;
use crate::world::{Peer, Standing};

pub(crate) const NORTH: OfficeId = OfficeId([1; 16]);
pub(crate) const SOUTH: OfficeId = OfficeId([2; 16]);
pub(crate) const HARBOUR: OfficeId = OfficeId([3; 16]);
pub(crate) const HAVEN: OfficeId = OfficeId([4; 16]);
/// An embassy of the country of origin.
pub(crate) const EMBASSY: OfficeId = OfficeId([5; 16]);
pub(crate) const POLICE: OfficeId = OfficeId([6; 16]);
/// Another office, in a third country.
pub(crate) const WEST: OfficeId = OfficeId([7; 16]);
pub(crate) const UNIT: UnitId = UnitId([9; 16]);
pub(crate) const ORIGIN: Country = Country(*b"XS");
/// Monday 2026-11-23, 09:00 UTC.
pub(crate) const START: Timestamp = Timestamp(20_780 * 86_400 + 9 * HOUR);
pub(crate) const TODAY: Day = Day(20_780);

pub(crate) const RETURN_CATEGORIES: [Category; 5] =
    [Category::Triage, Category::Identity, Category::Contact, Category::Safety, Category::Travel];

/// Every office, with its profile and inbox key; nothing else has happened.
pub(crate) fn network() -> Story {
    let mut story = Story::new(START);
    let peers = [
        (NORTH, *b"XN", Institution::Ngo, OfficeRole::Office),
        (SOUTH, *b"XS", Institution::Ngo, OfficeRole::Office),
        (HARBOUR, *b"XN", Institution::Shelter, OfficeRole::Partner),
        (HAVEN, *b"XN", Institution::Shelter, OfficeRole::Partner),
        (EMBASSY, *b"XS", Institution::Embassy, OfficeRole::Partner),
        (POLICE, *b"XN", Institution::Authority, OfficeRole::Partner),
        (WEST, *b"XW", Institution::Ngo, OfficeRole::Office),
    ];
    for (me, ..) in peers {
        let office = story.offices.entry(me).or_default();
        for (id, country, institution, role) in peers {
            let peer = Peer {
                country: Country(country),
                institution,
                roles: vec![role],
                standing: Standing::Active,
                profile: None,
                inbox: Vec::new(),
            };
            office.view.offices.insert(id, peer);
        }
    }
    for (me, ..) in peers {
        story.given(me, PublishProfile { profile: profile() });
        story.given(me, PublishInboxKey { key: inbox_key(me) });
    }
    story.mail();
    story
}

pub(crate) fn profile() -> OfficeProfile {
    // Monday to Friday, closed on Wednesday 2026-11-25.
    let hours = WorkingHours {
        days: 0x1f,
        opens_minute: 9 * 60,
        closes_minute: 17 * 60,
        utc_offset_minutes: 60,
        holidays: vec![TODAY.plus(2)],
    };
    OfficeProfile { languages: vec!["en".into()], services: vec![Purpose::SafeReturn], hours }
}

pub(crate) fn inbox_key(office: OfficeId) -> InboxKey {
    let key = KemPublic([office.0[0]; 32]);
    InboxKey { key, from: TODAY, until: TODAY.plus(31), destroyed_on: TODAY.plus(60) }
}

/// A case at north, with sections recorded.
pub(crate) fn open_case(story: &mut Story) -> ThreadId {
    let case = story.given(NORTH, OpenCase::default())[0].thread;
    for category in
        [Category::Identity, Category::Contact, Category::Safety, Category::Travel, Category::Health]
    {
        story.given(NORTH, record(case, category));
    }
    case
}

pub(crate) fn record(case: ThreadId, category: Category) -> RecordSection {
    let field = Field::ALL.iter().copied().find(|field| field.category() == category).expect("a field");
    RecordSection { case, category, content: Content::Fields(vec![(field, "planted".into())]) }
}

pub(crate) fn give_consent(case: ThreadId, recipient: OfficeId, categories: &[Category]) -> GiveConsent {
    let scope = ConsentScope {
        recipient,
        purposes: vec![Purpose::SafeShelter, Purpose::SafeReturn, Purpose::SocialInclusion],
        categories: categories.to_vec(),
        onward: false,
        from: TODAY,
        until: TODAY.plus(180),
    };
    let told = Disclosure::ALL.to_vec();
    GiveConsent { case, scope, form: ConsentForm::Written, told, record: Vec::new() }
}

/// She consents; the `ConsentGiven`.
pub(crate) fn consent(story: &mut Story, case: ThreadId, to: OfficeId, categories: &[Category]) -> EventId {
    story.given(NORTH, give_consent(case, to, categories))[0].event_id
}

pub(crate) fn triage() -> Triage {
    Triage {
        services: vec![Purpose::SafeReturn],
        from: TODAY,
        until: None,
        languages: vec!["en".into()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    }
}

pub(crate) fn offer(case: ThreadId, to: OfficeId, kind: ReferralKind, consent: EventId) -> OfferReferral {
    let purposes = match kind {
        ReferralKind::HandOver => vec![Purpose::SafeReturn, Purpose::SocialInclusion],
        ReferralKind::Service => vec![Purpose::SafeShelter],
    };
    OfferReferral { case, to, kind, purposes, triage: triage(), consent, expires_at: None }
}

/// North's case with a consent for south, and a hand-over offered and delivered: case, consent, thread.
pub(crate) fn offered(story: &mut Story) -> (ThreadId, EventId, ThreadId) {
    let case = open_case(story);
    let given = consent(story, case, SOUTH, &RETURN_CATEGORIES);
    let thread = story.given(NORTH, offer(case, SOUTH, ReferralKind::HandOver, given))[0].thread;
    story.mail();
    (case, given, thread)
}

pub(crate) fn accept(referral: ThreadId) -> AcceptReferral {
    AcceptReferral { referral, case: None, note: None }
}

/// As [`offered`], accepted, confirmed and disclosed.
pub(crate) fn accepted(story: &mut Story) -> (ThreadId, EventId, ThreadId) {
    let (case, given, thread) = offered(story);
    story.given(SOUTH, AcknowledgeReferral { referral: thread });
    story.given(SOUTH, accept(thread));
    story.mail();
    (case, given, thread)
}

/// North's case referred to a shelter, accepted; the shelter has one unit of two places: the thread.
pub(crate) fn sheltered(story: &mut Story, case: ThreadId, shelter: OfficeId) -> ThreadId {
    story.given(shelter, capacity(2));
    let categories = [Category::Triage, Category::Contact, Category::Shelter];
    let given = consent(story, case, shelter, &categories);
    let thread = story.given(NORTH, offer(case, shelter, ReferralKind::Service, given))[0].thread;
    story.mail();
    story.given(shelter, accept(thread));
    story.mail();
    thread
}

pub(crate) fn capacity(maximum: u16) -> PublishCapacity {
    PublishCapacity { unit: UNIT, kind: UnitKind::Single, admits: Admits::Women, maximum, taken_otherwise: 0 }
}

pub(crate) fn request(referral: ThreadId) -> RequestPlace {
    RequestPlace { referral, kind: UnitKind::Single, from: TODAY, nights: 30, persons: 1, note: None }
}

/// A place at harbour, held or confirmed as wished: the thread.
pub(crate) fn place_held(story: &mut Story, case: ThreadId) -> ThreadId {
    let thread = sheltered(story, case, HARBOUR);
    story.given(NORTH, request(thread));
    story.mail();
    story.given(HARBOUR, HoldPlace { referral: thread, unit: UNIT, until: None });
    story.mail();
    thread
}

pub(crate) fn leg(number: u8, escorting: OfficeId) -> LegPlan {
    let departs_at = START.plus(u64::from(number) * 6 * HOUR);
    LegPlan {
        number,
        from: Place::Locode(*b"XNAAA"),
        to: Place::Named("Central station".into()),
        mode: TravelMode::Rail,
        departs_at,
        departs_offset_minutes: 60,
        arrives_at: departs_at.plus(4 * HOUR),
        arrives_offset_minutes: 60,
        escorting,
        check_in_minutes: 60,
    }
}

pub(crate) fn assess(referral: ThreadId, verdict: GoNoGo) -> AssessRisk {
    AssessRisk { referral, verdict, assessed_on: TODAY, rows: Vec::new(), summary: "calm".into() }
}

pub(crate) fn private_place(referral: ThreadId) -> ArrangePlace {
    ArrangePlace { referral, shelter: None, from: TODAY, until: TODAY.plus(4) }
}

/// As [`accepted`], with a journey of two legs that lacks nothing but the steps named in `but`.
pub(crate) fn prepared(story: &mut Story, but: &[&str]) -> (ThreadId, EventId, ThreadId) {
    let (case, given, referral) = accepted(story);
    let steps: Vec<(OfficeId, Command)> = vec![
        (NORTH, ProposeJourney { referral, depart_on: TODAY }.into()),
        (NORTH, assess(referral, GoNoGo::Go).into()),
        (SOUTH, assess(referral, GoNoGo::Go).into()),
        (NORTH, DecideJourney { referral, verdict: GoNoGo::Go }.into()),
        (NORTH, RecordDocuments { referral, valid_until: TODAY.plus(90) }.into()),
        (NORTH, BookLeg { referral, leg: leg(1, NORTH), itinerary: Vec::new() }.into()),
        (
            NORTH,
            BookLeg { referral, leg: leg(2, SOUTH), itinerary: vec![(Field::Itinerary, "seat".into())] }
                .into(),
        ),
        (NORTH, NameEscort { referral, leg: 1, name: "an escort".into() }.into()),
        (SOUTH, NameEscort { referral, leg: 2, name: "another".into() }.into()),
        (SOUTH, arrange_reception(referral).into()),
        (NORTH, private_place(referral).into()),
    ];
    for (me, command) in steps {
        if !but.contains(&command.name()) {
            story.given(me, command);
            story.mail();
        }
    }
    (case, given, referral)
}

pub(crate) fn arrange_reception(referral: ThreadId) -> ArrangeReception {
    let place = Place::Named("Main hall".into());
    ArrangeReception {
        referral,
        meets_at: START.plus(17 * HOUR),
        place,
        contact: Some("a blue scarf".into()),
    }
}

/// As [`prepared`], cleared and departed.
pub(crate) fn departed(story: &mut Story) -> (ThreadId, EventId, ThreadId) {
    let (case, given, referral) = prepared(story, &[]);
    story.given(NORTH, ClearJourney { referral });
    story.given(NORTH, Depart { referral });
    story.mail();
    (case, given, referral)
}
