//! Erased bodies are nowhere in the folder; the log stays as it was signed.

use std::path::Path;

use waymark_domain::ids::ThreadId;
use waymark_ledger::{Bodies, ChangeFault, Finding, ReadFault};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::unplaced::Body;

use crate::office::{Drafts, NORTH, SOUTH, commit, create, files, kept, open, verify_whole};

const CASE: ThreadId = ThreadId([8; 16]);

fn is_anywhere(folder: &Path, needle: &[u8]) -> bool {
    files(folder)
        .iter()
        .any(|path| std::fs::read(path).unwrap().windows(needle.len()).any(|window| window == needle))
}

#[test]
fn an_erased_body_is_in_no_file_and_its_neighbours_are_untouched() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let drafts = Drafts::new(NORTH, 1);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let made: Vec<_> = (0..10)
        .map(|size| drafts.section(CASE, Audience::Nobody, if size == 3 { 300_000 } else { 500 }))
        .collect();
    let bodies: Vec<Vec<u8>> = made.iter().map(|draft| draft.bodies[0].clone()).collect();
    commit(&ledger, made);
    let gone = [3, 4, 9];
    assert!(gone.iter().all(|index| is_anywhere(folder.path(), &bodies[*index][..64])));
    for _ in 0..2 {
        ledger.tombstones(&gone.map(|index| (index as u64, Bodies::All))).unwrap();
    }
    assert!(!gone.iter().any(|index| is_anywhere(folder.path(), &bodies[*index][..64])));
    let check = |ledger: &waymark_ledger::Ledger| {
        for (index, body) in bodies.iter().enumerate() {
            let entry = Entry::parse(&ledger.entry(index as u64).unwrap()).unwrap();
            let expected = if gone.contains(&index) {
                Body::Withheld(entry.sections[0].hash)
            } else {
                Body::Whole(body.clone())
            };
            assert_eq!(ledger.bodies(index as u64).unwrap(), [expected]);
        }
        verify_whole(ledger);
    };
    check(&ledger);
    drop(ledger);
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    check(&open(folder.path(), NORTH).unwrap().0);
}

#[test]
fn bodies_of_a_kept_entry_are_erased_and_the_entry_stays() {
    let (north_folder, south_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    create(north_folder.path(), NORTH);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(north_folder.path(), NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    commit(&north, vec![Drafts::new(NORTH, 1).section(CASE, Audience::Office(SOUTH), 700)]);
    let travelling = kept(&north, 0);
    let Body::Whole(body) = &travelling.bodies[0] else { panic!("it is whole") };
    commit(&south, vec![Drafts::new(SOUTH, 2).received(travelling.clone())]);
    south.tombstone(0, &Bodies::Only(vec![0])).unwrap();
    assert!(!is_anywhere(south_folder.path(), &body[..64]));
    let left = south.kept(0).unwrap().unwrap();
    assert_eq!((left.entry, left.path), (travelling.entry, travelling.path));
    assert_eq!(left.bodies, [Body::Withheld(travelling.bodies[0].hash())]);
    verify_whole(&south);
}

#[test]
fn a_damaged_body_comes_back_only_if_it_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let drafts = Drafts::new(NORTH, 1);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let draft = drafts.section(CASE, Audience::Office(SOUTH), 700);
    let body = draft.bodies[0].clone();
    commit(&ledger, vec![draft]);
    ledger.settle().unwrap();
    let segment = folder.path().join("bodies/000000.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    assert!(ledger.bodies(0).is_err());
    let mut other = body.clone();
    other[0] ^= 1;
    assert!(matches!(
        ledger.restore_bodies(0, &[Body::Whole(other)]),
        Err(ChangeFault::NotTheSame { index: 0 })
    ));
    ledger.restore_bodies(0, &[Body::Whole(body.clone())]).unwrap();
    assert_eq!(ledger.bodies(0).unwrap(), [Body::Whole(body)]);
}

/// Five records of one length, closed; the length.
fn five(folder: &Path) -> usize {
    create(folder, NORTH);
    let drafts = Drafts::new(NORTH, 1);
    let (ledger, _) = open(folder, NORTH).unwrap();
    commit(&ledger, (0..5).map(|_| drafts.section(CASE, Audience::Office(SOUTH), 500)).collect());
    drop(ledger);
    std::fs::read(folder.join("bodies/000000.seg")).unwrap().len() / 5
}

fn flip(folder: &Path, at: usize) {
    let segment = folder.join("bodies/000000.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[at] ^= 1;
    std::fs::write(segment, bytes).unwrap();
}

#[test]
fn an_erasure_that_does_not_find_the_bodies_says_so_and_erases_the_others() {
    // The length, the index, and the checksum of both.
    for byte in [0, 4, 12] {
        let folder = tempfile::tempdir().unwrap();
        let length = five(folder.path());
        flip(folder.path(), 2 * length + byte);
        std::fs::remove_dir_all(folder.path().join("index")).unwrap();
        let (ledger, report) = open(folder.path(), NORTH).unwrap();
        assert_eq!(report.findings, [Finding::BodiesUnreadable { index: 2 }], "byte {byte}");
        let outcome = ledger.tombstones(&[1, 2, 3].map(|index| (index, Bodies::All)));
        assert!(matches!(outcome, Err(ChangeFault::Read(ReadFault::BodiesDamaged { index: 2 }))));
        let gone = |index| matches!(ledger.bodies(index).unwrap()[..], [Body::Withheld(_)]);
        assert!(gone(1) && gone(3) && !gone(0) && !gone(4), "byte {byte}");
        assert!(ledger.bodies(2).is_err());
    }
}

#[test]
fn a_record_whose_directory_is_damaged_is_found_again_and_erased() {
    let folder = tempfile::tempdir().unwrap();
    let length = five(folder.path());
    // The checksum of its directory.
    flip(folder.path(), 2 * length + 16);
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    assert!(ledger.bodies(2).is_err());
    ledger.tombstone(2, &Bodies::All).unwrap();
    assert!(matches!(ledger.bodies(2).unwrap()[..], [Body::Withheld(_)]));
    assert_eq!(ledger.check().unwrap().faults, []);
}

#[test]
fn what_was_erased_does_not_come_back_by_a_restoration() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let drafts = Drafts::new(NORTH, 1);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    let draft = drafts.section(CASE, Audience::Office(SOUTH), 700);
    let body = draft.bodies[0].clone();
    commit(&ledger, vec![draft]);
    ledger.tombstone(0, &Bodies::All).unwrap();
    ledger.restore_bodies(0, &[Body::Whole(body.clone())]).unwrap();
    assert!(matches!(ledger.bodies(0).unwrap()[..], [Body::Withheld(_)]));
    assert!(!is_anywhere(folder.path(), &body[..64]));
}
