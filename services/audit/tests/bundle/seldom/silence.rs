//! She does not say that she is well when it is due, somebody asks, and she is.

use waymark_audit::verify::Code;
use waymark_domain::command::{ConfirmReception, RecordCheckIn, StartLeg};
use waymark_domain::event::Event;
use waymark_domain::time::HOUR;

use super::{reached, report};
use crate::planted::only;
use crate::scenes::{AHEAD, NORTH, Referred, SOUTH, count, departs};
use crate::town::Town;

/// She is on her way, with a sign every hour, and the leg has begun.
fn on_her_way(town: &mut Town) -> Referred {
    let referred = reached(town);
    let referral = referred.referral;
    departs(town, referral, 60);
    town.pass(AHEAD);
    town.does(NORTH, StartLeg { referral, leg: 1, at: town.clock_now() }).expect("started");
    town.minutes(3);
    referred
}

fn checks_in(town: &mut Town, referred: Referred) {
    let (referral, at) = (referred.referral, town.clock_now());
    town.does(NORTH, RecordCheckIn { referral, leg: 1, at, note: None }).expect("checked in");
    town.minutes(3);
}

/// How often an office has raised an alarm.
fn alarms(town: &Town, office: u16, referred: Referred) -> usize {
    let is_alarm = |event: &Event| matches!(event, Event::CheckInMissed(_));
    count(town, office, referred.referral, is_alarm)
}

#[test]
fn a_silence_that_was_answered_is_told_by_its_alarms_and_by_nothing_else() {
    let mut town = Town::new(3);
    let referred = on_her_way(&mut town);
    checks_in(&mut town, referred);
    town.pass(80 * 60);
    town.minutes(3);
    checks_in(&mut town, referred);
    town.pass(50 * 60);
    checks_in(&mut town, referred);
    let referral = referred.referral;
    town.does(SOUTH, ConfirmReception { referral, at: town.clock_now() }).expect("received");
    town.minutes(3);
    town.pass(4 * HOUR);
    town.minutes(3);
    let raised = alarms(&town, NORTH, referred);
    assert_eq!(raised, 2, "each party has raised one, and heard of the other's");
    let report = report(&town);
    only(&report, Code::CheckInMissed);
    assert_eq!(report.counts["check_in_missed"], 2, "each is said by its writer's log");
}

#[test]
fn a_sign_that_came_in_time_leaves_nothing_to_say() {
    let mut town = Town::new(3);
    let referred = on_her_way(&mut town);
    for _ in 0..3 {
        town.pass(50 * 60);
        checks_in(&mut town, referred);
    }
    let referral = referred.referral;
    town.does(SOUTH, ConfirmReception { referral, at: town.clock_now() }).expect("received");
    town.minutes(3);
    assert_eq!(alarms(&town, NORTH, referred), 0);
    super::is_whole(&report(&town));
}
