//! Power cuts: what is written is noted, and the ledger is opened on what a disk may hold that lost everything, or a part of
//! what was not synced. Only in tests; a killed process alone would never show a sync that is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use waymark_domain::ids::ThreadId;
use waymark_seal::entry::Audience;

use crate::check::CheckFault;
use crate::create::Settings;
use crate::erase::Bodies;
use crate::ledger::Ledger;
use crate::office::{Drafts, NORTH, SOUTH, commit, files, identity, open, verify_whole};

#[derive(Clone)]
enum Step {
    Made {
        path: PathBuf,
        empty: bool,
    },
    Wrote {
        path: PathBuf,
        bytes: Vec<u8>,
        offset: u64,
    },
    Synced(PathBuf),
    SyncedDir(PathBuf),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
    /// The caller was answered: so many entries are durable.
    Answered(u64),
}

/// The folder whose changes are noted, and the changes.
static NOTED: Mutex<Option<(PathBuf, Vec<Step>)>> = Mutex::new(None);

fn note(path: &Path, step: impl FnOnce(PathBuf) -> Step) {
    let mut noted = NOTED.lock().unwrap();
    if let Some((root, steps)) = noted.as_mut()
        && let Ok(name) = path.strip_prefix(&root)
        // Derived: every image begins without it.
        && !name.starts_with("index")
    {
        steps.push(step(name.to_path_buf()));
    }
}

fn path_of(file: &File) -> PathBuf {
    fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap_or_default()
}

pub(crate) fn made(path: &Path, empty: bool) {
    note(path, |path| Step::Made { path, empty });
}

pub(crate) fn wrote(file: &File, bytes: &[u8], offset: u64) {
    if NOTED.lock().unwrap().is_some() {
        note(&path_of(file), |path| Step::Wrote { path, bytes: bytes.to_vec(), offset });
    }
}

pub(crate) fn synced(file: &File) {
    if NOTED.lock().unwrap().is_some() {
        note(&path_of(file), Step::Synced);
    }
}

pub(crate) fn synced_dir(path: &Path) {
    note(path, Step::SyncedDir);
}

pub(crate) fn renamed(from: &Path, to: &Path) {
    note(from, |name| Step::Renamed(name.clone(), name.with_file_name(to.file_name().unwrap())));
}

pub(crate) fn removed(path: &Path) {
    note(path, Step::Removed);
}

#[derive(Default, Clone)]
struct Inode {
    durable: Vec<u8>,
    waiting: Vec<(u64, Vec<u8>)>,
}

fn put(content: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let end = offset as usize + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset as usize..end].copy_from_slice(bytes);
}

/// A disk that keeps for certain only what was synced.
#[derive(Default)]
struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    durable_folders: BTreeSet<PathBuf>,
}

impl Disk {
    /// As everything lies now, all of it durable.
    fn of(folder: &Path) -> Self {
        let mut disk = Self::default();
        for path in files(folder) {
            let name = path.strip_prefix(folder).unwrap().to_path_buf();
            disk.durable_folders.extend(name.ancestors().skip(1).map(Path::to_path_buf));
            disk.names.insert(name, disk.inodes.len());
            disk.inodes.push(Inode { durable: fs::read(&path).unwrap(), waiting: Vec::new() });
        }
        disk.durable_names = disk.names.clone();
        for folder in ["bodies/large", "log/tile/entries", "log/tile/0"] {
            disk.durable_folders.extend(Path::new(folder).ancestors().map(Path::to_path_buf));
        }
        disk
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Made { path, empty } => {
                if *empty || !self.names.contains_key(path) {
                    self.names.insert(path.clone(), self.inodes.len());
                    self.inodes.push(Inode::default());
                }
            }
            Step::Wrote { path, bytes, offset } => {
                let inode = self.names[path];
                self.inodes[inode].waiting.push((*offset, bytes.clone()));
            }
            Step::Synced(path) => {
                let inode = self.names[path];
                let Inode { durable, waiting } = &mut self.inodes[inode];
                waiting.drain(..).for_each(|(offset, bytes)| put(durable, offset, &bytes));
            }
            Step::SyncedDir(folder) => {
                let inside = |path: &Path| path.parent() == Some(folder);
                self.durable_names.retain(|path, _| !inside(path));
                let now = self.names.iter().filter(|(path, _)| inside(path));
                self.durable_names.extend(now.map(|(path, inode)| (path.clone(), *inode)));
                let folders = self.names.keys().flat_map(|path| path.ancestors().skip(1));
                self.durable_folders.extend(folders.filter(|path| inside(path)).map(Path::to_path_buf));
            }
            Step::Renamed(from, to) => {
                let inode = self.names.remove(from).unwrap();
                self.names.insert(to.clone(), inode);
            }
            Step::Removed(path) => {
                self.names.remove(path);
            }
            Step::Answered(_) => {}
        }
    }

    /// What a power cut leaves; `keeps` says for each block not synced whether it reached the disk all the same.
    fn image(&self, mut keeps: impl FnMut() -> bool) -> tempfile::TempDir {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        self.durable_folders.iter().for_each(|name| fs::create_dir_all(folder.path().join(name)).unwrap());
        for (name, inode) in &self.durable_names {
            if !name.ancestors().skip(1).all(|above| self.durable_folders.contains(above)) {
                continue;
            }
            let Inode { durable, waiting } = &self.inodes[*inode];
            let mut content = durable.clone();
            for (offset, bytes) in waiting {
                for (block, bytes) in bytes.chunks(4096).enumerate() {
                    if keeps() {
                        put(&mut content, offset + block as u64 * 4096, bytes);
                    }
                }
            }
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }
}

const CASE: ThreadId = ThreadId([8; 16]);
/// Erased in the course of the work.
const ERASED: u64 = 3;

fn answered(ledger: &Ledger) {
    if let Some((_, steps)) = NOTED.lock().unwrap().as_mut() {
        steps.push(Step::Answered(ledger.size()));
    }
}

/// Fills journals, keeps a large body, erases, settles, closes, and opens again what was closed and what was not.
fn work(folder: &Path) {
    let drafts = Drafts::new(NORTH, 1);
    let group = || (0..10).map(|_| drafts.section(CASE, Audience::Office(SOUTH), 4_000)).collect();
    for round in 0..3 {
        let (ledger, _) = open(folder, NORTH).unwrap();
        for step in 0..9 {
            commit(&ledger, group());
            answered(&ledger);
            if step == 4 && round == 1 {
                commit(&ledger, vec![drafts.section(CASE, Audience::Nobody, 300_000)]);
                answered(&ledger);
                ledger.tombstone(ERASED, &Bodies::All).unwrap();
            }
        }
    }
    let (ledger, _) = open(folder, NORTH).unwrap();
    ledger.settle().unwrap();
    commit(&ledger, group());
    answered(&ledger);
}

fn survives(image: &Path, said: u64, what: &str) {
    let (ledger, _) = open(image, NORTH).unwrap_or_else(|fault| panic!("{what}: {fault}"));
    assert!(ledger.size() >= said, "{what}: {} entries, {said} were answered", ledger.size());
    if ledger.size() > ERASED && ledger.check().unwrap().faults == [CheckFault::Bodies { index: ERASED }] {
        // An erasure that was cut short is done again.
        ledger.tombstone(ERASED, &Bodies::All).unwrap();
    }
    assert_eq!(ledger.check().unwrap().faults, [], "{what}");
    let drafts = Drafts::new(NORTH, 9);
    commit(&ledger, vec![drafts.bare(CASE, Audience::Nobody)]);
    let head = ledger.head();
    drop(ledger);
    let (ledger, _) = open(image, NORTH).unwrap_or_else(|fault| panic!("{what}, opened again: {fault}"));
    assert_eq!(ledger.head(), head, "{what}");
    verify_whole(&ledger);
}

#[test]
fn after_a_power_cut_at_any_moment_everything_answered_is_there_and_the_office_starts() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { journal_bytes: 0, segment_bytes: 50_000 };
    Ledger::create_with(folder.path(), identity(NORTH), settings).unwrap();
    let mut disk = Disk::of(folder.path());
    *NOTED.lock().unwrap() = Some((folder.path().to_path_buf(), Vec::new()));
    work(folder.path());
    let steps = NOTED.lock().unwrap().take().unwrap().1;
    let (mut said, mut random) = (0, 0x2545_F491_4F6C_DD1D_u64);
    for (number, step) in steps.iter().enumerate() {
        disk.step(step);
        match step {
            Step::Answered(size) => said = *size,
            Step::Synced(_) | Step::SyncedDir(_) => {
                survives(disk.image(|| false).path(), said, &format!("nothing unsynced kept, step {number}"));
            }
            Step::Wrote { .. } if number % 5 == 0 => {
                let keeps = || {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    random % 2 == 0
                };
                survives(disk.image(keeps).path(), said, &format!("a part kept, step {number}"));
            }
            Step::Made { .. } | Step::Wrote { .. } | Step::Renamed(..) | Step::Removed(_) => {}
        }
    }
}
