//! An office erases a case of its own: nothing of it is left in any file, whatever crash or old copy comes between.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use waymark_desk::{Keeping, SectionFault, Seen, SubmitError};
use waymark_domain::case::CasePhase;
use waymark_domain::command::{
    AgreeCancellation, CloseCase, OrderCaseErasure, PublishCapacity, RecordSection, ReopenCase,
    RequestCancellation, SendMessage,
};
use waymark_domain::event::Event;
use waymark_domain::ids::{Hash, ThreadId, UnitId};
use waymark_domain::section::{Content, Field};
use waymark_domain::words::{Admits, CaseOutcome, Category, ErasureReason, UnitKind};
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use super::came_back::unerase;
use super::{DAY, Shared, disclosed, withdraw};
use crate::search::{files, found, sealed};
use crate::town::{Town, data, passphrase};

fn close(town: &Town, office: u16, case: ThreadId) {
    let (outcome, note) = (CaseOutcome::EndedByPerson, Some("nothing more to do".into()));
    town.does(office, CloseCase { case, outcome, note }).expect("closed");
}

fn order(town: &Town, office: u16, case: ThreadId) -> Result<(), SubmitError> {
    town.does(office, OrderCaseErasure { case, reason: ErasureReason::Asked }).map(|_| ())
}

/// North has shared, talked, withdrawn and closed; everybody has erased what was shared.
fn closed(town: &mut Town) -> Shared {
    let shared = disclosed(town);
    let referral = shared.referral;
    town.does(1, SendMessage { referral, text: "a word from north".into() }).expect("sent");
    town.does(2, SendMessage { referral, text: "a word from south".into() }).expect("sent");
    town.exchange();
    withdraw(town, &shared);
    town.exchange();
    close(town, 1, shared.case);
    shared
}

/// Every section and wrap that an office knows of in some threads.
struct Traces {
    bodies: Vec<(usize, Hash)>,
    seen: Vec<Seen>,
}

impl Traces {
    fn of(town: &Town, office: u16, threads: &[ThreadId]) -> Self {
        let histories = threads.iter().flat_map(|thread| town.desk(office).history(*thread).expect("read"));
        let seen: Vec<Seen> = histories.filter(|seen| !seen.sections.is_empty()).collect();
        let sections = seen.iter().flat_map(|seen| &seen.sections);
        let sections = sections.map(|section| (sealed(section.padded), section.hash));
        let wraps = seen.iter().flat_map(|seen| &seen.grants).map(|grant| (80, grant.wrap_hash));
        let bodies = sections.chain(wraps).collect();
        Self { bodies, seen }
    }

    /// How many of the bodies lie in a folder.
    fn lie_in(&self, folder: &Path) -> usize {
        found(folder, &self.bodies).into_iter().map(|(hash, _)| hash).collect::<HashSet<_>>().len()
    }

    /// That whoever has the folder and the passphrase finds nothing of it.
    fn none_in(&self, folder: &Path) {
        assert_eq!(found(folder, &self.bodies), HashSet::new(), "a body lies in a file");
        for path in files(folder) {
            let bytes = std::fs::read(&path).expect("read");
            for planted in ["Canary", "lantern", "asthma", "a word from"] {
                let there = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
                assert!(!there, "{planted} lies in {}", path.display());
            }
        }
        let vault = Vault::open(&folder.join("vault"), &passphrase(), System).expect("opens");
        for seen in &self.seen {
            let keys = seen.sections.iter().map(|section| section.key);
            for key in keys.chain(seen.grants.iter().map(|grant| grant.key)) {
                let held = vault.section_key(&seen.thread, &key).expect("read");
                assert!(held.is_none(), "a key of {} is left", seen.kind);
            }
            for grant in &seen.grants {
                let secret = vault.thread_secret(&seen.thread, &grant.kem_hash).expect("read");
                assert!(secret.is_none(), "a wrap of {} opens", seen.kind);
            }
        }
    }
}

fn phase(town: &Town, office: u16, case: ThreadId) -> CasePhase {
    let thread = town.desk(office).thread(case).expect("read").expect("there");
    thread.case().expect("a case").phase
}

fn is_erased(town: &Town, office: u16, case: ThreadId) -> bool {
    matches!(phase(town, office, case), CasePhase::Erased(_))
}

fn written(town: &Town, office: u16, case: ThreadId, wanted: fn(&Event) -> bool) -> usize {
    let history = town.desk(office).history(case).expect("read");
    history.iter().filter(|seen| seen.event.as_ref().is_ok_and(wanted)).count()
}

fn reports(town: &Town, office: u16, case: ThreadId) -> usize {
    written(town, office, case, |event| matches!(event, Event::CaseErased(_)))
}

fn orders(town: &Town, office: u16, case: ThreadId) -> usize {
    written(town, office, case, |event| matches!(event, Event::CaseErasureOrdered(_)))
}

#[test]
fn of_a_case_that_she_asked_to_erase_nothing_is_left_and_the_log_still_verifies() {
    let mut town = Town::new(2);
    let Shared { case, referral, .. } = closed(&mut town);
    let traces = Traces::of(&town, 1, &[case, referral]);
    let (of_case, of_referral) = (Traces::of(&town, 1, &[case]), Traces::of(&town, 1, &[referral]));
    let before = town.copy_of(1);
    assert_eq!(of_case.lie_in(&before), of_case.bodies.len(), "the search sees nothing");
    assert!(of_referral.lie_in(&before) > 0, "what they wrote to each other is still there");
    order(&town, 1, case).expect("ordered");
    let locked = town.desk(1).latest_section(case, Category::Identity);
    assert!(matches!(locked, Err(SectionFault::Ended)), "{locked:?}");
    town.exchange();
    assert!(is_erased(&town, 1, case));
    for (thread, category) in [(case, Category::Identity), (referral, Category::Coordination)] {
        let opened = town.desk(1).latest_section(thread, category);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{opened:?}");
    }
    assert!(matches!(
        town.does(1, ReopenCase { case, note: None }),
        Err(SubmitError::Refused(refusal)) if refusal.reason() == "CASE_ERASED"
    ));
    let checked = town.desk(1).verify_log(0, &|_, _| {}).expect("checked");
    assert_eq!(checked.faults.len(), 0);
    let looked = town.desk(1).history(case).expect("read");
    let order = looked.iter().find(|seen| matches!(seen.event, Ok(Event::CaseErasureOrdered(_))));
    assert_eq!(
        town.desk(1).actor_of(order.expect("there")),
        Some(crate::town::STAFF),
        "who ordered it stays"
    );
    town.desk(1).close().expect("closed");
    traces.none_in(&town.copy_of(1));
}

#[test]
fn a_case_is_not_erased_while_anything_of_it_is_open_and_is_when_that_has_ended() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let case = shared.case;
    let refused = |town: &Town| match order(town, 1, case) {
        Err(SubmitError::Refused(refusal)) => refusal.reason(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&town), "CASE_NOT_CLOSED");
    close(&town, 1, case);
    assert_eq!(refused(&town), "CONSENT_STILL_HOLDS");
    withdraw(&town, &shared);
    assert_eq!(refused(&town), "ERASURE_STILL_DUE");
    town.exchange();
    order(&town, 1, case).expect("ordered");
    town.exchange();
    assert!(is_erased(&town, 1, case));
}

#[test]
fn with_the_receivers_case_goes_what_it_wrote_itself_in_the_referral() {
    let mut town = Town::new(2);
    let Shared { referral, .. } = disclosed(&mut town);
    let case = town.desk(2).case_of(referral).expect("a case");
    let content = Content::Fields(vec![(Field::GivenName, "Canary".to_owned())]);
    town.does(2, RecordSection { case, category: Category::Identity, content }).expect("recorded");
    town.does(2, SendMessage { referral, text: "a word from south".into() }).expect("sent");
    town.exchange();
    town.does(1, RequestCancellation { referral, note: None }).expect("asked");
    town.exchange();
    town.does(2, AgreeCancellation { referral }).expect("agreed");
    town.exchange();
    let traces = Traces::of(&town, 2, &[case, referral]);
    assert!(Traces::of(&town, 2, &[referral]).lie_in(&town.copy_of(2)) > 0, "its own words are still there");
    close(&town, 2, case);
    order(&town, 2, case).expect("ordered");
    town.exchange();
    assert!(is_erased(&town, 2, case));
    town.desk(2).close().expect("closed");
    traces.none_in(&town.copy_of(2));
}

#[test]
fn an_erasure_of_a_case_that_a_crash_cut_short_is_carried_out_once() {
    // Nothing is destroyed yet; or keys and bodies are gone, and the report is not written.
    for destroyed in [false, true] {
        let mut town = Town::new(2);
        let Shared { case, referral, .. } = closed(&mut town);
        let traces = Traces::of(&town, 1, &[case, referral]);
        order(&town, 1, case).expect("ordered");
        if destroyed {
            town.cut_power(true);
            let _cut = catch_unwind(AssertUnwindSafe(|| town.desk(1).meet_deadlines()));
            town.cut_power(false);
            traces.none_in(&town.copy_of(1));
        }
        assert_eq!(reports(&town, 1, case), 0);
        town.crash(1);
        town.open(1);
        town.minutes(2);
        assert_eq!((is_erased(&town, 1, case), reports(&town, 1, case)), (true, 1));
        town.desk(1).close().expect("closed");
        traces.none_in(&town.copy_of(1));
    }
}

#[test]
fn an_order_that_a_stop_came_before_is_carried_out_after_the_next_start() {
    let mut town = Town::new(2);
    let Shared { case, .. } = closed(&mut town);
    order(&town, 1, case).expect("ordered");
    // With a snapshot, from which the next start reads.
    town.stop(1);
    town.open(1);
    town.minutes(1);
    assert!(is_erased(&town, 1, case));
}

#[test]
fn of_an_erased_case_nothing_comes_back_with_an_older_part_of_the_folder_or_without_the_index() {
    for part in ["vault", "bodies", "index"] {
        let mut town = Town::new(2);
        let Shared { case, referral, .. } = closed(&mut town);
        let traces = Traces::of(&town, 1, &[case, referral]);
        town.stop(1);
        let before = town.copy_of(1);
        town.open(1);
        town.exchange();
        order(&town, 1, case).expect("ordered");
        town.exchange();
        town.stop(1);
        match part {
            "vault" => town.put_back_part(1, &before, part),
            "bodies" => unerase(&before.join(part), &data(&town.folder, 1).join(part)),
            _ => std::fs::remove_dir_all(data(&town.folder, 1).join(part)).expect("removed"),
        }
        town.open(1);
        let opened = town.desk(1).latest_section(case, Category::Identity);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{part}: {opened:?}");
        assert_eq!((is_erased(&town, 1, case), reports(&town, 1, case)), (true, 1), "{part}");
        traces.none_in(&town.copy_of(1));
        if part == "vault" {
            // The older one never had the fresh key.
            continue;
        }
        // What south may still have to say is opened with the fresh key.
        let fresh = town.desk(1).thread(referral).expect("read").expect("there");
        let fresh = fresh.referral().and_then(|state| state.thread_key(state.party(town.id(1))?));
        let vault = Vault::open(&town.copy_of(1).join("vault"), &passphrase(), System).expect("opens");
        let hash = waymark_seal::kem::kem_hash(&fresh.expect("a key"));
        assert!(
            vault.thread_secret(&referral, &hash).expect("read").is_some(),
            "{part}: the fresh key is lost"
        );
    }
}

/// Closed cases are kept for so many days.
fn kept_for(town: &mut Town, days: u32) {
    town.keep(Keeping { closed_case_days: Some(days), ..Keeping::default() });
}

fn somebody_says_how_late_it_is(town: &mut Town) {
    town.exchange();
    let (unit, kind, admits) = (UnitId([5; 16]), UnitKind::Single, Admits::Women);
    town.does(2, PublishCapacity { unit, kind, admits, maximum: 2, taken_otherwise: 0 }).expect("told");
    town.minutes(3);
}

#[test]
fn a_case_whose_time_is_over_is_erased_once_after_days_without_power_and_by_no_clock_alone() {
    let mut town = Town::new(2);
    let Shared { case, referral, .. } = closed(&mut town);
    let traces = Traces::of(&town, 1, &[case, referral]);
    // The setting comes later than the closing.
    kept_for(&mut town, 30);
    town.pass(29 * DAY);
    somebody_says_how_late_it_is(&mut town);
    assert_eq!(orders(&town, 1, case), 0, "a day early");
    town.stop(1);
    town.pass(9 * DAY);
    town.open(1);
    for _ in 0..3 {
        town.desk(1).meet_deadlines();
        town.pass(60);
    }
    assert_eq!(orders(&town, 1, case), 0, "only its own clock says that it is so late");
    somebody_says_how_late_it_is(&mut town);
    assert!(is_erased(&town, 1, case));
    town.pass(40 * DAY);
    somebody_says_how_late_it_is(&mut town);
    assert_eq!((orders(&town, 1, case), reports(&town, 1, case)), (1, 1));
    let CasePhase::Erased(erasure) = phase(&town, 1, case) else { panic!("not erased") };
    assert_eq!(erasure.reason, ErasureReason::Retention);
    town.desk(1).close().expect("closed");
    traces.none_in(&town.copy_of(1));
}

#[test]
fn a_case_whose_time_is_over_and_that_is_held_up_is_looked_at_again() {
    let mut town = Town::new(2);
    kept_for(&mut town, 30);
    let shared = disclosed(&mut town);
    close(&town, 1, shared.case);
    town.pass(31 * DAY);
    somebody_says_how_late_it_is(&mut town);
    assert_eq!(orders(&town, 1, shared.case), 0, "her consent holds");
    withdraw(&town, &shared);
    town.exchange();
    town.pass(3_600);
    town.exchange();
    assert!(is_erased(&town, 1, shared.case));
}

#[test]
fn a_case_that_is_opened_again_or_closed_under_a_clock_far_behind_is_kept() {
    let mut town = Town::new(2);
    kept_for(&mut town, 30);
    let Shared { case, .. } = closed(&mut town);
    town.does(1, ReopenCase { case, note: None }).expect("opened again");
    town.pass(31 * DAY);
    somebody_says_how_late_it_is(&mut town);
    assert_eq!(orders(&town, 1, case), 0, "it is open");
    let behind = 100 * DAY;
    town.pass(behind.wrapping_neg());
    close(&town, 1, case);
    town.pass(behind);
    somebody_says_how_late_it_is(&mut town);
    assert_eq!(orders(&town, 1, case), 0, "it was closed a moment ago");
}

#[test]
fn without_the_setting_a_closed_case_is_kept_until_somebody_orders_it() {
    let mut town = Town::new(2);
    let Shared { case, .. } = closed(&mut town);
    town.pass(3_000 * DAY);
    town.desk(1).meet_deadlines();
    assert_eq!(orders(&town, 1, case), 0);
}
