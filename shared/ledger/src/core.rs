//! What the committing caller, the settler and the readers share.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use waymark_domain::ids::{Hash, Ref};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;

use crate::disk::{self, DiskFault, While};
use crate::identity::{HeadSigner, Identity};
use crate::index::{Doubt, Index, Outside};
use crate::journal::JournalFile;
use crate::mark::Mark;
use crate::outbox::Numbered;
use crate::places::{Place, Reach};
use crate::segments::Segments;
use crate::sequences::{Chain, Sequence};
use crate::settler::Orders;
use crate::tiles::Tiles;
use crate::tree::Tree;
use crate::view::View;

pub(crate) const CHECKPOINT: &str = "checkpoint";

/// Shared state of an open ledger.
pub(crate) struct Core {
    pub(crate) folder: PathBuf,
    pub(crate) identity: Identity,
    pub(crate) signer: Arc<dyn HeadSigner>,
    pub(crate) view: View,
    pub(crate) tiles: Tiles,
    pub(crate) tree: Tree,
    pub(crate) segments: Segments,
    pub(crate) index: RwLock<Arc<Index>>,
    pub(crate) marker: Mutex<Marker>,
    pub(crate) journals: [Arc<JournalFile>; 2],
    pub(crate) orders: Orders,
    pub(crate) poisoned: AtomicBool,
    /// Held while records are changed in place.
    pub(crate) changing: Mutex<()>,
    /// Held as long as the ledger is open.
    pub(crate) _lock: File,
}

/// Writes the mark.
pub(crate) struct Marker {
    pub(crate) file: File,
    pub(crate) newest: Mark,
}

pub(crate) fn log_folder(folder: &Path) -> PathBuf {
    folder.join("log")
}

pub(crate) fn bodies_folder(folder: &Path) -> PathBuf {
    folder.join("bodies")
}

pub(crate) fn index_folder(folder: &Path) -> PathBuf {
    folder.join("index")
}

impl Core {
    pub(crate) fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn poison(&self, fault: &DiskFault) {
        tracing::error!(%fault, "the log can no longer be trusted to reach the disk");
        self.poisoned.store(true, Ordering::Release);
        self.orders.wake_all();
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// Writes the mark over the head that just became durable; without a sync.
    pub(crate) fn mark(&self, head: Head, at: Option<Timestamp>, clean: bool) -> Result<(), DiskFault> {
        let index = self.index();
        let receipts = index.outbox().receipts_from(&|sequence| index.last_sent(sequence));
        let mut marker = self.marker.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = Mark {
            identity: self.identity,
            serial: marker.newest.serial + 1,
            size: head.size,
            root: head.root,
            receipts_from: receipts.unwrap_or(head.size).min(head.size),
            at: at.unwrap_or(marker.newest.at),
            clean,
        };
        newest.write(&marker.file).while_("writing the mark")?;
        marker.newest = newest;
        Ok(())
    }

    pub(crate) fn sync_mark(&self) -> Result<(), DiskFault> {
        let marker = self.marker.lock().unwrap_or_else(PoisonError::into_inner);
        disk::sync(&marker.file).while_("syncing the mark")
    }

    /// Puts the newest checkpoint where other readers of the log look for it.
    pub(crate) fn write_checkpoint(&self) -> Result<(), DiskFault> {
        let (_, checkpoint) = self.view.checkpoint();
        disk::replace(&log_folder(&self.folder), CHECKPOINT, &checkpoint).while_("writing the checkpoint")
    }

    /// Where an entry lies: of a group in memory, or by its row. `None` puts the index in doubt.
    pub(crate) fn place_in(&self, index: &Index, at: u64) -> Result<Option<Place>, DiskFault> {
        match self.view.group_of(at).and_then(|group| group.spot(at).map(|spot| spot.place)) {
            Some(place) => Ok(Some(place)),
            None => index.places.read(at),
        }
    }

    /// The leaf hash of an entry.
    pub(crate) fn leaf(&self, index: u64) -> Option<Hash> {
        self.view.leaf(index).or_else(|| self.node(self.view.size(), 0, index))
    }

    /// A complete node of the tree of the first `size` entries.
    pub(crate) fn node(&self, size: u64, level: u8, index: u64) -> Option<Hash> {
        self.tree.node(&self.tiles, size, &|range| self.view.leaves(range), level, index)
    }

    /// What a number of a chain stands for, as the outbox wants it; doubt is noted and nothing given.
    pub(crate) fn numbered(&self, index: &Index, sequence: Sequence, number: u64) -> Option<Numbered> {
        let found = index.chain_index(sequence, number).and_then(|found| match found {
            Some(at) => {
                Ok(self.place_in(index, at)?.map(|place| Numbered { index: at, is_receipt: place.received }))
            }
            None => Ok(None),
        });
        match found {
            Ok(Some(numbered)) => Some(numbered),
            Ok(None) | Err(Doubt::Damaged) => {
                index.put_in_doubt();
                None
            }
            Err(Doubt::Disk(fault)) => {
                tracing::warn!(%fault, "the outbox waits");
                None
            }
        }
    }

    /// In which chain the entry named went out; `None` when the log holds another entry there, or it went to nobody.
    pub(crate) fn chain_of(&self, index: &Index, at: &Ref) -> Option<Chain> {
        if at.index >= self.view.size() || self.leaf(at.index)? != at.leaf {
            return None;
        }
        match self.place_in(index, at.index).ok()??.reach {
            Reach::Nobody => None,
            Reach::Office => Some(Chain::Pair),
            Reach::Network => Some(Chain::Network),
        }
    }

    /// Runs `work` with what the outbox asks of the log.
    pub(crate) fn outside<T>(&self, index: &Index, work: impl FnOnce(Outside<'_>) -> T) -> T {
        let lookup = |sequence, number| self.numbered(index, sequence, number);
        let chain_of = |at: &Ref| self.chain_of(index, at);
        work(Outside { lookup: &lookup, chain_of: &chain_of })
    }
}
