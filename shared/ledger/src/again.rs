//! Makes the index again from the log: entries in order out of the bundles, record positions out of the segments.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use waymark_domain::ids::EventId;
use waymark_seal::entry::Entry;
use waymark_seal::hash::leaf_hash;

use crate::core::{Core, index_folder};
use crate::disk::DiskFault;
use crate::facts::{Facts, RECEIVED, foreign_of_bytes, named};
use crate::fault::{CommitFault, ReadFault};
use crate::index::{Doubt, Index};
use crate::places::{Place, ROW, Reach};
use crate::record::{self, Record};
use crate::segments::{At, Cursor, Segments};
use crate::tail::Tail;
use crate::tiles::{WIDTH, split_bundle};

/// Entries after which facts go to the disk, so that memory stays bounded.
const FLUSH_EVERY: u64 = 64 * 1024;

/// Makes the index of a running ledger again. The outbox and the heads of peers stay as they are in memory.
pub(crate) fn make_index_again(core: &Core, tail: &mut Tail) -> Result<(), CommitFault> {
    tracing::warn!("the index is made again");
    let old = core.index();
    // Should this fail, it is tried again before the index is next asked, and nothing of it is stored.
    old.put_in_doubt();
    tail.settle_all(core)?;
    let made = build(core, &index_folder(&core.folder), old.seed(), 0).and_then(
        |Built { index, unreadable, .. }| {
            if !unreadable.is_empty() {
                tracing::warn!(entries = unreadable.len(), "bodies cannot be read");
            }
            index.take_over(&old);
            let frozen = index.freeze();
            index.flush(&frozen).map_err(fault_of)?;
            index.in_use().map_err(fault_of)
        },
    );
    match made {
        Ok(index) => {
            *core.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(index);
            Ok(())
        }
        Err(ReadFault::Disk(fault)) if fault.is_full() => Err(CommitFault::DiskFull),
        Err(fault) => {
            tracing::error!(%fault, "the index could not be made again");
            Err(CommitFault::Disk)
        }
    }
}

/// An index made again.
pub(crate) struct Built {
    pub(crate) index: Index,
    /// Entries whose bodies, or what they keep, cannot be found or read.
    pub(crate) unreadable: Vec<u64>,
    /// Where bodies lie.
    pub(crate) records: Records,
}

/// An index of everything that is in tiles and segments, flushed, below `folder`. Receipts below `receipts_from` count as taken.
pub(crate) fn build(
    core: &Core,
    folder: &Path,
    seed: [u8; 32],
    receipts_from: u64,
) -> Result<Built, ReadFault> {
    let index = Index::anew(folder, seed).map_err(fault_of)?;
    let size = core.view.written();
    let records = Records::walk(&core.segments, size)?;
    let mut rows = Vec::new();
    let mut facts = Vec::new();
    let mut unreadable = Vec::new();
    for bundle in 0..size.div_ceil(WIDTH) {
        let first = bundle * WIDTH;
        let bytes = core.tiles.bundle(bundle)?;
        let leaves = core.tiles.hashes(0, bundle, WIDTH as usize)?;
        let count = (size - first).min(WIDTH) as usize;
        let mut found = 0;
        for ((at, (offset, entry)), leaf) in (first..).zip(split_bundle(&bytes)).zip(&leaves).take(count) {
            if leaf_hash(entry) != *leaf {
                return Err(ReadFault::EntryDamaged { index: at });
            }
            let (place, fact, readable) = describe(core, &records, at, offset, entry)?;
            unreadable.extend((!readable).then_some(at));
            place.put(at, &mut rows);
            facts.push(fact);
            found += 1;
        }
        if found < count {
            return Err(ReadFault::EntryDamaged { index: first + found as u64 });
        }
        if facts.len() as u64 >= FLUSH_EVERY || first + count as u64 == size {
            feed(core, &index, &mut rows, &mut facts, receipts_from).map_err(fault_of)?;
        }
    }
    Ok(Built { index, unreadable, records })
}

fn feed(
    core: &Core,
    index: &Index,
    rows: &mut Vec<u8>,
    facts: &mut Vec<Facts>,
    receipts_from: u64,
) -> Result<(), Doubt> {
    let Some(first) = facts.first().map(|entry| entry.index) else { return Ok(()) };
    debug_assert_eq!(rows.len() / ROW, facts.len(), "a row for each entry");
    index.places.write(first, rows)?;
    index.apply(facts.iter());
    core.outside(index, |outside| index.settle_outbox(facts.iter(), outside, receipts_from));
    index.places.sync()?;
    let frozen = index.freeze();
    index.flush(&frozen)?;
    rows.clear();
    facts.clear();
    Ok(())
}

pub(crate) fn fault_of(doubt: Doubt) -> ReadFault {
    match doubt {
        Doubt::Damaged => ReadFault::IndexDamaged,
        Doubt::Disk(fault) => ReadFault::Disk(fault),
    }
}

/// Where the record of each entry lies, found by walking all segments.
pub(crate) struct Records {
    /// Packed, by index.
    found: Vec<u64>,
    /// Behind the last record of the last segment.
    pub(crate) end: Cursor,
    /// Stretches that are no record of an entry, longest merged: where, and how many bytes.
    pub(crate) strays: Vec<(Cursor, u64)>,
}

/// No record of that entry.
const NOWHERE: u64 = u64::MAX;
/// Stretches that are remembered, at most.
const STRAYS_MAX: usize = 1_000;

fn packed(at: Cursor, whole: bool) -> u64 {
    u64::from(at.segment) << 33 | u64::from(at.offset) << 1 | u64::from(whole)
}

fn unpacked(word: u64) -> Option<(Cursor, bool)> {
    let cursor = Cursor { segment: (word >> 33) as u32, offset: (word >> 1) as u32 };
    (word != NOWHERE).then_some((cursor, word & 1 == 1))
}

impl Records {
    /// Walks the segments that are there. Where a record is damaged, goes on with the next that can be made out.
    pub(crate) fn walk(segments: &Segments, size: u64) -> Result<Self, DiskFault> {
        let found = vec![NOWHERE; usize::try_from(size).unwrap_or(usize::MAX)];
        let mut records = Self { found, end: Cursor::default(), strays: Vec::new() };
        for segment in segments.numbers()? {
            let bytes = segments.whole(segment)?.unwrap_or_default();
            records.end = Cursor { segment, offset: 0 };
            let mut at = 0;
            let mut stray = 0;
            while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
                let Some((length, index)) = record::head(rest).filter(|(_, index)| *index < size) else {
                    at += 1;
                    continue;
                };
                records.strays_between(segment, stray, at);
                let whole = rest.get(..length).is_some_and(|bytes| Record::read(bytes).is_ok());
                records.note(index, Cursor { segment, offset: at as u32 }, whole);
                at += length;
                stray = at;
                records.end.offset = at as u32;
            }
            records.strays_between(segment, stray, bytes.len());
        }
        Ok(records)
    }

    fn strays_between(&mut self, segment: u32, from: usize, to: usize) {
        if from < to && self.strays.len() < STRAYS_MAX {
            self.strays.push((Cursor { segment, offset: from as u32 }, (to - from) as u64));
        }
    }

    /// The first whole record of an entry counts, or else the first damaged one.
    fn note(&mut self, index: u64, at: Cursor, whole: bool) {
        let known = usize::try_from(index).ok().and_then(|index| self.found.get_mut(index));
        if let Some(known) = known
            && (*known == NOWHERE || whole && *known & 1 == 0)
        {
            *known = packed(at, whole);
        }
    }

    /// Where the record of entry `index` lies.
    pub(crate) fn of(&self, segments: &Segments, index: u64, event: EventId) -> At {
        let found = usize::try_from(index).ok().and_then(|index| self.found.get(index));
        match found.and_then(|word| unpacked(*word)) {
            Some((cursor, _)) => At::Segment(cursor),
            None if segments.has_large(event) => At::Large,
            None => At::Nowhere,
        }
    }
}

/// The place and the facts of an entry, and whether what it keeps and its bodies were found.
fn describe(
    core: &Core,
    records: &Records,
    index: u64,
    offset: u32,
    entry: &[u8],
) -> Result<(Place, Facts, bool), ReadFault> {
    let parsed = Entry::parse(entry).map_err(|_| ReadFault::EntryDamaged { index })?;
    let at = records.of(&core.segments, index, parsed.event);
    let place = Place {
        offset,
        thread_prev: parsed.thread_prev,
        at,
        entry_sum: crc32c::crc32c(entry),
        received: parsed.kind == RECEIVED,
        reach: Reach::of(parsed.audience),
    };
    let keeps = !named(parsed.kind, &parsed.public).is_empty();
    let record = if keeps { core.segments.read(at, parsed.event)? } else { None };
    let foreign = record.and_then(|record| foreign_of_bytes(parsed.kind, &record, &core.identity));
    let readable = match at {
        At::Nowhere => !keeps && parsed.body_count() == 0,
        At::Segment(_) | At::Large => !keeps || foreign.is_some(),
    };
    Ok((place, Facts::of(&parsed, leaf_hash(entry), foreign.unwrap_or_default()), readable))
}
