//! Bodies: each that an entry names is there, or erased; what others wrote follows in their chains; and nothing else lies among them.

use std::collections::BTreeSet;

use waymark_domain::ids::{EventId, Hash};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::{ZERO, leaf_hash, sha256};
use waymark_seal::unplaced::Kept;

use super::flaw::Flaw;
use super::log::Came;
use super::{Inspected, Inspection, Stage, machine};
use crate::again::Records;
use crate::core::bodies_folder;
use crate::disk::While;
use crate::facts::{RECEIPTED, named};
use crate::fault::{OpenFault, ReadFault};
use crate::ledger::Ledger;
use crate::record::{Part, Record};
use crate::replay::Replayed;
use crate::segments::At;

/// Entries between two progress reports.
const PROGRESS_STEP: u64 = 1_024;

/// Bodies of an entry that were erased where they lay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// The entry of the own log.
    pub index: u64,
    /// One bit for each, by position: sections then wraps; of the kept entry when there is one, else of the entry itself.
    pub bodies: u64,
}

impl Tombstone {
    /// The positions of the bodies that were erased.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |position| self.bodies >> position & 1 == 1)
    }
}

/// Looks at the bodies of every entry.
pub(super) fn all(
    asked: &Inspection<'_>,
    log: &Ledger,
    replayed: &Replayed,
    found: &mut Inspected,
) -> Result<(), OpenFault> {
    let size = replayed.frontier.size();
    let mut came = Came::new();
    for step in log.scan(0) {
        let (index, bytes, _) = step?;
        match Entry::parse(&bytes) {
            Ok(entry) => one(log, &entry, &mut came, found)?,
            Err(_) => found.flaws.say(Flaw::Place { index }),
        }
        if index % PROGRESS_STEP == 0 {
            (asked.progress)(Stage::Bodies, index, size);
        }
    }
    (asked.progress)(Stage::Bodies, size, size);
    Ok(())
}

fn one(log: &Ledger, entry: &Entry, came: &mut Came, found: &mut Inspected) -> Result<(), OpenFault> {
    let index = entry.index;
    let named = named(entry.kind, &entry.public);
    let names_none = entry.body_count() == 0 && named.is_empty();
    let record = match log.record(index, entry.event) {
        Ok(record) => record,
        Err(ReadFault::BodiesDamaged { .. }) => None,
        Err(fault) => return Err(fault.into()),
    };
    let Some(record) = record else {
        if !names_none {
            found.flaws.say(Flaw::Body { index });
        }
        return Ok(());
    };
    if names_none {
        found.flaws.say(Flaw::BodyUnnamed { index });
        return Ok(());
    }
    let Ok(record) = Record::read(&record) else {
        found.flaws.say(Flaw::Body { index });
        return Ok(());
    };
    let Held { sound, tombs, leaves } = held(log, entry, &record, came, found);
    if !sound || !named.is_empty() && !named.iter().map(|at| at.leaf).eq(leaves) {
        found.flaws.say(Flaw::Body { index });
    }
    if tombs != 0 {
        found.tombstones.push(Tombstone { index, bodies: tombs });
    }
    Ok(())
}

/// What a record holds of its entry.
struct Held {
    /// Each part is what the entry names.
    sound: bool,
    /// Bodies that were erased, as in [`Tombstone`].
    tombs: u64,
    /// The entries of other logs that are kept.
    leaves: Vec<Hash>,
}

fn held(log: &Ledger, entry: &Entry, record: &Record<'_>, came: &mut Came, found: &mut Inspected) -> Held {
    let own: Vec<Part<'_>> = record.own().collect();
    let (fits, tombs) = bodies(&own, entry, found);
    let mut held = Held { sound: fits && own.len() >= entry.body_count(), tombs, leaves: Vec::new() };
    if let Some(mut parts) = record.kept() {
        let kept = match parts.next() {
            Some(Part::Whole(bytes)) => Entry::parse(bytes).ok().map(|kept| (kept, leaf_hash(bytes))),
            _ => None,
        };
        // The checkpoint and the path that prove it.
        held.sound &= (0..2).all(|_| matches!(parts.next(), Some(Part::Whole(_)))) && kept.is_some();
        if let Some((kept, leaf)) = kept {
            let parts: Vec<Part<'_>> = parts.collect();
            let (fits, tombs) = bodies(&parts, &kept, found);
            held.sound &= fits && parts.len() == kept.body_count();
            held.tombs = tombs;
            follows(log, entry.index, &kept, leaf, came, found);
            held.leaves.push(leaf);
        }
    }
    if entry.kind == RECEIPTED {
        for receipt in own.iter().filter_map(receipt) {
            let leaf = leaf_hash(&receipt.entry);
            if let Ok(kept) = Entry::parse(&receipt.entry) {
                follows(log, entry.index, &kept, leaf, came, found);
            }
            held.leaves.push(leaf);
        }
    }
    held
}

/// Whether each body is what its entry names, or was given up; and which of them were erased.
fn bodies(parts: &[Part<'_>], entry: &Entry, found: &mut Inspected) -> (bool, u64) {
    let (mut sound, mut tombs) = (true, 0);
    for (position, (part, hash)) in parts.iter().zip(entry.body_hashes()).enumerate() {
        sound &= fits(part, hash, found);
        if *part == Part::Erased {
            tombs |= 1_u64.checked_shl(position as u32).unwrap_or(1 << 63);
        }
    }
    (sound, tombs)
}

/// The receipt in a body of `Receipted`.
fn receipt(part: &Part<'_>) -> Option<Kept> {
    match part {
        Part::Whole(bytes) => postcard::from_bytes(bytes).ok(),
        Part::Withheld(_) | Part::Erased | Part::Damaged => None,
    }
}

/// Whether a part is what its hash names, or was given up.
fn fits(part: &Part<'_>, hash: &Hash, found: &mut Inspected) -> bool {
    match part {
        Part::Whole(bytes) => {
            found.bodies += 1;
            sha256(&[bytes]) == *hash
        }
        Part::Withheld(is) => {
            found.withheld += 1;
            is == hash
        }
        Part::Erased => true,
        Part::Damaged => false,
    }
}

/// Whether an entry of another log follows the one that came before it from there. What this office wrote in an earlier log has no
/// number here, and a later log may begin anywhere and receipt once more.
fn follows(log: &Ledger, index: u64, kept: &Entry, leaf: Hash, came: &mut Came, found: &mut Inspected) {
    let own = log.identity();
    if kept.office == own.office || kept.audience == Audience::Nobody {
        return;
    }
    let key = (kept.office, kept.log, kept.audience == Audience::Network);
    let (number, last) = came.get(&key).copied().unwrap_or((0, ZERO));
    if own.log > 0 && kept.pair_seq <= number {
        return;
    }
    if number > 0 && (kept.pair_seq, kept.pair_prev) != (number + 1, last) {
        found.flaws.say(Flaw::Received { index });
    }
    came.insert(key, (kept.pair_seq, leaf));
}

/// What lies among the bodies and belongs to no entry.
pub(super) fn strays(
    asked: &Inspection<'_>,
    log: &Ledger,
    records: &Records,
    replayed: &Replayed,
    found: &mut Inspected,
) -> Result<(), OpenFault> {
    // Behind that lies what a settling that was cut short has written: it is written again.
    let begun = replayed.base.cursor;
    let settled = replayed.groups.is_empty();
    for (at, bytes) in &records.strays {
        if settled || (at.segment, at.offset) < (begun.segment, begun.offset) {
            found.flaws.say(Flaw::BodyStray { segment: at.segment, at: at.offset, bytes: *bytes });
        }
    }
    let mut large = large(asked)?;
    if large.is_empty() {
        return Ok(());
    }
    for index in 0..log.size() {
        if log.place(index)?.at == At::Large
            && let Ok(entry) = Entry::parse(&log.entry(index)?)
        {
            large.remove(&entry.event);
        }
    }
    // One that was written before its entry was committed, when the power went, is removed at the next start.
    let left = large.len() as u64;
    if left > 0 {
        found.flaws.say(Flaw::LargeStray { files: left });
    }
    Ok(())
}

fn large(asked: &Inspection<'_>) -> Result<BTreeSet<EventId>, OpenFault> {
    let doing = "reading the bodies";
    let mut found = BTreeSet::new();
    let folder = bodies_folder(asked.folder).join("large");
    let entries = match std::fs::read_dir(folder) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        entries => entries.while_(doing).map_err(machine)?,
    };
    for entry in entries {
        let name = entry.while_(doing).map_err(machine)?.file_name();
        found.extend(name.to_str().and_then(|name| name.parse::<EventId>().ok()));
    }
    Ok(found)
}
