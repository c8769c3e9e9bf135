//! Erasing bodies where they lie. The entry, and with it the log, stays as it was signed; a hole remains with its hash.

use std::sync::PoisonError;

use waymark_seal::entry::Entry;
use waymark_seal::hash::sha256;
use waymark_seal::unplaced::Body;

use crate::facts::named;
use crate::fault::{ChangeFault, CommitFault, ReadFault};
use crate::ledger::Ledger;
use crate::record::{self, Record};
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

    /// As [`Ledger::tombstone`] for many entries; what the journal holds is settled once. One that cannot be erased keeps none
    /// of the others.
    ///
    /// # Errors
    /// As [`Ledger::tombstone`].
    pub fn tombstones(&self, entries: &[(u64, Bodies)]) -> Result<(), ChangeFault> {
        self.leave_journal(entries.iter().map(|(index, _)| *index).max().unwrap_or_default())?;
        let _alone = self.core.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcome = Ok(());
        for (index, which) in entries {
            outcome = outcome.and(self.erase(*index, which));
        }
        Ok(outcome?)
    }

    /// Sees to it that the journal holds no copy of anything up to entry `last`. Asks for no space when it holds none.
    fn leave_journal(&self, last: u64) -> Result<(), CommitFault> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let from = self.core.orders.draining_from().unwrap_or(tail.journal.head.base.size);
        if last < from && !self.core.is_poisoned() { Ok(()) } else { tail.settle_all(&self.core) }
    }

    fn erase(&self, index: u64, which: &Bodies) -> Result<(), ReadFault> {
        let damaged = || ReadFault::BodiesDamaged { index };
        let entry = self.parsed(index)?;
        let place = self.place(index)?;
        if place.at == At::Nowhere {
            let none = entry.body_count() == 0 && named(entry.kind, &entry.public).is_empty();
            return if none { Ok(()) } else { Err(damaged()) };
        }
        let bytes = self.core.segments.read(place.at, entry.event)?.ok_or_else(damaged)?;
        if place.at != At::Large && record::index(&bytes) != Some(index) {
            return Err(damaged());
        }
        // An erasure that was cut short may have left a directory that does not fit its checksum.
        let record = Record::read_unchecked(&bytes).ok_or_else(damaged)?;
        let own = record.own_count();
        let offset = if record.has_kept() { own } else { 0 };
        let erasing = record.erasing(|body| match which {
            Bodies::All => true,
            Bodies::Only(bodies) => body.checked_sub(offset).is_some_and(|body| bodies.contains(&body)),
        });
        match erasing {
            Some(erasing) => Ok(self.core.segments.erase(place.at, entry.event, &erasing)?),
            None => Ok(()),
        }
    }

    /// Puts bodies that were damaged here back, as a counterpart gave them: each must have the hash that the entry names. What
    /// was erased stays erased.
    ///
    /// # Errors
    /// [`ChangeFault::NotTheSame`] when they are not; then nothing was changed.
    pub fn restore_bodies(&self, index: u64, bodies: &[Body]) -> Result<(), ChangeFault> {
        self.settle()?;
        // Before the record is read: an erasure meanwhile would be undone.
        let _alone = self.core.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = self.parsed(index)?;
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
        let filled = record.filled(whole).ok_or(ChangeFault::NotTheSame { index })?;
        Ok(self.core.segments.rewrite(place.at, entry.event, &filled).map_err(ReadFault::from)?)
    }

    fn parsed(&self, index: u64) -> Result<Entry, ReadFault> {
        Entry::parse(&self.entry(index)?).map_err(|_| ReadFault::EntryDamaged { index })
    }
}
