//! Where each entry lies: fixed-width rows by index, derived from the log and made again when in doubt.
//!
//! ```text
//! 28 B: u32 flags and offset in the bundle · u32 steps back to the thread's entry before, 0 for none
//!       u32 segment, 0 for none, 1 for a large file, else number + 2 · u32 offset · u32 CRC of the entry
//!       u32 index · u32 CRC of the row
//! ```

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use waymark_seal::entry::Audience;

use crate::bytes::{Fields, Put, checked, put_checksum};
use crate::disk::{self, DiskFault, While};
use crate::segments::{At, Cursor};

/// Bytes of a row.
pub(crate) const ROW: usize = 28;
/// Rows kept in memory.
const SEEN: usize = 4096;
const OFFSET_BITS: u32 = 24;
const RECEIVED: u32 = 1 << 24;
const TO_NETWORK: u32 = 1 << 25;
const TO_OFFICE: u32 = 1 << 26;

/// Where one entry lies, and the little about it that lists need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// In its bundle.
    pub(crate) offset: u32,
    /// Index of this office's previous entry in the thread.
    pub(crate) thread_prev: Option<u64>,
    /// Its record.
    pub(crate) at: At,
    /// CRC-32C of the entry.
    pub(crate) entry_sum: u32,
    /// It is a `Received`: a receipt when it goes out.
    pub(crate) received: bool,
    /// To whom it goes.
    pub(crate) reach: Reach,
}

/// An audience without its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Nobody,
    Office,
    Network,
}

impl Reach {
    pub(crate) const fn of(audience: Audience) -> Self {
        match audience {
            Audience::Nobody => Self::Nobody,
            Audience::Office(_) => Self::Office,
            Audience::Network => Self::Network,
        }
    }
}

impl Place {
    pub(crate) fn put(&self, index: u64, buffer: &mut Vec<u8>) {
        let mut row = Vec::with_capacity(ROW);
        let reach = match self.reach {
            Reach::Nobody => 0,
            Reach::Office => TO_OFFICE,
            Reach::Network => TO_NETWORK,
        };
        row.put_u32(self.offset | if self.received { RECEIVED } else { 0 } | reach);
        // Farther back than a u32 can say would take four billion entries in between.
        row.put_u32(self.thread_prev.map_or(0, |prev| u32::try_from(index - prev).unwrap_or(0)));
        let (segment, offset) = match self.at {
            At::Nowhere => (0, 0),
            At::Large => (1, 0),
            At::Segment(cursor) => (cursor.segment + 2, cursor.offset),
        };
        row.put_u32(segment);
        row.put_u32(offset);
        row.put_u32(self.entry_sum);
        row.put_u32(index as u32);
        put_checksum(&mut row);
        buffer.put(&row);
    }

    fn read(row: &[u8], index: u64) -> Option<Self> {
        let mut fields = Fields(checked(row)?);
        let word = fields.u32()?;
        let back = fields.u32()?;
        let (segment, offset) = (fields.u32()?, fields.u32()?);
        let entry_sum = fields.u32()?;
        if fields.u32()? != index as u32 {
            return None;
        }
        Some(Self {
            offset: word & ((1 << OFFSET_BITS) - 1),
            thread_prev: if back == 0 { None } else { Some(index.checked_sub(u64::from(back))?) },
            at: match segment {
                0 => At::Nowhere,
                1 => At::Large,
                _ => At::Segment(Cursor { segment: segment - 2, offset }),
            },
            entry_sum,
            received: word & RECEIVED != 0,
            reach: match word & (TO_OFFICE | TO_NETWORK) {
                0 => Reach::Nobody,
                TO_OFFICE => Reach::Office,
                _ => Reach::Network,
            },
        })
    }
}

/// The file of places.
pub(crate) struct Places {
    file: File,
    /// By the low bits of the index: whoever lists a thread reads its entries next. Rows never change.
    seen: Mutex<Vec<Option<(u64, Place)>>>,
}

impl Places {
    pub(crate) fn open(path: &Path) -> Result<Self, DiskFault> {
        let file = disk::open_or_create(path).while_("opening the places")?;
        Ok(Self { file, seen: Mutex::new(vec![None; SEEN]) })
    }

    /// Rows that are there.
    pub(crate) fn rows(&self) -> Result<u64, DiskFault> {
        Ok(self.file.metadata().while_("reading the places")?.len() / ROW as u64)
    }

    /// Writes rows from `index` on; durable after [`Places::sync`].
    pub(crate) fn write(&self, index: u64, rows: &[u8]) -> Result<(), DiskFault> {
        self.file.write_all_at(rows, index * ROW as u64).while_("writing the places")
    }

    pub(crate) fn sync(&self) -> Result<(), DiskFault> {
        self.file.sync_data().while_("syncing the places")
    }

    /// The row of `index`; `None` when it is not there or damaged, so that the index must be made again.
    pub(crate) fn read(&self, index: u64) -> Result<Option<Place>, DiskFault> {
        let slot = index as usize % SEEN;
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(slot).copied().flatten();
        if let Some((_, place)) = seen.filter(|(at, _)| *at == index) {
            return Ok(Some(place));
        }
        let place = self.read_row(index)?;
        if let Some(slot) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get_mut(slot) {
            *slot = place.map(|place| (index, place));
        }
        Ok(place)
    }

    fn read_row(&self, index: u64) -> Result<Option<Place>, DiskFault> {
        let mut row = [0; ROW];
        match self.file.read_exact_at(&mut row, index * ROW as u64) {
            Ok(()) => Ok(Place::read(&row, index)),
            Err(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(fault) => Err(fault).while_("reading the places"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back_and_a_flipped_bit_or_a_foreign_index_does_not() {
        let place = Place {
            offset: 16_000_000,
            thread_prev: Some(3),
            at: At::Segment(Cursor { segment: 7, offset: 9 }),
            entry_sum: 5,
            received: true,
            reach: Reach::Network,
        };
        let mut row = Vec::new();
        place.put(1_000, &mut row);
        assert_eq!(row.len(), ROW);
        assert_eq!(Place::read(&row, 1_000), Some(place));
        assert_eq!(Place::read(&row, 1_001), None);
        for bit in 0..ROW * 8 {
            let mut flipped = row.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Place::read(&flipped, 1_000), None, "bit {bit}");
        }
    }
}
