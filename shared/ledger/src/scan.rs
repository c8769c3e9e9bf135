//! Reading the log from one end to the other, a bundle at a time: for replay, audit and export.

use crate::fault::ReadFault;
use crate::ledger::Ledger;
use crate::tiles::{WIDTH, split_bundle};

/// Entries in order; made by [`Ledger::scan`]. Ends at the first fault.
pub struct Scan<'a> {
    ledger: &'a Ledger,
    next: u64,
    end: u64,
    bundle: Vec<u8>,
    at: usize,
}

impl Ledger {
    /// The entries from `from` up to the size of this moment: index and bytes. They are not hashed here; whoever audits does.
    #[must_use]
    pub fn scan(&self, from: u64) -> Scan<'_> {
        Scan { ledger: self, next: from, end: self.size(), bundle: Vec::new(), at: 0 }
    }
}

impl Scan<'_> {
    fn step(&mut self) -> Result<Vec<u8>, ReadFault> {
        let core = &self.ledger.core;
        if let Some(group) = core.view.group_of(self.next) {
            // Not in tiles yet, and so is nothing after it.
            self.bundle.clear();
            if let Some(spot) = group.spot(self.next) {
                return Ok(group.entry(spot).to_vec());
            }
        }
        if self.bundle.is_empty() || self.next.is_multiple_of(WIDTH) {
            self.bundle = core.tiles.bundle(self.next / WIDTH)?;
            let before = split_bundle(&self.bundle).take((self.next % WIDTH) as usize);
            self.at = before.map(|(_, entry)| entry.len() + 2).sum();
        }
        let damaged = ReadFault::EntryDamaged { index: self.next };
        let rest = self.bundle.get(self.at..).unwrap_or_default();
        let Some((_, entry)) = split_bundle(rest).next() else { return Err(damaged) };
        self.at += entry.len() + 2;
        Ok(entry.to_vec())
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<(u64, Vec<u8>), ReadFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let step = self.step();
        let index = self.next;
        self.next = if step.is_ok() { index + 1 } else { self.end };
        Some(step.map(|entry| (index, entry)))
    }
}
