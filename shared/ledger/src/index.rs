//! Everything about the log that can be made again from the log: where entries lie, threads, events, chains, outbox, peers.
//!
//! New facts gather in memory ([`Live`]); when the journal is switched they are frozen, and when it is drained they go out
//! together with the height up to which they reach. What is asked is looked for in memory first, then in what is frozen, then on
//! disk. A row that does not fit its checksum puts the whole index in doubt, and the ledger makes it again.
//!
//! ```text
//! index/made.<N>/…   one index; made again beside the one in use, so that a failure on the way costs nothing
//! index/current      which of them is in use
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use waymark_domain::ids::{EventId, OfficeId, Ref, ThreadId};
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::Audience;

use crate::bytes::{checked, put_checksum};
use crate::disk::{self, DiskFault, While};
use crate::facts::{Facts, RECEIVED};
use crate::fault::HeadContradicts;
use crate::outbox::{Lookup, Outbox};
use crate::peers::PeerHead;
use crate::places::Places;
use crate::rows::{ReceivedEnd, Rows, RowsFault, SentEnd, Stored, Summary};
use crate::runs::{RunFault, Runs};
use crate::sequences::{Chain, Row, Sequence, Sequences};

mod compare;

pub use compare::IndexPart;

/// The index cannot be trusted, or the machine failed.
#[derive(Debug)]
pub(crate) enum Doubt {
    Damaged,
    Disk(DiskFault),
}

impl From<DiskFault> for Doubt {
    fn from(fault: DiskFault) -> Self {
        Self::Disk(fault)
    }
}

impl From<RunFault> for Doubt {
    fn from(fault: RunFault) -> Self {
        match fault {
            RunFault::Damaged => Self::Damaged,
            RunFault::Disk(fault) => Self::Disk(fault),
        }
    }
}

impl From<RowsFault> for Doubt {
    fn from(fault: RowsFault) -> Self {
        match fault {
            RowsFault::Doubt => Self::Damaged,
            RowsFault::Disk(fault) => Self::Disk(fault),
        }
    }
}

/// What the outbox asks of the log.
#[derive(Clone, Copy)]
pub(crate) struct Outside<'a> {
    pub(crate) lookup: Lookup<'a>,
    /// In which chain an entry of this log went out; `None` when it is not the entry named.
    pub(crate) chain_of: &'a dyn Fn(&Ref) -> Option<Chain>,
}

/// Facts since the last freeze, and the small tables that are always in memory.
#[derive(Default)]
struct Live {
    height: u64,
    threads: HashMap<ThreadId, u64>,
    events: BTreeSet<([u8; 8], u64)>,
    chains: BTreeMap<(Sequence, u64), u64>,
    sent: BTreeMap<Sequence, SentEnd>,
    received: BTreeMap<Sequence, ReceivedEnd>,
    peers: BTreeMap<(OfficeId, u32), PeerHead>,
}

/// Facts that are on their way to the disk.
pub(crate) struct Frozen {
    threads: HashMap<ThreadId, u64>,
    events: BTreeSet<([u8; 8], u64)>,
    chains: BTreeMap<(Sequence, u64), u64>,
    stored: Stored,
}

/// The index.
pub(crate) struct Index {
    /// Its own.
    folder: PathBuf,
    pub(crate) places: Places,
    sequences: Sequences,
    threads: RwLock<Runs<16>>,
    events: RwLock<Runs<8>>,
    rows: Rows,
    live: RwLock<Live>,
    frozen: RwLock<Vec<Arc<Frozen>>>,
    outbox: Mutex<Outbox>,
    doubtful: AtomicBool,
}

impl Index {
    /// Opens the index as it was last stored; `seed` is used when it holds none.
    pub(crate) fn open(folder: &Path, seed: [u8; 32]) -> Result<Self, Doubt> {
        let doing = "opening the index";
        fs::create_dir_all(folder).while_(doing)?;
        let current = current(folder).while_(doing)?;
        let numbers = numbers(folder).while_(doing)?;
        match current {
            Some(number) if numbers.contains(&number) => {}
            None if numbers.is_empty() => return Self::anew(folder, seed)?.in_use(),
            Some(_) | None => return Err(Doubt::Damaged),
        }
        forget_others(folder, current).while_(doing)?;
        let here = made(folder, current.unwrap_or_default());
        let rows = Rows::open(&here)?;
        let stored = rows.load()?;
        Self::with(&here, rows, stored, seed)
    }

    /// An empty index beside the one in use, which stays until [`Index::in_use`].
    pub(crate) fn anew(folder: &Path, seed: [u8; 32]) -> Result<Self, Doubt> {
        let doing = "making the index again";
        fs::create_dir_all(folder).while_(doing)?;
        let known = numbers(folder).while_(doing)?;
        forget_others(folder, current(folder).while_(doing)?).while_(doing)?;
        let here = made(folder, known.last().map_or(0, |newest| newest + 1));
        fs::create_dir_all(&here).while_(doing)?;
        Self::with(&here, Rows::open(&here)?, None, seed)
    }

    /// Takes the index into use in place of the one before, whose files stay for those who still read it.
    pub(crate) fn in_use(self) -> Result<Self, Doubt> {
        let doing = "making the index again";
        let name = self.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let above = self.folder.parent().unwrap_or(&self.folder);
        let mut bytes = name.as_bytes().to_vec();
        put_checksum(&mut bytes);
        disk::replace(above, CURRENT, &bytes).while_(doing)?;
        Ok(self)
    }

    fn with(folder: &Path, rows: Rows, stored: Option<Stored>, seed: [u8; 32]) -> Result<Self, Doubt> {
        let summary = Summary { height: 0, threads: Vec::new(), events: Vec::new(), seed };
        let stored = stored.unwrap_or(Stored {
            summary,
            sent: Vec::new(),
            received: Vec::new(),
            lanes: Vec::new(),
            peers: Vec::new(),
        });
        let places = Places::open(&folder.join("places"))?;
        if places.rows()? < stored.summary.height {
            return Err(Doubt::Damaged);
        }
        let live = Live {
            height: stored.summary.height,
            sent: stored.sent.into_iter().collect(),
            received: stored.received.into_iter().collect(),
            peers: stored.peers.into_iter().collect(),
            ..Live::default()
        };
        let index = Self {
            places,
            sequences: Sequences::open(folder.join("chains"))?,
            threads: RwLock::new(Runs::open(&folder.join("threads"), &stored.summary.threads, true)?),
            events: RwLock::new(Runs::open(&folder.join("events"), &stored.summary.events, false)?),
            rows,
            live: RwLock::new(live),
            frozen: RwLock::default(),
            outbox: Mutex::new(Outbox::new(stored.summary.seed, stored.lanes)),
            doubtful: AtomicBool::new(false),
            folder: folder.to_path_buf(),
        };
        index.chains_reach_their_ends()?;
        Ok(index)
    }

    /// The last row of each chain must be there, and none after it that belongs to what is stored: a file that was cut or
    /// removed, or ends that are older than the rest, are noticed at once.
    fn chains_reach_their_ends(&self) -> Result<(), Doubt> {
        let live = read(&self.live);
        let sent = live.sent.iter().map(|(sequence, end)| (sequence, end.number));
        let received = live.received.iter().map(|(sequence, end)| (sequence, end.number));
        for (sequence, number) in sent.chain(received) {
            if !matches!(self.sequences.read(*sequence, number)?, Row::Index(_)) {
                return Err(Doubt::Damaged);
            }
            match self.sequences.read(*sequence, number + 1)? {
                Row::Absent => {}
                // Written before a crash, and the rest of it was not.
                Row::Index(index) if index >= live.height => {}
                Row::Index(_) | Row::Damaged => return Err(Doubt::Damaged),
            }
        }
        Ok(())
    }

    /// Every entry below is in the index.
    pub(crate) fn height(&self) -> u64 {
        read(&self.live).height
    }

    /// Says that something did not fit; the ledger makes the index again before it is next used.
    pub(crate) fn put_in_doubt(&self) {
        self.doubtful.store(true, Ordering::Release);
    }

    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Acquire)
    }

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of entries, in the order of the log. The outbox follows by [`Index::settle_outbox`].
    pub(crate) fn apply<'a>(&self, facts: impl IntoIterator<Item = &'a Facts>) {
        let mut live = write(&self.live);
        for entry in facts {
            apply_entry(&mut live, entry);
        }
    }

    /// Tells the outbox what these entries open and what they settle.
    pub(crate) fn settle_outbox<'a>(
        &self,
        facts: impl IntoIterator<Item = &'a Facts>,
        outside: Outside<'_>,
        receipts_from: u64,
    ) {
        let mut outbox = self.outbox();
        for entry in facts {
            if let Audience::Office(office) = entry.audience {
                outbox.opened(office);
                // An index made again: what is this old was taken long ago.
                if entry.kind == RECEIVED && entry.index < receipts_from {
                    outbox.settled(office, Chain::Pair, entry.index, entry.pair_seq, outside.lookup);
                }
            }
            for foreign in &entry.foreign {
                let Some(own) = foreign.receipt_of else { continue };
                let Some(chain) = (outside.chain_of)(&own) else { continue };
                self.receipted(&mut outbox, foreign.office, chain, own.index, outside.lookup);
            }
        }
    }

    /// An entry of ours has reached `office`.
    pub(crate) fn receipted(
        &self,
        outbox: &mut Outbox,
        office: OfficeId,
        chain: Chain,
        own: u64,
        lookup: Lookup<'_>,
    ) {
        let sequence = match chain {
            Chain::Pair => Sequence::SentTo(office),
            Chain::Network => Sequence::SentToAll,
        };
        outbox.settled(office, chain, own, self.last_sent(sequence), lookup);
    }

    /// The last number of a chain of this office; 0 for none.
    pub(crate) fn last_sent(&self, sequence: Sequence) -> u64 {
        self.sent_end(sequence).map_or(0, |end| end.number)
    }

    pub(crate) fn sent_end(&self, sequence: Sequence) -> Option<SentEnd> {
        read(&self.live).sent.get(&sequence).copied()
    }

    pub(crate) fn received_end(&self, sequence: Sequence) -> Option<ReceivedEnd> {
        read(&self.live).received.get(&sequence).copied()
    }

    /// Index of the newest entry of a thread.
    pub(crate) fn thread_end(&self, thread: ThreadId) -> Result<Option<u64>, Doubt> {
        if let Some(found) = read(&self.live).threads.get(&thread) {
            return Ok(Some(*found));
        }
        let frozen = read(&self.frozen).iter().rev().find_map(|frozen| frozen.threads.get(&thread).copied());
        if frozen.is_some() {
            return Ok(frozen);
        }
        Ok(read(&self.threads).find(&thread.0)?.first().copied())
    }

    /// Indices that may hold the event, newest first; the reader compares.
    pub(crate) fn event_candidates(&self, event: EventId) -> Result<Vec<u64>, Doubt> {
        let key = event_key(event);
        let of = |events: &BTreeSet<([u8; 8], u64)>| {
            events.range((key, 0)..=(key, u64::MAX)).rev().map(|(_, index)| *index).collect::<Vec<_>>()
        };
        let mut found = of(&read(&self.live).events);
        read(&self.frozen).iter().rev().for_each(|frozen| found.extend(of(&frozen.events)));
        found.extend(read(&self.events).find(&key)?);
        Ok(found)
    }

    /// The index that a number of a chain stands for.
    pub(crate) fn chain_index(&self, sequence: Sequence, number: u64) -> Result<Option<u64>, Doubt> {
        let key = (sequence, number);
        if let Some(found) = read(&self.live).chains.get(&key) {
            return Ok(Some(*found));
        }
        if let Some(found) =
            read(&self.frozen).iter().rev().find_map(|frozen| frozen.chains.get(&key).copied())
        {
            return Ok(Some(found));
        }
        match self.sequences.read(sequence, number)? {
            Row::Absent => Ok(None),
            Row::Index(index) => Ok(Some(index)),
            Row::Damaged => Err(Doubt::Damaged),
        }
    }

    pub(crate) fn peer(&self, office: OfficeId, log: u32) -> Option<PeerHead> {
        read(&self.live).peers.get(&(office, log)).cloned()
    }

    /// Keeps the head when it is newer than the one there.
    pub(crate) fn note_peer(
        &self,
        office: OfficeId,
        log: u32,
        head: Head,
        checkpoint: &[u8],
    ) -> Result<(), HeadContradicts> {
        let mut live = write(&self.live);
        match live.peers.get(&(office, log)) {
            Some(known) if known.head.size == head.size && known.head.root != head.root => {
                return Err(HeadContradicts { office });
            }
            Some(known) if known.head.size >= head.size => return Ok(()),
            _ => {}
        }
        live.peers.insert((office, log), PeerHead { head, checkpoint: checkpoint.to_vec() });
        Ok(())
    }

    /// Sets aside what has gathered, to be flushed. Nothing is lost to readers in between.
    pub(crate) fn freeze(&self) -> Arc<Frozen> {
        let outbox = self.outbox();
        let lanes = outbox.lanes().map(|(key, lane)| (*key, lane.clone())).collect();
        let mut live = write(&self.live);
        let summary =
            Summary { height: live.height, threads: Vec::new(), events: Vec::new(), seed: outbox.seed() };
        let stored = Stored {
            summary,
            sent: live.sent.iter().map(|(key, end)| (*key, *end)).collect(),
            received: live.received.iter().map(|(key, end)| (*key, *end)).collect(),
            lanes,
            peers: live.peers.iter().map(|(key, head)| (*key, head.clone())).collect(),
        };
        let frozen = Arc::new(Frozen {
            threads: std::mem::take(&mut live.threads),
            events: std::mem::take(&mut live.events),
            chains: std::mem::take(&mut live.chains),
            stored,
        });
        // Under the live lock, so that no reader looks between the two.
        write(&self.frozen).push(Arc::clone(&frozen));
        frozen
    }

    /// Makes what was frozen durable. The places up to its height must be durable already.
    pub(crate) fn flush(&self, frozen: &Arc<Frozen>) -> Result<(), Doubt> {
        self.sequences.write(&frozen.chains)?;
        let mut rows: Vec<_> = frozen.threads.iter().map(|(thread, index)| (thread.0, *index)).collect();
        rows.sort_unstable();
        let now = read(&self.threads).clone();
        let (threads, gone_threads) = now.with(&rows)?;
        let rows: Vec<_> = frozen.events.iter().copied().collect();
        let now = read(&self.events).clone();
        let (events, gone_events) = now.with(&rows)?;
        let mut stored = frozen.stored.clone();
        stored.summary.threads = threads.numbers();
        stored.summary.events = events.numbers();
        self.rows.store(&stored)?;
        *write(&self.threads) = threads;
        *write(&self.events) = events;
        write(&self.frozen).retain(|other| !Arc::ptr_eq(other, frozen));
        for path in gone_threads.iter().chain(&gone_events) {
            fs::remove_file(path).while_("tidying the index")?;
        }
        disk::sync_dir(&self.folder).while_("writing the index")?;
        Ok(())
    }

    /// Keeps what the index in memory knew and the log does not say.
    pub(crate) fn take_over(&self, old: &Self) {
        self.outbox().take_over(&old.outbox());
        let peers = read(&old.live).peers.clone();
        write(&self.live).peers.extend(peers);
    }

    /// Of the outbox's message ids; an index made again keeps them.
    pub(crate) fn seed(&self) -> [u8; 32] {
        self.outbox().seed()
    }
}

const CURRENT: &str = "current";
const PREFIX: &str = "made.";

fn made(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{PREFIX}{number}"))
}

/// The index in use, when that can be read.
fn current(folder: &Path) -> io::Result<Option<u32>> {
    let bytes = disk::read_if_there(&folder.join(CURRENT))?;
    let name = bytes.as_deref().and_then(checked).and_then(|name| std::str::from_utf8(name).ok());
    Ok(name.and_then(|name| name.strip_prefix(PREFIX)?.parse().ok()))
}

/// Those that are there, ascending.
fn numbers(folder: &Path) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        found.extend(name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

fn forget_others(folder: &Path, current: Option<u32>) -> io::Result<()> {
    let others = numbers(folder)?.into_iter().filter(|number| Some(*number) != current);
    others.map(|number| made(folder, number)).try_for_each(fs::remove_dir_all)
}

fn apply_entry(live: &mut Live, entry: &Facts) {
    live.height = entry.index + 1;
    live.threads.insert(entry.thread, entry.index);
    live.events.insert((event_key(entry.event), entry.index));
    if let Some(sequence) = sequence_of(entry.audience) {
        live.sent.insert(sequence, SentEnd { number: entry.pair_seq, leaf: entry.leaf });
        live.chains.insert((sequence, entry.pair_seq), entry.index);
    }
    for foreign in &entry.foreign {
        live.events.insert((event_key(foreign.event), entry.index));
        let Some((chain, number)) = foreign.number else { continue };
        let sequence = Sequence::ReceivedFrom(foreign.office, foreign.log, chain);
        live.chains.insert((sequence, number), entry.index);
        let end = ReceivedEnd { number, leaf: foreign.leaf };
        let known = live.received.entry(sequence).or_insert(end);
        if known.number < end.number {
            *known = end;
        }
        if let Some(head) = PeerHead::verified_before(&foreign.checkpoint) {
            let known = live.peers.entry((foreign.office, foreign.log)).or_insert_with(|| head.clone());
            if known.head.size < head.head.size {
                *known = head;
            }
        }
    }
}

/// The chain in which entries to an audience are numbered.
pub(crate) fn sequence_of(audience: Audience) -> Option<Sequence> {
    match audience {
        Audience::Nobody => None,
        Audience::Office(office) => Some(Sequence::SentTo(office)),
        Audience::Network => Some(Sequence::SentToAll),
    }
}

/// Half of the id is enough to find few candidates.
fn event_key(event: EventId) -> [u8; 8] {
    event.0.first_chunk().copied().unwrap_or_default()
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
