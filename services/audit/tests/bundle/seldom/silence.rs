//! She does not say that she is well when it is due, somebody asks, and she is.

use waymark_audit::verify::Code;
use waymark_domain::command::{ConfirmReception, RecordCheckIn, StartLeg};
use waymark_domain::event::Event;
use waymark_domain::time::HOUR;

use super::next_log::{copied, goes_on_from};
use super::{is_whole, reached, report};
use crate::planted::only;
use crate::scenes::{AHEAD, NORTH, Referred, SOUTH, count, departs};
use crate::town::Town;

/// She is on her way, and is to give a sign every hour.
fn departed(town: &mut Town) -> Referred {
    let referred = reached(town);
    departs(town, referred.referral, 60);
    town.pass(AHEAD);
    referred
}

/// The same, and the leg has begun.
fn on_her_way(town: &mut Town) -> Referred {
    let referred = departed(town);
    starts(town, referred);
    referred
}

fn starts(town: &mut Town, referred: Referred) {
    let (referral, at) = (referred.referral, town.clock_now());
    town.does(NORTH, StartLeg { referral, leg: 1, at }).expect("started");
    town.minutes(3);
}

/// A sign, always in time.
fn checks_in_after(town: &mut Town, referred: Referred, minutes: u64) {
    town.pass(minutes * 60);
    checks_in(town, referred);
}

fn checks_in(town: &mut Town, referred: Referred) {
    let (referral, at) = (referred.referral, town.clock_now());
    town.does(NORTH, RecordCheckIn { referral, leg: 1, at, note: None }).expect("checked in");
    town.minutes(3);
}

fn arrives(town: &mut Town, referred: Referred) {
    let (referral, at) = (referred.referral, town.clock_now());
    town.does(SOUTH, ConfirmReception { referral, at }).expect("received");
    town.minutes(3);
}

/// What waited for south is read before it looks at the clock.
fn south_hears(town: &mut Town) {
    for _ in 0..4 {
        town.deliver_all();
        town.collect();
    }
    town.minutes(3);
}

/// How often an office has raised an alarm, as far as it knows of each.
fn alarms(town: &Town, referred: Referred) -> [usize; 2] {
    let is_alarm = |event: &Event| matches!(event, Event::CheckInMissed(_));
    [NORTH, SOUTH].map(|office| count(town, office, referred.referral, is_alarm))
}

#[test]
fn a_sign_that_came_in_time_leaves_nothing_to_say() {
    let mut town = Town::new(3);
    let referred = on_her_way(&mut town);
    (0..3).for_each(|_| checks_in_after(&mut town, referred, 50));
    arrives(&mut town, referred);
    assert_eq!(alarms(&town, referred), [0, 0]);
    is_whole(&report(&town));
}

#[test]
fn a_silence_that_was_answered_is_told_by_its_alarms_and_by_nothing_else() {
    let mut town = Town::new(3);
    let referred = on_her_way(&mut town);
    checks_in(&mut town, referred);
    town.pass(80 * 60);
    town.minutes(3);
    checks_in(&mut town, referred);
    checks_in_after(&mut town, referred, 50);
    arrives(&mut town, referred);
    town.pass(4 * HOUR);
    town.minutes(3);
    assert_eq!(alarms(&town, referred), [2, 2], "each party has raised one, and heard of the other's");
    let report = report(&town);
    only(&report, Code::CheckInMissed);
    assert_eq!(report.counts["check_in_missed"], 2, "each is said by its writer's log");
}

#[test]
fn an_office_that_was_away_while_signs_came_has_let_a_silence_pass() {
    let mut town = Town::new(3);
    let referred = on_her_way(&mut town);
    town.keeps_mail = true;
    town.stop(SOUTH);
    (0..4).for_each(|_| checks_in_after(&mut town, referred, 50));
    town.open(SOUTH);
    south_hears(&mut town);
    arrives(&mut town, referred);
    assert_eq!(alarms(&town, referred), [0, 0]);
    let report = report(&town);
    only(&report, Code::CheckInMissed);
    assert_eq!(report.counts["check_in_missed"], 1, "it is one silence, whatever ended it");
    assert_eq!(report.findings[0].office, Some(town.id(SOUTH).to_string()));
}

#[test]
fn nobody_is_to_miss_a_sign_of_a_leg_that_it_had_not_heard_of() {
    let mut town = Town::new(3);
    let referred = departed(&mut town);
    town.keeps_mail = true;
    town.stop(SOUTH);
    starts(&mut town, referred);
    (0..4).for_each(|_| checks_in_after(&mut town, referred, 50));
    town.open(SOUTH);
    south_hears(&mut town);
    arrives(&mut town, referred);
    is_whole(&report(&town));
}

#[test]
fn an_office_that_lost_her_signs_with_its_folder_is_told_by_its_alarm_and_by_no_silence() {
    let mut town = Town::new(3);
    let referred = on_her_way(&mut town);
    let backup = copied(&mut town, SOUTH);
    (0..4).for_each(|_| checks_in_after(&mut town, referred, 50));
    goes_on_from(&mut town, SOUTH, &backup);
    arrives(&mut town, referred);
    assert_eq!(alarms(&town, referred), [1, 1], "south no longer knows that she is well, and asks");
    let report = report(&town);
    only(&report, Code::CheckInMissed);
    assert_eq!(report.counts["check_in_missed"], 1, "it had her signs in its log before");
}
