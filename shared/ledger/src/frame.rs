//! One group of commands as it lies in the journal: all of it counts, or none of it.
//!
//! ```text
//! 128 B head   magic, generation, number, first index, count, payload length, root after, payload CRC, head CRC
//! payload      per entry: u16-BE length ‖ entry                          (as in a C2SP entry bundle)
//!              per entry: 0 | 1 ‖ record of its bodies | 2: a file of its own
//!              u16 length ‖ signed checkpoint over everything up to and with this group
//! zeros        up to a whole block
//! ```

use waymark_domain::ids::Hash;

use crate::bytes::{Fields, Put, checked, put_checksum};
use crate::disk::BLOCK;
use crate::record;

const MAGIC: &[u8; 8] = b"WMFRAME\x01";
pub(crate) const HEAD: usize = 128;
const HEAD_USED: usize = 84;

/// Where the record of an entry's bodies lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordForm {
    /// No bodies.
    None,
    /// In the frame, then in a segment.
    Inline,
    /// In a file of its own, because it is large.
    Large,
}

impl RecordForm {
    const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Inline => 1,
            Self::Large => 2,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            1 => Some(Self::Inline),
            2 => Some(Self::Large),
            _ => None,
        }
    }
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    /// Of the journal file; frames of an earlier use of the file do not count.
    pub(crate) generation: u64,
    /// In this generation, from 0.
    pub(crate) number: u64,
    /// Index of the first entry.
    pub(crate) first: u64,
    /// Entries.
    pub(crate) count: u32,
    /// Bytes of the payload.
    pub(crate) length: u64,
    /// Root of the tree after the last entry.
    pub(crate) root: Hash,
    payload_sum: u32,
}

impl FrameHead {
    /// Bytes in the journal, whole blocks.
    pub(crate) fn blocks(&self) -> u64 {
        (HEAD as u64).saturating_add(self.length).div_ceil(BLOCK).saturating_mul(BLOCK)
    }

    /// Reads a head; `None` when the bytes are not one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(checked(bytes.get(..HEAD_USED)?)?);
        if fields.bytes(MAGIC.len())? != MAGIC {
            return None;
        }
        Some(Self {
            generation: fields.u64()?,
            number: fields.u64()?,
            first: fields.u64()?,
            count: fields.u32()?,
            length: fields.u64()?,
            root: fields.hash()?,
            payload_sum: fields.u32()?,
        })
    }

    /// Whether `payload` is the one this head was written for.
    pub(crate) fn fits(&self, payload: &[u8]) -> bool {
        payload.len() as u64 == self.length && crc32c::crc32c(payload) == self.payload_sum
    }
}

/// Writes the head over the first [`HEAD`] bytes of `frame`, whose payload follows, and pads to whole blocks.
pub(crate) fn seal(frame: &mut Vec<u8>, generation: u64, number: u64, first: u64, count: u32, root: &Hash) {
    let payload = frame.get(HEAD..).unwrap_or_default();
    let mut head = Vec::with_capacity(HEAD);
    head.put(MAGIC);
    head.put_u64(generation);
    head.put_u64(number);
    head.put_u64(first);
    head.put_u32(count);
    head.put_u64(payload.len() as u64);
    head.put(root.as_bytes());
    head.put_u32(crc32c::crc32c(payload));
    put_checksum(&mut head);
    if let Some(space) = frame.get_mut(..head.len()) {
        space.copy_from_slice(&head);
    }
    frame.resize(frame.len().next_multiple_of(BLOCK as usize), 0);
}

/// Appends one entry as in a bundle. The length was checked before: an entry has at most 65,535 bytes.
pub(crate) fn put_entry(frame: &mut Vec<u8>, entry: &[u8]) {
    frame.put(&(entry.len() as u16).to_be_bytes());
    frame.put(entry);
}

/// Appends one record slot.
pub(crate) fn put_record(frame: &mut Vec<u8>, form: RecordForm, record: &[u8]) {
    frame.put_u8(form.code());
    if form == RecordForm::Inline {
        frame.put(record);
    }
}

/// Appends the signed checkpoint, the last part.
pub(crate) fn put_checkpoint(frame: &mut Vec<u8>, checkpoint: &[u8]) -> Span {
    frame.put_u16(checkpoint.len() as u16);
    let start = frame.len();
    frame.put(checkpoint);
    Span { start, length: checkpoint.len() }
}

/// A range of bytes within a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

impl Span {
    pub(crate) fn of<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        frame.get(self.start..self.start + self.length).unwrap_or_default()
    }
}

/// Where the parts of a frame lie.
pub(crate) struct Layout {
    pub(crate) checkpoint: Span,
    pub(crate) entries: Vec<Span>,
    pub(crate) records: Vec<(RecordForm, Span)>,
}

/// Finds the parts of a frame whose checksum fitted; `None` when they do not add up all the same.
pub(crate) fn layout(frame: &[u8], head: &FrameHead) -> Option<Layout> {
    let whole = frame.get(..HEAD + usize::try_from(head.length).ok()?)?;
    let mut fields = Fields(whole.get(HEAD..)?);
    let take = |fields: &mut Fields<'_>, length: usize| -> Option<Span> {
        let start = whole.len() - fields.0.len();
        fields.bytes(length)?;
        Some(Span { start, length })
    };
    let count = head.count as usize;
    let mut entries = Vec::with_capacity(count.min(65_536));
    for _ in 0..count {
        let length = usize::from(fields.array().map(u16::from_be_bytes)?);
        entries.push(take(&mut fields, length)?);
    }
    let mut records = Vec::with_capacity(count.min(65_536));
    for _ in 0..count {
        let form = RecordForm::from_code(fields.u8()?)?;
        let length = if form == RecordForm::Inline { record::length(fields.0)? } else { 0 };
        records.push((form, take(&mut fields, length)?));
    }
    let length = usize::from(fields.u16()?);
    let checkpoint = take(&mut fields, length)?;
    fields.0.is_empty().then_some(Layout { checkpoint, entries, records })
}
