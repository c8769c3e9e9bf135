//! A bed is asked for, held, confirmed, released and left.

use waymark_audit::verify::Code;
use waymark_domain::command::{
    CheckInToShelter, CheckOutOfShelter, ChoosePlace, ConfirmPlace, ReleaseAddress,
};
use waymark_domain::event::Event;
use waymark_domain::event::place::{CheckedIn, PlaceConfirmed};
use waymark_domain::section::Field;
use waymark_domain::time::{DAY, HOUR};
use waymark_seal::entry::Audience;

use super::{is_whole, reaches, report};
use crate::planted::{Planted, among, only};
use crate::scenes::{HARBOUR, HAVEN, NORTH, Referred, accept, case, count, held, offered, publish};
use crate::town::Town;

/// Kind of `ReferralAccepted`.
const ACCEPTED: u16 = 82;

struct Places {
    town: Town,
    /// She came, and left.
    taken: Referred,
    /// Confirmed, and released for the one that was chosen.
    released: Referred,
    /// Nobody confirmed it in time.
    lapsed: Referred,
}

/// A service of a shelter, which has accepted, reached her and holds a place.
fn holds(town: &mut Town, shelter: u16) -> Referred {
    let case = case(town);
    let referred = offered(town, case, shelter);
    accept(town, referred);
    town.exchange();
    reaches(town, referred);
    held(town, referred);
    referred
}

fn places() -> Places {
    let mut town = Town::new(4);
    publish(&mut town, &[HARBOUR, HAVEN]);
    let case = case(&town);
    let [taken, released] = [HARBOUR, HAVEN].map(|shelter| offered(&mut town, case, shelter));
    for referred in [taken, released] {
        accept(&town, referred);
        town.exchange();
        reaches(&mut town, referred);
        held(&mut town, referred);
        town.does(referred.to, ConfirmPlace { referral: referred.referral }).expect("confirmed");
    }
    town.minutes(2);
    let referral = taken.referral;
    town.does(NORTH, ChoosePlace { referral }).expect("chosen");
    town.minutes(2);
    let until = town.clock_now().day().plus(7);
    let address = vec![(Field::ShelterAddress, "planted".into())];
    town.does(HARBOUR, ReleaseAddress { referral, address, until }).expect("released");
    town.does(HARBOUR, CheckInToShelter { referral }).expect("she came");
    town.pass(DAY);
    town.minutes(2);
    town.does(HARBOUR, CheckOutOfShelter { referral }).expect("she left");
    town.minutes(3);
    let lapsed = holds(&mut town, HAVEN);
    town.pass(25 * HOUR);
    town.minutes(3);
    Places { town, taken, released, lapsed }
}

#[test]
fn a_place_that_was_taken_one_that_was_released_and_a_hold_that_expired_are_no_fault() {
    let Places { town, taken, released, lapsed } = places();
    let came = |referred: Referred, is| count(&town, NORTH, referred.referral, is);
    assert_eq!(came(taken, |event| matches!(event, Event::CheckedOut(_))), 1);
    assert_eq!(came(released, |event| matches!(event, Event::PlaceReleased(_))), 1);
    assert_eq!(came(lapsed, |event| matches!(event, Event::HoldExpired(_))), 1);
    is_whole(&report(&town));
}

#[test]
fn a_place_is_not_confirmed_after_its_hold_has_expired() {
    let Places { town, lapsed, .. } = places();
    let planted = Planted::of(town);
    let confirmed = planted.forged("late", |forge| {
        let log = forge.log(planted.town.id(HAVEN));
        let expired =
            log.newest(|it| matches!(Event::decode(it.kind, &it.public), Ok(Event::HoldExpired(_))));
        let Ok(Event::HoldExpired(body)) = Event::decode(expired.kind, &expired.public) else {
            panic!("{expired:?}")
        };
        let event = PlaceConfirmed { request: body.request }.into();
        let to = Audience::Office(planted.north());
        let entry = log.next(&event, lapsed.referral, to, planted.town.clock_now());
        log.append(&entry);
    });
    only(&confirmed, Code::Anomaly);
}

#[test]
fn who_says_that_she_came_to_a_place_that_nobody_confirmed_has_not_reached_her() {
    let mut town = Town::new(3);
    let case = case(&town);
    let referred = offered(&mut town, case, HARBOUR);
    accept(&town, referred);
    town.minutes(3);
    super::days(&mut town, 20);
    only(&report(&town), Code::DeadlineMissed);
    let planted = Planted::of(town);
    let came = planted.forged("she came, it says", |forge| {
        let log = forge.log(planted.town.id(HARBOUR));
        let accepted = log.newest(|it| it.thread == referred.referral && it.kind == ACCEPTED);
        let event = CheckedIn { request: accepted.event }.into();
        let to = Audience::Office(planted.north());
        let entry = log.next(&event, referred.referral, to, accepted.claimed_at);
        log.append(&entry);
        forge.logs.remove(&planted.north());
    });
    among(&came, &[Code::Backdated, Code::Anomaly, Code::DeadlineMissed]);
}
