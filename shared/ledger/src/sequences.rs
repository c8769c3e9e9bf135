//! Numbered chains → index in the log: what was sent to each audience, what was received from each office.
//!
//! One file per chain, 8 bytes per number, so that any number is one read away. A row is the index and a check that ties it to
//! its chain and number: a row from elsewhere, or with a flipped bit, counts as doubt and the index is made again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use waymark_domain::ids::OfficeId;

use crate::disk::{self, DiskFault, While};
use crate::open_files::OpenFiles;

const ROW: u64 = 8;
const INDEX_BITS: u32 = 44;

pub use waymark_seal::letter::Chain;

/// A numbered chain as this log knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) enum Sequence {
    /// This office's entries to one office.
    SentTo(OfficeId),
    /// This office's entries to the network.
    SentToAll,
    /// Another office's entries of one incarnation, to this office or to the network.
    ReceivedFrom(OfficeId, u32, Chain),
}

impl Sequence {
    fn name(&self) -> String {
        match self {
            Self::SentTo(office) => format!("sent-{office}"),
            Self::SentToAll => "sent-network".to_owned(),
            Self::ReceivedFrom(office, log, Chain::Pair) => format!("received-{office}-{log}-pair"),
            Self::ReceivedFrom(office, log, Chain::Network) => format!("received-{office}-{log}-network"),
        }
    }
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Absent,
    Index(u64),
    Damaged,
}

/// The folder of chains.
pub(crate) struct Sequences {
    folder: PathBuf,
    open: Mutex<OpenFiles<Sequence>>,
}

impl Sequences {
    pub(crate) fn open(folder: PathBuf) -> Result<Self, DiskFault> {
        std::fs::create_dir_all(&folder).while_("opening the chains")?;
        Ok(Self { folder, open: Mutex::default() })
    }

    fn file(&self, sequence: Sequence, create: bool) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.find(&sequence) {
            return Ok(file);
        }
        let path = self.folder.join(sequence.name());
        let file = if create { disk::open_or_create(&path)? } else { disk::open_existing(&path)? };
        Ok(open.keep(sequence, file))
    }

    /// Writes rows; durable when this returns.
    pub(crate) fn write(&self, rows: &BTreeMap<(Sequence, u64), u64>) -> Result<(), DiskFault> {
        let doing = "writing the chains";
        let mut rows = rows.iter().peekable();
        while let Some(((sequence, first), index)) = rows.next() {
            let mut bytes = encode(*sequence, *first, *index).to_vec();
            let mut last = *first;
            while let Some(((_, number), index)) =
                rows.next_if(|((other, number), _)| other == sequence && *number == last + 1)
            {
                bytes.extend(encode(*sequence, *number, *index));
                last = *number;
            }
            let file = self.file(*sequence, true).while_(doing)?;
            file.write_all_at(&bytes, (first - 1) * ROW).while_(doing)?;
            if rows.peek().is_none_or(|((other, _), _)| other != sequence) {
                file.sync_data().while_(doing)?;
            }
        }
        disk::sync_dir(&self.folder).while_(doing)
    }

    /// Whether the first `count` rows of a chain are the same in both.
    pub(crate) fn same(&self, other: &Self, sequence: Sequence, count: u64) -> Result<bool, DiskFault> {
        let doing = "comparing the chains";
        let mut at = 0;
        let end = count * ROW;
        while at < end {
            let length = (end - at).min(64 * 1024) as usize;
            let mut read = [vec![0; length], vec![0; length]];
            for (sequences, bytes) in [self, other].into_iter().zip(&mut read) {
                match sequences.file(sequence, false) {
                    Ok(file) => {
                        let there = disk::read_up_to(&file, bytes, at).while_(doing)?;
                        bytes.truncate(there);
                    }
                    Err(fault) if fault.kind() == io::ErrorKind::NotFound => bytes.clear(),
                    Err(fault) => return Err(fault).while_(doing),
                }
            }
            let [ours, theirs] = &read;
            if ours != theirs {
                return Ok(false);
            }
            at += length as u64;
        }
        Ok(true)
    }

    /// The row of one number, from 1.
    pub(crate) fn read(&self, sequence: Sequence, number: u64) -> Result<Row, DiskFault> {
        let doing = "reading the chains";
        let Some(before) = number.checked_sub(1) else { return Ok(Row::Absent) };
        let file = match self.file(sequence, false) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Row::Absent),
            Err(fault) => return Err(fault).while_(doing),
        };
        let mut row = [0; ROW as usize];
        match file.read_exact_at(&mut row, before * ROW) {
            Ok(()) => Ok(decode(sequence, number, row)),
            Err(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => Ok(Row::Absent),
            Err(fault) => Err(fault).while_(doing),
        }
    }
}

fn check(sequence: Sequence, number: u64, index: u64) -> u64 {
    let sum = crc32c::crc32c(sequence.name().as_bytes());
    let sum = crc32c::crc32c_append(sum, &number.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &index.to_le_bytes());
    u64::from(sum) >> (32 - (64 - INDEX_BITS))
}

fn encode(sequence: Sequence, number: u64, index: u64) -> [u8; 8] {
    // One more than the index, so that a hole in the file is not a row.
    ((index + 1) | check(sequence, number, index) << INDEX_BITS).to_le_bytes()
}

fn decode(sequence: Sequence, number: u64, row: [u8; 8]) -> Row {
    let row = u64::from_le_bytes(row);
    if row == 0 {
        return Row::Absent;
    }
    match (row & ((1 << INDEX_BITS) - 1)).checked_sub(1) {
        Some(index) if check(sequence, number, index) == row >> INDEX_BITS => Row::Index(index),
        _ => Row::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back_holes_are_absent_and_a_row_of_another_chain_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let sequences = Sequences::open(folder.path().to_path_buf()).unwrap();
        let (one, two) = (
            Sequence::SentTo(OfficeId([1; 16])),
            Sequence::ReceivedFrom(OfficeId([1; 16]), 0, Chain::Network),
        );
        let rows = BTreeMap::from([((one, 1), 10), ((one, 2), 11), ((one, 5), 40), ((two, 7), 9)]);
        sequences.write(&rows).unwrap();
        let read = |sequence, number| sequences.read(sequence, number).unwrap();
        assert_eq!(
            [read(one, 1), read(one, 2), read(one, 3), read(one, 5)],
            [Row::Index(10), Row::Index(11), Row::Absent, Row::Index(40)]
        );
        assert_eq!(
            [read(two, 6), read(two, 7), read(two, 8), read(one, 6)],
            [Row::Absent, Row::Index(9), Row::Absent, Row::Absent]
        );
        assert_eq!(read(one, 0), Row::Absent, "numbers begin at 1, and asking for 0 is no damage");
        std::fs::copy(folder.path().join(one.name()), folder.path().join(two.name())).unwrap();
        let reopened = Sequences::open(folder.path().to_path_buf()).unwrap();
        assert_eq!(reopened.read(two, 1).unwrap(), Row::Damaged);
    }
}
