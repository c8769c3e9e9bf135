//! Erasing bodies where they lie. The entry, and with it the log, stays as it was signed; a hole remains with its hash.

use std::sync::PoisonError;

use waymark_domain::ids::EventId;
use waymark_seal::entry::Entry;
use waymark_seal::hash::sha256;
use waymark_seal::unplaced::Body;

use crate::fault::{ChangeFault, ReadFault};
use crate::ledger::Ledger;
use crate::record::Record;
use crate::segments::At;

/// Which bodies of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bodies {
    /// All: its own, and those of the entry it keeps.
    All,
    /// By position: sections then wraps; of the kept entry when there is one, else of the entry itself.
    Only(Vec<usize>),
}

impl Ledger {
    /// Overwrites bodies of entry `index` with zeros, durably, in the segment and wherever the journal held them.
    /// Doing it again does nothing more; after a crash, do it again.
    ///
    /// # Security
    /// What it cannot promise (remapped blocks, snapshots of the file system, backups) stands in the operator's manual.
    ///
    /// # Errors
    /// [`ChangeFault`]; then nothing, or a part, was erased.
    pub fn tombstone(&self, index: u64, which: &Bodies) -> Result<(), ChangeFault> {
        self.tombstones(&[(index, which.clone())])
    }

    /// As [`Ledger::tombstone`] for many entries; what the journal holds is settled once.
    ///
    /// # Errors
    /// As [`Ledger::tombstone`].
    pub fn tombstones(&self, entries: &[(u64, Bodies)]) -> Result<(), ChangeFault> {
        // The journal holds copies: after this it is zeros.
        self.settle()?;
        let _alone = self.core.changing.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, which) in entries {
            let index = *index;
            let (event, place) = (self.event_of(index)?, self.place(index)?);
            if place.at == At::Nowhere {
                continue;
            }
            let bytes = self.core.segments.read(place.at, event).map_err(ReadFault::from)?;
            let bytes = bytes.ok_or(ReadFault::BodiesDamaged { index })?;
            // An erasure that was cut short may have left a directory that does not fit its checksum.
            let record = Record::read_unchecked(&bytes).ok_or(ReadFault::BodiesDamaged { index })?;
            let own = record.own_count();
            let offset = if record.has_kept() { own } else { 0 };
            let erasing = record.erasing(|body| match which {
                Bodies::All => true,
                Bodies::Only(bodies) => body.checked_sub(offset).is_some_and(|body| bodies.contains(&body)),
            });
            if let Some(erasing) = erasing {
                self.core.segments.erase(place.at, event, &erasing).map_err(ReadFault::from)?;
            }
        }
        Ok(())
    }

    /// Puts bodies that were damaged here back, as a counterpart gave them: each must have the hash that the entry names.
    ///
    /// # Errors
    /// [`ChangeFault::NotTheSame`] when they are not; then nothing was changed.
    pub fn restore_bodies(&self, index: u64, bodies: &[Body]) -> Result<(), ChangeFault> {
        self.settle()?;
        let entry = Entry::parse(&self.entry(index)?).map_err(|_| ReadFault::EntryDamaged { index })?;
        let place = self.place(index)?;
        let bytes = self.core.segments.read(place.at, entry.event).map_err(ReadFault::from)?;
        let bytes = bytes.ok_or(ReadFault::BodiesDamaged { index })?;
        let record = Record::read_unchecked(&bytes).ok_or(ReadFault::BodiesDamaged { index })?;
        let hashes: Vec<_> = entry.body_hashes().collect();
        let fits = |(body, hash): (&Body, &&waymark_domain::ids::Hash)| match body {
            Body::Whole(bytes) => sha256(&[bytes]) == **hash,
            Body::Withheld(_) => true,
        };
        if bodies.len() != hashes.len() || !bodies.iter().zip(&hashes).all(fits) {
            return Err(ChangeFault::NotTheSame { index });
        }
        let whole = |position: usize| match bodies.get(position) {
            Some(Body::Whole(bytes)) => Some(bytes.clone()),
            Some(Body::Withheld(_)) | None => None,
        };
        let _alone = self.core.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = record.filled(whole).ok_or(ChangeFault::NotTheSame { index })?;
        Ok(self.core.segments.rewrite(place.at, entry.event, &filled).map_err(ReadFault::from)?)
    }

    fn event_of(&self, index: u64) -> Result<EventId, ReadFault> {
        Entry::parse(&self.entry(index)?)
            .map(|entry| entry.event)
            .map_err(|_| ReadFault::EntryDamaged { index })
    }
}
