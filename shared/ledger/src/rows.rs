//! The small rows of the index in sled: how far it reaches, the ends of all chains, the outbox, the heads of peers.
//!
//! sled's `flush()` does not sync on Linux and it can open empty after damage: its file is synced here after each flush, every
//! row carries a checksum and the number of the batch that stored it, the summary counts the rows and is stored in the same
//! batch, and any doubt or panic means that the index is made again. Nothing here is personal and nothing here is the only copy.

use std::collections::BTreeSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, OfficeId};

use crate::bytes::{checked, put_checksum};
use crate::disk::{self, DiskFault, While};
use crate::outbox::Lane;
use crate::peers::PeerHead;
use crate::sequences::{Chain, Sequence};

/// Free space below which sled is not asked to write: it does not come back from a full disk.
const ROOM: u64 = 2 * 1024 * 1024;
const CACHE: u64 = 8 * 1024 * 1024;
const FOLDER: &str = "sled";

/// The last entry of a chain of this office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentEnd {
    pub(crate) number: u64,
    pub(crate) leaf: Hash,
}

/// The last entry received in a chain of another office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceivedEnd {
    pub(crate) number: u64,
    pub(crate) leaf: Hash,
}

/// What one batch holds besides the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// Every entry below is in the index.
    pub(crate) height: u64,
    pub(crate) threads: Vec<u32>,
    pub(crate) events: Vec<u32>,
    /// Of the outbox's message ids.
    pub(crate) seed: [u8; 32],
}

/// Everything in sled.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) summary: Summary,
    pub(crate) sent: Vec<(Sequence, SentEnd)>,
    pub(crate) received: Vec<(Sequence, ReceivedEnd)>,
    pub(crate) lanes: Vec<((OfficeId, Chain), Lane)>,
    pub(crate) peers: Vec<((OfficeId, u32), PeerHead)>,
}

/// sled is in doubt.
#[derive(Debug)]
pub(crate) enum RowsFault {
    Doubt,
    Disk(DiskFault),
}

impl From<DiskFault> for RowsFault {
    fn from(fault: DiskFault) -> Self {
        Self::Disk(fault)
    }
}

/// The open database.
pub(crate) struct Rows {
    folder: PathBuf,
    /// Taken only when this is dropped.
    db: Option<sled::Db>,
    /// The file that sled does not sync.
    file: File,
    /// Batches stored. All rows are of the last one: an older row beside newer ones is damage.
    batch: AtomicU64,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
enum Key {
    Summary,
    Sent(Sequence),
    Received(Sequence),
    Lane(OfficeId, Chain),
    Peer(OfficeId, u32),
}

impl Rows {
    /// Opens the database below `index`, or a new one.
    pub(crate) fn open(index: &Path) -> Result<Self, RowsFault> {
        let folder = index.join(FOLDER);
        room(folder.parent().unwrap_or(&folder))?;
        let config = sled::Config::new().path(&folder).cache_capacity(CACHE).flush_every_ms(None);
        let db = guarded(|| config.open())?;
        let file = File::open(folder.join("db")).while_("opening the index")?;
        Ok(Self { folder, db: Some(db), file, batch: AtomicU64::new(0) })
    }

    /// Everything, or `None` when nothing was ever stored.
    pub(crate) fn load(&self) -> Result<Option<Stored>, RowsFault> {
        let db = self.db.as_ref().ok_or(RowsFault::Doubt)?;
        guarded(|| db.iter().collect::<sled::Result<Vec<_>>>()).and_then(|rows| {
            let mut summary: Option<(Summary, u64)> = None;
            let count = rows.len() as u64;
            let mut batches = BTreeSet::new();
            let (mut sent, mut received, mut lanes, mut peers) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for (key, value) in &rows {
                match decode(key)? {
                    Key::Summary => summary = Some(row(value, &mut batches)?),
                    Key::Sent(sequence) => sent.push((sequence, row(value, &mut batches)?)),
                    Key::Received(sequence) => received.push((sequence, row(value, &mut batches)?)),
                    Key::Lane(office, chain) => lanes.push(((office, chain), row(value, &mut batches)?)),
                    Key::Peer(office, log) => peers.push(((office, log), row(value, &mut batches)?)),
                }
            }
            match summary {
                None if count == 0 => Ok(None),
                Some((summary, rows)) if rows == count && batches.len() == 1 => {
                    self.batch.store(batches.first().copied().unwrap_or_default(), Ordering::Relaxed);
                    Ok(Some(Stored { summary, sent, received, lanes, peers }))
                }
                _ => Err(RowsFault::Doubt),
            }
        })
    }

    /// Stores everything in one batch; durable when this returns.
    pub(crate) fn store(&self, stored: &Stored) -> Result<(), RowsFault> {
        room(&self.folder)?;
        let mut batch = sled::Batch::default();
        let mut count = 1_u64;
        let number = self.batch.fetch_add(1, Ordering::Relaxed) + 1;
        let mut put = |key: Key, value: Vec<u8>| {
            count += 1;
            batch.insert(encode(&key), value);
        };
        stored.sent.iter().for_each(|(sequence, end)| put(Key::Sent(*sequence), encode(&(number, end))));
        stored
            .received
            .iter()
            .for_each(|(sequence, end)| put(Key::Received(*sequence), encode(&(number, end))));
        stored
            .lanes
            .iter()
            .for_each(|((office, chain), lane)| put(Key::Lane(*office, *chain), encode(&(number, lane))));
        stored
            .peers
            .iter()
            .for_each(|((office, log), head)| put(Key::Peer(*office, *log), encode(&(number, head))));
        batch.insert(encode(&Key::Summary), encode(&(number, (&stored.summary, count))));
        let db = self.db.as_ref().ok_or(RowsFault::Doubt)?;
        guarded(|| {
            db.apply_batch(batch)?;
            db.flush()
        })?;
        self.file.sync_data().while_("syncing the index")?;
        Ok(())
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        // sled writes once more when it is dropped, and may panic over what it then finds.
        let db = self.db.take();
        let _ = guarded(move || {
            drop(db);
            Ok(())
        });
    }
}

fn room(folder: &Path) -> Result<(), DiskFault> {
    let space = rustix::fs::statvfs(folder).map_err(std::io::Error::from).while_("opening the index")?;
    if space.f_bavail.saturating_mul(space.f_frsize) < ROOM {
        return Err(std::io::Error::from(std::io::ErrorKind::StorageFull)).while_("writing the index");
    }
    disk::sync_dir(folder).while_("opening the index")
}

fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, RowsFault> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(fault)) => {
            tracing::warn!(%fault, "the index is in doubt");
            Err(RowsFault::Doubt)
        }
        Err(_) => Err(RowsFault::Doubt),
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = postcard::to_allocvec(value).unwrap_or_default();
    put_checksum(&mut bytes);
    bytes
}

/// A value, and the batch that stored it.
fn row<T: DeserializeOwned>(bytes: &[u8], batches: &mut BTreeSet<u64>) -> Result<T, RowsFault> {
    let (batch, value) = decode(bytes)?;
    batches.insert(batch);
    Ok(value)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RowsFault> {
    let body = checked(bytes).ok_or(RowsFault::Doubt)?;
    postcard::from_bytes(body).map_err(|_| RowsFault::Doubt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_an_earlier_batch_beside_newer_ones_is_doubt() {
        let folder = tempfile::tempdir().unwrap();
        let rows = Rows::open(folder.path()).unwrap();
        let key = Key::Sent(Sequence::SentToAll);
        let end = |number| SentEnd { number, leaf: Hash([1; 32]) };
        let stored = |number| Stored {
            summary: Summary { height: number, threads: Vec::new(), events: Vec::new(), seed: [0; 32] },
            sent: vec![(Sequence::SentToAll, end(number))],
            received: Vec::new(),
            lanes: Vec::new(),
            peers: Vec::new(),
        };
        rows.store(&stored(1)).unwrap();
        let old = rows.db.as_ref().unwrap().get(encode(&key)).unwrap().unwrap();
        rows.store(&stored(2)).unwrap();
        assert_eq!(rows.load().unwrap().unwrap().sent, [(Sequence::SentToAll, end(2))]);
        rows.db.as_ref().unwrap().insert(encode(&key), old).unwrap();
        assert!(matches!(rows.load(), Err(RowsFault::Doubt)));
    }
}
