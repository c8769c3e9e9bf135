//! Tree heads: signed by nobody who may, shrunk, forked, or of a log for which no key is valid.

use waymark_desk::Taking;
use waymark_domain::ids::{Hash, NetworkId, ThreadId};
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::letter::{Entries, LetterKind};
use waymark_seal::sign::LogKey;
use waymark_seal::{Head, Origin};

use super::Siege;
use crate::hostile::{ENDED, LOG};

const THREAD: ThreadId = ThreadId([1; 16]);

/// A siege in which the hostile office has written three messages, and an honest letter about the first.
fn with_messages() -> (Siege, Entries) {
    let mut siege = Siege::new();
    let first = siege.hostile.message(THREAD, |_| ());
    siege.hostile.message(THREAD, |_| ());
    siege.hostile.message(THREAD, |_| ());
    let entries = siege.hostile.entries(&[first]);
    (siege, entries)
}

#[test]
fn a_head_that_another_key_signed_is_refused() {
    let (mut siege, mut entries) = with_messages();
    let (head, origin) = (siege.hostile.head(siege.hostile.size()), siege.hostile.origin(LOG));
    entries.checkpoint = sign_checkpoint(&LogKey::from_seed(&[90; 32]), &origin, &head);
    siege.refuses("bad_signature", |siege| siege.send_entries(entries));
}

#[test]
fn a_head_that_was_changed_after_signing_is_refused() {
    let (mut siege, mut entries) = with_messages();
    let size = siege.hostile.size();
    let text = String::from_utf8(entries.checkpoint).expect("a text");
    entries.checkpoint = text.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1)).into_bytes();
    siege.refuses("bad_signature", |siege| siege.send_entries(entries));
}

#[test]
fn bytes_that_are_no_head_are_refused() {
    let (mut siege, mut entries) = with_messages();
    entries.checkpoint = b"the tree is tall".to_vec();
    siege.refuses("bad_checkpoint", |siege| siege.send_entries(entries));
}

#[test]
fn a_head_of_another_network_is_refused() {
    let (mut siege, mut entries) = with_messages();
    let origin = Origin { network: NetworkId([8; 16]), ..siege.hostile.origin(LOG) };
    let head = siege.hostile.head(siege.hostile.size());
    entries.checkpoint = sign_checkpoint(&LogKey::from_seed(&[70; 32]), &origin, &head);
    siege.refuses("wrong_log", |siege| siege.send_entries(entries));
}

#[test]
fn a_head_of_another_office_is_refused() {
    let (mut siege, mut entries) = with_messages();
    entries.checkpoint = siege.town.desk(super::NORTH).checkpoint();
    siege.refuses("wrong_log", |siege| siege.send_entries(entries));
}

#[test]
fn a_head_of_an_incarnation_that_no_roster_here_has_opened_is_refused_and_the_roster_asked_for() {
    let (mut siege, mut entries) = with_messages();
    let head = siege.hostile.head(siege.hostile.size());
    entries.log = LOG + 1;
    entries.checkpoint = siege.hostile.sign(LOG + 1, head);
    assert_eq!(siege.send_entries(entries), Taking::Refused("roster_pending"));
    assert!(siege.heard().contains(&LetterKind::RosterAsked { above: 1 }));
}

#[test]
fn a_head_of_a_size_for_which_no_key_is_valid_is_refused() {
    let (mut siege, mut entries) = with_messages();
    entries.log = 0;
    entries.checkpoint = siege.hostile.sign(0, Head { size: ENDED.size + 1, root: Hash([1; 32]) });
    siege.refuses("wrong_roster_range", |siege| siege.send_entries(entries));
}

#[test]
fn a_head_below_the_end_of_a_key_is_refused_although_that_key_signed_it() {
    let (mut siege, mut entries) = with_messages();
    entries.log = 0;
    entries.checkpoint = siege.hostile.sign(0, Head { size: ENDED.size - 1, root: Hash([1; 32]) });
    siege.refuses("wrong_roster_range", |siege| siege.send_entries(entries));
}

#[test]
fn a_tree_that_shrinks_is_refused() {
    let (mut siege, _) = with_messages();
    let size = siege.hostile.size();
    assert_eq!(siege.send(&[2]), Taking::Kept);
    let shrunk = siege.hostile.entries_under(size - 1, &[3]);
    siege.refuses("shrunk_tree", |siege| siege.send_entries(shrunk));
}

#[test]
fn a_second_root_for_one_size_is_refused_as_a_fork() {
    let (mut siege, _) = with_messages();
    assert_eq!(siege.send(&[2]), Taking::Kept);
    let size = siege.hostile.size();
    siege.hostile.forget_from(size as usize - 1);
    let other = siege.hostile.message(THREAD, |_| ());
    assert_eq!(siege.hostile.size(), size);
    let forked = siege.hostile.entries(&[other]);
    siege.exposes("forked_tree", |siege| siege.send_entries(forked));
}

#[test]
fn growth_that_contradicts_the_head_held_is_refused_as_a_fork() {
    let (mut siege, _) = with_messages();
    assert_eq!(siege.send(&[2]), Taking::Kept);
    let size = siege.hostile.size();
    siege.hostile.forget_from(size as usize - 1);
    let other = siege.hostile.message(THREAD, |_| ());
    siege.hostile.message(THREAD, |_| ());
    assert!(siege.hostile.size() > size);
    // The proof is an honest one, of a tree that is not the one held.
    let forked = siege.hostile.entries(&[other]);
    assert!(forked.consistency.is_some());
    siege.exposes("forked_tree", |siege| siege.send_entries(forked));
}

#[test]
fn growth_without_its_proof_is_refused_and_asked_for() {
    let (mut siege, mut entries) = with_messages();
    entries.consistency = None;
    let letter = entries.clone();
    siege.refuses("growth_unproven", |siege| siege.send_entries(letter));
    entries.consistency = siege.hostile.growth(siege.hostile.held, siege.hostile.size());
    assert_eq!(siege.send_entries(entries), Taking::Kept);
}

#[test]
fn a_fork_that_hides_behind_an_older_head_is_refused() {
    let (mut siege, _) = with_messages();
    let older = siege.hostile.held;
    assert_eq!(siege.send(&[2]), Taking::Kept);
    let held = siege.hostile.size();
    // Another history since the older head: it grows from that head, but not from the one held now.
    siege.hostile.forget_from(held as usize - 1);
    let other = siege.hostile.message(THREAD, |_| ());
    siege.hostile.message(THREAD, |_| ());
    siege.hostile.held = older;
    let forked = siege.hostile.entries(&[3, other]);
    assert_eq!(forked.consistency.as_ref().map(|proof| proof.from_size), Some(older));
    siege.exposes("growth_unproven", |siege| siege.send_entries(forked));
}

#[test]
fn a_shorter_fork_that_hides_behind_an_older_head_is_refused() {
    let (mut siege, _) = with_messages();
    let older = siege.hostile.held;
    assert_eq!(siege.send(&[2]), Taking::Kept);
    siege.hostile.forget_from(3);
    let other = siege.hostile.message(THREAD, |_| ());
    siege.hostile.held = older;
    let forked = siege.hostile.entries(&[other]);
    siege.exposes("shrunk_tree", |siege| siege.send_entries(forked));
}
