//! Inspecting a folder: an honest one is sound whatever has befallen it, each damage is named, and nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use waymark_domain::ids::ThreadId;
use waymark_ledger::inspect::{Flaw, Inspected, Inspection, Tombstone, inspect};
use waymark_ledger::{Bodies, Ledger, OpenFault};
use waymark_seal::entry::Audience;

use crate::office::{
    self, Drafts, NORTH, OFFICES, SOUTH, Signer, commit, copy, create, files, identity, kept, open,
};

/// An office's folder with everything in it that a ledger can have: several bundles, chains both ways, receipts, a large body, erased ones.
struct Image {
    closed: tempfile::TempDir,
    /// As a kill leaves it, with entries in the journal.
    killed: tempfile::TempDir,
    /// The entry with the large body.
    large: u64,
    received: u64,
    erased: u64,
}

fn image() -> Image {
    let (closed, killed, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    office::create_small(closed.path(), NORTH, 100_000);
    create(other.path(), SOUTH);
    let (north, _) = open(closed.path(), NORTH).unwrap();
    let (south, _) = open(other.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 1), Drafts::new(SOUTH, 2));
    let (mut large, mut received) = (0, 0);
    for round in 0..30_u8 {
        let thread = ThreadId([round % 7; 16]);
        let mut command: Vec<_> =
            (0..20).map(|_| ours.section(thread, Audience::Office(SOUTH), 700)).collect();
        command.push(ours.bare(thread, Audience::Network));
        if round == 17 {
            command.push(ours.section(thread, Audience::Nobody, 300_000));
        }
        let placed = commit(&north, command);
        if round == 17 {
            large = placed.last().unwrap().index;
        }
        if round % 10 == 5 {
            let back = vec![
                theirs.received(kept(&north, placed[0].index)),
                theirs.section(thread, Audience::Office(NORTH), 400),
            ];
            let back = commit(&south, back);
            let receipt = kept(&south, back[0].index);
            let took = vec![ours.receipted(&[receipt]), ours.received(kept(&south, back[1].index))];
            received = commit(&north, took)[1].index;
        }
    }
    let erased = 3;
    north.tombstones(&[(erased, Bodies::All), (received, Bodies::Only(vec![0]))]).unwrap();
    commit(&north, vec![ours.section(ThreadId([1; 16]), Audience::Office(SOUTH), 600)]);
    copy(closed.path(), killed.path());
    drop(north);
    Image { closed, killed, large, received, erased }
}

fn look(folder: &Path) -> Result<Inspected, OpenFault> {
    let scratch = tempfile::tempdir().unwrap();
    inspect(&Inspection {
        folder,
        scratch: scratch.path(),
        identity: identity(NORTH),
        signer: Signer::of(identity(NORTH)),
        offices: OFFICES,
        log_only: false,
        progress: &|_, done, total| assert!(done <= total),
    })
}

fn flaws(folder: &Path) -> Vec<Flaw> {
    look(folder).unwrap().flaws.kept().to_vec()
}

/// Every file with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(folder).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

#[test]
fn an_honest_folder_is_sound_closed_and_killed_and_not_a_byte_of_it_changes() {
    let image = image();
    for (folder, closed) in [(&image.closed, true), (&image.killed, false)] {
        let before = contents(folder.path());
        let found = look(folder.path()).unwrap();
        assert_eq!(found.flaws.kept(), []);
        assert!(found.is_whole() && found.log.is_some());
        assert_eq!((found.in_journal == 0, found.torn), (closed, false));
        assert!(found.head.size > 600 && found.bodies > 600);
        let tombs =
            [Tombstone { index: image.erased, bodies: 1 }, Tombstone { index: image.received, bodies: 1 }];
        assert_eq!(found.tombstones, tombs);
        drop(found);
        assert!(contents(folder.path()) == before, "something was changed");
    }
}

#[test]
fn what_is_found_to_read_takes_nothing() {
    let image = image();
    let log: Ledger = look(image.closed.path()).unwrap().log.unwrap();
    let size = log.size();
    assert_eq!(
        log.thread_indices(ThreadId([3; 16])).unwrap().len(),
        log.thread_entries(ThreadId([3; 16])).unwrap().len()
    );
    let drafts = Drafts::new(NORTH, 9);
    assert!(log.commit(vec![drafts.bare(ThreadId([1; 16]), Audience::Nobody)], office::NOW).is_err());
    assert!(log.tombstone(0, &Bodies::All).is_err());
    assert_eq!(log.size(), size);
}

#[test]
fn a_running_ledger_and_another_offices_are_not_inspected() {
    let image = image();
    let (running, _) = open(image.closed.path(), NORTH).unwrap();
    assert!(matches!(look(image.closed.path()), Err(OpenFault::Locked)));
    drop(running);
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(look(empty.path()), Err(OpenFault::Missing)));
    let other = tempfile::tempdir().unwrap();
    create(other.path(), SOUTH);
    assert!(matches!(look(other.path()), Err(OpenFault::OtherIdentity)));
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn cut(path: &Path, bytes: usize) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length - bytes as u64).unwrap();
}

fn append(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// A damage, and what is said of it: these words and no others.
type Damage<'a> = (&'static str, &'a dyn Fn(&Path), &'a [&'static str]);

#[test]
fn each_damage_is_named_and_nothing_else_is() {
    let image = image();
    let large =
        |folder: &Path| fs::read_dir(folder.join("bodies/large")).unwrap().next().unwrap().unwrap().path();
    let last_segment = |folder: &Path| {
        let mut found = files(&folder.join("bodies"));
        found.retain(|path| path.extension().is_some_and(|kind| kind == "seg"));
        found.pop().unwrap()
    };
    let places = |folder: &Path| files(folder).into_iter().find(|path| path.ends_with("places")).unwrap();
    let damages: &[Damage<'_>] = &[
        ("a bit of an entry", &|it| flip(&it.join("log/tile/entries/000"), 2_000), &["entry"]),
        ("a bit of the last entries", &|it| flip(&it.join("log/tile/entries/002"), 2_000), &["entry"]),
        ("entries cut", &|it| cut(&it.join("log/tile/entries/001"), 5), &["entry"]),
        ("entries lost", &|it| fs::remove_file(it.join("log/tile/entries/001")).unwrap(), &["entry"]),
        ("bytes behind entries", &|it| append(&it.join("log/tile/entries/000"), b"more"), &["entries_file"]),
        ("a bit of a leaf", &|it| flip(&it.join("log/tile/0/000"), 999), &["tile"]),
        ("a bit of a last leaf", &|it| flip(&it.join("log/tile/0/002"), 99), &["tile"]),
        ("a bit above", &|it| flip(&it.join("log/tile/1/000"), 40), &["tile"]),
        ("a tile lost", &|it| fs::remove_file(it.join("log/tile/1/000")).unwrap(), &["tile"]),
        ("a tile too long", &|it| append(&it.join("log/tile/0/001"), &[0; 32]), &["tile"]),
        ("a bit of a body", &|it| flip(&it.join("bodies/000000.seg"), 200), &["body"]),
        ("a bit of a large body", &|it| flip(&large(it), 5_000), &["body"]),
        ("a large body lost", &|it| fs::remove_file(large(it)).unwrap(), &["body"]),
        ("a segment cut", &|it| cut(&last_segment(it), 10), &["body", "body_stray"]),
        ("a segment lost", &|it| fs::remove_file(it.join("bodies/000001.seg")).unwrap(), &["body"]),
        ("bytes behind bodies", &|it| append(&last_segment(it), b"more"), &["body_stray"]),
        (
            "a large body of nobody",
            &|it| fs::write(it.join("bodies/large/00112233445566778899aabbccddeeff"), b"x").unwrap(),
            &["body_stray"],
        ),
        ("a bit of a place", &|it| flip(&places(it), 28 * 70 + 3), &["index"]),
        ("places cut", &|it| cut(&places(it), 28), &["index"]),
        ("no index", &|it| fs::remove_dir_all(it.join("index")).unwrap(), &["index"]),
        ("no checkpoint", &|it| fs::remove_file(it.join("log/checkpoint")).unwrap(), &["checkpoint"]),
        ("a bit of the checkpoint", &|it| flip(&it.join("log/checkpoint"), 90), &["checkpoint"]),
        ("no mark", &|it| fs::remove_file(it.join("log/mark")).unwrap(), &["mark"]),
        (
            "no journal",
            &|it| {
                ["journal.0", "journal.1"]
                    .iter()
                    .for_each(|name| fs::remove_file(it.join("log").join(name)).unwrap())
            },
            &["journal"],
        ),
        ("a file in the log", &|it| fs::write(it.join("log/notes"), b"x").unwrap(), &["foreign_file"]),
        ("a file in a tile", &|it| fs::write(it.join("log/tile/0/777"), b"x").unwrap(), &["foreign_file"]),
        ("a folder in the log", &|it| fs::create_dir(it.join("log/old")).unwrap(), &[]),
        (
            "a file among bodies",
            &|it| fs::write(it.join("bodies/copy of 1.seg"), b"x").unwrap(),
            &["foreign_file"],
        ),
    ];
    for (what, damage, expected) in damages {
        let folder = tempfile::tempdir().unwrap();
        copy(image.closed.path(), folder.path());
        damage(folder.path());
        let before = contents(folder.path());
        let found = flaws(folder.path());
        let words: BTreeSet<&str> = found.iter().map(Flaw::word).collect();
        assert_eq!(words, expected.iter().copied().collect(), "{what}: {found:?}");
        assert!(found.iter().all(|flaw| flaw.to_string().len() > 20), "{found:?}");
        assert!(contents(folder.path()) == before, "{what}: something was changed");
    }
}

#[test]
fn the_damaged_one_is_named_by_its_number() {
    let image = image();
    let with = |damage: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        copy(image.closed.path(), folder.path());
        damage(folder.path());
        flaws(folder.path())
    };
    assert_eq!(with(&|it| flip(&it.join("bodies/000000.seg"), 200)), [Flaw::Body { index: 0 }]);
    assert_eq!(with(&|it| flip(&it.join("log/tile/0/001"), 64)), [Flaw::Tile { level: 0, number: 1 }]);
    let lost = |it: &Path| fs::remove_dir_all(it.join("bodies/large")).unwrap();
    assert_eq!(with(&lost), [Flaw::Body { index: image.large }]);
    let flipped = with(&|it| flip(&it.join("log/tile/entries/000"), 2_000));
    assert!(matches!(flipped[..], [Flaw::Entry { index: 1..=20 }]), "{flipped:?}");
}

#[test]
fn a_damaged_group_that_was_durable_is_named_and_a_torn_one_is_no_flaw() {
    let image = image();
    let folder = tempfile::tempdir().unwrap();
    copy(image.killed.path(), folder.path());
    let used = ["journal.0", "journal.1"].map(|name| folder.path().join("log").join(name));
    let frames = |path: &PathBuf| fs::read(path).unwrap().iter().skip(8_192).any(|byte| *byte != 0);
    let used = used.iter().find(|path| frames(path)).unwrap();
    let whole = fs::read(used).unwrap();
    flip(used, 8_192 + 300);
    assert!(matches!(flaws(folder.path())[..], [Flaw::Frame { .. }]), "{:?}", flaws(folder.path()));
    // Behind the last whole group, what nobody was answered for.
    let mut torn = whole;
    let end = torn.iter().rposition(|byte| *byte != 0).unwrap().next_multiple_of(4_096);
    torn[end] = 7;
    fs::write(used, torn).unwrap();
    let found = look(folder.path()).unwrap();
    assert_eq!(found.flaws.kept(), []);
    assert!(found.torn);
}

#[test]
fn an_older_copy_of_a_part_is_told_by_the_parts_that_are_newer() {
    let image = image();
    let (old, newer) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy(image.closed.path(), old.path());
    copy(image.closed.path(), newer.path());
    let (north, _) = open(newer.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 5);
    commit(&north, vec![drafts.section(ThreadId([1; 16]), Audience::Nobody, 500)]);
    drop(north);
    assert_eq!(flaws(newer.path()), []);
    let index = tempfile::tempdir().unwrap();
    copy(newer.path(), index.path());
    fs::remove_dir_all(index.path().join("index")).unwrap();
    copy(&old.path().join("index"), &index.path().join("index"));
    let size = look(newer.path()).unwrap().head.size;
    assert_eq!(flaws(index.path()), [Flaw::IndexHeight { height: size - 1, size }]);
    fs::copy(newer.path().join("log/mark"), old.path().join("log/mark")).unwrap();
    assert_eq!(flaws(old.path()), [Flaw::EntriesMissing { found: size - 1, signed: size }]);
}

#[test]
fn a_repaired_folder_is_sound_again() {
    let image = image();
    let folder = tempfile::tempdir().unwrap();
    copy(image.closed.path(), folder.path());
    flip(&folder.path().join("log/tile/0/000"), 999);
    fs::remove_file(folder.path().join("log/tile/1/000")).unwrap();
    let signer: std::sync::Arc<dyn waymark_ledger::HeadSigner> = Signer::of(identity(NORTH));
    waymark_ledger::repair::repair(folder.path(), identity(NORTH), &signer, &mut |_| None).unwrap();
    drop(open(folder.path(), NORTH).unwrap());
    assert_eq!(flaws(folder.path()), []);
}
