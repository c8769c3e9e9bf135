//! The order of entries: missing, doubled, overtaken, contradicting, and receipts that are not worth their name.

use waymark_desk::Taking;
use waymark_domain::event::Event;
use waymark_domain::event::log::Received;
use waymark_domain::ids::{Hash, Ref, ThreadId};
use waymark_domain::words::Category;
use waymark_seal::letter::{Chain, LetterKind};
use waymark_seal::{Audience, Basis, Entry};

use super::{SOUTH, Siege};
use crate::hostile::{Hostile, LOG};

const THREAD: ThreadId = ThreadId([1; 16]);

fn message(siege: &mut Siege) -> usize {
    siege.hostile.message(THREAD, |_| ())
}

fn asked(heard: &[LetterKind], from: u64) -> bool {
    heard.iter().any(|kind| match kind {
        LetterKind::ResendAsked { log, chain: Chain::Pair, from_seq, to_seq } => {
            *log == LOG && *from_seq == from && *to_seq >= from
        }
        _ => false,
    })
}

#[test]
fn a_gap_is_refused_and_what_is_missing_asked_for() {
    let mut siege = Siege::new();
    let [first, second, third] = [(); 3].map(|()| message(&mut siege));
    let before = siege.log();
    assert_eq!(siege.send(&[second]), Taking::Refused("gap"));
    assert_eq!(siege.log(), before);
    assert!(asked(&siege.heard(), 1), "the first entry was not asked for");
    assert_eq!(siege.findings(), [(Hostile::slot().to_string(), "gap", 1)]);
    siege.still_serves();
    assert_eq!(siege.send(&[first, second, third]), Taking::Kept);
    assert_eq!(siege.receipts(), [first, second, third]);
}

#[test]
fn what_comes_before_a_gap_is_kept() {
    let mut siege = Siege::new();
    let [first, second, third] = [(); 3].map(|()| message(&mut siege));
    assert_eq!(siege.send(&[first, third]), Taking::Refused("gap"));
    let heard = siege.heard();
    assert!(asked(&heard, 2));
    assert_eq!(siege.seen(THREAD).len(), 1);
    siege.still_serves();
    assert_eq!(siege.send(&[second, third]), Taking::Kept);
    assert_eq!(siege.seen(THREAD).len(), 3);
}

#[test]
fn what_comes_before_a_bad_entry_is_kept_and_nothing_after_it() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    let bad = siege.hostile.message(THREAD, |entry| entry.pair_prev = Hash([5; 32]));
    let third = message(&mut siege);
    assert_eq!(siege.send(&[first, bad, third]), Taking::Refused("wrong_previous"));
    assert_eq!(siege.receipts(), [first]);
    assert_eq!(siege.seen(THREAD).len(), 1);
    siege.still_serves();
    assert_eq!(siege.send(&[third]), Taking::Refused("gap"));
}

#[test]
fn what_comes_after_an_entry_that_carries_what_it_may_not_is_kept() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    let bad = siege.hostile.message(THREAD, |entry| entry.basis = Basis::OwnData);
    let third = message(&mut siege);
    assert_eq!(siege.send(&[first, bad, third]), Taking::Kept);
    assert_eq!(siege.receipts(), [first, bad, third]);
    let readable = siege.seen(THREAD).iter().map(|seen| seen.event.is_ok()).collect::<Vec<_>>();
    assert_eq!(readable, [true, false, true]);
    assert_eq!(siege.findings(), [(siege.hostile.id.to_string(), "wrong_kind_rule", 1)]);
    siege.still_serves();
}

/// How many requests for entries the victim makes.
fn requests(siege: &mut Siege) -> usize {
    let asked = |kind: &LetterKind| matches!(kind, LetterKind::ResendAsked { .. });
    siege.heard().iter().filter(|kind| asked(kind)).count()
}

#[test]
fn however_many_letters_come_after_a_gap_what_is_missing_is_asked_for_once_in_a_while() {
    let mut siege = Siege::new();
    message(&mut siege);
    let second = message(&mut siege);
    let mut asked = 0;
    for _ in 0..50 {
        assert_eq!(siege.send(&[second]), Taking::Refused("gap"));
        asked += requests(&mut siege);
    }
    assert_eq!(asked, 1);
    siege.town.pass(60);
    assert_eq!(siege.send(&[second]), Taking::Refused("gap"));
    assert_eq!(requests(&mut siege), 1);
}

#[test]
fn behind_an_entry_that_can_never_be_kept_nothing_is_asked_for() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    let bad = siege.hostile.message(THREAD, |entry| entry.pair_prev = Hash([5; 32]));
    let second = message(&mut siege);
    assert_eq!(siege.send(&[first, bad]), Taking::Refused("wrong_previous"));
    for _ in 0..50 {
        siege.town.pass(3_600);
        assert_eq!(siege.send(&[second]), Taking::Refused("gap"));
        assert_eq!(requests(&mut siege), 0);
    }
}

#[test]
fn a_gap_among_notices_is_refused_and_asked_for() {
    let mut siege = Siege::new();
    let notice = siege.hostile.at(1).leaf;
    let thread = ThreadId(siege.hostile.id.0);
    let mut entry = siege.hostile.entry(&super::profile().into(), thread);
    (entry.audience, entry.pair_seq, entry.pair_prev) = (Audience::Network, 3, notice);
    let position = siege.hostile.log(&entry, Vec::new());
    assert_eq!(siege.send(&[position]), Taking::Refused("gap"));
    let asked = |kind: &LetterKind| {
        matches!(kind, LetterKind::ResendAsked { chain: Chain::Network, from_seq: 2, .. })
    };
    assert!(siege.heard().iter().any(asked));
    siege.still_serves();
}

#[test]
fn a_duplicate_has_its_receipt_sent_again_and_nothing_is_logged() {
    let mut siege = Siege::new();
    let [first, second] = [(); 2].map(|()| message(&mut siege));
    assert_eq!(siege.send(&[first, second]), Taking::Kept);
    assert_eq!(siege.receipts(), [first, second]);
    assert!(siege.receipts().is_empty());
    let before = siege.log();
    for _ in 0..3 {
        assert_eq!(siege.send(&[first]), Taking::Kept);
        assert_eq!(siege.receipts(), [first]);
    }
    assert_eq!(siege.log(), before);
    assert_eq!(siege.findings(), []);
    siege.still_serves();
}

#[test]
fn one_entry_twice_in_one_letter_is_kept_once() {
    let mut siege = Siege::new();
    let [first, second] = [(); 2].map(|()| message(&mut siege));
    let before = siege.log().size;
    assert_eq!(siege.send(&[first, first, second, first]), Taking::Kept);
    assert_eq!(siege.log().size, before + 2);
    assert_eq!(siege.seen(THREAD).len(), 2);
    siege.still_serves();
}

#[test]
fn another_entry_under_a_number_that_is_taken_is_no_duplicate() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    assert_eq!(siege.send(&[first]), Taking::Kept);
    siege.heard();
    // One log, two entries with number 1 to the victim: what one of them says could later be denied.
    let other = siege.hostile.message(THREAD, |entry| (entry.pair_seq, entry.pair_prev) = (1, Hash([0; 32])));
    siege.refuses("wrong_previous", |siege| siege.send(&[other]));
    assert!(siege.receipts().is_empty());
}

#[test]
fn an_entry_that_names_another_one_before_it_is_refused() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    assert_eq!(siege.send(&[first]), Taking::Kept);
    let other = siege.hostile.message(THREAD, |entry| entry.pair_prev = Hash([5; 32]));
    siege.refuses("wrong_previous", |siege| siege.send(&[other]));
}

#[test]
fn letters_that_overtake_each_other_lose_and_double_nothing() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    let early = siege.hostile.entries(&[first]);
    let second = message(&mut siege);
    let late = siege.hostile.entries(&[second]);
    assert_eq!(siege.send_entries(late), Taking::Refused("gap"));
    siege.hostile.held = siege.hostile.size();
    assert!(asked(&siege.heard(), 1));
    // The earlier letter is under a head smaller than the one held, and it does not prove that it is part of that one.
    assert_eq!(siege.send_entries(early), Taking::Refused("shrunk_tree"));
    assert!(siege.seen(THREAD).is_empty());
    siege.still_serves();
    assert_eq!(siege.send(&[first, second]), Taking::Kept);
    assert_eq!(siege.receipts(), [first, second]);
    assert_eq!(siege.seen(THREAD).len(), 2);
}

#[test]
fn entries_in_the_wrong_order_in_one_letter_are_refused_and_asked_for_again() {
    let mut siege = Siege::new();
    let [first, second] = [(); 2].map(|()| message(&mut siege));
    let before = siege.log();
    assert_eq!(siege.send(&[second, first]), Taking::Refused("gap"));
    assert_eq!(siege.log(), before);
    assert!(asked(&siege.heard(), 1));
    siege.still_serves();
}

/// A receipt of the hostile office for an entry of the victim's.
fn receipt(siege: &mut Siege, of: &Entry, spoil: impl FnOnce(&mut Ref)) -> usize {
    let mut at = Ref { office: of.office, log: of.log, index: of.index, leaf: of.leaf() };
    spoil(&mut at);
    let event: Event = Received { entry: at, bodies: Vec::new() }.into();
    let entry = siege.hostile.entry(&event, of.thread);
    siege.hostile.log(&entry, Vec::new())
}

/// A siege in which an offer of the hostile office was answered by the victim with its key for the thread.
fn with_answer() -> (Siege, Entry) {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    let answers = siege.heard_entries();
    let key = answers.into_iter().find(|entry| entry.kind == 56).expect("a key for the thread");
    (siege, key)
}

#[test]
fn a_receipt_brought_twice_is_answered_with_nothing() {
    let (mut siege, key) = with_answer();
    let position = receipt(&mut siege, &key, |_| ());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert!(siege.heard_entries().is_empty());
    let before = siege.log();
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert_eq!(siege.log(), before);
    // What the victim noted about a receipt is for nobody.
    assert!(siege.heard_entries().is_empty());
    siege.still_serves();
}

#[test]
fn an_entry_that_was_receipted_is_not_sent_again() {
    let (mut siege, key) = with_answer();
    let position = receipt(&mut siege, &key, |_| ());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert!(!sent_again_in_an_hour(&mut siege, &key));
}

#[test]
fn a_receipt_for_other_bytes_does_not_count() {
    let (mut siege, key) = with_answer();
    let position = receipt(&mut siege, &key, |at| at.leaf = Hash([5; 32]));
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert_eq!(siege.findings(), [(siege.hostile.id.to_string(), "wrong_receipt", 1)]);
    assert!(sent_again_in_an_hour(&mut siege, &key), "a receipt for other bytes was believed");
    siege.still_serves();
}

#[test]
fn a_receipt_for_another_incarnation_does_not_count() {
    let (mut siege, key) = with_answer();
    let position = receipt(&mut siege, &key, |at| at.log += 1);
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert!(sent_again_in_an_hour(&mut siege, &key), "a receipt for another log was believed");
}

#[test]
fn an_old_letter_brought_again_after_a_restart_is_a_duplicate() {
    let mut siege = Siege::new();
    let first = message(&mut siege);
    let early = siege.hostile.entries(&[first]);
    assert_eq!(siege.send(&[first]), Taking::Kept);
    let second = message(&mut siege);
    assert_eq!(siege.send(&[second]), Taking::Kept);
    siege.restart();
    siege.heard();
    let before = siege.log();
    assert_eq!(siege.send_entries(early), Taking::Kept);
    assert_eq!(siege.receipts(), [first]);
    assert_eq!(siege.log(), before);
    assert_eq!(siege.findings(), []);
}

fn sent_again_in_an_hour(siege: &mut Siege, entry: &Entry) -> bool {
    (0..60).any(|_| {
        siege.town.pass(60);
        siege.heard_entries().contains(entry)
    })
}

#[test]
fn a_request_for_everything_is_answered_with_what_is_for_the_asker() {
    let (mut siege, key) = with_answer();
    siege.town.does(SOUTH, waymark_domain::command::OpenCase::default()).expect("a case");
    for chain in [Chain::Pair, Chain::Network] {
        let asked = LetterKind::ResendAsked { log: 0, chain, from_seq: 1, to_seq: u64::MAX };
        assert_eq!(siege.bring(asked), Taking::Kept);
    }
    let sent = siege.heard_entries();
    assert!(sent.contains(&key));
    let (hostile, victim) = (siege.hostile.id, siege.town.id(SOUTH));
    for entry in &sent {
        assert_eq!(entry.office, victim);
        assert!(matches!(entry.audience, Audience::Network) || entry.audience == Audience::Office(hostile));
    }
    siege.still_serves();
}

#[test]
fn a_request_for_everything_is_answered_a_few_letters_at_a_time() {
    let mut siege = Siege::new();
    for _ in 0..200 {
        let profile = waymark_domain::command::PublishProfile { profile: super::profile() };
        siege.town.does(SOUTH, profile).expect("a notice is written");
    }
    siege.heard();
    siege.town.mail.clear();
    let asked = LetterKind::ResendAsked { log: 0, chain: Chain::Network, from_seq: 1, to_seq: u64::MAX };
    assert_eq!(siege.bring(asked), Taking::Kept);
    let few = siege.victim().outgoing_letters(2);
    assert!((1..=2).contains(&few.len()), "{} letters at once", few.len());
    let rest = siege.heard_entries();
    assert!(rest.len() >= 200 - 2 * 64 && rest.len() < 200, "{}", rest.len());
}

#[test]
fn all_receipts_of_one_letter_are_noted_as_one_entry_and_each_stays_known() {
    let mut siege = Siege::new();
    for _ in 0..40 {
        let profile = waymark_domain::command::PublishProfile { profile: super::profile() };
        siege.town.does(SOUTH, profile).expect("a notice is written");
    }
    let notices = siege.heard_entries();
    assert_eq!(notices.len(), 40);
    let receipts: Vec<usize> = notices.iter().map(|notice| receipt(&mut siege, notice, |_| ())).collect();
    let after = message(&mut siege);
    let before = siege.log().size;
    let letter: Vec<usize> = receipts.iter().copied().chain([after]).collect();
    assert_eq!(siege.send(&letter), Taking::Kept);
    assert_eq!(siege.log().size, before + 2, "one entry for the receipts, one for the message");
    assert_eq!(siege.seen(THREAD).len(), 1);
    for _ in 0..2 {
        // A receipt brought again is known, wherever it stands in its entry; and nothing is sent again.
        let known = siege.log();
        for position in [receipts[0], receipts[39]] {
            assert_eq!(siege.send(&[position]), Taking::Kept);
        }
        assert_eq!(siege.log(), known);
        assert_eq!(siege.findings(), []);
        let checked = siege.victim().verify_log(0, &|_, _| {}).expect("checked");
        assert_eq!(checked.faults, []);
        assert!(checked.received >= 41, "{}", checked.received);
        assert!(!sent_again_in_an_hour(&mut siege, &notices[39]));
        siege.town.exchange();
        siege.restart();
        siege.hostile.now = siege.victim().now();
    }
    // The index made again from the log says the same.
    siege.town.crash(SOUTH);
    std::fs::remove_dir_all(crate::town::data(&siege.town.folder, SOUTH).join("index")).expect("removed");
    siege.town.open(SOUTH);
    siege.town.exchange_some(20);
    siege.town.pass(6);
    siege.town.exchange();
    assert!(!sent_again_in_an_hour(&mut siege, &notices[39]));
    let next = message(&mut siege);
    assert_eq!(siege.send(&[next]), Taking::Kept);
    siege.still_serves();
}
