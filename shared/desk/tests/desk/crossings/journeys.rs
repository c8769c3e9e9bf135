//! She is on her way, and the two ends do not yet know the same of it.

use waymark_domain::command::*;
use waymark_domain::event::Event;
use waymark_domain::referral::journey::JourneyPhase;
use waymark_domain::referral::{Ending, Phase};
use waymark_domain::words::{AbortReason, Category, EndedBy};

use super::orders::in_every_order;
use super::scenes::*;
use crate::town::Town;

/// A journey with a sign every hour; she has left.
fn departed(town: &mut Town) -> Referred {
    let referred = accepted(town);
    departs(town, referred.referral, 60);
    referred
}

fn receive(town: &Town, referred: Referred) {
    let reception = ConfirmReception { referral: referred.referral, at: town.clock_now() };
    town.does(SOUTH, reception).expect("received");
}

fn assert_received(town: &Town, referred: Referred) {
    let state = agreed(town, referred);
    assert_eq!(state.phase(), Phase::Ended(Ending::HandedOver));
    assert_eq!(state.responsible(), town.id(SOUTH));
}

#[test]
fn abort_and_reception_the_reception_stands_and_nothing_is_erased() {
    let mut town = Town::new(2);
    let referred = departed(&mut town);
    let referral = referred.referral;
    let note = Some("The train does not run.".into());
    town.does(NORTH, AbortJourney { referral, reason: AbortReason::Transport, note }).expect("aborted");
    receive(&town, referred);
    in_every_order(&mut town, &|town| {
        assert_received(town, referred);
        assert_eq!(agreed(town, referred).journey_phase(), JourneyPhase::HandedOver);
        let opened = town.desk(SOUTH).latest_section(referral, Category::Identity);
        assert!(matches!(opened, Ok(Some(_))), "her consent holds: {opened:?}");
    });
}

#[test]
fn the_offer_is_taken_back_and_reception_the_reception_stands_and_nothing_is_erased() {
    let mut town = Town::new(2);
    let referred = accepted(&mut town);
    let referral = referred.referral;
    town.does(NORTH, WithdrawReferral { referral, by: EndedBy::Person, note: None }).expect("withdrawn");
    receive(&town, referred);
    in_every_order(&mut town, &|town| {
        assert_received(town, referred);
        let opened = town.desk(SOUTH).latest_section(referral, Category::Identity);
        assert!(matches!(opened, Ok(Some(_))), "her consent holds: {opened:?}");
    });
}

#[test]
fn she_withdraws_her_consent_and_reception_the_reception_stands_and_what_was_shared_is_erased() {
    let mut town = Town::new(2);
    let referred = departed(&mut town);
    withdraw_consent(&town, referred);
    receive(&town, referred);
    in_every_order(&mut town, &|town| {
        assert_received(town, referred);
        for category in [Category::Triage, Category::Identity, Category::Contact] {
            assert_erased(town, referred, category);
        }
        assert_all_erased(town, referred);
    });
}

#[test]
fn a_check_in_and_its_alarm_the_alarm_is_cleared_and_stays_in_the_history() {
    let mut town = Town::new(2);
    let referred = departed(&mut town);
    let referral = referred.referral;
    town.pass(AHEAD);
    town.does(NORTH, StartLeg { referral, leg: 1, at: town.clock_now() }).expect("started");
    town.exchange();
    town.pass(50 * 60);
    let at = town.clock_now();
    town.pass(25 * 60);
    let note = Some("All is well.".into());
    town.does(NORTH, RecordCheckIn { referral, leg: 1, at, note }).expect("checked in");
    town.desk(SOUTH).meet_deadlines();
    let missed = |event: &Event| matches!(event, Event::CheckInMissed(_));
    assert_eq!(count(&town, SOUTH, referral, missed), 1, "south has not heard of it");
    in_every_order(&mut town, &|town| {
        let state = agreed(town, referred);
        assert_eq!(state.journey_phase(), JourneyPhase::InTransit(1));
        assert_eq!(state.alarm(), None);
        assert_eq!(state.responsible(), town.id(NORTH));
        for office in [NORTH, SOUTH] {
            let missed = |event: &Event| matches!(event, Event::CheckInMissed(_));
            assert_eq!(count(town, office, referral, missed), 1, "it stays in the history");
        }
    });
}
