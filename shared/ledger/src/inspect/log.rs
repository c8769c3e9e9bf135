//! The log: each entry in its place, the tiles, the roots that were signed or durable.
//!
//! The tree is built twice, from the entries and from the hashes stored of them. Where one of the two has the root that was durable, it is
//! right, and what differs in the other is what is damaged.

use std::collections::{BTreeSet, HashMap};

use waymark_domain::ids::{Hash, OfficeId, ThreadId};
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::{ZERO, leaf_hash};
use waymark_seal::merkle::Frontier;
use waymark_seal::tile::LEVELS;

use super::flaw::{Flaw, Flaws};
use super::{Inspection, Stage, Tree, machine};
use crate::fault::OpenFault;
use crate::open::Files;
use crate::replay::{Replayed, root_at};
use crate::tiles::{Tile, Tiles, WIDTH, split_bundle};

/// What differs is remembered up to so many places.
const DIFFERENT_MAX: usize = super::FLAWS_MAX;

/// A tree as it is built, compared with the tiles above the leaves.
#[derive(Default)]
struct Side {
    tree: Frontier,
    /// Tiles above the leaves that hold something else.
    tiles: BTreeSet<(u8, u64)>,
    /// Hashes of the level that are not compared yet.
    upper: HashMap<u8, (u64, Vec<Hash>)>,
}

impl Side {
    fn push(&mut self, leaf: Hash, tiles: &Tiles) -> Result<(), OpenFault> {
        let mut full = Vec::new();
        let upper = &mut self.upper;
        self.tree.push_with(leaf, |level, position, hash| {
            if level > 0 && level % 8 == 0 {
                let (number, hashes) = upper.entry(level / 8).or_insert((position / WIDTH, Vec::new()));
                hashes.push(hash);
                if hashes.len() as u64 == WIDTH {
                    full.push((level / 8, *number, std::mem::take(hashes)));
                    *number += 1;
                }
            }
        });
        full.into_iter().try_for_each(|(level, number, hashes)| self.compare(level, number, &hashes, tiles))
    }

    /// The last tiles, which are not full.
    fn end(&mut self, tiles: &Tiles) -> Result<(), OpenFault> {
        let rest = std::mem::take(&mut self.upper);
        let rest = rest.into_iter().filter(|(_, (_, hashes))| !hashes.is_empty());
        rest.into_iter().try_for_each(|(level, (number, hashes))| self.compare(level, number, &hashes, tiles))
    }

    fn compare(&mut self, level: u8, number: u64, hashes: &[Hash], tiles: &Tiles) -> Result<(), OpenFault> {
        let stored = tiles.hashes(level, number, hashes.len()).map_err(machine)?;
        if stored != hashes && self.tiles.len() < DIFFERENT_MAX {
            self.tiles.insert((level, number));
        }
        Ok(())
    }
}

/// Reads the entries of `below`, which have left the journal. Gives their tree when it has the root that was durable.
pub(super) fn entries(
    asked: &Inspection<'_>,
    files: &Files,
    below: Head,
    flaws: &mut Flaws,
) -> Result<Option<Tree>, OpenFault> {
    let (mut of_entries, mut of_hashes) = (Side::default(), Side::default());
    let mut different = BTreeSet::new();
    // Believed where the entries are those that were logged.
    let (mut order, mut out_of_order) = (Order::new(asked), Flaws::default());
    for number in 0..below.size.div_ceil(WIDTH) {
        let first = number * WIDTH;
        let count = (below.size - first).min(WIDTH) as usize;
        let bytes = files.tiles.bundle(number).map_err(machine)?;
        let hashes = files.tiles.hashes(0, number, count).map_err(machine)?;
        let mut stored = split_bundle(&bytes);
        let (mut length, mut there) = (0, 0);
        for (index, position) in (first..).zip(0..count) {
            let entry = stored.next().map(|(_, entry)| entry);
            length += entry.map_or(0, |entry| entry.len() + 2);
            there += usize::from(entry.is_some());
            let (leaf, hash) = (entry.map(leaf_hash), hashes.get(position).copied());
            if leaf != hash && different.len() < DIFFERENT_MAX {
                different.insert(index);
            }
            of_entries.push(leaf.unwrap_or(ZERO), &files.tiles)?;
            of_hashes.push(hash.unwrap_or(ZERO), &files.tiles)?;
            if let Some(entry) = entry {
                order.take(index, entry, &mut out_of_order);
            }
        }
        // Behind the last full file lies what a settling that was cut short has written: it is written again.
        if first + WIDTH <= below.size && there == count && length != bytes.len() {
            flaws.say(Flaw::Bundle { number });
        }
        (asked.progress)(Stage::Entries, first + count as u64, below.size);
    }
    of_entries.end(&files.tiles)?;
    of_hashes.end(&files.tiles)?;
    let is = |side: &Side| below.size == 0 || side.tree.root() == below.root;
    let tile_of = |index: &u64| (0, index / WIDTH);
    let sound = is(&of_entries);
    match (sound, is(&of_hashes)) {
        (true, _) => {
            let tiles: BTreeSet<(u8, u64)> = different.iter().map(tile_of).chain(of_entries.tiles).collect();
            tiles.into_iter().for_each(|(level, number)| flaws.say(Flaw::Tile { level, number }));
            flaws.join(out_of_order);
        }
        (false, true) => {
            different.iter().for_each(|index| flaws.say(Flaw::Entry { index: *index }));
            of_hashes.tiles.into_iter().for_each(|(level, number)| flaws.say(Flaw::Tile { level, number }));
        }
        (false, false) => {
            flaws.say(Flaw::Root { size: below.size });
            different.iter().for_each(|index| flaws.say(Flaw::Entry { index: *index }));
        }
    }
    Ok(sound.then_some(of_entries.tree))
}

/// Files hold nothing more than what belongs there. Behind the end of what had left the journal may lie what a settling that was cut short
/// has written: it is written again.
pub(super) fn lengths(files: &Files, replayed: &Replayed, flaws: &mut Flaws) -> Result<(), OpenFault> {
    let (size, settled) = (replayed.base.size, replayed.groups.is_empty());
    for level in 0..LEVELS {
        let count = size >> (8 * u32::from(level));
        for number in 0..count.div_ceil(WIDTH) {
            let hashes = (count - number * WIDTH).min(WIDTH);
            let length = files.tiles.length(Tile::Hashes(level, number)).map_err(machine)?;
            if length > hashes * 32 && (settled || hashes == WIDTH) {
                flaws.say(Flaw::Tile { level, number });
            }
        }
    }
    let last = size / WIDTH;
    if settled && !size.is_multiple_of(WIDTH) {
        let length = files.tiles.length(Tile::Entries(last)).map_err(machine)?;
        if length > u64::from(replayed.base.bundle_bytes) {
            flaws.say(Flaw::Bundle { number: last });
        }
    }
    Ok(())
}

/// What the order of the log says: threads, chains to each recipient.
pub(super) struct Order<'a> {
    asked: &'a Inspection<'a>,
    threads: HashMap<ThreadId, u64>,
    sent: HashMap<Audience, (u64, Hash)>,
}

impl<'a> Order<'a> {
    fn new(asked: &'a Inspection<'a>) -> Self {
        Self { asked, threads: HashMap::new(), sent: HashMap::new() }
    }

    fn take(&mut self, index: u64, bytes: &[u8], flaws: &mut Flaws) {
        let Ok(entry) = Entry::parse(bytes) else {
            flaws.say(Flaw::Place { index });
            return;
        };
        let own = self.asked.identity;
        let place = (entry.network, entry.office, entry.log, entry.index);
        if place != (own.network, own.office, own.log, index) {
            flaws.say(Flaw::Place { index });
        }
        if entry.thread_prev != self.threads.insert(entry.thread, index) {
            flaws.say(Flaw::Thread { index });
        }
        if entry.audience != Audience::Nobody {
            let (number, leaf) = self.sent.get(&entry.audience).copied().unwrap_or((0, ZERO));
            if (entry.pair_seq, entry.pair_prev) != (number + 1, leaf) {
                flaws.say(Flaw::Sent { index });
            }
            self.sent.insert(entry.audience, (entry.pair_seq, leaf_hash(bytes)));
        }
    }
}

/// What was signed and what was durable, against what was found.
pub(super) fn signed(asked: &Inspection<'_>, files: &Files, replayed: &Replayed, flaws: &mut Flaws) {
    let head = replayed.head();
    let on_disk = files.checkpoint.as_deref().and_then(|checkpoint| asked.signer.verify(checkpoint));
    let marked = files.mark.map(|mark| Head { size: mark.size, root: mark.root });
    for known in on_disk.iter().chain(&marked) {
        if known.size > head.size {
            flaws.say(Flaw::EntriesMissing { found: head.size, signed: known.size });
        } else if root_at(replayed, known.size).is_some_and(|root| root != known.root) {
            flaws.say(Flaw::Root { size: known.size });
        }
    }
    // The newest one may still stand in the journal, with the entries under it.
    let newest = replayed.groups.last().map(|group| group.checkpoint()).or(files.checkpoint.as_deref());
    let is_signed = newest.is_some_and(|checkpoint| asked.signer.verify(checkpoint) == Some(head));
    if head.size > 0 && !is_signed {
        flaws.say(Flaw::Checkpoint);
    }
}

/// The chain in which an office's entries came.
pub(super) type Came = HashMap<(OfficeId, u32, bool), (u64, Hash)>;
