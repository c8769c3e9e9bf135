//! Inspecting a ledger that is not open: everything is derived again from its files and compared with what lies there. Writes nothing
//! below its folder; what is made again is made in a folder of the caller's.
//!
//! First the log (`log.rs`): each entry, the tiles, the root that was signed. Only where it holds can be said what belongs to it: bodies
//! (`bodies.rs`), the index, and what belongs to nothing (`strays.rs`). Memory grows with positions, not with entries.

mod bodies;
mod flaw;
mod log;
mod strays;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use waymark_domain::ids::OfficeId;
use waymark_seal::checkpoint::Head;
use waymark_seal::merkle::Frontier;
use waymark_seal::rng::{self, System};

use crate::again::{self, Built};
use crate::commit::Queue;
use crate::core::{Core, bodies_folder, index_folder};
use crate::disk::{DiskFault, While};
use crate::fault::{OpenFault, ReadFault};
use crate::identity::{HeadSigner, Identity};
use crate::index::{Doubt, Index};
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::open::{self, Files};
use crate::replay::{self, Replayed};
use crate::segments::Segments;
use crate::tail::Tail;

pub use bodies::Tombstone;
pub use flaw::{FLAWS_MAX, Flaw, Flaws};

pub use crate::index::IndexPart;

/// What an inspection is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Entries are hashed and compared with the tiles.
    Entries,
    /// Bodies are compared with what their entries name.
    Bodies,
}

/// What is to be inspected.
pub struct Inspection<'a> {
    /// The folder with `log`, `bodies` and `index`.
    pub folder: &'a Path,
    /// An empty folder for what is made again; it is the caller's to remove.
    pub scratch: &'a Path,
    /// Whose log it should be.
    pub identity: Identity,
    /// Recognises the office's signatures; it is not asked to sign.
    pub signer: Arc<dyn HeadSigner>,
    /// The offices of the network.
    pub offices: &'a [OfficeId],
    /// The log alone: its bodies and index were given up.
    pub log_only: bool,
    /// Called with how much is done of how much.
    pub progress: &'a dyn Fn(Stage, u64, u64),
}

/// What an inspection found.
pub struct Inspected {
    /// The head of the log as found.
    pub head: Head,
    /// Entries that lie in the journal only: the next start settles them.
    pub in_journal: u64,
    /// Bodies that are there.
    pub bodies: u64,
    /// Bodies that came without their content.
    pub withheld: u64,
    /// What was erased, by entry.
    pub tombstones: Vec<Tombstone>,
    /// A group was being written when the power went; nobody was answered. The next start cuts it.
    pub torn: bool,
    /// What is wrong.
    pub flaws: Flaws,
    /// The log, for reading, when it holds; nothing can be written to it.
    pub log: Option<Ledger>,
}

/// Inspects a folder; it is locked meanwhile.
///
/// # Errors
/// [`OpenFault::Missing`], [`OpenFault::Locked`], [`OpenFault::OtherIdentity`], or the machine failed. Whatever is wrong with the ledger
/// is in [`Inspected::flaws`].
pub fn inspect(asked: &Inspection<'_>) -> Result<Inspected, OpenFault> {
    let files = Files::look(asked.folder)?;
    let known = files.heads.iter().flatten().map(|head| head.identity);
    if known.chain(files.mark.map(|mark| mark.identity)).any(|known| known != asked.identity) {
        return Err(OpenFault::OtherIdentity);
    }
    let mut found = Inspected {
        head: Head::empty(),
        in_journal: 0,
        bodies: 0,
        withheld: 0,
        tombstones: Vec::new(),
        torn: false,
        flaws: Flaws::default(),
        log: None,
    };
    if files.mark.is_none() {
        found.flaws.say(Flaw::Mark);
    }
    let Some(replayed) = log_of(asked, &files, &mut found)? else { return Ok(found) };
    log::signed(asked, &files, &replayed, &mut found.flaws);
    if !found.flaws.is_empty_but_for(&[Flaw::Mark, Flaw::Checkpoint]) {
        return Ok(found);
    }
    if !asked.log_only {
        read_again(asked, files, &replayed, &mut found)?;
    }
    Ok(found)
}

/// The log with what the journal adds; none where it does not hold.
fn log_of(
    asked: &Inspection<'_>,
    files: &Files,
    found: &mut Inspected,
) -> Result<Option<Replayed>, OpenFault> {
    let order = match replay::order(files, asked.identity) {
        Ok(order) => order,
        Err(OpenFault::JournalDamaged) => {
            found.flaws.say(Flaw::Journal);
            // What is in the tiles is looked at as far as it was signed.
            let signed = files.checkpoint.as_deref().and_then(|checkpoint| asked.signer.verify(checkpoint));
            let below = signed.or(files.mark.map(|mark| Head { size: mark.size, root: mark.root }));
            if let Some(below) = below {
                log::entries(asked, files, below, &mut found.flaws)?;
                found.head = below;
            }
            return Ok(None);
        }
        Err(fault) => return Err(fault),
    };
    let base = order.first().map(|(_, head)| Head { size: head.base.size, root: head.base.root });
    let base = base.unwrap_or_else(Head::empty);
    found.head = base;
    let Some(tree) = log::entries(asked, files, base, &mut found.flaws)? else { return Ok(None) };
    let segments = Segments::open(bodies_folder(asked.folder), open::segment_bytes(files));
    match replay::replay_from(files, &segments, asked.identity, order, tree) {
        Ok(replayed) => {
            found.head = replayed.head();
            found.in_journal = replayed.count();
            found.torn = replayed.torn.is_some();
            log::lengths(files, &replayed, &mut found.flaws)?;
            Ok(Some(replayed))
        }
        Err(OpenFault::JournalDamaged) => {
            found.flaws.say(Flaw::Journal);
            Ok(None)
        }
        Err(OpenFault::FrameDamaged { index }) => {
            found.flaws.say(Flaw::Frame { index });
            Ok(None)
        }
        Err(OpenFault::Read(ReadFault::BodiesDamaged { index })) => {
            found.flaws.say(Flaw::Body { index });
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// Bodies and index of a log that holds.
fn read_again(
    asked: &Inspection<'_>,
    files: Files,
    replayed: &Replayed,
    found: &mut Inspected,
) -> Result<(), OpenFault> {
    let receipts_from = files.mark.map_or(0, |mark| mark.receipts_from);
    let seed = rng::bytes(&mut System);
    let made = asked.scratch.join("made");
    let none = Index::anew(&asked.scratch.join("none"), seed).map_err(again::fault_of)?;
    let checkpoint = files.checkpoint.clone().unwrap_or_default();
    let signer = Arc::clone(&asked.signer);
    let bodies = Segments::open(bodies_folder(asked.folder), open::segment_bytes(&files));
    let core =
        open::core(asked.scratch, asked.identity, signer, files, replayed, &checkpoint, Some(none), bodies)?;
    // Nothing is taken: whoever has it can only read.
    core.poisoned.store(true, Ordering::Release);
    let Built { index, records, unreadable } = again::build(&core, &made, seed, receipts_from)?;
    catch_up(&core, &index, replayed).map_err(again::fault_of)?;
    if unreadable.is_empty() {
        // What cannot be read of bodies is missing in the index made again, and is told of the bodies.
        index_as_stored(asked, &core, &index, replayed, &mut found.flaws)?;
    }
    *core.index.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(index);
    let log = reader(core, replayed);
    bodies::all(asked, &log, replayed, found)?;
    bodies::strays(asked, &log, &records, replayed, found)?;
    strays::files(asked, &log, &mut found.flaws)?;
    found.log = Some(log);
    Ok(())
}

/// What the journal adds to an index of everything else, and all of it stored.
fn catch_up(core: &Core, index: &Index, replayed: &Replayed) -> Result<(), Doubt> {
    let height = index.height().max(replayed.base.size);
    let facts = || replayed.facts.iter().filter(|entry| entry.index >= height);
    index.apply(facts());
    core.outside(index, |outside| index.settle_outbox(facts(), outside, 0));
    index.store()
}

/// Compares the index with `made`, in a copy: opening one changes it.
fn index_as_stored(
    asked: &Inspection<'_>,
    core: &Core,
    made: &Index,
    replayed: &Replayed,
    flaws: &mut Flaws,
) -> Result<(), OpenFault> {
    let copy = asked.scratch.join("stored");
    copy_index(&index_folder(asked.folder), &copy).while_("copying the index")?;
    let (base, size) = (replayed.base.size, replayed.frontier.size());
    let index = match Index::open(&copy, rng::bytes(&mut System)) {
        Ok(index) if index.height() > size || index.height() < base => {
            flaws.say(Flaw::IndexHeight { height: index.height(), size });
            return Ok(());
        }
        Ok(index) => index,
        Err(Doubt::Damaged) => {
            flaws.say(Flaw::IndexUnreadable);
            return Ok(());
        }
        Err(Doubt::Disk(fault)) => return Err(fault.into()),
    };
    let compared = catch_up(core, &index, replayed)
        .and_then(|()| core.outside(made, |outside| index.differences(made, base, outside)));
    match compared {
        Ok(differences) => {
            for (part, rows, entry) in differences.found {
                flaws.say(Flaw::Index { part, rows, entry });
            }
        }
        Err(Doubt::Damaged) => flaws.say(Flaw::IndexUnreadable),
        Err(Doubt::Disk(fault)) => return Err(fault.into()),
    }
    Ok(())
}

/// Everything but snapshots, which are sealed and derived.
fn copy_index(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    let entries = match std::fs::read_dir(from) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (to.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() && entry.file_name() != "snapshots" {
            copy_index(&entry.path(), &path)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), path)?;
        }
    }
    Ok(())
}

/// A ledger that only reads.
fn reader(core: Arc<Core>, replayed: &Replayed) -> Ledger {
    let (active, head) = replayed.active;
    let tail = Tail {
        frontier: replayed.frontier.clone(),
        cursor: replayed.cursor,
        bundle_bytes: replayed.bundle_bytes,
        journal: Journal::start(core.journals.clone(), active, head),
    };
    Ledger { core, queue: Queue::default(), tail: Mutex::new(tail), settler: None }
}

impl Inspected {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.flaws.count() == 0
    }
}

/// The frontier of the first `size` entries, from their leaf hashes.
type Tree = Frontier;

fn machine(fault: DiskFault) -> OpenFault {
    OpenFault::Disk(fault)
}
