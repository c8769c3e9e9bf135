//! The high-water mark: the newest size and root that were durable, written after each group without a sync of its own.
//!
//! A torn last frame and a damaged last frame look alike in the journal alone. The mark tells them apart: frames below it were
//! durable, so if one is not whole it was damaged; above it nothing was ever answered. It is never needed to read anything.

use std::fs::File;
use std::io;
use std::path::Path;

use waymark_domain::ids::Hash;
use waymark_domain::time::Timestamp;

use crate::bytes::{Fields, Put, checked, put_checksum};
use crate::disk::BLOCK;
use crate::identity::Identity;

pub(crate) const FILE: &str = "mark";
const MAGIC: &[u8; 8] = b"WMMARK\0\x01";
/// One sector, so that a write is whole or not there.
const SLOT: usize = 512;

/// What the mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) identity: Identity,
    /// Grows with each write; the newer slot wins.
    pub(crate) serial: u64,
    /// Entries that were durable.
    pub(crate) size: u64,
    /// Their tree's root.
    pub(crate) root: Hash,
    /// Every receipt (`Received`) of this log below this index has been taken by the broker.
    pub(crate) receipts_from: u64,
    /// When the newest group was committed, by the clock of the caller.
    pub(crate) at: Timestamp,
    /// The ledger was closed in order and nothing was written since.
    pub(crate) clean: bool,
}

/// What reading the two slots gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) newest: Option<Mark>,
    /// A slot held bytes that are not a mark.
    pub(crate) damaged: bool,
}

impl Mark {
    /// Writes the mark into the slot of its serial. Durable when the system next writes back, or the caller syncs.
    pub(crate) fn write(&self, file: &File) -> io::Result<()> {
        crate::disk::write_at(file, &self.encode(), (self.serial % 2) * BLOCK)
    }

    fn encode(&self) -> Vec<u8> {
        let mut slot = Vec::with_capacity(SLOT);
        slot.put(MAGIC);
        self.identity.put(&mut slot);
        slot.put_u64(self.serial);
        slot.put_u64(self.size);
        slot.put(self.root.as_bytes());
        slot.put_u64(self.receipts_from);
        slot.put_u64(self.at.0);
        slot.put_u8(u8::from(self.clean));
        slot.resize(SLOT - 4, 0);
        put_checksum(&mut slot);
        slot
    }

    fn decode(slot: &[u8]) -> Option<Self> {
        let mut fields = Fields(checked(slot)?);
        if fields.bytes(MAGIC.len())? != MAGIC {
            return None;
        }
        Some(Self {
            identity: Identity::read(&mut fields)?,
            serial: fields.u64()?,
            size: fields.u64()?,
            root: fields.hash()?,
            receipts_from: fields.u64()?,
            at: Timestamp(fields.u64()?),
            clean: fields.u8()? == 1,
        })
    }
}

/// Makes the file with its first mark; it is there whole or not at all.
pub(crate) fn create(log: &Path, mark: &Mark) -> io::Result<()> {
    let mut bytes = mark.encode();
    bytes.resize(2 * BLOCK as usize, 0);
    crate::disk::replace(log, FILE, &bytes)
}

/// Reads both slots.
pub(crate) fn read(file: &File) -> io::Result<Read> {
    let mut newest: Option<Mark> = None;
    let mut damaged = false;
    for slot in 0..2 {
        let mut bytes = [0; SLOT];
        let length = crate::disk::read_up_to(file, &mut bytes, slot * BLOCK)?;
        match Mark::decode(&bytes) {
            Some(mark) if newest.is_none_or(|other| other.serial < mark.serial) => newest = Some(mark),
            Some(_) => {}
            None => damaged |= length != SLOT || bytes != [0; SLOT],
        }
    }
    Ok(Read { newest, damaged })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;
    use waymark_domain::ids::{NetworkId, OfficeId};

    fn mark(serial: u64) -> Mark {
        let identity = Identity { network: NetworkId([1; 16]), office: OfficeId([2; 16]), log: 0 };
        Mark {
            identity,
            serial,
            size: serial * 10,
            root: Hash([3; 32]),
            receipts_from: 0,
            at: Timestamp(5),
            clean: false,
        }
    }

    #[test]
    fn the_newer_slot_wins_and_a_damaged_one_leaves_the_other() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(2 * BLOCK).unwrap();
        assert_eq!(read(&file).unwrap(), Read { newest: None, damaged: false });
        for serial in 4..=7 {
            mark(serial).write(&file).unwrap();
        }
        assert_eq!(read(&file).unwrap(), Read { newest: Some(mark(7)), damaged: false });
        file.write_all_at(b"x", BLOCK + 60).unwrap();
        assert_eq!(read(&file).unwrap(), Read { newest: Some(mark(6)), damaged: true });
    }
}
