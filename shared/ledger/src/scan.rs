//! Reading the log from one end to the other, a bundle at a time: for replay, audit and export.

use waymark_domain::ids::Hash;
use waymark_seal::hash::leaf_hash;

use crate::fault::ReadFault;
use crate::ledger::Ledger;
use crate::tiles::{WIDTH, split_bundle};

/// Entries in order; made by [`Ledger::scan`]. Ends at the first fault.
pub struct Scan<'a> {
    ledger: &'a Ledger,
    next: u64,
    end: u64,
    bundle: Vec<u8>,
    leaves: Vec<Hash>,
    at: usize,
    /// Entries below were in the files when the bundle was read.
    sure: u64,
}

impl Ledger {
    /// The entries from `from` up to the size of this moment: index, bytes and leaf hash, each compared with
    /// the hash that the tree of the log has for it.
    #[must_use]
    pub fn scan(&self, from: u64) -> Scan<'_> {
        Scan {
            ledger: self,
            next: from,
            end: self.size(),
            bundle: Vec::new(),
            leaves: Vec::new(),
            at: 0,
            sure: 0,
        }
    }
}

impl Scan<'_> {
    fn step(&mut self) -> Result<(Vec<u8>, Hash), ReadFault> {
        let core = &self.ledger.core;
        if let Some(group) = core.view.group_of(self.next) {
            // Not in tiles yet, and so is nothing after it.
            self.bundle.clear();
            if let Some(spot) = group.spot(self.next) {
                return Ok((group.entry(spot).to_vec(), spot.leaf));
            }
        }
        let position = (self.next % WIDTH) as usize;
        if self.bundle.is_empty() || position == 0 || self.next >= self.sure {
            self.sure = core.view.written();
            self.bundle = core.tiles.bundle(self.next / WIDTH)?;
            self.leaves = core.tiles.hashes(0, self.next / WIDTH, WIDTH as usize)?;
            self.at = split_bundle(&self.bundle).take(position).map(|(_, entry)| entry.len() + 2).sum();
        }
        let rest = self.bundle.get(self.at..).unwrap_or_default();
        match (split_bundle(rest).next(), self.leaves.get(position)) {
            (Some((_, entry)), Some(leaf)) if leaf_hash(entry) == *leaf => {
                self.at += entry.len() + 2;
                Ok((entry.to_vec(), *leaf))
            }
            _ => Err(ReadFault::EntryDamaged { index: self.next }),
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<(u64, Vec<u8>, Hash), ReadFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let step = self.step();
        let index = self.next;
        self.next = if step.is_ok() { index + 1 } else { self.end };
        Some(step.map(|(entry, leaf)| (index, entry, leaf)))
    }
}
