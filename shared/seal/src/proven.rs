//! What a bundle for auditors holds of each entry of another log that a log names: the entry, its path, the head. Never a body.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::Hash;

use crate::canonical::{self, Uncanonical};
use crate::checkpoint::CHECKPOINT_MAX;
use crate::entry::ENTRY_MAX;
use crate::merkle::PATH_MAX;

/// Bytes of a record, at most: its numbers and lengths take no more than 32.
pub const PROVEN_MAX: usize = ENTRY_MAX + CHECKPOINT_MAX + PATH_MAX * 32 + 32;

/// An entry of another log, and what proves it. The field order is the wire order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Index, in the own log, of the entry that names it.
    pub at: u64,
    /// The entry, as it was received.
    #[serde(with = "canonical::bytes")]
    pub entry: Vec<u8>,
    /// The tree head that covers it, as it was received.
    #[serde(with = "canonical::bytes")]
    pub checkpoint: Vec<u8>,
    /// The inclusion path under that head.
    #[serde(deserialize_with = "canonical::vec::<_, _, PATH_MAX>")]
    pub path: Vec<Hash>,
}

impl Proven {
    /// The bytes of the record behind their length, `u32` big-endian.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let record = canonical::encode(self);
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        [length.to_be_bytes().as_slice(), &record].concat()
    }

    /// Reads a record without its length.
    ///
    /// # Errors
    /// [`Uncanonical`] when it is over a limit or not in its one encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, Uncanonical> {
        if bytes.len() > PROVEN_MAX {
            return Err(Uncanonical::Malformed);
        }
        let record: Self = canonical::parse(bytes)?;
        let within = record.entry.len() <= ENTRY_MAX
            && record.checkpoint.len() <= CHECKPOINT_MAX
            && record.path.len() <= PATH_MAX;
        if within { Ok(record) } else { Err(Uncanonical::Malformed) }
    }
}

/// The records of a bundle one after the other, each with the byte at which its length stands; `None` once, and last, where the bytes
/// stop making sense.
pub fn split_records(bundle: &[u8]) -> impl Iterator<Item = Option<(u32, &[u8])>> {
    let mut at = Some(0);
    core::iter::from_fn(move || {
        let offset: usize = at.take()?;
        let rest = bundle.get(offset..).filter(|rest| !rest.is_empty())?;
        let record = rest
            .split_first_chunk::<4>()
            .and_then(|(length, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?));
        let placed = record.and_then(|record| Some((u32::try_from(offset).ok()?, record)));
        at = placed.map(|(_, record)| offset + 4 + record.len());
        Some(placed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at: u64) -> Proven {
        Proven { at, entry: vec![1; 300], checkpoint: vec![2; 200], path: vec![Hash([3; 32]); 5] }
    }

    #[test]
    fn records_are_split_and_read_back_until_they_break() {
        let bundle = [record(1).encode(), record(300).encode(), vec![0, 0, 0, 9, 1]].concat();
        let found: Vec<_> = split_records(&bundle).collect();
        assert_eq!(found.len(), 3);
        assert_eq!(Proven::parse(found[1].unwrap().1), Ok(record(300)));
        assert_eq!(found[2], None);
        assert_eq!(split_records(&[]).count(), 0);
    }

    #[test]
    fn a_claimed_length_a_long_varint_and_a_long_path_are_refused() {
        let good = record(1).encode();
        assert!(Proven::parse(&good[4..good.len() - 1]).is_err());
        assert!(Proven::parse(&[&[0x81, 0x00], &good[5..]].concat()).is_err());
        assert!(Proven::parse(&[1, 0xff, 0xff, 0xff, 0xff, 0x0f]).is_err());
        let long = Proven { path: vec![Hash([3; 32]); PATH_MAX + 1], ..record(1) };
        assert!(Proven::parse(&long.encode()[4..]).is_err());
        let large = Proven { entry: vec![0; ENTRY_MAX + 1], ..record(1) };
        assert!(Proven::parse(&large.encode()[4..]).is_err());
    }
}
