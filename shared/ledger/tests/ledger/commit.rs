//! Commands go in whole, in order, under one signed head, and come out again.

use std::sync::atomic::{AtomicBool, Ordering};

use waymark_domain::ids::ThreadId;
use waymark_ledger::{Chain, CommitFault, IndexFound, Ledger, OpenFault, ReadFault};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::merkle::{verify_consistency, verify_inclusion};
use waymark_seal::unplaced::{BasisTo, Body, RefTo};

use crate::indices;
use crate::office::{self, Drafts, HARBOUR, NORTH, NOW, SOUTH, commit, create, kept, open, verify_whole};

const CASE: ThreadId = ThreadId([8; 16]);

#[test]
fn entries_of_a_command_stand_together_numbered_and_linked() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, report) = open(folder.path(), NORTH).unwrap();
    assert!(report.clean);
    let drafts = Drafts::new(NORTH, 1);
    let first = drafts.section(CASE, Audience::Nobody, 600);
    let mut second = drafts.section(CASE, Audience::Office(SOUTH), 300);
    second.basis = BasisTo::Reply(RefTo::Batch(0));
    let third = drafts.bare(ThreadId([9; 16]), Audience::Network);
    let placed = commit(&ledger, vec![first, second, third, drafts.bare(CASE, Audience::Office(SOUTH))]);
    assert_eq!(placed.iter().map(|placed| placed.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    let entries: Vec<Entry> =
        (0..4).map(|index| Entry::parse(&ledger.entry(index).unwrap()).unwrap()).collect();
    assert_eq!(
        entries.iter().map(|entry| entry.thread_prev).collect::<Vec<_>>(),
        [None, Some(0), None, Some(1)]
    );
    assert_eq!(entries.iter().map(|entry| entry.pair_seq).collect::<Vec<_>>(), [0, 1, 1, 2]);
    assert_eq!(entries[3].pair_prev, placed[1].leaf);
    assert!(matches!(entries[1].basis, waymark_seal::entry::Basis::Reply(at) if at.leaf == placed[0].leaf));
    assert_eq!(indices(&ledger, CASE), [0, 1, 3]);
    assert_eq!(ledger.sent(Audience::Office(SOUTH), 2).unwrap(), Some(3));
    assert_eq!(ledger.sent(Audience::Office(HARBOUR), 1).unwrap(), None);
    assert_eq!(ledger.find_event(placed[2].event).unwrap(), Some(2));
    verify_whole(&ledger);
}

#[test]
fn what_was_committed_is_there_after_a_close_and_after_none() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let drafts = Drafts::new(NORTH, 2);
    let mut placed = Vec::new();
    for round in 0..4_u64 {
        let (ledger, report) = open(folder.path(), NORTH).unwrap();
        assert_eq!((report.head.size, report.clean), (placed.len() as u64, true), "round {round}");
        for step in 0..40 {
            let thread = ThreadId([(step % 5) as u8; 16]);
            placed.extend(commit(
                &ledger,
                vec![
                    drafts.section(thread, Audience::Office(SOUTH), 700),
                    drafts.bare(thread, Audience::Nobody),
                ],
            ));
        }
        // What a process that is killed now leaves behind.
        let left = tempfile::tempdir().unwrap();
        office::copy(folder.path(), left.path());
        let (copied, report) = open(left.path(), NORTH).unwrap();
        assert_eq!((report.head, report.clean), (ledger.head(), false));
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert!(matches!(report.index, IndexFound::CaughtUp { .. }));
        verify_whole(&copied);
        for at in &placed {
            assert_eq!(copied.find_event(at.event).unwrap(), Some(at.index));
        }
    }
}

#[test]
fn journals_are_changed_many_times_and_left_empty() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 3);
    for _ in 0..60 {
        commit(&ledger, (0..40).map(|_| drafts.section(CASE, Audience::Nobody, 900)).collect());
    }
    assert_eq!(indices(&ledger, CASE).len(), 2_400);
    verify_whole(&ledger);
    ledger.settle().unwrap();
    for journal in ["journal.0", "journal.1"] {
        let bytes = std::fs::read(folder.path().join("log").join(journal)).unwrap();
        assert!(bytes[8192..].iter().all(|byte| *byte == 0), "{journal}");
    }
    drop(ledger);
    let (ledger, report) = open(folder.path(), NORTH).unwrap();
    assert_eq!((report.clean, report.replayed), (true, 0));
    verify_whole(&ledger);
}

#[test]
fn many_callers_at_once_get_their_own_entries() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..16_u64 {
            let ledger = &ledger;
            scope.spawn(move || {
                let drafts = Drafts::new(NORTH, 100 + writer);
                let thread = ThreadId([writer as u8; 16]);
                for _ in 0..30 {
                    let made = vec![
                        drafts.section(thread, Audience::Office(SOUTH), 400),
                        drafts.bare(thread, Audience::Nobody),
                    ];
                    let events: Vec<_> = made.iter().map(|draft| draft.event).collect();
                    let placed = commit(ledger, made);
                    assert_eq!(placed.iter().map(|at| at.event).collect::<Vec<_>>(), events);
                    assert_eq!(placed[1].index, placed[0].index + 1);
                    assert_eq!(
                        Entry::parse(&ledger.entry(placed[1].index).unwrap()).unwrap().event,
                        events[1]
                    );
                }
                assert_eq!(indices(ledger, thread).len(), 60);
            });
        }
    });
    assert_eq!(ledger.size(), 16 * 60);
    assert_eq!(ledger.sent_up_to(Audience::Office(SOUTH)), 16 * 30);
    verify_whole(&ledger);
}

#[test]
fn a_command_at_fault_is_refused_alone() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 4);
    let mut large = drafts.bare(CASE, Audience::Nobody);
    large.public = vec![0; 9_000];
    assert!(matches!(
        ledger.commit(vec![drafts.bare(CASE, Audience::Nobody), large], NOW),
        Err(CommitFault::Entry(_))
    ));
    let mut swapped = drafts.section(CASE, Audience::Nobody, 100);
    swapped.bodies[0][5] ^= 1;
    assert!(matches!(ledger.commit(vec![swapped], NOW), Err(CommitFault::BodyMismatch { draft: 0 })));
    let mut foreign = drafts.bare(CASE, Audience::Nobody);
    foreign.office = SOUTH;
    assert!(matches!(ledger.commit(vec![foreign], NOW), Err(CommitFault::OtherLog { draft: 0 })));
    assert_eq!((ledger.size(), indices(&ledger, CASE).len()), (0, 0));
    let many = (0..1_000).map(|_| drafts.section(CASE, Audience::Nobody, 600)).collect();
    assert!(matches!(ledger.commit(many, NOW), Err(CommitFault::TooLarge)));
    commit(&ledger, vec![drafts.bare(CASE, Audience::Nobody)]);
    assert_eq!(indices(&ledger, CASE), [0]);
    assert!(matches!(ledger.entry(1), Err(ReadFault::Absent { index: 1 })));
    verify_whole(&ledger);
}

#[test]
fn a_second_opening_of_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let first = open(folder.path(), NORTH).unwrap();
    assert!(matches!(open(folder.path(), NORTH), Err(OpenFault::Locked)));
    drop(first);
    assert!(matches!(open(folder.path(), SOUTH), Err(OpenFault::OtherIdentity)));
    assert!(Ledger::create(folder.path(), office::identity(NORTH)).is_err());
    assert!(matches!(open(&folder.path().join("none"), NORTH), Err(OpenFault::Missing)));
    open(folder.path(), NORTH).unwrap();
}

#[test]
fn large_bodies_lie_beside_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let drafts = Drafts::new(NORTH, 5);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let large = drafts.section(CASE, Audience::Office(SOUTH), 3_000_000);
    let body = large.bodies[0].clone();
    commit(
        &ledger,
        vec![drafts.section(CASE, Audience::Nobody, 10), large, drafts.section(CASE, Audience::Nobody, 20)],
    );
    assert_eq!(ledger.bodies(1).unwrap(), [Body::Whole(body.clone())]);
    let mut refused = drafts.section(CASE, Audience::Nobody, 400_000);
    refused.public = vec![0; 9_000];
    assert!(ledger.commit(vec![refused], NOW).is_err());
    assert_eq!(std::fs::read_dir(folder.path().join("bodies/large")).unwrap().count(), 1);
    drop(ledger);
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    assert_eq!(ledger.bodies(1).unwrap(), [Body::Whole(body)]);
    verify_whole(&ledger);
}

#[test]
fn paths_and_consistency_proofs_verify_at_every_size() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 6);
    let mut heads = Vec::new();
    for count in [1, 1, 5, 250, 1, 300, 700] {
        commit(&ledger, (0..count).map(|_| drafts.bare(CASE, Audience::Nobody)).collect());
        heads.push(ledger.head());
    }
    for head in &heads {
        for index in [0, head.size / 2, head.size - 1] {
            let path = ledger.inclusion(index, head.size).unwrap();
            assert!(verify_inclusion(&ledger.leaf(index).unwrap(), index, head.size, &path, &head.root));
        }
        for later in heads.iter().filter(|later| later.size >= head.size) {
            let proof = ledger.consistency(head.size, later.size).unwrap();
            assert!(verify_consistency(head.size, &head.root, later.size, &later.root, &proof));
        }
    }
    assert!(matches!(ledger.inclusion(0, 5_000), Err(ReadFault::Absent { .. })));
}

#[test]
fn what_another_office_wrote_is_kept_and_found() {
    let (north_folder, south_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    create(north_folder.path(), NORTH);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(north_folder.path(), NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 7), Drafts::new(SOUTH, 8));
    let sent = commit(
        &north,
        vec![
            ours.section(CASE, Audience::Office(SOUTH), 600),
            ours.bare(ThreadId([1; 16]), Audience::Network),
        ],
    );
    let travelling = [kept(&north, 0), kept(&north, 1)];
    commit(&south, travelling.iter().map(|kept| theirs.received(kept.clone())).collect());
    assert_eq!(south.kept(0).unwrap(), Some(travelling[0].clone()));
    assert_eq!(indices(&south, CASE), [0]);
    assert_eq!(south.received(NORTH, 0, Chain::Pair, 1).unwrap(), Some(0));
    assert_eq!(south.received(NORTH, 0, Chain::Network, 1).unwrap(), Some(1));
    assert_eq!(south.received(NORTH, 1, Chain::Pair, 1).unwrap(), None);
    assert_eq!(south.received_up_to(NORTH, 0, Chain::Pair), (1, sent[0].leaf));
    assert_eq!(south.find_event(sent[1].event).unwrap(), Some(1));
    let peer = south.peer_head(NORTH, 0).unwrap();
    assert_eq!(peer.head, north.head());
    let mut other = peer.head;
    other.root.0[0] ^= 1;
    assert!(south.note_peer_head(NORTH, 0, other, b"").is_err());
    other.size += 1;
    south.note_peer_head(NORTH, 0, other, b"newer").unwrap();
    assert_eq!(south.peer_head(NORTH, 0).unwrap().head, other);
    verify_whole(&south);
}

#[test]
fn snapshots_are_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    assert_eq!(ledger.snapshot("cases").unwrap(), None);
    ledger.snapshot_put("cases", vec![1, 2, 3]).unwrap();
    assert_eq!(ledger.snapshot("cases").unwrap(), Some(vec![1, 2, 3]));
    assert!(ledger.snapshot_put("../lock", vec![]).is_err());
    let path = folder.path().join("index/snapshots/cases");
    std::fs::write(&path, [1, 2, 4, 0, 0, 0, 0]).unwrap();
    assert_eq!(ledger.snapshot("cases").unwrap(), None);
}

#[test]
fn readers_beside_commits_never_find_damage_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 7);
    commit(&ledger, vec![drafts.bare(CASE, Audience::Nobody)]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (ledger, done) = (&ledger, &done);
        let reading = |read: fn(&Ledger)| {
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    read(ledger);
                }
            })
        };
        let readers = [
            reading(|ledger| {
                let head = ledger.head();
                let path = ledger.inclusion(head.size - 1, head.size).unwrap();
                let leaf = ledger.leaf(head.size - 1).unwrap();
                assert!(verify_inclusion(&leaf, head.size - 1, head.size, &path, &head.root));
            }),
            reading(|ledger| {
                let head = ledger.head();
                ledger.consistency(head.size / 2, head.size).unwrap();
            }),
            reading(|ledger| {
                let from = ledger.size().saturating_sub(700);
                ledger.scan(from).for_each(|step| assert!(step.is_ok()));
            }),
            reading(|ledger| assert_eq!(ledger.check().unwrap().faults, [])),
        ];
        for _ in 0..150 {
            commit(ledger, (0..60).map(|_| drafts.section(CASE, Audience::Nobody, 900)).collect());
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn a_flipped_bit_in_an_entry_or_a_hash_is_never_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 8);
    commit(&ledger, (0..300).map(|_| drafts.bare(CASE, Audience::Nobody)).collect());
    drop(ledger);
    let flip = |name: &str, at: usize| {
        let path = folder.path().join("log/tile").join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    let first = {
        let (ledger, _) = open(folder.path(), NORTH).unwrap();
        ledger.entry(0).unwrap().len()
    };
    // The last byte of the second entry: it still reads as an entry.
    let at = 2 * (first + 2) - 1;
    flip("entries/000", at);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let found: Vec<_> = ledger.scan(0).collect();
    assert_eq!(found.len(), 2);
    assert!(matches!(found[1], Err(ReadFault::EntryDamaged { index: 1 })));
    drop(ledger);
    flip("entries/000", at);
    flip("0/000", 5 * 32);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    assert!(matches!(ledger.inclusion(4, 300), Err(ReadFault::TreeDamaged { .. })));
}
