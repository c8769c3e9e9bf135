//! One log of a bundle, after its head was believed: its files, and what the first pass keeps of its entries to find them again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::{Hash, OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Head, Origin};
use waymark_seal::entry::Entry;
use waymark_seal::merkle::{self, Frontier};
use waymark_seal::proven::{PROVEN_MAX, Proven};
use waymark_seal::tile::WIDTH;

use super::files::Files;
use super::report::Spot;
use super::roster::Bounds;
use crate::bundle::{Of, Place};

/// Entries of a log, at most: positions are kept in 32 bits.
pub(crate) const SIZE_MAX: u64 = 1 << 31;
/// No entry before.
pub(crate) const NONE: u32 = u32::MAX;
/// Clocks may differ by this much.
pub(crate) const CLOCKS_SECONDS: u64 = 600;

/// The files of a log whose head was believed.
pub(crate) struct Log<'a> {
    pub(crate) origin: Origin,
    pub(crate) head: Head,
    files: &'a Files,
    /// The first entry that this verification judges; those before were judged by an earlier one.
    pub(crate) from: u64,
    /// The first one that it reads: where the bundle of that one begins.
    pub(crate) first: u64,
    /// Where each entry from the first on begins in its bundle.
    pub(crate) offsets: Vec<u32>,
    /// The entry before it in its thread; [`NONE`] for none.
    pub(crate) before: Vec<u32>,
    /// The last entry of each thread.
    pub(crate) ends: HashMap<ThreadId, u32>,
    /// Entries of others: index of the entry that names it, and where its record begins in its bundle.
    pub(crate) records: Vec<(u32, u32)>,
    pub(crate) times: Times,
    /// Entries that name another log's entry of which nothing here proves that it is that one.
    pub(crate) unproven: BTreeSet<u64>,
    /// Those that are proven by a key whose range does not cover the head.
    pub(crate) out_of_range: BTreeSet<u64>,
    /// Where entries were carried over one after the other.
    carried: Vec<Carried>,
    /// Logs of which two histories are proven, and the entry by which this office came to know it.
    pub(crate) forked: BTreeMap<(OfficeId, u32), u64>,
    /// Tiles whose files are not those of the entries.
    damaged: BTreeSet<(u8, u64)>,
    /// All entries were read, and are those under the head.
    pub(crate) whole: bool,
}

/// Entries that were carried over one after the other: those from an index up to another, and what the next one claims.
#[derive(Debug)]
struct Carried {
    from: u64,
    to: u64,
    after: Option<Timestamp>,
}

/// What witnesses say of when entries were written.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// Heads that a quorum cosigned: size, by when; after [`Times::settle`] ascending, each with the earliest of all larger ones.
    uppers: Vec<(u64, Timestamp)>,
    /// Indices of what says so: later than when; ascending, each with the latest so far.
    lowers: Vec<(u64, Timestamp)>,
    /// The size of the newest head with a quorum.
    pub(crate) witnessed: u64,
    /// The latest time that any claims.
    pub(crate) claimed: Timestamp,
    /// In a later incarnation: when it was opened. Before that, times are those of the log before.
    pub(crate) opened: Option<Timestamp>,
}

impl Times {
    /// What an earlier verification knew of them.
    pub(crate) fn after(
        lower: Option<(u64, Timestamp)>,
        witnessed: u64,
        claimed: Timestamp,
        opened: Option<Timestamp>,
    ) -> Self {
        Self { uppers: Vec::new(), lowers: lower.into_iter().collect(), witnessed, claimed, opened }
    }

    /// The newest word of witnesses: its place, and later than when.
    pub(crate) fn lower(&self) -> Option<(u64, Timestamp)> {
        self.lowers.last().copied()
    }

    pub(crate) fn add(&mut self, index: u64, size: u64, bounds: Bounds) {
        self.uppers.push((size, bounds.written_by));
        let latest =
            self.lowers.last().map_or(bounds.later_than, |(_, before)| bounds.later_than.max(*before));
        self.lowers.push((index, latest));
        self.witnessed = self.witnessed.max(size);
    }

    pub(crate) fn settle(&mut self) {
        self.uppers.sort_unstable();
        let mut earliest = Timestamp(u64::MAX);
        for (_, by) in self.uppers.iter_mut().rev() {
            earliest = earliest.min(*by);
            *by = earliest;
        }
    }

    /// The bounds on when the entry at `index` was written.
    pub(crate) fn of(&self, index: u64) -> (Option<Timestamp>, Option<Timestamp>) {
        let lower = self.lowers.partition_point(|(at, _)| *at < index).checked_sub(1);
        let upper = self.uppers.partition_point(|(size, _)| *size <= index);
        (
            lower.and_then(|lower| self.lowers.get(lower)).map(|(_, later)| *later),
            self.uppers.get(upper).map(|(_, by)| *by),
        )
    }

    /// The newest time that witnesses bear out.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.lowers.last().map(|(_, later)| *later)
    }

    /// The moment at which the log is judged: what was to be done before it and was not, was missed.
    pub(crate) fn now(&self) -> Timestamp {
        self.newest().unwrap_or(self.claimed)
    }
}

impl<'a> Log<'a> {
    pub(crate) fn new(files: &'a Files, origin: Origin, head: Head) -> Self {
        Self {
            origin,
            head,
            files,
            from: 0,
            first: 0,
            offsets: Vec::new(),
            before: Vec::new(),
            ends: HashMap::new(),
            records: Vec::new(),
            times: Times::default(),
            unproven: BTreeSet::new(),
            out_of_range: BTreeSet::new(),
            carried: Vec::new(),
            forked: BTreeMap::new(),
            damaged: BTreeSet::new(),
            whole: false,
        }
    }

    /// The same files and the records, for readers on other threads.
    pub(crate) fn apart(&mut self) -> Self {
        let records = std::mem::take(&mut self.records);
        Self { records, ..Self::new(self.files, self.origin, self.head) }
    }

    /// The next entry was carried over, or claims its own time.
    pub(crate) fn note_carried(&mut self, index: u64, is_carried: bool, claimed_at: Timestamp) {
        match self.carried.last_mut().filter(|run| run.after.is_none()) {
            Some(run) if is_carried => run.to = index + 1,
            Some(run) => run.after = Some(claimed_at),
            None if is_carried => self.carried.push(Carried { from: index, to: index + 1, after: None }),
            None => {}
        }
    }

    /// When the office knew at the latest what the entry at `index` names: what is carried over keeps an older time, which nobody bears
    /// out, so it is that of the next entry that is not.
    pub(crate) fn known_at(&self, index: u64, recorded_at: Timestamp) -> Timestamp {
        let run = self.carried.get(self.carried.partition_point(|run| run.to <= index));
        match run.filter(|run| run.from <= index) {
            Some(run) => run.after.unwrap_or(Timestamp(u64::MAX)),
            None => recorded_at,
        }
    }

    pub(crate) fn spot(&self) -> Spot {
        Spot::log(self.origin.office, self.origin.log)
    }

    fn place(&self, of: Of) -> Place {
        Place::Log(self.origin.office, self.origin.log, of)
    }

    /// The whole of one of its files.
    pub(crate) fn read(&self, of: Of) -> Option<Vec<u8>> {
        self.files.whole(self.place(of))
    }

    /// How many elements file `number` has, of `count` in all.
    pub(crate) fn width(number: u64, count: u64) -> u64 {
        count.saturating_sub(number * WIDTH).min(WIDTH)
    }

    /// An entry; `None` when it is not the one that was verified.
    pub(crate) fn entry(&self, index: u64) -> Option<Vec<u8>> {
        let number = index / WIDTH;
        if index < self.first {
            let bundle = self.read(Of::Entries(number, Self::width(number, self.head.size)))?;
            let (_, entry) = split_bundle(&bundle).nth((index % WIDTH) as usize)??;
            return self.proves(index, entry).then(|| entry.to_vec());
        }
        let place = self.place(Of::Entries(number, Self::width(number, self.head.size)));
        let offset = u64::from(*self.offsets.get(usize::try_from(index - self.first).ok()?)?);
        // Most entries are shorter than this, so that one read does.
        let front = self.files.part(place, 640, offset)?;
        let (length, rest) = front.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if let Some(entry) = rest.get(..length) {
            return Some(entry.to_vec());
        }
        let entry = self.files.part(place, length, offset + 2)?;
        (entry.len() == length).then_some(entry)
    }

    /// The record of what the entry at `index` names.
    pub(crate) fn record(&self, index: u64) -> Option<Proven> {
        let named = u32::try_from(index).ok()?;
        let position = self.records.binary_search_by_key(&named, |(at, _)| *at).ok()?;
        let (_, offset) = *self.records.get(position)?;
        let number = position as u64 / WIDTH;
        let width = Self::width(number, self.records.len() as u64);
        let place = self.place(Of::Received(number, width));
        let front = self.files.part(place, 4, u64::from(offset))?;
        let length = usize::try_from(u32::from_be_bytes(*front.first_chunk::<4>()?)).ok()?;
        if length > PROVEN_MAX {
            return None;
        }
        Proven::parse(&self.files.part(place, length, u64::from(offset) + 4)?).ok()
    }

    /// The hashes of a tile: those of the entries, whatever its file says.
    pub(crate) fn tile(&self, level: u8, number: u64) -> Option<Arc<Vec<Hash>>> {
        let (place, width) = self.tile_place(level, number);
        match (width, self.damaged.contains(&(level, number))) {
            (0, _) => None,
            (_, false) => self.files.tile(place),
            (_, true) => self.files.tile_or(place, || self.hashed(level, number, width)),
        }
    }

    /// Where a tile lies, and how many hashes it has.
    fn tile_place(&self, level: u8, number: u64) -> (Place, u64) {
        let width = Self::width(number, self.head.size >> (8 * u32::from(level)));
        (self.place(Of::Hashes(level, number, width)), width)
    }

    /// The file of a tile is not that of the entries.
    pub(crate) fn damages(&mut self, level: u8, number: u64) {
        self.files.forget(self.tile_place(level, number).0);
        self.damaged.insert((level, number));
    }

    /// A tile made out of what lies below it.
    fn hashed(&self, level: u8, number: u64, width: u64) -> Option<Vec<Hash>> {
        if level == 0 {
            let bundle = self.read(Of::Entries(number, width))?;
            return split_bundle(&bundle).map(|placed| Some(merkle::leaf_hash(placed?.1))).collect();
        }
        let root = |below| {
            let mut tree = Frontier::new();
            self.tile(level - 1, number * WIDTH + below)?.iter().for_each(|hash| tree.push(*hash));
            Some(tree.root())
        };
        (0..width).map(root).collect()
    }

    /// The leaf hash of an entry.
    pub(crate) fn leaf(&self, index: u64) -> Option<Hash> {
        if index >= self.head.size {
            return None;
        }
        self.tile(0, index / WIDTH)?.get((index % WIDTH) as usize).copied()
    }

    /// A node of the tree, out of the tile below it.
    pub(crate) fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let (tile, inner) = (level / 8, level % 8);
        let first = index << inner;
        let hashes = self.tile(tile, first / WIDTH)?;
        let at = (first % WIDTH) as usize;
        let mut tree = Frontier::new();
        hashes.get(at..at + (1 << inner))?.iter().for_each(|hash| tree.push(*hash));
        Some(tree.root())
    }

    /// Whether `bytes` stand at `index` under the head.
    pub(crate) fn proves(&self, index: u64, bytes: &[u8]) -> bool {
        let path = merkle::inclusion(self.head.size, index, &|level, index| self.node(level, index));
        path.is_some_and(|path| {
            let leaf = merkle::leaf_hash(bytes);
            merkle::verify_inclusion(&leaf, index, self.head.size, &path, &self.head.root)
        })
    }

    fn before(&self, index: u32) -> u32 {
        let Some(position) = u64::from(index).checked_sub(self.first) else {
            // It was verified before: what it says of the entry before it holds.
            let entry = self.entry(u64::from(index)).and_then(|bytes| Entry::parse(&bytes).ok());
            let before = entry.and_then(|entry| entry.thread_prev);
            return before.and_then(|before| u32::try_from(before).ok()).unwrap_or(NONE);
        };
        let before = usize::try_from(position).ok().and_then(|position| self.before.get(position));
        before.copied().unwrap_or(NONE)
    }

    /// The entries of a thread, from the first one.
    pub(crate) fn thread(&self, end: u32) -> Vec<u32> {
        let mut indices = Vec::new();
        let mut next = end;
        while next != NONE {
            indices.push(next);
            let before = self.before(next);
            // Each lies below the one after it, or this would not end.
            next = if before < next { before } else { NONE };
        }
        indices.reverse();
        indices
    }
}

/// The entries of a bundle, each with the byte at which its length stands; `None` once, and last, where the bytes stop making sense.
pub(crate) fn split_bundle(bundle: &[u8]) -> impl Iterator<Item = Option<(u32, &[u8])>> {
    let mut at = Some(0);
    core::iter::from_fn(move || {
        let offset: usize = at.take()?;
        let rest = bundle.get(offset..).filter(|rest| !rest.is_empty())?;
        let entry = rest
            .split_first_chunk::<2>()
            .and_then(|(length, rest)| rest.get(..usize::from(u16::from_be_bytes(*length))));
        let placed = entry.and_then(|entry| Some((u32::try_from(offset).ok()?, entry)));
        at = placed.map(|(_, entry)| offset + 2 + entry.len());
        Some(placed)
    })
}

/// Logs whose heads were believed, by office and incarnation.
pub(crate) type Logs<'a> = BTreeMap<(OfficeId, u32), Log<'a>>;

/// The name of a kind; empty for a newer one.
pub(crate) fn kind_name(kind: u16) -> &'static str {
    rule_of(kind).map_or("", |rule| rule.name)
}

/// The event of an entry, when this version can read it.
pub(crate) fn event_of(kind: u16, public: &[u8]) -> Option<Event> {
    Event::decode(kind, public).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(written_by: u64, later_than: u64) -> Bounds {
        Bounds { written_by: Timestamp(written_by), later_than: Timestamp(later_than) }
    }

    #[test]
    fn the_tightest_bounds_around_an_entry_count() {
        let mut times = Times::default();
        times.add(12, 10, bounds(100, 90));
        times.add(25, 20, bounds(80, 70));
        times.add(40, 35, bounds(300, 290));
        times.settle();
        let of = |index| {
            let (lower, upper) = times.of(index);
            (lower.map(|at| at.0), upper.map(|at| at.0))
        };
        assert_eq!(of(0), (None, Some(80)), "a larger head that was seen earlier covers it too");
        assert_eq!(of(10), (None, Some(80)));
        assert_eq!(of(12), (None, Some(80)));
        assert_eq!(of(13), (Some(90), Some(80)));
        assert_eq!(of(20), (Some(90), Some(300)));
        assert_eq!(of(26), (Some(90), Some(300)), "an earlier word that is later counts on");
        assert_eq!(of(35), (Some(90), None));
        assert_eq!(of(41), (Some(290), None));
        assert_eq!((times.witnessed, times.newest()), (35, Some(Timestamp(290))));
    }
}
