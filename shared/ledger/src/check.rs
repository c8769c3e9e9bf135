//! Checking everything: each entry against its leaf, the tiles against each other and the signed root, each body against the
//! hash that its entry names. Reads the whole log; nothing waits for it.

use waymark_domain::ids::Hash;
use waymark_seal::entry::Entry;
use waymark_seal::hash::{leaf_hash, sha256};
use waymark_seal::merkle::Frontier;
use waymark_seal::unplaced::{Body, Kept};

use crate::facts::{RECEIPTED, named};
use crate::fault::ReadFault;
use crate::ledger::Ledger;
use crate::tiles::{WIDTH, split_bundle};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// Entries looked at.
    pub entries: u64,
    /// Bodies that were there.
    pub bodies: u64,
    /// Bodies that were erased, or never came.
    pub withheld: u64,
    /// What is wrong, in the order of the log.
    pub faults: Vec<CheckFault>,
}

/// Something wrong in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFault {
    /// The entry is missing or not the one that was logged.
    Entry {
        /// Which.
        index: u64,
    },
    /// Its bodies, or the entry it keeps, are missing or not those that it names.
    Bodies {
        /// Whose.
        index: u64,
    },
    /// A stored hash is missing or wrong.
    Tile {
        /// Level of the tile.
        level: u8,
        /// Position of the hash on that level.
        position: u64,
    },
    /// The entries do not have the root that is signed.
    Root,
    /// The checkpoint on disk is not signed by this office, or is newer than the log.
    Checkpoint,
}

impl Ledger {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Only when the machine fails; what is wrong is in the report.
    pub fn check(&self) -> Result<CheckReport, ReadFault> {
        let (head, checkpoint) = self.checkpoint();
        let mut report = CheckReport { entries: head.size, ..CheckReport::default() };
        let mut frontier = Frontier::new();
        for bundle in 0..head.size.div_ceil(WIDTH) {
            self.check_bundle(bundle, head.size, &mut frontier, &mut report)?;
        }
        if frontier.root() != head.root {
            report.faults.push(CheckFault::Root);
        }
        if head.size > 0 && self.core.signer.verify(&checkpoint) != Some(head) {
            report.faults.push(CheckFault::Checkpoint);
        }
        Ok(report)
    }

    fn check_bundle(
        &self,
        number: u64,
        size: u64,
        frontier: &mut Frontier,
        report: &mut CheckReport,
    ) -> Result<(), ReadFault> {
        let first = number * WIDTH;
        let count = (size - first).min(WIDTH) as usize;
        // Before the files: what has left memory by then is in them.
        let groups = self.core.view.groups();
        let bytes = self.core.tiles.bundle(number)?;
        let mut stored = split_bundle(&bytes).map(|(_, entry)| entry);
        let leaves = self.core.tiles.hashes(0, number, count)?;
        for (index, position) in (first..).zip(0..count) {
            let in_memory = groups.iter().find(|group| group.spot(index).is_some());
            let spot =
                in_memory.and_then(|group| Some((group.entry(group.spot(index)?), group.spot(index)?.leaf)));
            let on_disk = stored.next();
            let entry = spot.map(|(entry, _)| entry).or(on_disk);
            let leaf = spot.map(|(_, leaf)| leaf).or_else(|| leaves.get(position).copied());
            self.check_entry(index, entry, leaf, frontier, report)?;
        }
        Ok(())
    }

    fn check_entry(
        &self,
        index: u64,
        entry: Option<&[u8]>,
        leaf: Option<Hash>,
        frontier: &mut Frontier,
        report: &mut CheckReport,
    ) -> Result<(), ReadFault> {
        let found = entry.map(leaf_hash);
        match (found, leaf) {
            (Some(found), Some(leaf)) if found == leaf => {
                self.check_bodies(index, entry.unwrap_or_default(), report)?
            }
            (_, Some(_)) => report.faults.push(CheckFault::Entry { index }),
            (_, None) => report.faults.push(CheckFault::Tile { level: 0, position: index }),
        }
        let written = self.core.view.written();
        let mut wrong = Vec::new();
        frontier.push_with(leaf.or(found).unwrap_or(Hash([0; 32])), |level, position, hash| {
            // Hashes of the last groups are in memory only.
            if level > 0 && level % 8 == 0 && (position + 1) << level <= written {
                wrong.push((level / 8, position, hash));
            }
        });
        for (level, position, hash) in wrong {
            let stored = self.core.tiles.hashes(level, position / WIDTH, (position % WIDTH) as usize + 1)?;
            if stored.get((position % WIDTH) as usize) != Some(&hash) {
                report.faults.push(CheckFault::Tile { level, position });
            }
        }
        Ok(())
    }

    fn check_bodies(&self, index: u64, entry: &[u8], report: &mut CheckReport) -> Result<(), ReadFault> {
        let sound = Entry::parse(entry).map(|entry| self.bodies_are_sound(&entry, report));
        match sound {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) | Err(_) => {
                report.faults.push(CheckFault::Bodies { index });
                Ok(())
            }
            Ok(Err(fault)) => Err(fault),
        }
    }

    fn bodies_are_sound(&self, entry: &Entry, report: &mut CheckReport) -> Result<bool, ReadFault> {
        let bodies = match self.bodies(entry.index) {
            Ok(bodies) => bodies,
            Err(ReadFault::BodiesDamaged { .. }) => return Ok(false),
            Err(fault) => return Err(fault),
        };
        let kept = match self.kept(entry.index) {
            Ok(kept) => kept,
            Err(ReadFault::BodiesDamaged { .. }) => return Ok(false),
            Err(fault) => return Err(fault),
        };
        let mut sound = all_fit(entry, &bodies, report);
        let mut leaves = Vec::new();
        if let Some(kept) = kept {
            leaves.push(leaf_hash(&kept.entry));
            sound &= Entry::parse(&kept.entry).is_ok_and(|entry| all_fit(&entry, &kept.bodies, report));
        }
        if entry.kind == RECEIPTED {
            leaves.extend(bodies.iter().filter_map(receipt_leaf));
        }
        let named = named(entry.kind, &entry.public);
        Ok(sound && (named.is_empty() || named.iter().map(|at| at.leaf).eq(leaves)))
    }
}

/// The leaf of the receipt in a body of `Receipted`.
pub(crate) fn receipt_leaf(body: &Body) -> Option<Hash> {
    match body {
        Body::Whole(bytes) => postcard::from_bytes::<Kept>(bytes).ok().map(|kept| leaf_hash(&kept.entry)),
        Body::Withheld(_) => None,
    }
}

/// Whether each body that is there has the hash that the entry names.
fn all_fit(entry: &Entry, bodies: &[Body], report: &mut CheckReport) -> bool {
    let mut sound = true;
    for (body, hash) in bodies.iter().zip(entry.body_hashes()) {
        match body {
            Body::Whole(bytes) => {
                report.bodies += 1;
                sound &= sha256(&[bytes]) == *hash;
            }
            Body::Withheld(_) => report.withheld += 1,
        }
    }
    sound
}
