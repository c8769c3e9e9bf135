//! Shelters hold, confirm and release while the office that asked has not heard of it.

use waymark_desk::{SectionFault, SubmitError};
use waymark_domain::command::*;
use waymark_domain::event::Event;
use waymark_domain::referral::Phase;
use waymark_domain::referral::place::{PlacePhase, Stay};
use waymark_domain::section::Field;
use waymark_domain::time::HOUR;
use waymark_domain::words::{Admits, Category, PlaceReason, UnitKind};

use super::orders::in_every_order;
use super::scenes::*;
use crate::town::Town;

#[test]
fn a_hold_expires_and_is_confirmed_what_the_shelter_wrote_first_decides() {
    for confirmed_first in [true, false] {
        let mut town = Town::new(3);
        publish(&mut town, &[HARBOUR]);
        let case = case(&town);
        let referred = offered(&mut town, case, HARBOUR);
        accept(&town, referred);
        town.exchange();
        held(&mut town, referred);
        let referral = referred.referral;
        let confirm = |town: &Town| town.does(HARBOUR, ConfirmPlace { referral });
        town.pass(23 * HOUR);
        if confirmed_first {
            confirm(&town).expect("confirmed");
            town.collect();
        }
        town.pass(2 * HOUR);
        town.desk(HARBOUR).meet_deadlines();
        if !confirmed_first {
            assert!(matches!(confirm(&town), Err(SubmitError::Refused(_))));
        }
        town.does(HARBOUR, SendMessage { referral, text: "Look at the place.".into() }).expect("sent");
        town.does(NORTH, SendMessage { referral, text: "Is it still free?".into() }).expect("sent");
        in_every_order(&mut town, &|town| {
            let place = agreed(town, referred).place();
            match place {
                PlacePhase::At(Stay::Confirmed(_)) => assert!(confirmed_first),
                PlacePhase::At(Stay::Expired) => assert!(!confirmed_first),
                other => panic!("{other:?}"),
            }
            let expired = |event: &Event| matches!(event, Event::HoldExpired(_));
            assert_eq!(count(town, NORTH, referral, expired), usize::from(!confirmed_first));
            assert_eq!(agreed(town, referred).responsible(), town.id(NORTH));
        });
    }
}

#[test]
fn two_shelters_accept_and_both_stand_until_one_is_chosen_and_the_other_released() {
    let mut town = Town::new(4);
    publish(&mut town, &[HARBOUR, HAVEN]);
    let case = case(&town);
    let both = [HARBOUR, HAVEN].map(|shelter| offered(&mut town, case, shelter));
    for referred in both {
        accept(&town, referred);
    }
    in_every_order(&mut town, &|town| {
        for referred in both {
            let state = agreed(town, referred);
            assert_eq!(state.phase(), Phase::Disclosed);
            assert!(!state.accept_is_void(), "both stand");
            assert_eq!(state.responsible(), town.id(NORTH));
        }
    });
    for referred in both {
        held(&mut town, referred);
    }
    let [chosen, other] = both;
    // The one that is not chosen confirms before it hears of that.
    town.does(NORTH, ChoosePlace { referral: chosen.referral }).expect("chosen");
    town.does(HARBOUR, ConfirmPlace { referral: chosen.referral }).expect("confirmed");
    town.does(HAVEN, ConfirmPlace { referral: other.referral }).expect("confirmed");
    in_every_order(&mut town, &|town| {
        assert!(matches!(agreed(town, chosen).place(), PlacePhase::At(Stay::Confirmed(_))));
        let released = Stay::Released(PlaceReason::AnotherChosen);
        assert_eq!(agreed(town, other).place(), PlacePhase::At(released));
        let is_release = |event: &Event| matches!(event, Event::PlaceReleased(_));
        assert_eq!(count(town, NORTH, other.referral, is_release), 1);
        // The bed is free for another.
        let full = PublishCapacity {
            unit: UNIT,
            kind: UnitKind::Single,
            admits: Admits::Women,
            maximum: 1,
            taken_otherwise: 1,
        };
        assert!(town.does(HARBOUR, full.clone()).is_err(), "hers is taken");
        assert!(town.does(HAVEN, full).is_ok(), "nobody is in it");
    });
}

#[test]
fn an_address_is_gone_at_both_ends_when_she_has_left_and_the_next_one_opens() {
    let mut town = Town::new(3);
    publish(&mut town, &[HARBOUR]);
    let case = case(&town);
    let referred = offered(&mut town, case, HARBOUR);
    accept(&town, referred);
    town.exchange();
    let referral = referred.referral;
    let released = |town: &mut Town| {
        held(town, referred);
        town.does(HARBOUR, ConfirmPlace { referral }).expect("confirmed");
        let address = vec![(Field::ShelterAddress, "planted".into())];
        let until = town.clock_now().day().plus(7);
        let written = town.does(HARBOUR, ReleaseAddress { referral, address, until }).expect("released");
        town.exchange();
        written.events[0]
    };
    let opens =
        |town: &Town, office, event| town.desk(office).open_section(referral, event, Category::Shelter);
    let first = released(&mut town);
    assert!(opens(&town, NORTH, first).is_ok() && opens(&town, HARBOUR, first).is_ok());
    town.does(HARBOUR, CheckInToShelter { referral }).expect("she came");
    town.exchange();
    assert!(opens(&town, NORTH, first).is_ok());
    town.does(HARBOUR, CheckOutOfShelter { referral }).expect("she left");
    town.exchange();
    town.minutes(2);
    for office in [NORTH, HARBOUR] {
        let opened = opens(&town, office, first);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{office}: {opened:?}");
        assert_eq!(town.desk(office).status().findings, []);
    }
    let second = released(&mut town);
    assert!(opens(&town, NORTH, second).is_ok(), "each address has a key of its own");
    town.does(NORTH, SendMessage { referral, text: "Thank you.".into() }).expect("sent");
    town.exchange();
    // A day that only this office's own clock says has come destroys nothing; the mail brings the others' time.
    town.pass(9 * 24 * HOUR);
    for office in [NORTH, HARBOUR] {
        town.desk(office).keep_inbox_keys().expect("kept");
    }
    town.minutes(4);
    for office in [NORTH, HARBOUR] {
        let opened = opens(&town, office, second);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{office}: {opened:?}");
    }
}
