//! Makes the index again from the log: entries in order out of the bundles, record positions out of the segments.

use std::sync::{Arc, PoisonError};

use waymark_domain::ids::EventId;
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::leaf_hash;

use crate::bytes::Fields;
use crate::core::{Core, index_folder};
use crate::disk::DiskFault;
use crate::facts::{Facts, RECEIPTED, RECEIVED, foreign_of_record};
use crate::fault::{CommitFault, ReadFault};
use crate::index::{Doubt, Index};
use crate::places::{Place, ROW, Reach};
use crate::record::Record;
use crate::segments::{At, Cursor};
use crate::tail::Tail;
use crate::tiles::{WIDTH, split_bundle};

/// Entries after which facts go to the disk, so that memory stays bounded.
const FLUSH_EVERY: u64 = 64 * 1024;

/// Makes the index of a running ledger again. The outbox and the heads of peers stay as they are in memory.
pub(crate) fn make_index_again(core: &Core, tail: &mut Tail) -> Result<(), CommitFault> {
    tracing::warn!("the index is made again");
    tail.settle_all(core)?;
    let old = core.index();
    let made = build(core, old.seed(), 0).and_then(|index| {
        index.take_over(&old);
        let frozen = index.freeze();
        index.flush(&frozen).map_err(fault_of)?;
        Ok(index)
    });
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

/// An index of everything that is in tiles and segments, flushed. Receipts below `receipts_from` count as taken.
pub(crate) fn build(core: &Core, seed: [u8; 32], receipts_from: u64) -> Result<Index, ReadFault> {
    let index = Index::anew(&index_folder(&core.folder), seed).map_err(fault_of)?;
    let size = core.view.written();
    let mut records = Records { core, at: Cursor::default(), waiting: None };
    let mut rows = Vec::new();
    let mut facts = Vec::new();
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
            let (place, fact) = records.describe(at, offset, entry)?;
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
    Ok(index)
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

/// Walks the records of all segments in the order of the log.
pub(crate) struct Records<'a> {
    core: &'a Core,
    at: Cursor,
    waiting: Option<(u64, Cursor)>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(core: &'a Core) -> Self {
        Self { core, at: Cursor::default(), waiting: None }
    }

    fn describe(&mut self, index: u64, offset: u32, entry: &[u8]) -> Result<(Place, Facts), ReadFault> {
        let parsed = Entry::parse(entry).map_err(|_| ReadFault::EntryDamaged { index })?;
        let at = self.of(index, parsed.event)?;
        let place = Place {
            offset,
            thread_prev: parsed.thread_prev,
            at,
            entry_sum: crc32c::crc32c(entry),
            received: parsed.kind == RECEIVED,
            reach: match parsed.audience {
                Audience::Nobody => Reach::Nobody,
                Audience::Office(_) => Reach::Office,
                Audience::Network => Reach::Network,
            },
        };
        let foreign = match parsed.kind {
            RECEIVED | RECEIPTED => match self.core.segments.read(at, parsed.event)? {
                Some(record) => Record::read(&record)
                    .map(|record| foreign_of_record(parsed.kind, &record, &self.core.identity))
                    .unwrap_or_default(),
                None => Vec::new(),
            },
            _ => Vec::new(),
        };
        Ok((place, Facts::of(&parsed, leaf_hash(entry), foreign)))
    }

    /// Where the record of entry `index` lies.
    pub(crate) fn of(&mut self, index: u64, event: EventId) -> Result<At, DiskFault> {
        while self.waiting.is_none_or(|(waiting, _)| waiting < index) {
            match self.step(index)? {
                Some(found) => self.waiting = Some(found),
                None => break,
            }
        }
        if let Some((_, cursor)) = self.waiting.filter(|(waiting, _)| *waiting == index) {
            return Ok(At::Segment(cursor));
        }
        Ok(if self.core.segments.has_large(event) { At::Large } else { At::Nowhere })
    }

    /// The next record and whose it is. Where one is damaged, the next that is whole and not before `index`.
    fn step(&mut self, index: u64) -> Result<Option<(u64, Cursor)>, DiskFault> {
        loop {
            let Some(length) = self.core.segments.length(self.at.segment)? else { return Ok(None) };
            if u64::from(self.at.offset) >= length {
                self.at = Cursor { segment: self.at.segment + 1, offset: 0 };
                continue;
            }
            let at = self.at;
            let head = self.core.segments.peek(at)?;
            let mut fields = Fields(&head);
            let (Some(record), Some(_), Some(whose)) = (fields.u32(), fields.u32(), fields.u64()) else {
                self.at.offset = u32::MAX;
                continue;
            };
            let plausible =
                whose >= index && whose < self.core.view.size() && record as usize >= crate::record::HEAD + 2;
            if plausible
                && self
                    .core
                    .segments
                    .read(At::Segment(at), EventId([0; 16]))?
                    .is_some_and(|bytes| Record::read(&bytes).is_ok())
            {
                self.at.offset += record;
                return Ok(Some((whose, at)));
            }
            self.at.offset += 1;
        }
    }
}
