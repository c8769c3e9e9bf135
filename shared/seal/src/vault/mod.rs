//! The vault: every key of an office at rest, and the only place from which an erasure takes it away.
//!
//! ```text
//! root.0 root.1     under the passphrase: bucket keys, the office's own secrets, how much of the rest counts
//! bucket.<xxx>.<b>  records of the threads whose id begins with those 12 bits, under the bucket's key; two files take turns
//! journal.<n>       records since the buckets were written, each under its bucket's key
//! lock              held by the one process that has the vault open
//! ```
//!
//! To erase, a bucket is written anew without what goes, under a new key, and the root with that key is written over the
//! old one: from then on the old file and every old frame of that bucket are noise. A crash leaves either the state
//! before or the state after. Buckets are read when first asked for; memory is bounded. What this cannot promise (blocks
//! remapped by an SSD, copies made by the file system or a backup) stands in the operator's manual.
//!
//! Read [`root`] and [`journal`] for the formats, [`erase`] for erasing and folding, [`look`] for looking without a change.

mod bucket;
mod cache;
mod crypt;
mod disk;
mod erase;
mod journal;
mod look;
mod record;
mod root;
mod secrets;

pub use crypt::{Cost, Passphrase};
pub use erase::Selector;
pub use look::VaultLook;
pub use record::{ImportedSection, InboxSecret, KeyRecord, OwnSection, ThreadSecret};
pub use secrets::{HighWater, SnapshotKey};

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use waymark_domain::ids::{Hash, KeyId, ThreadId};
use waymark_domain::words::Category;

use crate::entry::category_number;
use crate::kem::KemSecret;
use crate::rng::Rng;
use crate::section::SectionKey;

use bucket::{At, Loaded, records_key};
use journal::{Frame, Journal, Scanned};
use record::Stored;
use root::{Lock, Root};

/// Bytes of buckets in memory, about, at most.
const LOADED_MAX: usize = 64 * 1024 * 1024;
/// Bytes of journal from which a put folds by itself.
const FOLD_BY: u64 = 32 * 1024 * 1024;
/// Records in one frame, at most.
const FRAME_RECORDS: usize = 4_096;

/// Which file is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Both copies of the root.
    Root,
    /// The journal, or part of it is missing.
    Journal,
    /// The bucket with this number.
    Bucket(u16),
}

/// Why the vault does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultFault {
    /// The passphrase is wrong; nothing is damaged.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// There is no vault here.
    #[error("there is no vault in this directory")]
    NotAVault,
    /// There is one already.
    #[error("there is a vault in this directory already")]
    AlreadyThere,
    /// Another process has it open.
    #[error("the vault is open in another process")]
    InUse,
    /// A file is damaged: bring the vault back from the separate copy, or ask counterparts to grant keys again.
    #[error("the vault is damaged: {0:?}")]
    Damaged(Damage),
    /// The cost parameters of the passphrase cannot be used.
    #[error("the cost parameters of the passphrase cannot be used")]
    BadCost,
    /// Too much of something.
    #[error("{0} over its limit")]
    OverLimit(&'static str),
    /// An earlier write failed: what is durable is unknown until the vault is opened again.
    #[error("an earlier write to the vault failed; open it again")]
    Failed,
    /// There is no room on the disk; nothing was kept, and the next write tries again.
    #[error("the disk is full")]
    DiskFull,
    /// The file system refused.
    #[error("the file system refused: {0}")]
    Io(#[from] io::Error),
}

/// What opening the vault found and put right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VaultReport {
    /// One copy of the root was torn, damaged or older, and was written again.
    pub root_healed: bool,
    /// Bytes of an unfinished journal frame that were cut; they had never been confirmed.
    pub journal_cut: u64,
    /// Journals of an unfinished folding that were removed.
    pub strays_removed: usize,
}

/// An open vault. All methods take `&self`; it is shared between threads.
pub struct Vault {
    dir: PathBuf,
    state: Mutex<State>,
    cache: cache::Cache,
    /// Frames that are durable.
    synced: AtomicU64,
    /// Whoever syncs the journal.
    turn: Mutex<()>,
    report: VaultReport,
    _lock: File,
    #[cfg(test)]
    probe: Mutex<Option<Probe>>,
}

/// How a journal is read: for appending, or for looking only.
type OpenJournal = fn(&Path, &[u8; 16], u64) -> Result<Option<Scanned>, VaultFault>;

/// What a test is told between two steps.
#[cfg(test)]
type Probe = Box<dyn FnMut(&'static str) + Send>;

struct State {
    lock: Lock,
    root: Root,
    journal: Journal,
    /// Frames that are not in their bucket's file yet.
    pending: Vec<Vec<Frame>>,
    /// Number of the frame written last.
    frames: u64,
    loaded: HashMap<u16, Loaded>,
    loaded_weight: usize,
    tick: u64,
    rng: Box<dyn Rng>,
    failed: bool,
}

impl Vault {
    /// Makes a vault with fresh secrets in `dir`.
    ///
    /// # Errors
    /// [`VaultFault::AlreadyThere`], or what the file system says.
    ///
    /// # Security
    /// Use [`Cost::PRODUCTION`] outside tests.
    pub fn create(
        dir: &Path,
        passphrase: &Passphrase,
        cost: Cost,
        rng: impl Rng + 'static,
    ) -> Result<Self, VaultFault> {
        disk::make_dir(dir)?;
        let lock_file = lock(dir)?;
        if root::path(dir, 0).exists() || root::path(dir, 1).exists() {
            return Err(VaultFault::AlreadyThere);
        }
        let mut rng: Box<dyn Rng> = Box::new(rng);
        let root = Root::fresh(&mut *rng);
        let lock = Lock::new(passphrase, cost, &mut *rng)?;
        let journal = Journal::create(dir, &root.vault, 0)?;
        let mut state = State::new(lock, root, journal, rng);
        state.write_root(dir, |_| ())?;
        disk::sync_dir(dir)?;
        Ok(Self::with(dir, state, VaultReport::default(), lock_file))
    }

    /// Opens a vault and finishes what a crash left unfinished. No bucket is read yet.
    ///
    /// # Errors
    /// [`VaultFault::WrongPassphrase`], [`VaultFault::Damaged`], [`VaultFault::InUse`] and others, each by name.
    pub fn open(dir: &Path, passphrase: &Passphrase, rng: impl Rng + 'static) -> Result<Self, VaultFault> {
        if !dir.is_dir() {
            return Err(VaultFault::NotAVault);
        }
        let lock_file = lock(dir)?;
        let mut rng: Box<dyn Rng> = Box::new(rng);
        let found = root::open(dir, passphrase, &mut *rng)?;
        let mut report = VaultReport { root_healed: found.to_heal.is_some(), ..VaultReport::default() };
        let (state, cut) = State::replay(dir, found.lock, found.root, rng, Journal::open)?;
        report.journal_cut = cut;
        report.strays_removed = remove_strays(dir, &state)?;
        Ok(Self::with(dir, state, report, lock_file))
    }

    fn with(dir: &Path, state: State, report: VaultReport, lock: File) -> Self {
        Self {
            dir: dir.to_owned(),
            synced: AtomicU64::new(state.frames),
            turn: Mutex::new(()),
            state: Mutex::new(state),
            cache: cache::Cache::default(),
            report,
            _lock: lock,
            #[cfg(test)]
            probe: Mutex::new(None),
        }
    }

    /// What opening found.
    #[must_use]
    pub const fn report(&self) -> VaultReport {
        self.report
    }

    /// Keeps records; one with the name of an earlier one replaces it. They count at once and are durable after
    /// [`Vault::sync`], which must come before anything that uses them leaves the office.
    ///
    /// # Errors
    /// What the file system says; nothing is kept then.
    pub fn put(&self, records: Vec<KeyRecord>) -> Result<(), VaultFault> {
        let mut state = self.state()?;
        let mut by_bucket: HashMap<u16, Vec<Stored>> = HashMap::new();
        for record in &records {
            by_bucket.entry(bucket_of(&record.thread())).or_default().push(record.into());
        }
        let mut frames = Vec::new();
        let mut seq = state.frames;
        for (bucket, stored) in &by_bucket {
            for chunk in stored.chunks(FRAME_RECORDS) {
                seq += 1;
                let head = state.root.bucket(*bucket).clone();
                let at = (*bucket, head.generation, seq);
                frames.push(state.seal_frame(&records_key(&head), at, record::encode(chunk)));
            }
        }
        state.append(&frames)?;
        for (bucket, stored) in by_bucket {
            state.remember(bucket, stored);
        }
        // Imported keys enter the cache when they are looked up, so that one cannot stand in for an own key there.
        for record in &records {
            if let KeyRecord::OwnSection(own) = record {
                self.cache.put(own.thread, own.id, own.key.clone());
            }
        }
        let length = state.journal.length();
        drop(state);
        if length >= FOLD_BY {
            // What was asked is kept. A fold that fails closes the vault, which the next call tells.
            let _closes = self.fold();
        }
        Ok(())
    }

    /// Makes everything put so far durable: one `fdatasync`, or none when nothing is new.
    ///
    /// # Errors
    /// What the file system says; the vault takes nothing more until it is opened again.
    pub fn sync(&self) -> Result<(), VaultFault> {
        // One at a time: the system tells a failed write to one caller only. Who waited may find its own done.
        let _turn = self.turn.lock().map_err(|_| VaultFault::Failed)?;
        let (file, frames) = {
            let state = self.state()?;
            (state.journal.file.clone(), state.frames)
        };
        if self.synced.load(Ordering::Acquire) >= frames {
            return Ok(());
        }
        if let Err(fault) = file.sync_data() {
            self.fail();
            return Err(fault.into());
        }
        self.synced.fetch_max(frames, Ordering::AcqRel);
        Ok(())
    }

    /// A section key of a thread: the own one with this id, or else the imported one.
    ///
    /// # Errors
    /// [`VaultFault::Damaged`] when the thread's bucket cannot be read.
    pub fn section_key(&self, thread: &ThreadId, id: &KeyId) -> Result<Option<SectionKey>, VaultFault> {
        if let Some(key) = self.cache.find(thread, id) {
            return Ok(Some(key));
        }
        let mut state = self.state()?;
        let records = state.thread(&self.dir, thread)?;
        let named = |own| {
            let of_kind = records.iter().filter(move |record| record.is_own() == own);
            of_kind.filter_map(Stored::section).find(|(of, _)| of == id)
        };
        let found = named(true).or_else(|| named(false));
        if let Some((id, key)) = &found {
            self.cache.put(*thread, *id, key.clone());
        }
        Ok(found.map(|(_, key)| key))
    }

    /// The newest own key of a thread and category: the one to seal with.
    ///
    /// # Errors
    /// [`VaultFault::Damaged`] when the thread's bucket cannot be read.
    pub fn own_section(
        &self,
        thread: &ThreadId,
        category: Category,
    ) -> Result<Option<OwnSection>, VaultFault> {
        let mut state = self.state()?;
        let number = category_number(category);
        let newest = state
            .thread(&self.dir, thread)?
            .iter()
            .filter_map(|record| match record {
                Stored::Own { category, epoch, .. } if *category == number => Some((*epoch, record)),
                _ => None,
            })
            .max_by_key(|(epoch, _)| *epoch);
        Ok(newest.and_then(|(_, record)| match record.record() {
            Some(KeyRecord::OwnSection(own)) => Some(own),
            _ => None,
        }))
    }

    /// The secret of this office's thread key whose public key has this hash.
    ///
    /// # Errors
    /// [`VaultFault::Damaged`] when the thread's bucket cannot be read.
    pub fn thread_secret(&self, thread: &ThreadId, key_hash: &Hash) -> Result<Option<KemSecret>, VaultFault> {
        let mut state = self.state()?;
        let records = state.thread(&self.dir, thread)?;
        Ok(records.iter().find(|record| record.is_secret_of(key_hash)).and_then(|record| match record {
            Stored::Secret { secret, .. } => Some(KemSecret::from_bytes(*secret)),
            Stored::Own { .. } | Stored::Imported { .. } => None,
        }))
    }

    /// Everything held of a thread.
    ///
    /// # Errors
    /// [`VaultFault::Damaged`] when the thread's bucket cannot be read.
    pub fn records(&self, thread: &ThreadId) -> Result<Vec<KeyRecord>, VaultFault> {
        let mut state = self.state()?;
        Ok(state.thread(&self.dir, thread)?.iter().filter_map(Stored::record).collect())
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, VaultFault> {
        // A panic under the lock may have left a change half done.
        let state = self.state.lock().map_err(|_| VaultFault::Failed)?;
        if state.failed { Err(VaultFault::Failed) } else { Ok(state) }
    }

    /// Writes the root; from then on a journal that lacks a frame synced before is known to be damaged.
    fn write_root(&self, state: &mut State) -> Result<(), VaultFault> {
        state.root.frames = state.root.frames.max(self.synced.load(Ordering::Acquire));
        state.write_root(&self.dir, |step| self.step(step))
    }

    fn fail(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.failed = true;
        }
    }

    /// Tells a test that a step is done; nothing otherwise.
    fn step(&self, name: &'static str) {
        #[cfg(test)]
        if let Ok(mut probe) = self.probe.lock()
            && let Some(probe) = probe.as_mut()
        {
            probe(name);
        }
        #[cfg(not(test))]
        let _ = name;
    }
}

impl State {
    fn new(lock: Lock, root: Root, journal: Journal, rng: Box<dyn Rng>) -> Self {
        Self {
            lock,
            frames: root.frames,
            root,
            journal,
            pending: vec![Vec::new(); root::BUCKETS],
            loaded: HashMap::new(),
            loaded_weight: 0,
            tick: 0,
            rng,
            failed: false,
        }
    }

    /// The state after the journals that count; frames of a bucket's earlier generations are noise.
    fn replay(
        dir: &Path,
        lock: Lock,
        root: Root,
        rng: Box<dyn Rng>,
        open: OpenJournal,
    ) -> Result<(Self, u64), VaultFault> {
        let mut newest = None;
        let mut frames = Vec::new();
        let mut cut = 0;
        for number in journal::numbers(dir)?.into_iter().filter(|number| *number >= root.journal_from) {
            let Some(scanned) = open(dir, &root.vault, number)? else { continue };
            frames.extend(scanned.frames);
            cut += scanned.cut;
            newest = Some(scanned.journal);
        }
        let journal = newest.ok_or(VaultFault::Damaged(Damage::Journal))?;
        let follows = frames.iter().zip(root.journal_base + 1..).all(|(frame, seq)| frame.seq == seq);
        let last = root.journal_base + frames.len() as u64;
        if !follows || last < root.frames {
            return Err(VaultFault::Damaged(Damage::Journal));
        }
        let mut state = Self::new(lock, root, journal, rng);
        state.frames = last;
        for frame in frames {
            state.take_frame(frame)?;
        }
        Ok((state, cut))
    }

    fn take_frame(&mut self, frame: Frame) -> Result<(), VaultFault> {
        if frame.bucket == journal::OFFICE {
            return self.take_office_frame(&frame);
        }
        let head = self.root.buckets.get(usize::from(frame.bucket));
        let counts = head.ok_or(VaultFault::Damaged(Damage::Journal))?.generation;
        match frame.generation.cmp(&counts) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => self.pending_of(frame.bucket).push(frame),
            std::cmp::Ordering::Greater => return Err(VaultFault::Damaged(Damage::Journal)),
        }
        Ok(())
    }

    fn pending_of(&mut self, bucket: u16) -> &mut Vec<Frame> {
        self.pending.get_mut(usize::from(bucket)).expect("there is a list for each bucket")
    }

    fn seal_frame(&mut self, key: &[u8; 32], at: (u16, u32, u64), plain: Vec<u8>) -> Frame {
        let nonce = crypt::nonce(&mut *self.rng);
        Frame::seal(&self.root.vault, key, at, nonce, plain)
    }

    fn append(&mut self, frames: &[Frame]) -> Result<(), VaultFault> {
        if let Err(fault) = self.journal.append(frames) {
            self.failed |= !matches!(fault, VaultFault::DiskFull);
            return Err(fault);
        }
        for frame in frames {
            self.frames = frame.seq;
            if frame.bucket != journal::OFFICE {
                self.pending_of(frame.bucket).push(frame.clone());
            }
        }
        Ok(())
    }

    /// Adds to a bucket that is in memory already.
    fn remember(&mut self, bucket: u16, stored: Vec<Stored>) {
        let Some(loaded) = self.loaded.get_mut(&bucket) else { return };
        self.loaded_weight -= loaded.weight;
        stored.into_iter().for_each(|record| loaded.put(record));
        self.loaded_weight += loaded.weight;
    }

    /// The records of a thread, its bucket read if need be.
    fn thread(&mut self, dir: &Path, thread: &ThreadId) -> Result<&[Stored], VaultFault> {
        let bucket = bucket_of(thread);
        Ok(self.load(dir, bucket)?.thread(&thread.0))
    }

    fn load(&mut self, dir: &Path, bucket: u16) -> Result<&mut Loaded, VaultFault> {
        self.tick += 1;
        let tick = self.tick;
        if !self.loaded.contains_key(&bucket) {
            let loaded = self.read_bucket(dir, bucket)?;
            self.make_room(loaded.weight);
            self.loaded_weight += loaded.weight;
            self.loaded.insert(bucket, loaded);
        }
        let loaded = self.loaded.get_mut(&bucket).expect("it has just been put there");
        loaded.used = tick;
        Ok(loaded)
    }

    fn read_bucket(&self, dir: &Path, bucket: u16) -> Result<Loaded, VaultFault> {
        let head = self.root.bucket(bucket);
        let at = At { dir, vault: &self.root.vault, bucket };
        let mut loaded = Loaded::default();
        at.read(head)?.into_iter().for_each(|record| loaded.put(record));
        let pending = self.pending.get(usize::from(bucket)).map_or(&[][..], Vec::as_slice);
        let key = records_key(head);
        for frame in pending {
            let plain = frame.open(&self.root.vault, &key).ok_or(VaultFault::Damaged(Damage::Journal))?;
            let records = record::decode(&plain).ok_or(VaultFault::Damaged(Damage::Journal))?;
            records.into_iter().for_each(|record| loaded.put(record));
        }
        Ok(loaded)
    }

    /// Lets go of the buckets used least lately.
    fn make_room(&mut self, weight: usize) {
        while self.loaded_weight + weight > LOADED_MAX {
            let oldest = self.loaded.iter().min_by_key(|(_, loaded)| loaded.used).map(|(bucket, _)| *bucket);
            let Some(gone) = oldest.and_then(|bucket| self.loaded.remove(&bucket)) else { return };
            self.loaded_weight -= gone.weight;
        }
    }

    /// Writes the root, one copy after the other; `step` is told between.
    fn write_root(&mut self, dir: &Path, step: impl Fn(&'static str)) -> Result<(), VaultFault> {
        self.root.epoch += 1;
        let written = root::seal(&self.root, &self.lock, &mut *self.rng).and_then(|bytes| {
            root::write(dir, 0, &bytes, &mut *self.rng)?;
            step("root copy 0");
            root::write(dir, 1, &bytes, &mut *self.rng)?;
            step("root copy 1");
            Ok(())
        });
        // Memory has changed already; after a failed write only opening anew tells what the disk holds.
        self.failed |= written.is_err();
        written
    }
}

fn bucket_of(thread: &ThreadId) -> u16 {
    let [first, second, ..] = thread.0;
    u16::from_be_bytes([first, second]) >> (16 - root::BUCKET_BITS)
}

fn lock(dir: &Path) -> Result<File, VaultFault> {
    locked(disk::open(&dir.join("lock"))?)
}

fn locked(file: File) -> Result<File, VaultFault> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(VaultFault::InUse),
        Err(std::fs::TryLockError::Error(fault)) => Err(fault.into()),
    }
}

/// Removes journals that do not count any more: left by a folding that a crash cut short.
fn remove_strays(dir: &Path, state: &State) -> Result<usize, VaultFault> {
    let old = journal::numbers(dir)?.into_iter().filter(|number| *number < state.root.journal_from);
    let mut removed = 0;
    for number in old {
        disk::remove(&journal::path(dir, number))?;
        removed += 1;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests;
