//! A full disk: the command is refused by name, nothing of it is there, and it goes on once there is space.
//! By itself, because it starts other programs: between fork and exec those hold the locks of every ledger in the process.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

#[path = "office/mod.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod office;

use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use waymark_domain::ids::ThreadId;
use waymark_ledger::{Bodies, CommitFault};
use waymark_seal::entry::Audience;
use waymark_seal::unplaced::Body;

use office::{Drafts, NORTH, NOW, SOUTH, commit, create, open, verify_whole};

/// A small file system in memory; taken away again at the end.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    /// `None` where mounting is not permitted.
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={bytes}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the space but for `left` bytes.
    fn fill(&self, left: u64) -> std::path::PathBuf {
        let filler = self.path().join("filler");
        let free = free_bytes(self.path());
        std::fs::write(&filler, vec![1; free.saturating_sub(left) as usize]).unwrap();
        filler
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

fn free_bytes(folder: &Path) -> u64 {
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().nth(1).unwrap().trim().parse().unwrap()
}

#[test]
fn a_full_disk_refuses_by_name_and_goes_on_when_there_is_space() {
    let Some(small) = Small::mount(24 << 20) else {
        // Mounting needs rights that not every machine gives; those that build this have them.
        eprintln!("not run: no right to mount");
        return;
    };
    let home = small.path().join("north");
    create(&home, NORTH);
    let (ledger, _) = open(&home, NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 1);
    let draft = || (0..10).map(|_| drafts.section(ThreadId([1; 16]), Audience::Office(SOUTH), 900)).collect();
    commit(&ledger, draft());
    for round in 0..3 {
        let filler = small.fill(100_000 * round);
        let mut refused = 0;
        for _ in 0..400 {
            let before = ledger.head();
            match ledger.commit(draft(), NOW) {
                Ok(_) => assert_eq!(refused, 0, "it was full, and nothing was freed"),
                Err(CommitFault::DiskFull) => {
                    refused += 1;
                    assert_eq!(ledger.head(), before);
                }
                Err(fault) => panic!("{fault}"),
            }
            if refused == 3 {
                break;
            }
        }
        assert_eq!(refused, 3, "it was never full");
        // A large body needs space of its own at once.
        let large = drafts.section(ThreadId([1; 16]), Audience::Nobody, 9_000_000);
        assert!(matches!(ledger.commit(vec![large], NOW), Err(CommitFault::DiskFull)));
        verify_whole(&ledger);
        std::fs::remove_file(filler).unwrap();
        commit(&ledger, draft());
        verify_whole(&ledger);
        assert_eq!(ledger.check().unwrap().faults, []);
    }
    let head = ledger.head();
    drop(ledger);
    let (ledger, report) = open(&home, NORTH).unwrap();
    assert_eq!((report.head, report.clean), (head, true));
    verify_whole(&ledger);
}

/// Whether this process is told of a file that may not grow instead of being ended by it.
fn is_told() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("Linux");
    // SIGXFSZ is the 25th signal.
    u64::from_str_radix(ignored.trim(), 16).expect("hexadecimal") & (1 << 24) != 0
}

fn limit(bytes: Option<u64>) {
    let limit = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: bytes.or(limit.maximum), ..limit })
        .expect("below the hard limit");
}

#[test]
fn files_that_may_not_grow_are_a_full_disk_and_what_was_begun_is_removed() {
    if !is_told() {
        // A shell can have the signal ignored in what it starts; this program is started again that way.
        let name = "files_that_may_not_grow_are_a_full_disk_and_what_was_begun_is_removed";
        let again = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" --exact \"$1\" --nocapture"])
            .arg(std::env::current_exe().unwrap())
            .arg(name)
            .status();
        return assert!(again.unwrap().success());
    }
    let home = tempfile::tempdir().unwrap();
    create(home.path(), NORTH);
    let (ledger, _) = open(home.path(), NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 1);
    let draft = || (0..40).map(|_| drafts.section(ThreadId([1; 16]), Audience::Office(SOUTH), 900)).collect();
    commit(&ledger, draft());
    ledger.settle().unwrap();
    for round in 1..=2 {
        limit(Some(round * (3 << 20)));
        let large = drafts.section(ThreadId([1; 16]), Audience::Nobody, 9_000_000);
        assert!(matches!(ledger.commit(vec![large], NOW), Err(CommitFault::DiskFull)));
        assert_eq!(std::fs::read_dir(home.path().join("bodies/large")).unwrap().count(), 0);
        let refused = (0..400).find_map(|_| ledger.commit(draft(), NOW).err());
        assert!(matches!(refused, Some(CommitFault::DiskFull)), "{refused:?}");
        let before = ledger.head();
        assert!(matches!(ledger.commit(draft(), NOW), Err(CommitFault::DiskFull)));
        assert_eq!(ledger.head(), before);
        // What has left the journal can be erased all the same.
        ledger.tombstone(round, &Bodies::All).unwrap();
        limit(None);
        assert!(matches!(ledger.bodies(round).unwrap()[..], [Body::Withheld(_)]));
        commit(&ledger, draft());
        verify_whole(&ledger);
        assert_eq!(ledger.check().unwrap().faults, []);
    }
    let head = ledger.head();
    drop(ledger);
    let (ledger, report) = open(home.path(), NORTH).unwrap();
    assert_eq!((report.head, report.clean), (head, true));
    verify_whole(&ledger);
}

#[test]
fn a_ledger_closed_on_a_full_disk_opens_with_everything_once_there_is_space() {
    let Some(small) = Small::mount(24 << 20) else {
        eprintln!("not run: no right to mount");
        return;
    };
    let home = small.path().join("north");
    create(&home, NORTH);
    let (ledger, _) = open(&home, NORTH).unwrap();
    let drafts = Drafts::new(NORTH, 1);
    let filler = small.fill(0);
    while ledger.commit(vec![drafts.section(ThreadId([1; 16]), Audience::Office(SOUTH), 900)], NOW).is_ok() {}
    let head = ledger.head();
    drop(ledger);
    assert!(open(&home, NORTH).is_err(), "there is no room to settle");
    std::fs::remove_file(filler).unwrap();
    let (ledger, report) = open(&home, NORTH).unwrap();
    assert_eq!((report.head, report.clean), (head, false));
    verify_whole(&ledger);
}
