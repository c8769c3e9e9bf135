//! Sorted runs: random ids → a place in the log, for as many rows as there are events.
//!
//! Rows gather in memory, go out as one sorted file when the journal is drained, and four files of like size are merged into
//! one. A lookup asks a Bloom filter per run and then reads one block of 4 KiB at most; both stay the same from ten thousand to
//! millions of rows. (sled was measured for this: 14 µs and 140 B a row at a million random keys, 1.5 s to open.)
//!
//! ```text
//! run      rows in blocks of 4 KiB ‖ per block: first 8 key bytes, CRC ‖ Bloom filter ‖ counts, CRC of all after the rows
//! row      key of K bytes ‖ u40 value
//! ```
//! Which files count is said elsewhere, in the same batch as the height; a file nobody names is a leftover.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bytes::{Fields, Put, checked, put_checksum};
use crate::disk::{self, DiskFault, While};

const BLOCK: usize = 4096;
const VALUE: usize = 5;
const BITS_PER_KEY: u64 = 10;
const PROBES: u64 = 6;
/// Runs of one size class that are merged into one of the next.
const MERGE_AT: usize = 4;
/// More runs than this are merged whatever their sizes, so that a lookup asks few.
const RUNS_MAX: usize = 24;
const TAIL: usize = 24;

/// A run whose bytes are not those that were written: the index must be made again.
#[derive(Debug)]
pub(crate) enum RunFault {
    Damaged,
    Disk(DiskFault),
}

impl From<DiskFault> for RunFault {
    fn from(fault: DiskFault) -> Self {
        Self::Disk(fault)
    }
}

/// Runs of rows whose keys have `K` bytes. A copy shares the files: adding gives a new value, so readers never wait.
#[derive(Clone)]
pub(crate) struct Runs<const K: usize> {
    folder: PathBuf,
    /// Oldest first.
    runs: Vec<Arc<Run<K>>>,
    next: u32,
    /// A later value replaces an earlier one of the same key; otherwise all are kept.
    newest_only: bool,
}

struct Run<const K: usize> {
    number: u32,
    file: File,
    rows: u64,
    blocks: Vec<([u8; 8], u32)>,
    bloom: Bloom,
}

struct Bloom(Vec<u8>);

impl Bloom {
    fn sized(rows: u64) -> Self {
        Self(vec![0; (rows * BITS_PER_KEY).div_ceil(8).max(8) as usize])
    }

    fn bits(&self, key: &[u8]) -> impl Iterator<Item = (usize, u8)> + use<> {
        // Ids are random: their own bytes serve as hashes.
        let first = key.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let second = key
            .last_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
            .rotate_left(31)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            | 1;
        let count = self.0.len() as u64 * 8;
        (0..PROBES).map(move |probe| {
            let bit = first.wrapping_add(probe.wrapping_mul(second)) % count;
            ((bit / 8) as usize, 1 << (bit % 8))
        })
    }

    fn add(&mut self, key: &[u8]) {
        for (byte, bit) in self.bits(key) {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    fn may_hold(&self, key: &[u8]) -> bool {
        self.bits(key).all(|(byte, bit)| self.0.get(byte).is_some_and(|byte| byte & bit != 0))
    }
}

impl<const K: usize> Runs<K> {
    const ROW: usize = K + VALUE;
    const PER_BLOCK: usize = BLOCK / Self::ROW;

    /// Opens the runs named by `numbers`, oldest first, and removes files that are not named.
    pub(crate) fn open(folder: &Path, numbers: &[u32], newest_only: bool) -> Result<Self, RunFault> {
        let doing = "opening the index";
        fs::create_dir_all(folder).while_(doing)?;
        for entry in fs::read_dir(folder).while_(doing)? {
            let path = entry.while_(doing)?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            if number.is_none_or(|number| !numbers.contains(&number)) {
                fs::remove_file(&path).while_(doing)?;
            }
        }
        let runs = numbers
            .iter()
            .map(|number| Run::open(folder, *number).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let next = numbers.iter().max().map_or(0, |number| number + 1);
        Ok(Self { folder: folder.to_path_buf(), runs, next, newest_only })
    }

    /// The runs in use, oldest first.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.runs.iter().map(|run| run.number).collect()
    }

    /// The values of `key`, newest first.
    pub(crate) fn find(&self, key: &[u8; K]) -> Result<Vec<u64>, RunFault> {
        let mut found = Vec::new();
        for run in self.runs.iter().rev().filter(|run| run.bloom.may_hold(key)) {
            run.find(key, &mut found)?;
            if self.newest_only && !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Every key with the values that count for it, ascending by key.
    pub(crate) fn rows(&self) -> Rows<'_, K> {
        let at = |run: &Arc<Run<K>>| Reading { run: Arc::clone(run), next: 0, rows: VecDeque::new() };
        Rows { runs: self, reading: self.runs.iter().map(at).collect() }
    }

    /// The runs with `rows`, sorted by key then value, as the newest one, merged where runs of one size have gathered; and
    /// the files that are then no longer named, to be removed once the new names are durable.
    pub(crate) fn with(&self, rows: &[([u8; K], u64)]) -> Result<(Self, Vec<PathBuf>), RunFault> {
        let mut next = self.clone();
        let mut gone = Vec::new();
        if !rows.is_empty() {
            next.write(rows)?;
        }
        while let Some(from) = next.to_merge() {
            let merging: Vec<_> = next.runs.drain(from..).collect();
            let mut rows = Vec::new();
            for run in &merging {
                run.all(&mut rows)?;
            }
            // Stable: of one key, older rows stay before newer ones.
            rows.sort_by_key(|(key, _)| *key);
            if next.newest_only {
                rows.reverse();
                rows.dedup_by_key(|(key, _)| *key);
                rows.reverse();
            }
            next.write(&rows)?;
            gone.extend(merging.iter().map(|run| Run::<K>::path(&next.folder, run.number)));
        }
        disk::sync_dir(&next.folder).while_("writing the index")?;
        Ok((next, gone))
    }

    /// Position of the first of the newest runs that are to be merged.
    fn to_merge(&self) -> Option<usize> {
        let from = self.runs.len().checked_sub(MERGE_AT)?;
        let newest = self.runs.iter().skip(from);
        let largest = newest.clone().map(|run| run.rows).max()?;
        let smallest = newest.map(|run| run.rows).min()?;
        (largest <= smallest.saturating_mul(MERGE_AT as u64) || self.runs.len() > RUNS_MAX).then_some(from)
    }

    fn write(&mut self, rows: &[([u8; K], u64)]) -> Result<(), DiskFault> {
        let run = Run::write(&self.folder, self.next, rows)?;
        self.next += 1;
        self.runs.push(Arc::new(run));
        Ok(())
    }
}

/// A key and its values, ascending.
pub(crate) type Values<const K: usize> = ([u8; K], Vec<u64>);

/// All runs read side by side, a block of each at a time.
pub(crate) struct Rows<'a, const K: usize> {
    runs: &'a Runs<K>,
    reading: Vec<Reading<K>>,
}

struct Reading<const K: usize> {
    run: Arc<Run<K>>,
    /// The next block.
    next: usize,
    rows: VecDeque<([u8; K], u64)>,
}

impl<const K: usize> Reading<K> {
    /// The next row, without taking it.
    fn front(&mut self) -> Result<Option<([u8; K], u64)>, RunFault> {
        while self.rows.is_empty() && self.next < self.run.blocks.len() {
            self.rows.extend(self.run.block(self.next)?);
            self.next += 1;
        }
        Ok(self.rows.front().copied())
    }
}

impl<const K: usize> Rows<'_, K> {
    /// The next key.
    pub(crate) fn next(&mut self) -> Result<Option<Values<K>>, RunFault> {
        let mut least: Option<[u8; K]> = None;
        for reading in &mut self.reading {
            if let Some((key, _)) = reading.front()? {
                least = Some(least.map_or(key, |least| least.min(key)));
            }
        }
        let Some(least) = least else { return Ok(None) };
        let mut values = Vec::new();
        for reading in &mut self.reading {
            while let Some((key, value)) = reading.front()? {
                if key != least {
                    break;
                }
                reading.rows.pop_front();
                values.push(value);
            }
        }
        if self.runs.newest_only {
            values = values.pop().into_iter().collect();
        }
        values.sort_unstable();
        values.dedup();
        Ok(Some((least, values)))
    }
}

impl<const K: usize> Run<K> {
    fn path(folder: &Path, number: u32) -> PathBuf {
        folder.join(format!("{number:08}.run"))
    }

    fn write(folder: &Path, number: u32, rows: &[([u8; K], u64)]) -> Result<Self, DiskFault> {
        let doing = "writing the index";
        let count = rows.len() as u64;
        let mut bloom = Bloom::sized(count);
        let mut blocks = Vec::new();
        let mut bytes = Vec::with_capacity((rows.len() / Runs::<K>::PER_BLOCK + 1) * BLOCK);
        for (position, (key, value)) in rows.iter().enumerate() {
            if position % Runs::<K>::PER_BLOCK == 0 {
                close_block(&mut bytes, &mut blocks);
                blocks.push((first_eight(key), 0));
            }
            bloom.add(key);
            bytes.put(key);
            bytes.put(value.to_le_bytes().get(..VALUE).unwrap_or_default());
        }
        close_block(&mut bytes, &mut blocks);
        let mut tail = Vec::with_capacity(blocks.len() * 12 + bloom.0.len() + TAIL);
        for (first, sum) in &blocks {
            tail.put(first);
            tail.put_u32(*sum);
        }
        tail.put(&bloom.0);
        tail.put_u64(count);
        tail.put_u32(K as u32);
        tail.put_u64(bytes.len() as u64);
        put_checksum(&mut tail);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(Self::path(folder, number))
            .while_(doing)?;
        file.write_all_at(&bytes, 0).while_(doing)?;
        file.write_all_at(&tail, bytes.len() as u64).while_(doing)?;
        file.sync_all().while_(doing)?;
        Ok(Self { number, file, rows: count, blocks, bloom })
    }

    fn open(folder: &Path, number: u32) -> Result<Self, RunFault> {
        let doing = "opening the index";
        let file = match File::open(Self::path(folder, number)) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Err(RunFault::Damaged),
            opened => opened.while_(doing)?,
        };
        let length = file.metadata().while_(doing)?.len();
        let mut end = [0; TAIL];
        let end_at = length.checked_sub(TAIL as u64).ok_or(RunFault::Damaged)?;
        file.read_exact_at(&mut end, end_at).while_(doing)?;
        let mut fields = Fields(&end);
        let counts = (fields.u64(), fields.u32(), fields.u64());
        let (Some(rows), Some(width), Some(tail_at)) = counts else { return Err(RunFault::Damaged) };
        if width as usize != K || tail_at > end_at || rows > tail_at {
            return Err(RunFault::Damaged);
        }
        let mut tail = vec![0; (length - tail_at) as usize];
        file.read_exact_at(&mut tail, tail_at).while_(doing)?;
        let mut fields = Fields(checked(&tail).ok_or(RunFault::Damaged)?);
        let count = (rows as usize).div_ceil(Runs::<K>::PER_BLOCK);
        let read_block = |fields: &mut Fields<'_>| Some((fields.array()?, fields.u32()?));
        let blocks: Option<Vec<_>> = (0..count).map(|_| read_block(&mut fields)).collect();
        let bloom = Bloom::sized(rows).0.len();
        let bloom = fields.bytes(bloom).map(|bytes| Bloom(bytes.to_vec()));
        let (Some(blocks), Some(bloom)) = (blocks, bloom) else { return Err(RunFault::Damaged) };
        Ok(Self { number, file, rows, blocks, bloom })
    }

    fn find(&self, key: &[u8; K], found: &mut Vec<u64>) -> Result<(), RunFault> {
        let first = first_eight(key);
        // Rows of one key can begin at the end of the block before.
        let from = self.blocks.partition_point(|(block, _)| *block < first).saturating_sub(1);
        let to = self.blocks.partition_point(|(block, _)| *block <= first);
        let before = found.len();
        for block in from..to {
            for (other, value) in self.block(block)? {
                if other == *key {
                    found.push(value);
                }
            }
        }
        if let Some(fresh) = found.get_mut(before..) {
            fresh.reverse();
        }
        Ok(())
    }

    fn block(&self, number: usize) -> Result<Vec<([u8; K], u64)>, RunFault> {
        let (_, sum) = self.blocks.get(number).ok_or(RunFault::Damaged)?;
        let mut bytes = [0; BLOCK];
        self.file.read_exact_at(&mut bytes, (number * BLOCK) as u64).while_("reading the index")?;
        if crc32c::crc32c(&bytes) != *sum {
            return Err(RunFault::Damaged);
        }
        let rows = (self.rows as usize - number * Runs::<K>::PER_BLOCK).min(Runs::<K>::PER_BLOCK);
        Ok(bytes.chunks_exact(Runs::<K>::ROW).take(rows).filter_map(read_row).collect())
    }

    fn all(&self, rows: &mut Vec<([u8; K], u64)>) -> Result<(), RunFault> {
        rows.reserve(self.rows as usize);
        for number in 0..self.blocks.len() {
            rows.extend(self.block(number)?);
        }
        Ok(())
    }
}

fn close_block(bytes: &mut Vec<u8>, blocks: &mut [([u8; 8], u32)]) {
    let Some((_, sum)) = blocks.last_mut() else { return };
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    *sum = bytes.last_chunk::<BLOCK>().map_or(0, |block| crc32c::crc32c(block));
}

fn first_eight(key: &[u8]) -> [u8; 8] {
    key.first_chunk().copied().unwrap_or_default()
}

fn read_row<const K: usize>(row: &[u8]) -> Option<([u8; K], u64)> {
    let mut fields = Fields(row);
    let key = fields.array()?;
    let [a, b, c, d, e] = fields.array()?;
    Some((key, u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> [u8; 16] {
        let mut key = [0; 16];
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678;
        key[..8].copy_from_slice(&mixed.to_be_bytes());
        key[8..].copy_from_slice(&mixed.rotate_left(17).to_be_bytes());
        key
    }

    fn sorted(rows: impl Iterator<Item = (u64, u64)>) -> Vec<([u8; 16], u64)> {
        let mut rows: Vec<_> = rows.map(|(number, value)| (key(number), value)).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn rows_are_found_through_merges_and_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs::<16>::open(folder.path(), &[], false).unwrap();
        for round in 0..40_u64 {
            let (next, gone) =
                runs.with(&sorted((0..500).map(|n| (round * 500 + n, round * 500 + n)))).unwrap();
            runs = next;
            gone.iter().for_each(|path| fs::remove_file(path).unwrap());
        }
        assert!(runs.runs.len() < 12, "{} runs", runs.runs.len());
        let reopened = Runs::<16>::open(folder.path(), &runs.numbers(), false).unwrap();
        for number in (0..20_000).step_by(7) {
            assert_eq!(reopened.find(&key(number)).unwrap(), [number]);
        }
        assert_eq!(reopened.find(&key(20_001)).unwrap(), Vec::<u64>::new());
    }

    #[test]
    fn the_newest_value_wins_or_all_are_kept_newest_first() {
        for (newest_only, expected) in [(true, vec![99]), (false, (90..100).rev().collect())] {
            let folder = tempfile::tempdir().unwrap();
            let mut runs = Runs::<16>::open(folder.path(), &[], newest_only).unwrap();
            for value in 90..100 {
                runs = runs.with(&sorted([(1, value), (value, value)].into_iter())).unwrap().0;
            }
            assert_eq!(runs.find(&key(1)).unwrap(), expected);
        }
    }

    #[test]
    fn many_rows_of_one_key_cross_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let runs = Runs::<16>::open(folder.path(), &[], false).unwrap();
        let runs =
            runs.with(&sorted((0..3_000).map(|value| (1 + u64::from(value >= 2_000), value)))).unwrap().0;
        assert_eq!(runs.find(&key(1)).unwrap().len(), 2_000);
        assert_eq!(runs.find(&key(2)).unwrap().len(), 1_000);
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed_or_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let runs = Runs::<16>::open(folder.path(), &[], false).unwrap();
        let _runs = runs.with(&sorted((0..300).map(|n| (n, n)))).unwrap().0;
        let path = Run::<16>::path(folder.path(), 0);
        let good = fs::read(&path).unwrap();
        for byte in (0..good.len()).step_by(13) {
            let mut bad = good.clone();
            bad[byte] ^= 0x10;
            fs::write(&path, &bad).unwrap();
            let Ok(runs) = Runs::<16>::open(folder.path(), &[0], false) else { continue };
            for number in 0..300 {
                if let Ok(found) = runs.find(&key(number)) {
                    assert_eq!(found, [number], "byte {byte}");
                }
            }
        }
    }
}
