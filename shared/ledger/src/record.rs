//! One entry's bodies as they lie in a segment: a directory of parts, then the parts.
//!
//! ```text
//! u32 length of all · u64 index of the entry in the log · u32 CRC of both · u32 CRC of length and directory
//! directory: u8 own bodies · u8 kept bodies + 1, or 0 for no kept entry · per part: u8 tag, LEB128 length, u32 CRC
//! contents:  own bodies, then of a kept entry: entry, checkpoint, path, bodies
//! ```
//! A part is overwritten in place when it is erased: zeros for content, and the tag says so. The first sixteen bytes stay as
//! they are, so that a record whose directory is damaged is still found. The index is known only once the log gives the entry
//! its place; in a file of its own it is zero.

use waymark_domain::ids::Hash;
use waymark_seal::unplaced::{Body, Kept};

use crate::bytes::{Fields, Put};

/// Bytes before the directory.
pub(crate) const HEAD: usize = 20;
const INDEX_AT: std::ops::Range<usize> = 4..12;
const HEAD_SUM_AT: std::ops::Range<usize> = 12..16;
const DIRECTORY_SUM_AT: std::ops::Range<usize> = 16..20;

const WHOLE: u8 = b'W';
const WITHHELD: u8 = b'h';
const ERASED: u8 = b'\xE5';

/// A record whose bytes do not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// One part as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It never came; its hash.
    Withheld(Hash),
    /// It was erased here.
    Erased,
    /// Its bytes are not those that were written.
    Damaged,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u8,
    tag_at: usize,
    sum: u32,
    sum_at: usize,
    start: usize,
    length: usize,
}

/// A record with its directory read.
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    own: usize,
    kept: bool,
    slots: Vec<Slot>,
}

/// The length that the record at the front of `bytes` says it has, when it fits.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    let length = usize::try_from(Fields(bytes).u32()?).ok()?;
    (length >= HEAD + 2 && length <= bytes.len()).then_some(length)
}

/// Writes a record, its index still zero. `None` when it would be larger than 4 GiB or have more than 254 bodies.
pub(crate) fn encode<'a>(own: impl IntoIterator<Item = &'a Body>, kept: Option<&'a Kept>) -> Option<Vec<u8>> {
    let path: Vec<u8> =
        kept.map(|kept| kept.path.iter().flat_map(|hash| hash.0).collect()).unwrap_or_default();
    let mut parts: Vec<(u8, &[u8])> = own.into_iter().map(tagged).collect();
    let own = parts.len();
    if let Some(kept) = kept {
        parts.extend([(WHOLE, kept.entry.as_slice()), (WHOLE, &kept.checkpoint), (WHOLE, &path)]);
        parts.extend(kept.bodies.iter().map(tagged));
    }
    let contents: usize = parts.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut record = Vec::with_capacity(HEAD + 2 + parts.len() * 10 + contents);
    record.resize(HEAD, 0);
    record.put_u8(u8::try_from(own).ok().filter(|count| *count < u8::MAX)?);
    record.put_u8(match kept {
        Some(kept) => u8::try_from(kept.bodies.len() + 1).ok()?,
        None => 0,
    });
    for (tag, bytes) in &parts {
        record.put_u8(*tag);
        put_varint(&mut record, u32::try_from(bytes.len()).ok()?);
        record.put_u32(crc32c::crc32c(bytes));
    }
    let directory_end = record.len();
    for (_, bytes) in &parts {
        record.put(bytes);
    }
    let length = u32::try_from(record.len()).ok()?;
    record.get_mut(..4)?.copy_from_slice(&length.to_le_bytes());
    let sum = directory_sum(&record, directory_end)?;
    record.get_mut(DIRECTORY_SUM_AT)?.copy_from_slice(&sum.to_le_bytes());
    set_index(&mut record, 0);
    Some(record)
}

fn tagged(body: &Body) -> (u8, &[u8]) {
    match body {
        Body::Whole(bytes) => (WHOLE, bytes),
        Body::Withheld(hash) => (WITHHELD, &hash.0),
    }
}

/// Writes the index into a record that [`encode`] made.
pub(crate) fn set_index(record: &mut [u8], index: u64) {
    if let Some(space) = record.get_mut(INDEX_AT) {
        space.copy_from_slice(&index.to_le_bytes());
    }
    let sum = record.get(..INDEX_AT.end).map(crc32c::crc32c);
    if let (Some(sum), Some(space)) = (sum, record.get_mut(HEAD_SUM_AT)) {
        space.copy_from_slice(&sum.to_le_bytes());
    }
}

/// Length and index of the record at the front of `bytes`, when its first bytes are as they were written.
pub(crate) fn head(bytes: &[u8]) -> Option<(usize, u64)> {
    let length = length(bytes)?;
    let sum = Fields(bytes.get(HEAD_SUM_AT)?).u32()?;
    (crc32c::crc32c(bytes.get(..INDEX_AT.end)?) == sum).then_some((length, index(bytes)?))
}

/// The index in the head of a record.
pub(crate) fn index(record: &[u8]) -> Option<u64> {
    Fields(record.get(INDEX_AT)?).u64()
}

fn directory_sum(record: &[u8], end: usize) -> Option<u32> {
    Some(crc32c::crc32c_append(crc32c::crc32c(record.get(..4)?), record.get(HEAD..end)?))
}

fn put_varint(buffer: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        buffer.push(value as u8 | 0x80);
        value >>= 7;
    }
    buffer.push(value as u8);
}

fn read_varint(fields: &mut Fields<'_>) -> Option<usize> {
    let mut value = 0_usize;
    for shift in [0, 7, 14, 21, 28] {
        let byte = fields.u8()?;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

impl<'a> Record<'a> {
    /// Reads a record and its directory.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let record = Self::read_unchecked(bytes).ok_or(Damaged)?;
        let sum = Fields(bytes.get(DIRECTORY_SUM_AT).ok_or(Damaged)?).u32();
        let end = record.slots.iter().map(|slot| slot.sum_at + 4).max().unwrap_or(HEAD + 2);
        if head(bytes).is_some() && directory_sum(bytes, end) == sum { Ok(record) } else { Err(Damaged) }
    }

    /// Reads a directory whose checksum may be off because an erasure was cut short; lengths must still add up.
    pub(crate) fn read_unchecked(bytes: &'a [u8]) -> Option<Self> {
        if length(bytes)? != bytes.len() {
            return None;
        }
        let mut fields = Fields(bytes.get(HEAD..)?);
        let own = usize::from(fields.u8()?);
        let kept = usize::from(fields.u8()?);
        let count = own + if kept == 0 { 0 } else { kept + 2 };
        let mut slots = Vec::with_capacity(count);
        for _ in 0..count {
            let tag_at = bytes.len() - fields.0.len();
            let tag = fields.u8()?;
            let length = read_varint(&mut fields)?;
            let sum_at = bytes.len() - fields.0.len();
            let sum = fields.u32()?;
            slots.push(Slot { tag, tag_at, sum, sum_at, start: 0, length });
        }
        let mut start = bytes.len() - fields.0.len();
        for slot in &mut slots {
            slot.start = start;
            start = start.checked_add(slot.length)?;
        }
        (start == bytes.len()).then_some(Self { bytes, own, kept: kept > 0, slots })
    }

    /// The entry's own bodies.
    pub(crate) fn own(&self) -> impl Iterator<Item = Part<'a>> {
        self.slots.iter().take(self.own).map(|slot| self.part(slot))
    }

    /// Entry, checkpoint and path of the kept entry, then its bodies; `None` when none is kept.
    pub(crate) fn kept(&self) -> Option<impl Iterator<Item = Part<'a>>> {
        self.kept.then(|| self.slots.iter().skip(self.own).map(|slot| self.part(slot)))
    }

    /// How many own bodies there are.
    pub(crate) fn own_count(&self) -> usize {
        self.own
    }

    /// Whether another office's entry is kept here.
    pub(crate) fn has_kept(&self) -> bool {
        self.kept
    }

    fn part(&self, slot: &Slot) -> Part<'a> {
        let Some(content) = self.bytes.get(slot.start..slot.start + slot.length) else {
            return Part::Damaged;
        };
        match slot.tag {
            // Whatever still lies there: an erasure that was cut short is done again.
            ERASED => Part::Erased,
            WHOLE if crc32c::crc32c(content) == slot.sum => Part::Whole(content),
            WITHHELD if crc32c::crc32c(content) == slot.sum => {
                content.try_into().map_or(Part::Damaged, |hash| Part::Withheld(Hash(hash)))
            }
            _ => Part::Damaged,
        }
    }

    /// The ranges of content to overwrite with zeros when the bodies `which` names are erased, and the directory after it.
    /// Own bodies and bodies of the kept entry are counted through, as [`Record::own`] then the kept bodies.
    pub(crate) fn erasing(&self, which: impl Fn(usize) -> bool) -> Option<Erasing> {
        let after_kept = if self.kept { 3 } else { 0 };
        let mut head = self.bytes.get(..self.slots.iter().map(|slot| slot.sum_at + 4).max()?)?.to_vec();
        let mut zeroed = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            let body = match position {
                own if own < self.own => own,
                meta if meta < self.own + after_kept => continue,
                kept => kept - after_kept,
            };
            if which(body) && slot.tag != WITHHELD {
                *head.get_mut(slot.tag_at)? = ERASED;
                zeroed.push((slot.start as u64, (slot.start + slot.length) as u64));
            }
        }
        let sum = directory_sum(&head, head.len())?;
        head.get_mut(DIRECTORY_SUM_AT)?.copy_from_slice(&sum.to_le_bytes());
        Some(Erasing { zeroed, head })
    }

    /// The record with its damaged parts taken out of `other`, a whole one of the same shape.
    pub(crate) fn mended_with(&self, other: &Record<'_>) -> Option<Vec<u8>> {
        let same = self.own == other.own && self.slots.len() == other.slots.len();
        let part = |position: usize| match other.part(other.slots.get(position)?) {
            Part::Whole(bytes) => Some(bytes.to_vec()),
            Part::Withheld(_) | Part::Erased | Part::Damaged => None,
        };
        same.then(|| self.filled(part)).flatten()
    }

    /// The record with what `fill` gives put in place of damaged parts, of the same length. What was erased stays erased.
    pub(crate) fn filled(&self, fill: impl Fn(usize) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        let mut record = self.bytes.to_vec();
        for (position, slot) in self.slots.iter().enumerate() {
            if slot.tag == ERASED || self.part(slot) != Part::Damaged {
                continue;
            }
            let Some(bytes) = fill(position) else { continue };
            record
                .get_mut(slot.start..slot.start + slot.length)
                .filter(|space| space.len() == bytes.len())?
                .copy_from_slice(&bytes);
            *record.get_mut(slot.tag_at)? = WHOLE;
            record
                .get_mut(slot.sum_at..slot.sum_at + 4)?
                .copy_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        }
        let end = self.slots.iter().map(|slot| slot.sum_at + 4).max()?;
        let sum = directory_sum(&record, end)?;
        record.get_mut(DIRECTORY_SUM_AT)?.copy_from_slice(&sum.to_le_bytes());
        Some(record)
    }
}

/// How to erase bodies of a record in place: first the contents, then the head, each made durable.
pub(crate) struct Erasing {
    /// Ranges within the record.
    pub(crate) zeroed: Vec<(u64, u64)>,
    /// The record's first bytes.
    pub(crate) head: Vec<u8>,
}
