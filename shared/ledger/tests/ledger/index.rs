//! The index says the same when it is made again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_ledger::{Chain, IndexFound, Ledger, OpenFault, ReadFault};
use waymark_seal::entry::{Audience, Entry};

use crate::indices;
use crate::office::{Drafts, HARBOUR, NORTH, SOUTH, commit, create, files, kept, open, verify_whole};

/// Everything the index is asked, in one value.
#[derive(PartialEq)]
struct Answers {
    threads: BTreeMap<ThreadId, Vec<u64>>,
    events: BTreeMap<EventId, Option<u64>>,
    sent: Vec<Option<u64>>,
    received: Vec<Option<u64>>,
    ends: Vec<(u64, waymark_domain::ids::Hash)>,
    outbox: Vec<(waymark_domain::ids::OfficeId, u64, bool)>,
    peers: Vec<Option<waymark_ledger::PeerHead>>,
}

fn answers(ledger: &Ledger) -> Answers {
    let mut threads = BTreeMap::new();
    let mut events = BTreeMap::new();
    for step in ledger.scan(0) {
        let entry = Entry::parse(&step.unwrap().1).unwrap();
        threads.insert(entry.thread, indices(ledger, entry.thread));
        events.insert(entry.event, ledger.find_event(entry.event).unwrap());
    }
    let audiences = [Audience::Office(SOUTH), Audience::Office(HARBOUR), Audience::Network];
    let sent = audiences.iter().flat_map(|audience| {
        (1..=ledger.sent_up_to(*audience) + 1).map(|number| ledger.sent(*audience, number).unwrap())
    });
    // Before the outbox is asked, which waits for an index in doubt to be made again.
    let sent = sent.collect();
    let chains = [(SOUTH, Chain::Pair), (SOUTH, Chain::Network), (HARBOUR, Chain::Pair)];
    let received = chains.iter().flat_map(|(office, chain)| {
        (1..60).map(|number| ledger.received(*office, 0, *chain, number).unwrap())
    });
    // Each time far in the future, so that everything that waits is due.
    static LATER: AtomicU64 = AtomicU64::new(1);
    let now = LATER.fetch_add(1, Ordering::Relaxed) << 32;
    let rows = ledger.outbox(Timestamp(now), 100_000);
    Answers {
        threads,
        events,
        sent,
        received: received.collect(),
        ends: chains.iter().map(|(office, chain)| ledger.received_up_to(*office, 0, *chain)).collect(),
        outbox: rows.iter().map(|row| (row.to, row.index, row.receipt_wanted)).collect(),
        peers: [SOUTH, HARBOUR].iter().map(|office| ledger.peer_head(*office, 0)).collect(),
    }
}

/// Says which answer differs without printing them all.
fn same(one: &Answers, other: &Answers) -> bool {
    let parts = [
        ("threads", one.threads == other.threads),
        ("events", one.events == other.events),
        ("sent", one.sent == other.sent),
        ("received", one.received == other.received && one.ends == other.ends),
        ("outbox", one.outbox == other.outbox),
        ("peers", one.peers == other.peers),
    ];
    parts.iter().filter(|(_, same)| !same).for_each(|(name, _)| eprintln!("differs: {name}"));
    one == other
}

/// North writes to south and the network, receives from south, and has some of it receipted.
fn fill(north_folder: &Path) {
    let south_folder = tempfile::tempdir().unwrap();
    create(north_folder, NORTH);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(north_folder, NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 1), Drafts::new(SOUTH, 2));
    for round in 0..40_u8 {
        let thread = ThreadId([round % 7; 16]);
        let to = if round % 5 == 0 { HARBOUR } else { SOUTH };
        let mut command = vec![
            ours.section(thread, Audience::Office(to), 500),
            ours.section(thread, Audience::Nobody, 900),
        ];
        if round % 4 == 0 {
            command.push(ours.bare(ThreadId([100; 16]), Audience::Network));
        }
        let placed = commit(&north, command);
        if to == SOUTH && round % 3 == 0 {
            // South keeps it and answers; north keeps the answer and logs the receipt.
            let receipt = commit(
                &south,
                vec![
                    theirs.received(kept(&north, placed[0].index)),
                    theirs.bare(thread, Audience::Office(NORTH)),
                ],
            );
            let answer = kept(&south, receipt[1].index);
            let receipt = kept(&south, receipt[0].index);
            let receipted =
                if round % 2 == 0 { ours.receipted(&[receipt]) } else { ours.receipted_one(receipt) };
            commit(&north, vec![receipted, ours.received(answer)]);
        }
        if round == 20 {
            let rows = north.outbox(Timestamp(5), 30);
            north.outbox_sent(&rows, Timestamp(5));
            north.outbox_taken(&rows);
        }
    }
}

#[test]
fn without_its_folder_the_index_is_made_again_and_answers_the_same_with_the_outbox() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let (ledger, report) = open(folder.path(), NORTH).unwrap();
    assert_eq!(report.index, IndexFound::CaughtUp { added: 0 });
    let before = answers(&ledger);
    assert!(before.outbox.iter().any(|row| row.2) && before.outbox.iter().any(|row| !row.2));
    assert!(before.peers[0].is_some());
    drop(ledger);
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    let (ledger, report) = open(folder.path(), NORTH).unwrap();
    assert_eq!(report.index, IndexFound::MadeAgain);
    assert!(same(&answers(&ledger), &before));
    verify_whole(&ledger);
}

/// Closed several times, so that the next flush merges runs, then killed with entries and a large body in the journal.
fn kill_before_a_merge(folder: &Path, killed: &Path) {
    for round in 0..3 {
        let (ledger, _) = open(folder, NORTH).unwrap();
        let drafts = Drafts::new(NORTH, 20 + round);
        for step in 0..50 {
            commit(&ledger, vec![drafts.section(ThreadId([step % 7; 16]), Audience::Office(SOUTH), 100)]);
        }
        if round == 2 {
            commit(&ledger, vec![drafts.section(ThreadId([1; 16]), Audience::Office(SOUTH), 300_000)]);
            crate::office::copy(folder, killed);
        }
    }
}

#[test]
fn each_file_of_the_index_lost_cut_or_flipped_changes_no_answer() {
    let (closed, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(closed.path());
    damage_each_file_of_the_index(closed.path());
    kill_before_a_merge(closed.path(), killed.path());
    damage_each_file_of_the_index(killed.path());
}

fn damage_each_file_of_the_index(folder: &Path) {
    let before = {
        let unharmed = tempfile::tempdir().unwrap();
        crate::office::copy(folder, unharmed.path());
        answers(&open(unharmed.path(), NORTH).unwrap().0)
    };
    let index = folder.join("index");
    for path in files(&index) {
        let name = path.strip_prefix(&index).unwrap();
        let good = std::fs::read(&path).unwrap();
        for damage in 0..8 {
            let trial = tempfile::tempdir().unwrap();
            crate::office::copy(folder, trial.path());
            let target = trial.path().join("index").join(name);
            match damage {
                0 => std::fs::remove_file(&target).unwrap(),
                1 => std::fs::write(&target, &good[..good.len() / 2]).unwrap(),
                2 => std::fs::write(&target, &good[..good.len().saturating_sub(1)]).unwrap(),
                3 => {
                    let mut bad = good.clone();
                    let from = bad.len().saturating_sub(100);
                    bad[from..].fill(0);
                    std::fs::write(&target, bad).unwrap();
                }
                flip => {
                    let mut bad = good.clone();
                    let at = bad.len() * (flip - 4) / 4;
                    if let Some(byte) = bad.get_mut(at) {
                        *byte ^= 4;
                    }
                    std::fs::write(&target, bad).unwrap();
                }
            }
            let (ledger, _) = open(trial.path(), NORTH)
                .unwrap_or_else(|fault| panic!("{} {damage}: {fault}", name.display()));
            assert!(same(&answers(&ledger), &before), "{} {damage}", name.display());
        }
    }
}

#[test]
fn a_damaged_index_is_made_again_while_the_ledger_is_open() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let before = answers(&open(folder.path(), NORTH).unwrap().0);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let places = folder.path().join("index/made.0/places");
    let mut bytes = std::fs::read(&places).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x40);
    std::fs::write(&places, bytes).unwrap();
    assert_eq!(answers(&ledger).threads, before.threads);
    let drafts = Drafts::new(NORTH, 9);
    commit(&ledger, vec![drafts.section(ThreadId([1; 16]), Audience::Office(SOUTH), 100)]);
    verify_whole(&ledger);
}

/// North keeps a large entry of south and is then killed.
fn keeps_a_large_entry(killed: &Path) -> EventId {
    let (north_folder, south_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    create(north_folder.path(), NORTH);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(north_folder.path(), NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 1), Drafts::new(SOUTH, 2));
    let sent = commit(&south, vec![theirs.section(ThreadId([1; 16]), Audience::Office(NORTH), 300_000)]);
    commit(&north, vec![ours.received(kept(&south, 0))]);
    crate::office::copy(north_folder.path(), killed);
    sent[0].event
}

#[test]
fn a_large_entry_received_is_known_after_a_kill_as_after_a_rebuild() {
    let killed = tempfile::tempdir().unwrap();
    let event = keeps_a_large_entry(killed.path());
    let without_index = tempfile::tempdir().unwrap();
    crate::office::copy(killed.path(), without_index.path());
    std::fs::remove_dir_all(without_index.path().join("index")).unwrap();
    for folder in [killed.path(), without_index.path()] {
        for _ in 0..2 {
            let (ledger, _) = open(folder, NORTH).unwrap();
            assert_eq!(ledger.find_event(event).unwrap(), Some(0));
            assert_eq!(ledger.received(SOUTH, 0, Chain::Pair, 1).unwrap(), Some(0));
            assert_eq!(ledger.received_up_to(SOUTH, 0, Chain::Pair).0, 1);
            assert!(ledger.peer_head(SOUTH, 0).is_some());
        }
    }
}

#[test]
fn a_large_entry_received_and_lost_stops_the_start_instead_of_being_taken_twice() {
    let killed = tempfile::tempdir().unwrap();
    keeps_a_large_entry(killed.path());
    for path in files(&killed.path().join("bodies/large")) {
        std::fs::remove_file(path).unwrap();
    }
    assert!(matches!(
        open(killed.path(), NORTH),
        Err(OpenFault::Read(ReadFault::BodiesDamaged { index: 0 }))
    ));
}

#[test]
fn an_index_that_cannot_be_made_again_yet_stays_as_it_is_and_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let before = answers(&open(folder.path(), NORTH).unwrap().0);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    ledger.settle().unwrap();
    let flip = |name: &str| {
        let path = folder.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.iter_mut().for_each(|byte| *byte ^= 0x40);
        std::fs::write(path, bytes).unwrap();
    };
    flip("index/made.0/places");
    flip("log/tile/entries/000");
    let in_use = files(&folder.path().join("index/made.0"));
    let thread = ThreadId([1; 16]);
    for _ in 0..2 {
        assert!(matches!(ledger.thread_entries(thread), Err(ReadFault::IndexDamaged)));
        assert_eq!(files(&folder.path().join("index/made.0")), in_use);
    }
    flip("log/tile/entries/000");
    assert_eq!(&indices(&ledger, thread), &before.threads[&thread]);
    drop(ledger);
    let (ledger, report) = open(folder.path(), NORTH).unwrap();
    assert_eq!(report.index, IndexFound::CaughtUp { added: 0 });
    assert_eq!(answers(&ledger).threads, before.threads);
}

#[test]
fn after_a_close_in_order_no_large_body_is_removed_on_the_word_of_the_index() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let large = Drafts::new(NORTH, 1).section(ThreadId([1; 16]), Audience::Nobody, 300_000);
    commit(&ledger, vec![large]);
    drop(ledger);
    let body = files(&folder.path().join("bodies/large")).pop().unwrap();
    // An index that does not know the event, as one that was mistaken would not.
    let stranger = body.with_file_name(EventId([7; 16]).to_string());
    std::fs::copy(&body, &stranger).unwrap();
    let (_, report) = open(folder.path(), NORTH).unwrap();
    assert!(report.clean && report.findings.is_empty());
    assert!(body.exists() && stranger.exists());
}
