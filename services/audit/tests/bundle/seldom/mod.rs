//! What seldom happens, told honestly, and what only such a story lets somebody plant.
//!
//! Heads are cosigned as real desks cosign them, by letters. Read `consents.rs` first.

mod consents;
mod emergencies;
mod new_keys;
mod next_log;
mod places;
mod silence;

use waymark_audit::verify::Report;
use waymark_domain::command::{OpenCase, RecordContact};

use crate::planted::told;
use crate::scenes::{NORTH, Referred, accepted};
use crate::story::{export, offices, verified};
use crate::town::Town;

/// The report on the bundle of all offices.
fn report(town: &Town) -> Report {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(town, &(1..=offices(town)).collect::<Vec<_>>(), &dir);
    verified(&dir)
}

/// Nothing is wrong, and witnesses have seen every log.
fn is_whole(report: &Report) {
    assert_eq!(report.verdict, None, "{:?}", told(report));
    assert!(report.logs.iter().all(|log| log.witnessed > 0), "{:?}", report.logs);
    assert!(report.logs.iter().any(|log| log.times.proven > 0), "{:?}", report.logs);
}

/// A hand-over to south, which has reached her.
fn reached(town: &mut Town) -> Referred {
    let referred = accepted(town);
    reaches(town, referred);
    referred
}

fn reaches(town: &mut Town, referred: Referred) {
    let at = town.clock_now();
    town.does(referred.to, RecordContact { referral: referred.referral, at }).expect("reached");
    town.minutes(3);
}

/// Days go by in which nothing happens but what time alone asks for; then north writes something, and witnesses say when.
fn days(town: &mut Town, days: u64) {
    town.pass(days * waymark_domain::time::DAY);
    for office in 1..=offices(town) {
        town.desk(office).keep_inbox_keys().expect("kept");
    }
    town.does(NORTH, OpenCase::default()).expect("opened");
    town.minutes(4);
}
