//! Writes what was put together: bundles, hashes, records, empty journals, mark and checkpoint. In an order in which a crash
//! leaves something that can be repaired again: the journals go last.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use waymark_seal::entry::Entry;
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;

use super::gather::{Frame, Gathered};
use super::{RepairFault, RepairReport, Supplied};
use crate::again::Records;
use crate::check::receipt_leaf;
use crate::core::{CHECKPOINT, bodies_folder, index_folder, log_folder};
use crate::create::Settings;
use crate::disk::{self, DiskFault, While};
use crate::facts::named;
use crate::identity::{HeadSigner, Identity};
use crate::journal::{self, Base, JournalFile, JournalHead, State};
use crate::mark::{self, Mark};
use crate::open::Files;
use crate::record::{self, Part, Record};
use crate::segments::{At, Cursor, Segments};
use crate::tiles::{Tile, Tiles, WIDTH, split_bundle};

pub(crate) fn mend(
    folder: &Path,
    identity: Identity,
    files: &Files,
    frames: &[Frame],
    gathered: &Gathered,
    signer: &dyn HeadSigner,
    supply: &mut dyn FnMut(u64) -> Option<Supplied>,
) -> Result<RepairReport, RepairFault> {
    bundles(&files.tiles, gathered)?;
    hashes(&files.tiles, gathered)?;
    let segments = Segments::open(bodies_folder(folder), segment_bytes(files));
    let size = gathered.head.size;
    let records = Records::walk(&segments, size)?;
    segments.cut(records.end)?;
    // A last segment that is lost is known from where the journals began.
    let begun = files.heads.iter().flatten().map(|head| head.base.cursor);
    let end = begun.filter(|begun| begun.segment > records.end.segment).max_by_key(|begun| begun.segment);
    let end = end.unwrap_or(records.end);
    let mut bodies =
        BodyMender { segments, end, records, frames, gathered, supply, report: RepairReport::default() };
    bodies.all(&files.tiles, size)?;
    let BodyMender { segments, end, mut report, .. } = bodies;
    disk::sync_dir(segments.folder()).while_("repairing bodies")?;
    forget_index(folder)?;
    let log = log_folder(folder);
    disk::replace(&log, CHECKPOINT, &signer.sign(&gathered.head)).while_("writing the checkpoint")?;
    journals(&log, identity, files, frames, gathered, end)?;
    report.size = size;
    report.entries.clone_from(&gathered.restored);
    Ok(report)
}

fn bundles(tiles: &Tiles, gathered: &Gathered) -> Result<(), DiskFault> {
    for (number, entries) in &gathered.changed {
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend((entry.len() as u16).to_be_bytes());
            bytes.extend(entry);
        }
        tiles.replace(Tile::Entries(*number), &bytes)?;
    }
    Ok(())
}

/// Compares every tile with what it should hold and replaces those that differ.
fn hashes(tiles: &Tiles, gathered: &Gathered) -> Result<(), DiskFault> {
    let mut frontier = Frontier::new();
    let mut upper: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
    for leaf in &gathered.leaves {
        frontier.push_with(*leaf, |level, index, hash| {
            if level % 8 == 0 {
                upper.entry((level / 8, index / WIDTH)).or_default().extend(hash.0);
            }
        });
    }
    for ((level, number), bytes) in upper {
        let stored = tiles.hashes(level, number, WIDTH as usize)?;
        let same = stored.len() * 32 == bytes.len()
            && stored.iter().flat_map(|hash| hash.0).eq(bytes.iter().copied());
        if !same {
            tiles.replace(Tile::Hashes(level, number), &bytes)?;
        }
    }
    Ok(())
}

struct BodyMender<'a> {
    segments: Segments,
    records: Records,
    /// Where a record that was lost is written anew.
    end: Cursor,
    frames: &'a [Frame],
    gathered: &'a Gathered,
    supply: &'a mut dyn FnMut(u64) -> Option<Supplied>,
    report: RepairReport,
}

impl BodyMender<'_> {
    fn all(&mut self, tiles: &Tiles, size: u64) -> Result<(), RepairFault> {
        for number in 0..size.div_ceil(WIDTH) {
            let bytes = tiles.bundle(number)?;
            for (index, (_, entry)) in (number * WIDTH..size).zip(split_bundle(&bytes)) {
                if let Ok(entry) = Entry::parse(entry) {
                    self.one(index, &entry)?;
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, index: u64, entry: &Entry) -> Result<(), RepairFault> {
        if entry.body_count() == 0 && named(entry.kind, &entry.public).is_empty() {
            return Ok(());
        }
        let at = self.records.of(&self.segments, index, entry.event);
        let stored = self.segments.read(at, entry.event)?;
        let record = stored.as_deref().and_then(|bytes| Record::read(bytes).ok());
        let outcome = match record {
            Some(record) if is_whole(&record) => return Ok(()),
            Some(record) => self.fill(index, entry, at, &record)?,
            None => self.write_anew(index, entry, at, stored.map_or(0, |bytes| bytes.len()))?,
        };
        let list = if outcome { &mut self.report.bodies } else { &mut self.report.bodies_missing };
        list.push(index);
        Ok(())
    }

    fn ask(&mut self, index: u64, entry: &Entry) -> Option<Supplied> {
        let given = self.gathered.supplied.get(&index).cloned().or_else(|| (self.supply)(index))?;
        let whole = given.bodies.len() >= entry.body_count();
        let fits = given.bodies.iter().zip(entry.body_hashes()).all(|(body, hash)| body.hash() == *hash);
        let receipts = given.bodies.iter().filter_map(receipt_leaf);
        let leaves = given.kept.iter().map(|kept| leaf_hash(&kept.entry)).chain(receipts);
        let named = named(entry.kind, &entry.public);
        let keeps = named.is_empty() || named.iter().map(|at| at.leaf).eq(leaves);
        (whole && fits && keeps).then_some(given)
    }

    /// Damaged parts come out of a journal frame or from a counterpart.
    fn fill(&mut self, index: u64, entry: &Entry, at: At, record: &Record<'_>) -> Result<bool, RepairFault> {
        if let Some(copy) = self.copy_in_frames(index) {
            self.segments.rewrite(at, entry.event, &copy)?;
            return Ok(true);
        }
        let Some(given) = self.ask(index, entry) else { return Ok(false) };
        let Some(fresh) = encode(index, &given) else { return Ok(false) };
        let Ok(fresh) = Record::read(&fresh) else { return Ok(false) };
        let Some(filled) = record.mended_with(&fresh) else { return Ok(false) };
        self.segments.rewrite(at, entry.event, &filled)?;
        Ok(Record::read(&filled).is_ok_and(|record| is_whole(&record)))
    }

    /// In its old place where it fits, so that nothing of the damaged one is left beside it.
    fn write_anew(&mut self, index: u64, entry: &Entry, at: At, length: usize) -> Result<bool, RepairFault> {
        let record = match self.copy_in_frames(index) {
            Some(record) => Some(record),
            None => self.ask(index, entry).and_then(|given| encode(index, &given)),
        };
        let Some(record) = record else { return Ok(false) };
        let at = match at {
            At::Segment(_) if record.len() == length => at,
            At::Segment(_) | At::Large | At::Nowhere => {
                At::Segment(self.end.take(record.len() as u32, self.segments.full))
            }
        };
        self.segments.rewrite(at, entry.event, &record)?;
        Ok(true)
    }

    fn copy_in_frames(&self, index: u64) -> Option<Vec<u8>> {
        let mut copies = self.frames.iter().filter_map(|frame| frame.record(index));
        copies.find(|bytes| Record::read(bytes).is_ok_and(|record| is_whole(&record))).map(<[u8]>::to_vec)
    }
}

fn segment_bytes(files: &Files) -> u32 {
    let known = files.heads.iter().flatten().map(|head| head.segment_bytes).max();
    known.unwrap_or(Settings::default().segment_bytes)
}

fn encode(index: u64, given: &Supplied) -> Option<Vec<u8>> {
    let mut record = record::encode(&given.bodies, given.kept.as_ref())?;
    record::set_index(&mut record, index);
    Some(record)
}

fn is_whole(record: &Record<'_>) -> bool {
    record.own().chain(record.kept().into_iter().flatten()).all(|part| part != Part::Damaged)
}

/// Removes what is derived; snapshots are named by their own checksum and stay.
fn forget_index(folder: &Path) -> Result<(), DiskFault> {
    let doing = "forgetting the index";
    let index = index_folder(folder);
    if !index.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(&index).while_(doing)? {
        let path = entry.while_(doing)?.path();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("snapshots") => {}
            _ if path.is_dir() => fs::remove_dir_all(&path).while_(doing)?,
            _ => fs::remove_file(&path).while_(doing)?,
        }
    }
    disk::sync_dir(&index).while_(doing)
}

fn journals(
    log: &Path,
    identity: Identity,
    files: &Files,
    frames: &[Frame],
    gathered: &Gathered,
    cursor: Cursor,
) -> Result<(), DiskFault> {
    let head = gathered.head;
    let used = files
        .heads
        .iter()
        .flatten()
        .map(|head| head.generation)
        .chain(frames.iter().map(|frame| frame.generation));
    let generation = used.max().unwrap_or(0) + 2;
    let length = files
        .heads
        .iter()
        .flatten()
        .map(|head| head.length)
        .max()
        .unwrap_or(Settings::default().journal_bytes);
    let bundle_bytes = match head.size % WIDTH {
        0 => 0,
        _ => files.tiles.bundle(head.size / WIDTH)?.len() as u32,
    };
    let base = Base { size: head.size, root: head.root, cursor, bundle_bytes };
    for (path, (generation, state)) in
        journal::paths(log).iter().zip([(generation, State::InUse), (generation - 1, State::Free)])
    {
        let segment_bytes = segment_bytes(files);
        let head = JournalHead { identity, generation, state, length, segment_bytes, base };
        JournalFile::create(path, length, &head)?;
    }
    let serial = files.mark.map_or(0, |mark| mark.serial) + 2;
    let (receipts_from, at) =
        files.mark.map_or((0, waymark_domain::time::Timestamp(0)), |mark| (mark.receipts_from, mark.at));
    let mark = Mark { identity, serial, size: head.size, root: head.root, receipts_from, at, clean: false };
    mark::create(log, &mark).while_("writing the mark")
}
