//! What two people decided to disclose without a consent, and what a third said of it.

use waymark_audit::verify::Code;
use waymark_domain::command::{
    AcceptReferral, DiscloseInEmergency, OpenCase, RecordSection, ReviewEmergency,
};
use waymark_domain::event::consent::{EmergencyDeclared, EmergencyDisclosed};
use waymark_domain::ids::{EventId, StaffId};
use waymark_domain::section::{Content, Field};
use waymark_domain::time::{DAY, HOUR, Timestamp};
use waymark_domain::words::{Category, EmergencyGround};
use waymark_seal::entry::{Audience, Basis, Entry};

use super::{is_whole, reaches, report};
use crate::forge::{Forge, plant};
use crate::planted::{Planted, among, only};
use crate::scenes::{NORTH, Referred, SOUTH, assert_erased, case, offered, withdraw_consent};
use crate::town::Town;

const TWO: [StaffId; 2] = [StaffId([1; 8]), StaffId([2; 8])];
const THIRD: StaffId = StaffId([3; 8]);

/// Both offices have a case of hers, and she has withdrawn what she had consented to.
fn withdrawn(town: &mut Town) -> Referred {
    let case = case(town);
    let referred = offered(town, case, SOUTH);
    let theirs = town.does(SOUTH, OpenCase::default()).expect("opened").thread;
    let content = Content::Fields(vec![(Field::HealthNeeds, "planted".to_owned())]);
    town.does(SOUTH, RecordSection { case: theirs, category: Category::Health, content }).expect("recorded");
    let referral = referred.referral;
    town.does(SOUTH, AcceptReferral { referral, case: Some(theirs), note: None }).expect("accepted");
    town.minutes(2);
    reaches(town, referred);
    withdraw_consent(town, referred);
    town.minutes(3);
    assert_erased(town, referred, Category::Identity);
    referred
}

/// An office declares an emergency and discloses; gives the declaration.
fn disclosed(town: &mut Town, office: u16, referred: Referred) -> EventId {
    let emergency = DiscloseInEmergency {
        referral: referred.referral,
        ground: EmergencyGround::VitalInterests,
        categories: vec![Category::Health],
        first: TWO[0],
        second: TWO[1],
        reason: "She was found unconscious.".into(),
    };
    let written = town.does(office, emergency).expect("disclosed").events;
    town.minutes(3);
    written[0]
}

fn reviewed(town: &mut Town, office: u16, referred: Referred, emergency: EventId, upheld: bool) {
    let (referral, told_on) = (referred.referral, town.clock_now().day());
    town.does(office, ReviewEmergency { referral, emergency, by: THIRD, upheld, told_on }).expect("reviewed");
    town.minutes(3);
}

struct Emergencies {
    town: Town,
    referred: Referred,
    upheld: EventId,
    turned_down: EventId,
}

/// After a withdrawal north discloses twice, and south once; north's second emergency is turned down.
fn emergencies() -> Emergencies {
    let mut town = Town::new(3);
    let referred = withdrawn(&mut town);
    let upheld = disclosed(&mut town, NORTH, referred);
    let theirs = disclosed(&mut town, SOUTH, referred);
    town.pass(20 * HOUR);
    let turned_down = disclosed(&mut town, NORTH, referred);
    reviewed(&mut town, NORTH, referred, upheld, true);
    reviewed(&mut town, SOUTH, referred, theirs, true);
    reviewed(&mut town, NORTH, referred, turned_down, false);
    Emergencies { town, referred, upheld, turned_down }
}

#[test]
fn what_two_people_disclosed_after_a_withdrawal_is_no_fault_whatever_the_review_says() {
    let Emergencies { mut town, .. } = emergencies();
    is_whole(&report(&town));
    // 30 days after each review was due both ends have erased, and say so.
    super::days(&mut town, 35);
    is_whole(&report(&town));
}

#[test]
fn an_emergency_that_nobody_reviews_is_found_and_what_it_disclosed_is_not() {
    let mut town = Town::new(3);
    let referred = withdrawn(&mut town);
    disclosed(&mut town, NORTH, referred);
    super::days(&mut town, 4);
    only(&report(&town), Code::ReviewMissed);
}

#[test]
fn what_is_disclosed_in_an_emergency_that_is_over_or_was_never_decided_is_found() {
    let Emergencies { town, referred, upheld, turned_down } = emergencies();
    let planted = Planted::of(town);
    let now = planted.town.clock_now();
    // One more disclosure of health on an emergency of north's, written at a time.
    let on = |forge: &mut Forge<'_>, emergency: EventId, category: Category, at: Timestamp| {
        let log = forge.log(planted.north());
        let event = EmergencyDisclosed { emergency, categories: vec![category] }.into();
        let to = Audience::Office(planted.south());
        let mut entry = log.next(&event, referred.referral, to, at);
        let declared = log.first(|it| it.event == emergency);
        entry.basis = Basis::Emergency(plant::at_of(&declared));
        entry.grants.push(plant::grant(category, planted.south(), at.day()));
        log.append(&entry);
    };
    let more = |name: &str, emergency, category, at| {
        planted.forged(name, |forge| on(forge, emergency, category, at))
    };
    is_whole(&more("upheld", upheld, Category::Health, now));
    only(&more("turned down", turned_down, Category::Health, now), Code::EmergencyOver);
    only(&more("too late", upheld, Category::Health, now.plus(40 * DAY)), Code::EmergencyOver);
    among(
        &more("not declared", upheld, Category::Identity, now),
        &[Code::UndeclaredEmergency, Code::Anomaly],
    );
    let alone = planted.forged("alone", |forge| {
        let declared = EmergencyDeclared {
            ground: EmergencyGround::VitalInterests,
            categories: vec![Category::Health],
            first: TWO[0],
            second: TWO[0],
            review_by: now.plus(72 * HOUR),
        };
        let log = forge.log(planted.north());
        let entry: Entry =
            log.next(&declared.into(), referred.referral, Audience::Office(planted.south()), now);
        log.append(&entry);
        on(forge, entry.event, Category::Health, now);
    });
    among(&alone, &[Code::DecidedAlone, Code::Anomaly]);
}
