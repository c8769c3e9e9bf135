//! What an office does at its start: from which folders it goes on, and from which it never does.

use waymark_desk::{NotReady, SubmitError};
use waymark_domain::command::{AcknowledgeReferral, OpenCase, SendMessage};
use waymark_domain::event::Event;

use crate::exchange::offered;
use crate::town::Town;

/// Longer than a start waits for answers.
const A_WHILE: u64 = 60;

#[test]
fn an_office_started_from_an_old_copy_of_its_folder_takes_neither_commands_nor_mail() {
    let mut town = Town::new(2);
    let old = town.copy_of(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.exchange();
    town.does(1, SendMessage { referral, text: "still there?".into() }).expect("sent");
    town.collect();
    town.crash(2);
    town.put_back(2, &old);
    town.open(2);
    let before = town.desk(2).status().head;
    town.exchange_some(20);
    assert!(matches!(town.does(2, OpenCase::default()), Err(SubmitError::NotReady(NotReady::Behind { .. }))));
    assert_eq!(town.desk(2).status().head, before, "a second history was begun");
    still_behind(&mut town);
}

/// However often north's counterpart is started, and however it ends: it remembers that its folder is an old copy, with nobody there
/// to tell it.
fn still_behind(town: &mut Town) {
    let before = town.desk(2).status().head;
    town.mail.clear();
    for crash in [false, true, false] {
        if crash {
            town.crash(2)
        } else {
            town.stop(2)
        }
        town.open(2);
        town.pass(A_WHILE);
        let refused = town.does(2, OpenCase::default());
        assert!(matches!(refused, Err(SubmitError::NotReady(NotReady::Behind { .. }))), "{refused:?}");
    }
    assert_eq!(town.desk(2).status().head, before, "a second history was begun");
}

#[test]
fn an_office_whose_log_alone_is_an_old_copy_is_stopped_by_its_own_mark() {
    let mut town = Town::new(2);
    town.stop(2);
    let old = town.copy_of(2);
    town.open(2);
    town.exchange();
    town.pass(A_WHILE);
    town.does(2, OpenCase::default()).expect("opened");
    town.stop(2);
    for part in ["log", "bodies", "index"] {
        town.put_back_part(2, &old, part);
    }
    town.open(2);
    still_behind(&mut town);
}

#[test]
fn an_office_whose_log_is_another_than_its_mark_says_writes_nothing() {
    let mut town = Town::new(2);
    town.stop(2);
    let fork = town.copy_of(2);
    town.open(2);
    town.pass(A_WHILE);
    town.does(2, OpenCase::default()).expect("opened");
    town.stop(2);
    let first = town.copy_of(2);
    town.put_back(2, &fork);
    town.open(2);
    town.pass(A_WHILE);
    town.does(2, OpenCase::default()).expect("opened");
    town.stop(2);
    town.put_back_part(2, &first, "vault");
    for _ in 0..2 {
        town.open(2);
        town.pass(A_WHILE);
        let refused = town.does(2, OpenCase::default());
        assert!(matches!(refused, Err(SubmitError::NotReady(NotReady::Forked))), "{refused:?}");
        town.stop(2);
    }
}

#[test]
fn a_stop_while_nobody_could_be_asked_does_not_make_a_crash_undone() {
    let mut town = Town::new(2);
    town.crash(2);
    for _ in 0..3 {
        town.open(2);
        town.pass(A_WHILE);
        let refused = town.does(2, OpenCase::default());
        assert!(matches!(refused, Err(SubmitError::NotReady(NotReady::Alone))), "{refused:?}");
        town.stop(2);
    }
    town.open(2);
    town.exchange();
    town.pass(A_WHILE);
    town.does(2, OpenCase::default()).expect("the other office has answered");
}

#[test]
fn a_short_run_between_clean_stops_leaves_nothing_in_doubt() {
    let mut town = Town::new(2);
    town.stop(2);
    for _ in 0..2 {
        town.open(2);
        town.stop(2);
    }
    town.open(2);
    town.pass(A_WHILE);
    town.does(2, OpenCase::default()).expect("a clean stop stands in for answers");
}

#[test]
fn after_a_crash_nothing_goes_out_that_the_other_office_could_not_check() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    // South has seen a head of north since; what north writes now waits while it crashes.
    town.does(1, SendMessage { referral, text: "are you there?".into() }).expect("sent");
    town.crash(1);
    town.open(1);
    town.exchange();
    let found: Vec<_> = town.desk(2).status().findings.iter().map(|finding| finding.verdict).collect();
    assert_eq!(found, Vec::<&str>::new(), "north is accused of hiding how its log grew");
    assert!(town.refused.is_empty());
    let history = town.desk(2).history(referral).expect("read");
    assert!(history.iter().any(|seen| matches!(seen.event, Ok(Event::MessageSent(_)))), "it has not come");
}
