//! Offices that do anything in any order while mail and machines fail: see `src/simulation`. A fixed set of seeds, a few that nobody
//! has chosen, every plan that failed once, and rules that are wrong on purpose.

use std::collections::BTreeSet;
use std::io::Write as _;

use waymark_tests::simulation::broken::Broken;
use waymark_tests::simulation::conduct::Conduct;
use waymark_tests::simulation::plan::Plan;
use waymark_tests::simulation::play::{Failure, Played, play_often};
use waymark_tests::simulation::{found, seeds};

/// Seeds that are always played.
const FIXED: std::ops::Range<u64> = 0..25;
/// Seeds that nobody has chosen.
const FRESH: usize = 5;
/// Within so many seeds each of the broken rules is found.
const FOUND_WITHIN: u64 = 60;

/// Plays all of them; a failure is made short, written and told.
fn pass(plans: &[Plan]) -> Vec<Played> {
    let (mut all, mut failed) = (Vec::new(), Vec::<(Plan, Box<Failure>)>::new());
    seeds::play_all(plans, &Conduct::default(), |plan, outcome| {
        match outcome {
            Ok(played) => all.push(played),
            Err(failure) => failed.push((plan.clone(), failure)),
        }
        true
    });
    if let Some((plan, failure)) = failed.into_iter().next() {
        let (path, text) =
            found::record(&found::failures(), &plan, failure, &Conduct::default(), found::TRIES)
                .expect("a failing plan can be written");
        panic!("seed {} fails; `cargo sim --replay {}`\n{text}", plan.seed, path.display());
    }
    all
}

#[test]
fn nothing_that_must_hold_is_broken_whatever_offices_do_and_whatever_befalls_them() {
    let fresh: Vec<u64> = (0..FRESH).map(|_| seeds::fresh().expect("randomness")).collect();
    // Also where the test passes: who sees it fail once must be able to play the same again.
    let _ = writeln!(std::io::stderr(), "fresh seeds: {fresh:?}");
    let plans: Vec<Plan> = FIXED.chain(fresh).map(Plan::of).collect();
    let played = pass(&plans);
    let done: BTreeSet<&str> = played
        .iter()
        .flat_map(|played| played.commands.keys())
        .filter(|(_, reason)| reason.is_empty())
        .map(|(name, _)| *name)
        .collect();
    let never: Vec<_> = REACHED.iter().filter(|name| !done.contains(*name)).collect();
    assert!(never.is_empty(), "never carried out: {never:?}");
}

/// What the seeds must reach, or they show nothing.
const REACHED: &[&str] = &[
    "OfferReferral",
    "AcceptReferral",
    "DeclineReferral",
    "AskQuestion",
    "DiscloseSections",
    "NarrowConsent",
    "WithdrawConsent",
    "RefuseConsent",
    "WithdrawReferral",
    "DiscloseInEmergency",
    "ReviewEmergency",
    "HoldPlace",
    "ConfirmPlace",
    "BookLeg",
    "ConfirmReception",
];

#[test]
fn what_failed_once_does_not_fail_again() {
    for (path, plan) in found::plans_in(&found::kept()).expect("kept plans can be read") {
        if let Err(failure) = play_often(&plan, &Conduct::default()) {
            panic!("{}: {}", path.display(), failure.breach);
        }
    }
}

#[test]
fn rules_that_are_wrong_on_purpose_are_found() {
    for broken in Broken::ALL {
        let plans: Vec<Plan> = (0..FOUND_WITHIN).map(Plan::of).collect();
        let mut first = None;
        seeds::play_all(&plans, &broken.conduct(), |plan, outcome| {
            if let Err(failure) = outcome {
                first.get_or_insert((plan.seed, failure.breach));
            }
            first.is_none()
        });
        let (_, breach) = first.unwrap_or_else(|| panic!("{broken:?} was not found"));
        assert!(broken.found_as().contains(&breach.rule), "{broken:?} was found as {breach}");
    }
}

#[test]
fn a_failing_plan_is_made_short_and_fails_again_from_its_file() {
    let (conduct, folder) =
        (Broken::NoWithdrawalIsAnswered.conduct(), tempfile::tempdir().expect("a folder"));
    let mut found = None;
    let plans: Vec<Plan> = (0..FOUND_WITHIN).map(Plan::of).collect();
    seeds::play_all(&plans, &conduct, |plan, outcome| {
        found = found.take().or(outcome.err().map(|failure| (plan.clone(), failure)));
        found.is_none()
    });
    let (plan, failure) = found.expect("it is found");
    let (path, _) =
        found::record(folder.path(), &plan, failure.clone(), &conduct, 30).expect("it can be written");
    let short = found::read(&path).expect("it can be read");
    assert!(short.steps.len() < plan.steps.len() / 2, "{} steps are left", short.steps.len());
    let again = play_often(&short, &conduct).expect_err("it fails again");
    assert_eq!(again.breach.rule, failure.breach.rule);
    assert!(play_often(&short, &Conduct::default()).is_ok(), "with the domain's rules it passes");
}
