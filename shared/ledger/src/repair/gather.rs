//! Finds the bytes of every entry under a head: in bundles, in journal frames, with counterparts.

use std::collections::{BTreeMap, HashMap};

use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::Head;
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;

use super::{RepairFault, Supplied};
use crate::disk::DiskFault;
use crate::frame::{self, RecordForm};
use crate::journal;
use crate::open::Files;
use crate::tiles::{Tiles, WIDTH, split_bundle};

/// A journal frame as far as it can be read.
pub(crate) struct Frame {
    pub(crate) first: u64,
    pub(crate) entries: Vec<Vec<u8>>,
    /// Records that lay in the frame.
    pub(crate) records: Vec<Option<Vec<u8>>>,
    pub(crate) checkpoint: Vec<u8>,
    pub(crate) generation: u64,
    /// Its payload is the one it was written with.
    pub(crate) whole: bool,
}

impl Frame {
    fn at(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.first)?).ok().filter(|position| *position < self.entries.len())
    }

    pub(crate) fn entry(&self, index: u64) -> Option<&[u8]> {
        self.entries.get(self.at(index)?).map(Vec::as_slice)
    }

    pub(crate) fn record(&self, index: u64) -> Option<&[u8]> {
        self.records.get(self.at(index)?)?.as_deref()
    }
}

/// All frames of both journal files, whole ones first.
pub(crate) fn frames(files: &Files) -> Result<Vec<Frame>, DiskFault> {
    let mut found = Vec::new();
    for file in files.journals.iter().flatten() {
        let bytes = file.read_all()?;
        for (head, bytes, whole) in journal::salvage(&bytes) {
            let Some(layout) = frame::layout(bytes, &head) else { continue };
            let record = |(form, span): &(RecordForm, frame::Span)| {
                (*form == RecordForm::Inline).then(|| span.of(bytes).to_vec())
            };
            let frame = Frame {
                first: head.first,
                entries: layout.entries.iter().map(|span| span.of(bytes).to_vec()).collect(),
                records: layout.records.iter().map(record).collect(),
                checkpoint: layout.checkpoint.of(bytes).to_vec(),
                generation: head.generation,
                whole,
            };
            found.push(frame);
        }
    }
    found.sort_by_key(|frame| (!frame.whole, frame.first));
    Ok(found)
}

/// The log as it was signed.
pub(crate) struct Gathered {
    pub(crate) head: Head,
    pub(crate) leaves: Vec<Hash>,
    /// Bundles that have to be written.
    pub(crate) changed: BTreeMap<u64, Vec<Vec<u8>>>,
    /// Entries that were not in their place.
    pub(crate) restored: Vec<u64>,
    /// What was asked for on the way.
    pub(crate) supplied: HashMap<u64, Supplied>,
}

/// Puts together all entries under `target`.
pub(crate) fn gather(
    tiles: &Tiles,
    frames: &[Frame],
    target: Head,
    supply: &mut dyn FnMut(u64) -> Option<Supplied>,
) -> Result<Gathered, RepairFault> {
    let mut gathered = Gathered {
        head: target,
        leaves: Vec::new(),
        changed: BTreeMap::new(),
        restored: Vec::new(),
        supplied: HashMap::new(),
    };
    let mut missing = Vec::new();
    for number in 0..target.size.div_ceil(WIDTH) {
        gathered.bundle(tiles, frames, number, supply, &mut missing)?;
    }
    if !missing.is_empty() {
        return Err(RepairFault::StillMissing { indices: missing });
    }
    let mut frontier = Frontier::new();
    gathered.leaves.iter().for_each(|leaf| frontier.push(*leaf));
    if frontier.root() == target.root {
        Ok(gathered)
    } else {
        Err(RepairFault::RootDiffers { size: target.size })
    }
}

impl Gathered {
    fn bundle(
        &mut self,
        tiles: &Tiles,
        frames: &[Frame],
        number: u64,
        supply: &mut dyn FnMut(u64) -> Option<Supplied>,
        missing: &mut Vec<u64>,
    ) -> Result<(), RepairFault> {
        let first = number * WIDTH;
        let count = (self.head.size - first).min(WIDTH) as usize;
        let bytes = tiles.bundle(number)?;
        let stored: Vec<&[u8]> = split_bundle(&bytes).map(|(_, entry)| entry).collect();
        let hashes = tiles.hashes(0, number, count)?;
        let tile_is_sound = tile_is_sound(tiles, number, &hashes)?;
        let mut entries = Vec::with_capacity(count);
        for (index, position) in (first..).zip(0..count) {
            let here = stored.get(position).copied();
            let copies = |whole: bool| {
                frames.iter().filter(move |frame| frame.whole == whole).filter_map(|frame| frame.entry(index))
            };
            // A whole frame is checksummed, a bundle is not, and of a damaged frame any entry may be the damaged one.
            let sure: Vec<&[u8]> = copies(true).chain(here).collect();
            let unsure: Vec<&[u8]> = copies(false).collect();
            let hash = hashes.get(position).copied();
            let Some(entry) = self.choose(index, &sure, &unsure, (hash, tile_is_sound), supply) else {
                missing.push(index);
                continue;
            };
            if here != Some(entry.as_slice()) {
                self.restored.push(index);
            }
            self.leaves.push(leaf_hash(&entry));
            entries.push(entry);
        }
        let length: usize = entries.iter().map(|entry| entry.len() + 2).sum();
        let same = stored.len() == entries.len()
            && length == bytes.len()
            && entries.iter().zip(&stored).all(|(entry, here)| entry == here);
        if !same {
            self.changed.insert(number, entries);
        }
        Ok(())
    }

    /// The bytes of one entry: those that have the stored hash; or, where that hash is itself in doubt, those a counterpart
    /// confirms, or the best there are. The root decides in the end.
    fn choose(
        &mut self,
        index: u64,
        sure: &[&[u8]],
        unsure: &[&[u8]],
        (hash, hash_is_sound): (Option<Hash>, bool),
        supply: &mut dyn FnMut(u64) -> Option<Supplied>,
    ) -> Option<Vec<u8>> {
        let mut found = sure.iter().chain(unsure);
        let fits = |entry: &[u8]| Some(leaf_hash(entry)) == hash;
        if let Some(entry) = found.clone().find(|entry| fits(entry)) {
            return Some(entry.to_vec());
        }
        if let (None, Some(entry)) = (hash, sure.first()) {
            return Some(entry.to_vec());
        }
        let given = supply(index);
        if let Some(given) = &given {
            self.supplied.insert(index, given.clone());
            if hash.is_none() || fits(&given.entry) || found.clone().any(|entry| *entry == given.entry) {
                return Some(given.entry.clone());
            }
        }
        if hash_is_sound { None } else { found.next().map(|entry| entry.to_vec()) }
    }
}

/// Whether the hashes of a full tile give the hash above them.
fn tile_is_sound(tiles: &Tiles, number: u64, hashes: &[Hash]) -> Result<bool, DiskFault> {
    if hashes.len() as u64 != WIDTH {
        return Ok(false);
    }
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.push(*hash));
    let above = tiles.hashes(1, number / WIDTH, (number % WIDTH) as usize + 1)?;
    Ok(above.get((number % WIDTH) as usize) == Some(&frontier.root()))
}
