//! Opening: replays the journal, checks what was signed, settles, and begins with empty journals.
//!
//! Never reads the whole log: the tree's right edge comes out of a few tiles, everything else out of the journal and the index.
//! After this, nothing depends on pages that an earlier process wrote and perhaps never synced: what was in the journal is
//! written again and synced here.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;
use waymark_seal::merkle::Frontier;
use waymark_seal::rng::{self, System};

use crate::again;
use crate::core::{CHECKPOINT, Core, Marker, bodies_folder, index_folder, log_folder};
use crate::create::Settings;
use crate::disk::{self, DiskFault, While};
use crate::fault::{OpenFault, ReadFault};
use crate::identity::{HeadSigner, Identity};
use crate::index::{Doubt, Index};
use crate::journal::{self, Journal, JournalFile, JournalHead, State};
use crate::ledger::Ledger;
use crate::mark::{self, Mark};
use crate::replay::{self, Replayed};
use crate::segments::Segments;
use crate::settler::{self, Orders};
use crate::tail::Tail;
use crate::tiles::{Tiles, WIDTH};
use crate::tree::Tree;
use crate::view::View;
use crate::writer::Writer;

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// The head of the log.
    pub head: Head,
    /// It was closed in order before.
    pub clean: bool,
    /// When the newest group was committed, by the clock of that time.
    pub last_commit_at: Timestamp,
    /// Entries that came out of the journal.
    pub replayed: u64,
    /// What happened to the index.
    pub index: IndexFound,
    /// Things that are not as they should be and that do not keep the office from starting.
    pub findings: Vec<Finding>,
}

/// What happened to the index at opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexFound {
    /// It was there; so many entries were added.
    CaughtUp {
        /// Entries added.
        added: u64,
    },
    /// It was made again from the log.
    MadeAgain,
}

/// Something not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// A group was being written when the power went; nobody was answered. It was cut.
    TornFrame {
        /// Index that its first entry would have had.
        index: u64,
    },
    /// A slot of the mark could not be read.
    MarkDamaged,
    /// One of the two copies of a journal's head could not be read.
    JournalHeadDamaged,
    /// A journal file was shorter than it was made; what was cut held no group.
    JournalShort,
    /// The checkpoint could not be read, or is of an older key; it was signed again.
    CheckpointDamaged,
    /// A large body whose entry was never committed was removed.
    LargeBodyLeft,
    /// Found while the index was made again: bodies of an entry, or what it keeps, cannot be read. A repair asks for them.
    BodiesUnreadable {
        /// The entry.
        index: u64,
    },
}

/// How a file is opened.
type Opens<'a> = &'a dyn Fn(&Path) -> std::io::Result<File>;

/// The files before anything is decided.
pub(crate) struct Files {
    pub(crate) lock: File,
    pub(crate) mark_file: File,
    pub(crate) mark: Option<Mark>,
    pub(crate) journals: [Option<Arc<JournalFile>>; 2],
    pub(crate) heads: [Option<JournalHead>; 2],
    pub(crate) checkpoint: Option<Vec<u8>>,
    pub(crate) tiles: Tiles,
    pub(crate) findings: Vec<Finding>,
}

impl Files {
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenFault> {
        Self::with(folder, &disk::open_or_create, &disk::open_existing)
    }

    /// The same for who only looks: nothing is made, and nothing can be written through these files.
    pub(crate) fn look(folder: &Path) -> Result<Self, OpenFault> {
        // A mark that is not there is stood in for by nothing, and the lock by the folder in which it should lie.
        let there = |path: &Path| match File::open(path) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault),
            Err(_) if path.ends_with(mark::FILE) => File::open("/dev/null"),
            Err(_) => File::open(path.parent().unwrap_or(path)),
            opened => opened,
        };
        Self::with(folder, &there, &|path| File::open(path))
    }

    fn with(folder: &Path, open: Opens<'_>, open_existing: Opens<'_>) -> Result<Self, OpenFault> {
        let doing = "opening the ledger";
        let log = log_folder(folder);
        // A ledger that was killed before its first checkpoint and then lost its mark still has its journals.
        let signs = [mark::FILE, CHECKPOINT, "journal.0", "journal.1"];
        if !signs.iter().any(|name| log.join(name).exists()) {
            return Err(OpenFault::Missing);
        }
        let lock = open(&log.join("lock")).while_(doing)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenFault::Locked),
            Err(TryLockError::Error(fault)) => return Err(fault).while_(doing)?,
        }
        let mut findings = Vec::new();
        let mark_file = open(&log.join(mark::FILE)).while_(doing)?;
        let read = mark::read(&mark_file).while_(doing)?;
        if read.damaged || read.newest.is_none() {
            findings.push(Finding::MarkDamaged);
        }
        let mut journals = [None, None];
        let mut heads = [None, None];
        for ((path, journal), head) in journal::paths(&log).iter().zip(&mut journals).zip(&mut heads) {
            let found = match JournalFile::open_by(path, open_existing) {
                Ok(found) => found,
                Err(fault) if fault.source.kind() == std::io::ErrorKind::NotFound => continue,
                Err(fault) => return Err(fault.into()),
            };
            let read = found.read_head()?;
            if read.damaged {
                findings.push(Finding::JournalHeadDamaged);
            }
            *head = read.head;
            *journal = Some(Arc::new(found));
        }
        let checkpoint = disk::read_if_there(&log.join(CHECKPOINT)).while_(doing)?;
        let tiles = Tiles::open(log.join("tile"))?;
        Ok(Self { lock, mark_file, mark: read.newest, journals, heads, checkpoint, tiles, findings })
    }
}

impl Ledger {
    /// Opens the ledger in `folder`. `offices` belong to the network now and get the notices of this office.
    ///
    /// # Errors
    /// [`OpenFault`]. Nothing is signed, and nothing that was signed is given up silently: see [`repair`](crate::repair::repair).
    pub fn open(
        folder: &Path,
        identity: Identity,
        signer: Arc<dyn HeadSigner>,
        offices: &[OfficeId],
    ) -> Result<(Self, OpenReport), OpenFault> {
        let files = Files::open(folder)?;
        let segments = Segments::open(bodies_folder(folder), segment_bytes(&files));
        let replayed = replay::replay(&files, &segments, identity)?;
        let known = replay::check_signed(&files, &replayed, signer.as_ref())?;
        let mut findings = files.findings.clone();
        findings.extend(replayed.torn.map(|index| Finding::TornFrame { index }));
        findings.extend(known.damaged.then_some(Finding::CheckpointDamaged));
        let lengths = files.journals.iter().flatten().map(|file| file.length);
        let short = lengths.zip(files.heads.iter().flatten()).any(|(length, head)| length < head.length);
        findings.extend(short.then_some(Finding::JournalShort));
        let clean = files.mark.is_some_and(|mark| mark.clean) && replayed.groups.is_empty();
        let last_commit_at = files.mark.map_or(Timestamp(0), |mark| mark.at);
        let receipts_from = files.mark.map_or(0, |mark| mark.receipts_from);

        let head = replayed.head();
        let checkpoint =
            if known.damaged || known.checkpoint.is_empty() { signer.sign(&head) } else { known.checkpoint };
        let (index, added) = open_index(folder, &replayed)?;
        let made_again = index.is_none();
        let core = core(folder, identity, signer, files, &replayed, &checkpoint, index, segments)?;
        let Settled { made_again, unreadable, left } =
            settle(&core, &replayed, made_again, receipts_from, clean)?;
        findings.extend((0..left).map(|_| Finding::LargeBodyLeft));
        findings.extend(unreadable.into_iter().map(|index| Finding::BodiesUnreadable { index }));
        core.index()
            .outbox()
            .set_offices(offices.iter().copied().filter(|office| *office != identity.office));
        let journal = fresh_journals(&core, &replayed)?;
        core.mark(head, None, false)?;
        core.sync_mark()?;
        let index = if made_again { IndexFound::MadeAgain } else { IndexFound::CaughtUp { added } };
        let report = OpenReport { head, clean, last_commit_at, replayed: replayed.count(), index, findings };
        let tail = Tail {
            frontier: replayed.frontier.clone(),
            cursor: replayed.cursor,
            bundle_bytes: replayed.bundle_bytes,
            journal,
        };
        Ok((start(core, replayed.frontier, tail)?, report))
    }
}

/// The index as it is on disk with what the journal adds; `None` when it has to be made again.
fn open_index(folder: &Path, replayed: &Replayed) -> Result<(Option<Index>, u64), OpenFault> {
    let size = replayed.frontier.size();
    let index = match Index::open(&index_folder(folder), rng::bytes(&mut System)) {
        Ok(index) => index,
        Err(Doubt::Damaged) => return Ok((None, size)),
        Err(Doubt::Disk(fault)) => return Err(fault.into()),
    };
    let height = index.height();
    if height > size || height < replayed.base.size {
        return Ok((None, size));
    }
    index.apply(replayed.facts.iter().filter(|entry| entry.index >= height));
    Ok((Some(index), size - height))
}

#[expect(clippy::too_many_arguments, reason = "each becomes a part of the core")]
pub(crate) fn core(
    folder: &Path,
    identity: Identity,
    signer: Arc<dyn HeadSigner>,
    files: Files,
    replayed: &Replayed,
    checkpoint: &[u8],
    index: Option<Index>,
    segments: Segments,
) -> Result<Arc<Core>, OpenFault> {
    let index = match index {
        Some(index) => index,
        // Filled once everything is in tiles.
        None => Index::anew(&index_folder(folder), rng::bytes(&mut System)).map_err(again::fault_of)?,
    };
    let none = Mark {
        identity,
        serial: 0,
        size: 0,
        root: Head::empty().root,
        receipts_from: 0,
        at: Timestamp(0),
        clean: false,
    };
    let base = Head { size: replayed.base.size, root: replayed.base.root };
    let [Some(first), Some(second)] = files.journals else { return Err(OpenFault::JournalDamaged) };
    // A short file is made good before it takes frames.
    let length = replayed.active.1.length;
    let made_good = |journal: &JournalFile| -> Result<_, DiskFault> {
        let file = journal.file.try_clone().while_("opening a journal")?;
        Ok(Arc::new(JournalFile { file, length: journal.length.max(length) }))
    };
    let core = Core {
        folder: folder.to_path_buf(),
        identity,
        signer,
        view: View::new(base, checkpoint),
        tiles: files.tiles,
        tree: Tree::default(),
        segments,
        index: RwLock::new(Arc::new(index)),
        marker: Mutex::new(Marker { file: files.mark_file, newest: files.mark.unwrap_or(none) }),
        journals: [made_good(&first)?, made_good(&second)?],
        orders: Orders::default(),
        poisoned: AtomicBool::new(false),
        changing: Mutex::new(()),
        _lock: files.lock,
    };
    for group in &replayed.groups {
        core.view.push(Arc::clone(group));
    }
    core.view.set_checkpoint(checkpoint);
    Ok(Arc::new(core))
}

/// Bytes after which a segment is full, as the ledger was made.
pub(crate) fn segment_bytes(files: &Files) -> u32 {
    let known = files.heads.iter().flatten().map(|head| head.segment_bytes).max();
    known.unwrap_or(Settings::default().segment_bytes)
}

/// What settling found.
struct Settled {
    made_again: bool,
    /// Entries whose bodies could not be read when the index was made again.
    unreadable: Vec<u64>,
    /// Large bodies that were left over.
    left: u64,
}

/// Brings everything to its place, durably. An index that turns out to be damaged on the way is made again.
fn settle(
    core: &Arc<Core>,
    replayed: &Replayed,
    made_again: bool,
    receipts_from: u64,
    clean: bool,
) -> Result<Settled, OpenFault> {
    let mut writer = Writer::new(replayed.base_frontier.clone());
    if !replayed.groups.is_empty() {
        settler::write_groups(core, &mut writer)?;
        writer.sync(&core.tiles, &core.segments)?;
    }
    let sound = !made_again && is_sound(catch_up(core, replayed))? && !core.index().is_doubtful();
    let mut settled = Settled { made_again: !sound, unreadable: Vec::new(), left: 0 };
    if !sound {
        settled.unreadable = make_again(core, receipts_from)?;
    }
    if !replayed.groups.is_empty() || replayed.checkpoint_is_behind {
        core.write_checkpoint()?;
    }
    if clean {
        // Nothing can be left over, and nothing is removed on the word of the index alone.
        return Ok(settled);
    }
    settled.left = match remove_left(core) {
        Err(Doubt::Damaged) if sound => {
            settled.made_again = true;
            settled.unreadable = make_again(core, receipts_from)?;
            remove_left(core).map_err(again::fault_of)?
        }
        left => left.map_err(again::fault_of)?,
    };
    Ok(settled)
}

fn is_sound(outcome: Result<(), Doubt>) -> Result<bool, DiskFault> {
    match outcome {
        Ok(()) => Ok(true),
        Err(Doubt::Damaged) => Ok(false),
        Err(Doubt::Disk(fault)) => Err(fault),
    }
}

/// Makes what the journal added to the index durable.
fn catch_up(core: &Core, replayed: &Replayed) -> Result<(), Doubt> {
    if replayed.facts.is_empty() {
        return Ok(());
    }
    let index = core.index();
    let height = index.height().saturating_sub(replayed.facts.len() as u64);
    let facts = || replayed.facts.iter().filter(|entry| entry.index >= height);
    core.outside(&index, |outside| index.settle_outbox(facts(), outside, 0));
    index.places.sync()?;
    let frozen = index.freeze();
    index.flush(&frozen)
}

fn make_again(core: &Core, receipts_from: u64) -> Result<Vec<u64>, ReadFault> {
    let again::Built { index, unreadable, .. } =
        again::build(core, &index_folder(&core.folder), core.index().seed(), receipts_from)?;
    let index = index.in_use().map_err(again::fault_of)?;
    *core.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(index);
    Ok(unreadable)
}

/// Large bodies whose entry was never committed.
fn remove_left(core: &Core) -> Result<u64, Doubt> {
    let mut left = 0;
    for event in core.segments.large().while_("opening the ledger")? {
        if core.index().event_candidates(event)?.is_empty() {
            core.segments.forget_large(event);
            left += 1;
        }
    }
    Ok(left)
}

/// Empties both journal files and takes one into use. A crash at any step leaves journals that replay to the same log.
fn fresh_journals(core: &Core, replayed: &Replayed) -> Result<Journal, DiskFault> {
    let (active, head) = replayed.active;
    if replayed.groups.is_empty() && !replayed.untidy {
        // Its head may have been written by a process that ended before it was durable.
        core.journals.iter().try_for_each(|file| file.sync())?;
        return Ok(Journal::start(core.journals.clone(), active, head));
    }
    let base = journal::Base {
        size: replayed.frontier.size(),
        root: replayed.frontier.root(),
        cursor: replayed.cursor,
        bundle_bytes: replayed.bundle_bytes,
    };
    let [first, second] = &core.journals;
    let (next, last) = if active == 0 { (second, first) } else { (first, second) };
    let fresh = JournalHead { generation: head.generation + 1, state: State::InUse, base, ..head };
    // The file that is not the newest one is drained by now: its head is replaced only after its frames are gone.
    next.write_head(&JournalHead {
        state: State::Drained,
        generation: head.generation.saturating_sub(1),
        ..head
    })?;
    next.sync()?;
    next.zero_all(head.length)?;
    next.sync()?;
    next.write_head(&fresh)?;
    next.sync()?;
    last.write_head(&JournalHead { state: State::Drained, ..head })?;
    last.sync()?;
    last.zero_all(head.length)?;
    last.sync()?;
    last.write_head(&JournalHead { state: State::Free, ..head })?;
    last.sync()?;
    Ok(Journal::start(core.journals.clone(), 1 - active, fresh))
}

fn start(core: Arc<Core>, frontier: Frontier, tail: Tail) -> Result<Ledger, DiskFault> {
    debug_assert_eq!(core.view.written(), frontier.size(), "everything was settled");
    debug_assert!(u64::from(tail.bundle_bytes) <= WIDTH * 65_537, "a bundle holds 256 entries");
    let writer = Writer::new(frontier);
    let settling = Arc::clone(&core);
    let settler = std::thread::Builder::new()
        .name("ledger-settler".into())
        .spawn(move || settler::run(&settling, writer))
        .while_("starting the thread that settles the journal")?;
    Ok(Ledger {
        core,
        queue: crate::commit::Queue::default(),
        tail: Mutex::new(tail),
        settler: Some(settler),
    })
}
