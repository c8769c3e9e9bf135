//! Writes durable groups from memory into bundles, tiles and segments, and syncs what it wrote.
//!
//! Writing the same groups twice gives the same bytes at the same places: after a crash, or a full disk, it just begins again.

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use waymark_domain::ids::Hash;
use waymark_seal::merkle::Frontier;

use crate::disk::{self, DiskFault, While};
use crate::group::Group;
use crate::places::Places;
use crate::segments::{At, Cursor, Segments};
use crate::tiles::{Tile, Tiles, WIDTH, hash_offset};

/// Bytes gathered for one place in one file.
struct Gathered {
    offset: u64,
    bytes: Vec<u8>,
}

/// The writer. Its frontier stands behind the last entry written.
pub(crate) struct Writer {
    frontier: Frontier,
    touched: HashMap<Tile, File>,
    segments: Vec<Arc<File>>,
}

impl Writer {
    pub(crate) fn new(frontier: Frontier) -> Self {
        Self { frontier, touched: HashMap::new(), segments: Vec::new() }
    }

    /// Index of the next entry to write.
    pub(crate) fn next(&self) -> u64 {
        self.frontier.size()
    }

    /// Writes groups that follow what was written. Without places when the index is to be made again.
    pub(crate) fn write(
        &mut self,
        groups: &[Arc<Group>],
        tiles: &Tiles,
        segments: &Segments,
        places: Option<&Places>,
    ) -> Result<(), DiskFault> {
        let mut frontier = self.frontier.clone();
        let mut gathered: HashMap<Tile, Gathered> = HashMap::new();
        let mut records: Option<(Cursor, Vec<u8>)> = None;
        let mut rows = Vec::new();
        for group in groups {
            for (spot, index) in group.spots.iter().zip(group.first..) {
                gather(&mut gathered, Tile::Entries(index / WIDTH), u64::from(spot.place.offset), |bytes| {
                    let entry = group.entry(spot);
                    bytes.extend((entry.len() as u16).to_be_bytes());
                    bytes.extend(entry);
                });
                push_hashes(&mut frontier, spot.leaf, &mut gathered);
                spot.place.put(index, &mut rows);
                if let (At::Segment(at), Some(record)) = (spot.place.at, group.record(spot)) {
                    self.gather_record(&mut records, at, record, segments)?;
                }
            }
        }
        self.write_records(records, segments)?;
        for (tile, gathered) in gathered {
            self.write_tile(tile, &gathered, tiles).while_("writing the log")?;
        }
        if let Some(places) = places.filter(|_| !rows.is_empty()) {
            places.write(self.frontier.size(), &rows)?;
        }
        self.frontier = frontier;
        Ok(())
    }

    fn gather_record(
        &mut self,
        records: &mut Option<(Cursor, Vec<u8>)>,
        at: Cursor,
        record: &[u8],
        segments: &Segments,
    ) -> Result<(), DiskFault> {
        if let Some((start, bytes)) = records.as_mut()
            && start.segment == at.segment
            && u64::from(start.offset) + bytes.len() as u64 == u64::from(at.offset)
        {
            bytes.extend_from_slice(record);
            return Ok(());
        }
        self.write_records(records.take(), segments)?;
        *records = Some((at, record.to_vec()));
        Ok(())
    }

    fn write_records(
        &mut self,
        records: Option<(Cursor, Vec<u8>)>,
        segments: &Segments,
    ) -> Result<(), DiskFault> {
        let Some((at, bytes)) = records else { return Ok(()) };
        let file = segments.write(at, &bytes)?;
        if !self.segments.iter().any(|other| Arc::ptr_eq(other, &file)) {
            self.segments.push(file);
        }
        Ok(())
    }

    fn write_tile(&mut self, tile: Tile, gathered: &Gathered, tiles: &Tiles) -> std::io::Result<()> {
        let file = match self.touched.remove(&tile) {
            Some(file) => file,
            None => tiles.file_to_write(tile)?,
        };
        tiles.write(&file, &gathered.bytes, gathered.offset)?;
        self.touched.insert(tile, file);
        Ok(())
    }

    /// Makes everything written so far durable.
    pub(crate) fn sync(&mut self, tiles: &Tiles, segments: &Segments) -> Result<(), DiskFault> {
        let doing = "syncing the log";
        self.segments.iter().try_for_each(|file| disk::sync(file)).while_(doing)?;
        self.touched.values().try_for_each(disk::sync).while_(doing)?;
        tiles.sync_folders().while_(doing)?;
        disk::sync_dir(segments.folder()).while_(doing)?;
        self.segments.clear();
        self.touched.clear();
        Ok(())
    }
}

fn gather(gathered: &mut HashMap<Tile, Gathered>, tile: Tile, offset: u64, put: impl FnOnce(&mut Vec<u8>)) {
    let gathered = gathered.entry(tile).or_insert_with(|| Gathered { offset, bytes: Vec::new() });
    put(&mut gathered.bytes);
}

/// Each node that becomes complete at a multiple of eight levels is a hash of a tile.
fn push_hashes(frontier: &mut Frontier, leaf: Hash, gathered: &mut HashMap<Tile, Gathered>) {
    frontier.push_with(leaf, |level, index, hash| {
        if level % 8 == 0 {
            gather(gathered, Tile::Hashes(level / 8, index / WIDTH), hash_offset(index), |bytes| {
                bytes.extend(hash.0)
            });
        }
    });
}
