//! Cut files, zeroed tails, flipped bits: never a silent loss, and a way back where a counterpart holds the entry.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use waymark_domain::ids::ThreadId;
use waymark_ledger::repair::{RepairFault, Supplied, repair};
use waymark_ledger::{HeadSigner, Ledger, OpenFault};
use waymark_seal::entry::Audience;
use waymark_seal::unplaced::{Body, Kept};

use crate::office::{
    self, Drafts, NORTH, SOUTH, Signer, commit, create, files, identity, kept, open, verify_whole,
};

/// What was acknowledged.
struct Acknowledged {
    entries: Vec<Vec<u8>>,
    bodies: Vec<Vec<Body>>,
    kept: Vec<Option<Kept>>,
}

impl Acknowledged {
    fn supplied(&self, index: u64) -> Option<Supplied> {
        let at = index as usize;
        Some(Supplied {
            entry: self.entries.get(at)?.clone(),
            bodies: self.bodies[at].clone(),
            kept: self.kept[at].clone(),
        })
    }

    /// Everything read is right or a named fault; `true` when all is right.
    fn compare(&self, ledger: &Ledger, what: &str) -> bool {
        assert_eq!(ledger.size(), self.entries.len() as u64, "{what}: entries were lost silently");
        let mut all = true;
        for (index, expected) in self.entries.iter().enumerate() {
            let at = index as u64;
            match ledger.entry(at) {
                Ok(entry) => assert_eq!(&entry, expected, "{what}: entry {index} is another"),
                Err(_) => all = false,
            }
            match ledger.bodies(at) {
                Ok(bodies) => assert_eq!(bodies, self.bodies[index], "{what}: bodies of {index} are others"),
                Err(_) => all = false,
            }
            match ledger.kept(at) {
                Ok(kept) => assert_eq!(kept, self.kept[index], "{what}: what {index} keeps is another"),
                Err(_) => all = false,
            }
        }
        all
    }
}

/// A folder as a close leaves it, one as a kill leaves it, and what was acknowledged in both.
struct Images {
    closed: tempfile::TempDir,
    killed: tempfile::TempDir,
    acknowledged: Acknowledged,
}

fn folder() -> tempfile::TempDir {
    // Memory is as good as a disk for damage, and quicker.
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn images() -> Images {
    let (closed, killed, south_folder) = (folder(), folder(), folder());
    office::create_small(closed.path(), NORTH, 100_000);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(closed.path(), NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 1), Drafts::new(SOUTH, 2));
    for round in 0..30_u8 {
        let thread = ThreadId([round % 7; 16]);
        let mut command: Vec<_> =
            (0..20).map(|_| ours.section(thread, Audience::Office(SOUTH), 700)).collect();
        if round == 17 {
            command.push(ours.section(thread, Audience::Nobody, 300_000));
        }
        let placed = commit(&north, command);
        if round % 10 == 5 {
            let received = commit(
                &south,
                vec![
                    theirs.received(kept(&north, placed[0].index)),
                    theirs.section(thread, Audience::Office(NORTH), 400),
                ],
            );
            let receipt = kept(&south, received[0].index);
            commit(&north, vec![ours.receipted(&[receipt]), ours.received(kept(&south, received[1].index))]);
        }
    }
    office::copy(closed.path(), killed.path());
    let size = north.size();
    let acknowledged = Acknowledged {
        entries: (0..size).map(|index| north.entry(index).unwrap()).collect(),
        bodies: (0..size).map(|index| north.bodies(index).unwrap()).collect(),
        kept: (0..size).map(|index| north.kept(index).unwrap()).collect(),
    };
    drop(north);
    Images { closed, killed, acknowledged }
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Cut(usize),
    ZeroTail(usize),
    /// One bit, so many thousandths into the file.
    Flip(usize),
    Remove,
}

const DAMAGES: &[Damage] = &[
    Damage::Cut(1),
    Damage::Cut(300),
    Damage::Cut(5_000),
    Damage::Cut(1 << 20),
    Damage::ZeroTail(1),
    Damage::ZeroTail(5_000),
    Damage::ZeroTail(1 << 20),
    Damage::Flip(0),
    Damage::Flip(3),
    Damage::Flip(111),
    Damage::Flip(333),
    Damage::Flip(777),
    Damage::Flip(999),
    Damage::Flip(57),
    Damage::Flip(204),
    Damage::Flip(418),
    Damage::Flip(501),
    Damage::Flip(646),
    Damage::Flip(862),
    Damage::Flip(930),
    Damage::Remove,
];

impl Damage {
    /// Whether the file is other than before.
    fn inflict(self, path: &Path) -> bool {
        let good = std::fs::read(path).unwrap();
        let mut bad = good.clone();
        match self {
            Self::Cut(count) => bad.truncate(good.len().saturating_sub(count)),
            Self::ZeroTail(count) => {
                let from = good.len().saturating_sub(count);
                bad[from..].fill(0);
            }
            Self::Flip(thousandths) => {
                let at = good.len() * thousandths / 1000;
                if let Some(byte) = bad.get_mut(at) {
                    *byte ^= 1 << (thousandths % 8);
                }
            }
            Self::Remove => {
                std::fs::remove_file(path).unwrap();
                return true;
            }
        }
        std::fs::write(path, &bad).unwrap();
        bad != good
    }
}

/// Every file that is not derived.
fn true_files(folder: &Path) -> Vec<PathBuf> {
    let all = files(folder).into_iter().map(|path| path.strip_prefix(folder).unwrap().to_path_buf());
    all.filter(|name| !name.starts_with("index") && !name.ends_with("lock")).collect()
}

fn try_one(image: &Path, name: &Path, damage: Damage, acknowledged: &Acknowledged) {
    let what = format!("{} {damage:?}", name.display());
    let trial = folder();
    office::copy(image, trial.path());
    if !damage.inflict(&trial.path().join(name)) {
        return;
    }
    match open(trial.path(), NORTH) {
        Ok((ledger, _)) => {
            let right = acknowledged.compare(&ledger, &what);
            let report = ledger.check().unwrap();
            // A check finds at least what reading finds.
            assert!(right || !report.faults.is_empty(), "{what}: found nothing");
            if report.faults.is_empty() {
                return verify_whole(&ledger);
            }
        }
        Err(OpenFault::Locked | OpenFault::Missing | OpenFault::OtherIdentity | OpenFault::Disk(_)) => {
            panic!("{what}: misnamed")
        }
        Err(_) => {}
    }
    let signer: Arc<dyn HeadSigner> = Signer::of(identity(NORTH));
    let report = repair(trial.path(), identity(NORTH), &signer, &mut |index| acknowledged.supplied(index));
    let report = report.unwrap_or_else(|fault| panic!("{what}: not repaired: {fault}"));
    assert_eq!(report.bodies_missing, Vec::<u64>::new(), "{what}");
    let (ledger, _) =
        open(trial.path(), NORTH).unwrap_or_else(|fault| panic!("{what}: repaired, but: {fault}"));
    assert!(acknowledged.compare(&ledger, &what), "{what}: repaired, but not all is there");
    assert_eq!(ledger.check().unwrap().faults, [], "{what}");
    verify_whole(&ledger);
    // It goes on.
    commit(&ledger, vec![Drafts::new(NORTH, 99).section(ThreadId([1; 16]), Audience::Office(SOUTH), 100)]);
}

#[test]
fn damage_to_a_closed_ledger_is_never_silent_and_is_repaired() {
    let images = images();
    for name in true_files(images.closed.path()) {
        for damage in DAMAGES {
            try_one(images.closed.path(), &name, *damage, &images.acknowledged);
        }
    }
}

#[test]
fn damage_to_a_closed_ledger_without_its_index_is_never_silent_and_is_repaired() {
    let images = images();
    std::fs::remove_dir_all(images.closed.path().join("index")).unwrap();
    for name in true_files(images.closed.path()) {
        for damage in DAMAGES {
            try_one(images.closed.path(), &name, *damage, &images.acknowledged);
        }
    }
}

#[test]
fn a_segment_that_is_missing_hides_and_costs_none_of_the_later_ones() {
    let images = images();
    let folder = images.closed.path();
    let segments = files(&folder.join("bodies")).into_iter().filter(|path| path.extension().is_some());
    let segments: Vec<_> = segments.collect();
    assert!(segments.len() >= 5, "{} segments", segments.len());
    let later: Vec<_> = segments[2..].iter().map(|path| std::fs::read(path).unwrap()).collect();
    std::fs::remove_file(&segments[1]).unwrap();
    std::fs::remove_dir_all(folder.join("index")).unwrap();
    let read = |ledger: &Ledger| (0..ledger.size()).filter(|index| ledger.bodies(*index).is_ok()).count();
    let (ledger, report) = open(folder, NORTH).unwrap();
    let (readable, all) = (read(&ledger), images.acknowledged.entries.len());
    assert!(readable < all && readable > all * 3 / 5, "{readable} of {all}");
    let lost = (0..ledger.size()).filter(|index| ledger.bodies(*index).is_err());
    let lost = lost.map(|index| waymark_ledger::Finding::BodiesUnreadable { index });
    assert_eq!(report.findings, lost.collect::<Vec<_>>());
    drop(ledger);
    let signer: Arc<dyn HeadSigner> = Signer::of(identity(NORTH));
    repair(folder, identity(NORTH), &signer, &mut |index| images.acknowledged.supplied(index)).unwrap();
    let (ledger, _) = open(folder, NORTH).unwrap();
    assert!(images.acknowledged.compare(&ledger, "repaired"));
    let draft = Drafts::new(NORTH, 99).section(ThreadId([1; 16]), Audience::Office(SOUTH), 100);
    commit(&ledger, vec![draft]);
    ledger.settle().unwrap();
    for (path, before) in segments[2..].iter().zip(later) {
        assert!(std::fs::read(path).unwrap().starts_with(&before), "{} was overwritten", path.display());
    }
    verify_whole(&ledger);
}

#[test]
fn damage_to_a_killed_ledger_is_never_silent_and_is_repaired() {
    let images = images();
    for name in true_files(images.killed.path()) {
        for damage in DAMAGES {
            try_one(images.killed.path(), &name, *damage, &images.acknowledged);
        }
    }
}

#[test]
fn without_a_counterpart_the_missing_entries_are_named_and_nothing_is_changed() {
    let images = images();
    let trial = folder();
    office::copy(images.killed.path(), trial.path());
    for journal in ["log/journal.0", "log/journal.1"] {
        let path = trial.path().join(journal);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8192..].fill(0);
        std::fs::write(path, bytes).unwrap();
    }
    assert!(matches!(
        open(trial.path(), NORTH),
        Err(OpenFault::FrameDamaged { .. } | OpenFault::EntriesMissing { .. })
    ));
    let signer: Arc<dyn HeadSigner> = Signer::of(identity(NORTH));
    let before: Vec<_> = files(trial.path()).iter().map(|path| std::fs::read(path).unwrap()).collect();
    let Err(RepairFault::StillMissing { indices }) =
        repair(trial.path(), identity(NORTH), &signer, &mut |_| None)
    else {
        panic!("entries were made up")
    };
    assert_eq!(indices.last(), Some(&(images.acknowledged.entries.len() as u64 - 1)));
    let after: Vec<_> = files(trial.path()).iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(before == after);
    // A counterpart that gives something else is not believed.
    let lie = |index: u64| images.acknowledged.supplied(index % 3);
    assert!(matches!(
        repair(trial.path(), identity(NORTH), &signer, &mut { lie }),
        Err(RepairFault::RootDiffers { .. })
    ));
    let truth =
        repair(trial.path(), identity(NORTH), &signer, &mut |index| images.acknowledged.supplied(index))
            .unwrap();
    assert_eq!(truth.entries, indices);
    assert!(images.acknowledged.compare(&open(trial.path(), NORTH).unwrap().0, "repaired"));
}

#[test]
fn a_torn_last_group_is_cut_and_reported() {
    let home = folder();
    create(home.path(), NORTH);
    let (ledger, _) = open(home.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 1);
    for _ in 0..5 {
        commit(&ledger, (0..10).map(|_| drafts.section(ThreadId([1; 16]), Audience::Nobody, 700)).collect());
    }
    let before = folder();
    office::copy(home.path(), before.path());
    commit(&ledger, (0..10).map(|_| drafts.section(ThreadId([1; 16]), Audience::Nobody, 700)).collect());
    // The mark of before, and all but the last block of the group: the power went while it was written.
    let journal = "log/journal.0";
    let (old, new) = (
        std::fs::read(before.path().join(journal)).unwrap(),
        std::fs::read(home.path().join(journal)).unwrap(),
    );
    let last = (0..new.len() / 4096)
        .rev()
        .find(|block| new[block * 4096..(block + 1) * 4096] != old[block * 4096..(block + 1) * 4096])
        .unwrap();
    let mut torn = new;
    torn[last * 4096..].fill(0);
    std::fs::write(before.path().join(journal), torn).unwrap();
    let (ledger, report) = open(before.path(), NORTH).unwrap();
    assert_eq!(report.findings, [waymark_ledger::Finding::TornFrame { index: 50 }]);
    assert_eq!(ledger.size(), 50);
    commit(&ledger, vec![drafts.bare(ThreadId([1; 16]), Audience::Nobody)]);
    verify_whole(&ledger);
}

#[test]
fn a_journal_file_that_was_cut_is_made_good_at_once() {
    for name in ["log/journal.0", "log/journal.1"] {
        let home = folder();
        create(home.path(), NORTH);
        let path = home.path().join(name);
        let length = std::fs::metadata(&path).unwrap().len();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(20_000).unwrap();
        let (ledger, report) = open(home.path(), NORTH).unwrap();
        assert_eq!(report.findings, [waymark_ledger::Finding::JournalShort], "{name}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), length, "{name}");
        let drafts = Drafts::new(NORTH, 1);
        for _ in 0..4 {
            let group = (0..250).map(|_| drafts.section(ThreadId([1; 16]), Audience::Nobody, 900));
            commit(&ledger, group.collect());
        }
        verify_whole(&ledger);
    }
}

#[test]
fn a_repair_asks_for_nothing_that_was_never_acknowledged() {
    let (home, torn) = (folder(), folder());
    create(home.path(), NORTH);
    let (ledger, _) = open(home.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 1);
    let group = || (0..10).map(|_| drafts.section(ThreadId([1; 16]), Audience::Nobody, 700)).collect();
    commit(&ledger, group());
    office::copy(home.path(), torn.path());
    commit(&ledger, group());
    // The mark of before, and one bit of the first entry of the new group is not yet what it should be.
    let mut journal = std::fs::read(home.path().join("log/journal.0")).unwrap();
    let entry = ledger.entry(10).unwrap();
    let at = journal.windows(entry.len()).position(|window| window == entry).unwrap();
    journal[at + entry.len() - 1] ^= 1;
    std::fs::write(torn.path().join("log/journal.0"), journal).unwrap();
    let signer: Arc<dyn HeadSigner> = Signer::of(identity(NORTH));
    let report = repair(torn.path(), identity(NORTH), &signer, &mut |_| None).unwrap();
    assert_eq!(report.size, 10);
    verify_whole(&open(torn.path(), NORTH).unwrap().0);
}
