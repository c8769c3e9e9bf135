//! Entries: not under the head, not for us, not canonical, too large, of kinds and fields that nobody knows yet.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use waymark_desk::Taking;
use waymark_domain::ids::{Hash, NetworkId, OfficeId, ThreadId};
use waymark_domain::time::{DAY, Day, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::letter::{Letter, LetterKind, Part};
use waymark_seal::{Audience, Entry};

use super::Siege;
use crate::hostile::Hostile;

const THREAD: ThreadId = ThreadId([1; 16]);
const UNKNOWN: u16 = 60_000;

/// A good message, logged as other bytes.
fn logged_as(change: impl FnOnce(&Siege, &mut Vec<u8>)) -> (Siege, usize) {
    let mut siege = Siege::new();
    let good = siege.hostile.message(THREAD, |_| ());
    let mut bytes = siege.hostile.written[good].entry.clone();
    siege.hostile.forget_from(good);
    change(&siege, &mut bytes);
    let position = siege.hostile.log_bytes(bytes, Vec::new());
    (siege, position)
}

/// A message that its office wrote wrongly, but logged and signed all the same.
fn written(spoil: impl FnOnce(&mut Entry)) -> (Siege, usize) {
    let mut siege = Siege::new();
    let position = siege.hostile.message(THREAD, spoil);
    (siege, position)
}

#[test]
fn a_path_that_does_not_lead_to_the_head_is_refused() {
    let (mut siege, position) = written(|_| ());
    let mut entries = siege.hostile.entries(&[position]);
    let step = entries.items[0].path.first_mut().expect("a step");
    *step = Hash([3; 32]);
    siege.refuses("wrong_path", |siege| siege.send_entries(entries));
}

#[test]
fn an_entry_that_was_changed_after_logging_is_refused() {
    let (mut siege, position) = written(|_| ());
    let mut entries = siege.hostile.entries(&[position]);
    let mut changed = Entry::parse(&entries.items[0].entry).expect("an entry");
    changed.thread = ThreadId([2; 16]);
    entries.items[0].entry = changed.encode();
    siege.refuses("wrong_path", |siege| siege.send_entries(entries));
}

#[test]
fn an_entry_that_is_not_under_the_head_is_refused() {
    let (mut siege, _) = written(|_| ());
    let late = siege.hostile.message(THREAD, |_| ());
    let mut entries = siege.hostile.entries(&[late]);
    let smaller = siege.hostile.entries_under(siege.hostile.size() - 1, &[]);
    (entries.checkpoint, entries.consistency) = (smaller.checkpoint, smaller.consistency);
    siege.refuses("not_under_head", |siege| siege.send_entries(entries));
}

#[test]
fn an_entry_of_another_network_is_refused() {
    let (mut siege, position) = written(|entry| entry.network = NetworkId([8; 16]));
    siege.refuses("wrong_network", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_in_the_name_of_another_office_is_refused() {
    let mut siege = Siege::new();
    let north = siege.town.id(super::NORTH);
    let position = siege.hostile.message(THREAD, |entry| entry.office = north);
    siege.refuses("wrong_log", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_of_another_incarnation_is_refused() {
    let (mut siege, position) = written(|entry| entry.log = 0);
    siege.refuses("wrong_log", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_for_another_office_is_refused() {
    let (mut siege, position) = written(|entry| entry.audience = Audience::Office(OfficeId([4; 16])));
    siege.refuses("not_for_us", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_for_nobody_is_refused() {
    let nobody = |entry: &mut Entry| (entry.audience, entry.pair_seq) = (Audience::Nobody, 0);
    let (mut siege, position) = written(nobody);
    siege.refuses("not_for_us", |siege| siege.send(&[position]));
}

#[test]
fn a_message_to_the_whole_network_is_kept_closed() {
    // A first notice was sent already: this is the second.
    let mut siege = Siege::new();
    let first = siege.hostile.at(1).leaf;
    let position = siege.hostile.message(THREAD, |entry| {
        (entry.audience, entry.pair_seq, entry.pair_prev) = (Audience::Network, 2, first);
    });
    siege.keeps_closed("wrong_kind_rule", position);
}

#[test]
fn an_over_long_number_in_an_entry_is_refused() {
    let (mut siege, position) = logged_as(|_, bytes| {
        // After version, suite, network and office comes the incarnation, 1: here in two bytes.
        assert_eq!(bytes[34], 1);
        bytes.splice(34..35, [0x81, 0x00]);
    });
    siege.refuses("non_canonical", |siege| siege.send(&[position]));
}

#[test]
fn bytes_after_an_entry_are_refused() {
    let (mut siege, position) = logged_as(|_, bytes| bytes.push(0));
    siege.refuses("trailing_bytes", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_that_is_cut_is_refused() {
    let (mut siege, position) = logged_as(|_, bytes| bytes.truncate(bytes.len() - 1));
    siege.refuses("malformed", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_of_another_version_is_refused() {
    let (mut siege, position) = logged_as(|_, bytes| bytes[0] = 2);
    siege.refuses("unknown_version", |siege| siege.send(&[position]));
}

#[test]
fn a_public_part_over_its_limit_is_refused() {
    let (mut siege, position) =
        written(|entry| (entry.kind, entry.public) = (UNKNOWN, vec![7; 8 * 1024 + 1]));
    siege.refuses("too_large", |siege| siege.send(&[position]));
}

#[test]
fn an_entry_of_70_kilobytes_is_refused() {
    let (mut siege, position) = written(|entry| (entry.kind, entry.public) = (UNKNOWN, vec![7; 70_000]));
    let kind = LetterKind::Entries(siege.hostile.entries(&[position]));
    siege.hostile.held = siege.hostile.size();
    // No honest letter takes it: its bytes go in one part.
    let whole = Letter { seen: None, kind };
    let part = in_one_part(&mut siege.hostile, whole.encode());
    let before = siege.log();
    assert_eq!(siege.bring(part), Taking::Refused("letter"));
    assert_eq!(siege.findings(), [(Hostile::slot().to_string(), "letter_too_large", 1)]);
    assert_eq!(siege.log(), before);
    siege.still_serves();
}

/// A letter that travels as one part, which is looked into only when it is together.
pub(super) fn in_one_part(hostile: &mut Hostile, whole: Vec<u8>) -> LetterKind {
    let (total, hash) = (whole.len() as u32, waymark_seal::hash::sha256(&[&whole]));
    LetterKind::Part(Part { of: hostile.random(), number: 0, count: 1, total, hash, bytes: whole })
}

#[test]
fn an_entry_under_a_roster_that_is_not_here_yet_is_refused_and_the_roster_asked_for() {
    let (mut siege, position) = written(|entry| entry.roster = 9);
    assert_eq!(siege.send(&[position]), Taking::Refused("roster_pending"));
    assert!(siege.heard().contains(&LetterKind::RosterAsked { above: 1 }));
    assert_eq!(siege.findings(), [], "that the roster is not here yet is nobody's fault");
    assert!(siege.seen(THREAD).is_empty());
    siege.still_serves();
}

#[test]
fn a_clock_three_days_off_is_flagged_and_the_entry_kept() {
    for far in [Timestamp(0), Timestamp(u64::MAX)] {
        let (mut siege, position) = written(|entry| {
            let days = if far.0 == 0 { entry.claimed_at.0 - 3 * DAY } else { entry.claimed_at.0 + 3 * DAY };
            entry.claimed_at = Timestamp(days);
        });
        assert_eq!(siege.send(&[position]), Taking::Kept);
        assert_eq!(siege.findings(), [(siege.hostile.id.to_string(), "clock_far_off", 1)]);
        assert_eq!(siege.seen(THREAD).len(), 1);
        assert_eq!(siege.receipts(), [position]);
        siege.still_serves();
    }
}

#[test]
fn a_clock_years_ahead_does_not_bring_the_day_on_which_a_secret_is_destroyed() {
    let (mut siege, position) = written(|entry| entry.claimed_at = entry.claimed_at.plus(400 * DAY));
    assert_eq!(siege.send(&[position]), Taking::Kept);
    // The clock here is wrong as well, and sealed to today's key a letter is under way.
    let message = siege.hostile.message(THREAD, |_| ());
    siege.town.pass(400 * DAY);
    siege.victim().keep_inbox_keys().expect("kept");
    assert_eq!(siege.send(&[message]), Taking::Kept);
}

#[test]
fn a_clock_one_day_off_is_no_finding() {
    let (mut siege, position) = written(|entry| entry.claimed_at = entry.claimed_at.plus(DAY));
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert_eq!(siege.findings(), []);
}

#[test]
fn the_largest_and_smallest_numbers_stop_nothing() {
    let mut siege = Siege::new();
    for now in [0, u64::MAX] {
        siege.hostile.now = Timestamp(now);
        for (from, until) in [(0, 0), (0, u32::MAX), (u32::MAX, u32::MAX), (u32::MAX, 0)] {
            let offered = siege.hostile.offer(&[Category::Triage], Day(from), Day(until));
            assert_eq!(siege.send(&offered.positions), Taking::Kept);
        }
    }
    siege.town.pass(DAY);
    siege.still_serves();
    siege.restart();
    siege.still_serves();
}
