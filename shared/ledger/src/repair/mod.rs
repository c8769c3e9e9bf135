//! Repair of a ledger that is not open: puts together, out of tiles, journal frames and what counterparts hold, the log that
//! was signed, and nothing else.
//!
//! The proof that the result is right is the root: the leaves of all entries must give the newest root that this office signed
//! or marked as durable. Where an entry is in no file and no counterpart has it, nothing is changed and the missing indices are
//! named; then the roster closes this incarnation of the log and the office begins the next.

mod gather;
mod mend;

use std::path::Path;
use std::sync::Arc;

use waymark_seal::checkpoint::Head;
use waymark_seal::unplaced::{Body, Kept};

use crate::fault::{DiskFault, OpenFault};
use crate::identity::{HeadSigner, Identity};
use crate::open::Files;

/// What a counterpart gave for one entry of this log. Nothing of it is believed without a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplied {
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// Its bodies.
    pub bodies: Vec<Body>,
    /// For a `Received` of this office: the entry it keeps, which the counterpart wrote.
    pub kept: Option<Kept>,
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepairReport {
    /// Entries of the log as it is now.
    pub size: u64,
    /// Entries that were not in their place and came back, by index.
    pub entries: Vec<u64>,
    /// Entries whose bodies came back.
    pub bodies: Vec<u64>,
    /// Entries whose bodies are lost.
    pub bodies_missing: Vec<u64>,
}

/// Why a ledger could not be repaired. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RepairFault {
    /// It could not even be looked at.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// Neither a signed head nor the mark can be read, so nobody can say what the log was.
    #[error("no head that was signed or durable can be read")]
    NothingSigned,
    /// These entries are nowhere.
    #[error("{} entries are neither here nor with a counterpart", indices.len())]
    StillMissing {
        /// Their indices.
        indices: Vec<u64>,
    },
    /// All entries are there, but they are not those that were signed.
    #[error("the entries found do not have the root that was signed over {size} entries")]
    RootDiffers {
        /// Entries under that root.
        size: u64,
    },
    /// The machine failed.
    #[error(transparent)]
    Disk(#[from] DiskFault),
}

/// Repairs the ledger in `folder`, asking `supply` for each entry, by index, that is missing or damaged here or whose bodies
/// are. It may be run again after any fault or crash. The index is made again at the next opening.
///
/// # Errors
/// [`RepairFault`].
pub fn repair(
    folder: &Path,
    identity: Identity,
    signer: &Arc<dyn HeadSigner>,
    supply: &mut dyn FnMut(u64) -> Option<Supplied>,
) -> Result<RepairReport, RepairFault> {
    let files = Files::open(folder)?;
    let heads = files.heads.iter().flatten().map(|head| head.identity);
    let known = heads.chain(files.mark.map(|mark| mark.identity));
    if known.into_iter().any(|known| known != identity) {
        return Err(OpenFault::OtherIdentity.into());
    }
    let frames = gather::frames(&files)?;
    let target = target(&files, &frames, signer.as_ref()).ok_or(RepairFault::NothingSigned)?;
    let gathered = gather::gather(&files.tiles, &frames, target, supply)?;
    mend::mend(folder, identity, &files, &frames, &gathered, signer.as_ref(), supply)
}

/// The newest head that was signed, or durable and marked.
fn target(files: &Files, frames: &[gather::Frame], signer: &dyn HeadSigner) -> Option<Head> {
    let signed = files.checkpoint.as_deref().and_then(|checkpoint| signer.verify(checkpoint));
    let marked = files.mark.map(|mark| Head { size: mark.size, root: mark.root });
    // A frame that is not whole may be one that nobody was ever answered for.
    let whole = frames.iter().filter(|frame| frame.whole);
    let durable = whole.filter_map(|frame| signer.verify(&frame.checkpoint));
    let based = files.heads.iter().flatten().map(|head| Head { size: head.base.size, root: head.base.root });
    signed.into_iter().chain(marked).chain(durable).chain(based).max_by_key(|head| head.size)
}
