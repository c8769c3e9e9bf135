//! A bucket's file: blocks of records, each sealed under the bucket's key and bound to its place. Appended to when the
//! journal is folded in; written anew, under a new key and generation, when something in it is erased.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::crypt::{self, NONCE, SUM, TAG};
use super::record::{self, Stored};
use super::root::BucketHead;
use super::{Damage, VaultFault, disk};
use crate::prefix;
use crate::rng::Rng;

const MAGIC: &[u8; 8] = b"WMVBCKT1";
const HEADER: usize = 8 + 16 + 2 + 4 + SUM;
const SYNCS_AT_ONCE: usize = 16;
const BLOCK: usize = 4 + NONCE + SUM;

/// Where a bucket is, and what its blocks are bound to.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) dir: &'a Path,
    pub(super) vault: &'a [u8; 16],
    pub(super) bucket: u16,
}

impl At<'_> {
    /// Generations take turns in two files, so that an erasure overwrites what it left the time before and nothing is
    /// unlinked on its way (freeing blocks can take as long as everything else together).
    fn path(&self, generation: u32) -> PathBuf {
        self.dir.join(format!("bucket.{:03x}.{}", self.bucket, generation & 1))
    }

    fn header(&self, generation: u32) -> Vec<u8> {
        let (bucket, generation) = (self.bucket.to_le_bytes(), generation.to_le_bytes());
        let sum = crypt::sum(&[MAGIC, self.vault, &bucket, &generation]);
        [MAGIC.as_slice(), self.vault, &bucket, &generation, &sum].concat()
    }

    fn aad(&self, generation: u32, offset: u64) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            prefix::VAULT_BUCKET.bytes(),
            self.vault,
            &self.bucket.to_le_bytes(),
            &generation.to_le_bytes(),
            &offset.to_le_bytes(),
        ];
        parts.concat()
    }

    /// Writes a block at the end that counts; durable once [`Written::sync`] returns.
    pub(super) fn append(
        &self,
        head: &BucketHead,
        records: &[Stored],
        rng: &mut dyn Rng,
    ) -> io::Result<Written> {
        let path = self.path(head.generation);
        let is_new = !path.exists();
        let file = disk::open(&path)?;
        let offset = if head.length == 0 {
            file.write_all_at(&self.header(head.generation), 0)?;
            HEADER as u64
        } else {
            head.length
        };
        let mut plain = record::encode(records);
        plain.reserve(TAG);
        let nonce = crypt::nonce(rng);
        crypt::seal(&records_key(head), nonce, &self.aad(head.generation, offset), &mut plain);
        let length = (plain.len() as u32).to_le_bytes();
        let sum = crypt::sum(&[&length, &nonce, &plain]);
        file.write_all_at(&[length.as_slice(), &nonce, &sum, &plain].concat(), offset)?;
        Ok(Written { file, is_new, length: offset + (BLOCK + plain.len()) as u64 })
    }

    /// Every record of the part that counts.
    pub(super) fn read(&self, head: &BucketHead) -> Result<Vec<Stored>, VaultFault> {
        if head.length == 0 {
            return Ok(Vec::new());
        }
        let damaged = || VaultFault::Damaged(Damage::Bucket(self.bucket));
        let bytes = disk::read(&self.path(head.generation))?.ok_or_else(damaged)?;
        let bytes = bytes.get(..head.length as usize).ok_or_else(damaged)?;
        let mut rest = bytes.strip_prefix(self.header(head.generation).as_slice()).ok_or_else(damaged)?;
        let key = records_key(head);
        let mut records = Vec::new();
        while !rest.is_empty() {
            let offset = (bytes.len() - rest.len()) as u64;
            let (block, after) = split_block(rest).ok_or_else(damaged)?;
            let plain = crypt::open(&key, block.nonce, &self.aad(head.generation, offset), block.sealed)
                .ok_or_else(damaged)?;
            records.append(&mut record::decode(&plain).ok_or_else(damaged)?);
            rest = after;
        }
        Ok(records)
    }
}

/// A block that is written but not durable yet.
pub(super) struct Written {
    file: File,
    is_new: bool,
    /// The end that counts once the root says so.
    pub(super) length: u64,
}

/// Makes blocks durable, several files at a time: a journalling file system commits them together.
pub(super) fn sync(dir: &Path, written: &[Written]) -> io::Result<()> {
    std::thread::scope(|scope| {
        let size = written.len().div_ceil(SYNCS_AT_ONCE).max(1);
        let syncs: Vec<_> = written
            .chunks(size)
            .map(|some| scope.spawn(|| some.iter().try_for_each(|written| written.file.sync_data())))
            .collect();
        let failed = || Err(io::Error::other("a sync did not end"));
        syncs.into_iter().try_for_each(|sync| sync.join().unwrap_or_else(|_| failed()))
    })?;
    if written.iter().any(|written| written.is_new) { disk::sync_dir(dir) } else { Ok(()) }
}

struct Block<'a> {
    nonce: [u8; NONCE],
    sealed: &'a [u8],
}

fn split_block(bytes: &[u8]) -> Option<(Block<'_>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
    let (sum, rest) = rest.split_first_chunk::<SUM>()?;
    let (sealed, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    (crypt::sum(&[length, nonce, sealed]) == *sum).then_some((Block { nonce: *nonce, sealed }, rest))
}

/// The key of a bucket's records and frames.
pub(super) fn records_key(head: &BucketHead) -> zeroize::Zeroizing<[u8; 32]> {
    crypt::derive(&head.key, prefix::VAULT_RECORDS, &[])
}

/// A bucket in memory: the records of each thread, later ones in place of earlier ones with the same name.
#[derive(Default)]
pub(super) struct Loaded {
    threads: HashMap<[u8; 16], Vec<Stored>>,
    pub(super) weight: usize,
    pub(super) used: u64,
}

impl Loaded {
    pub(super) fn put(&mut self, record: Stored) {
        let thread = self.threads.entry(*record.thread()).or_default();
        self.weight += record.weight();
        match thread.iter_mut().find(|held| held.name() == record.name()) {
            Some(held) => {
                self.weight -= held.weight();
                *held = record;
            }
            None => thread.push(record),
        }
    }

    pub(super) fn thread(&self, thread: &[u8; 16]) -> &[Stored] {
        self.threads.get(thread).map_or(&[], Vec::as_slice)
    }

    /// Takes the records of a thread out that `which` names.
    pub(super) fn take(&mut self, thread: &[u8; 16], which: impl Fn(&Stored) -> bool) -> Vec<Stored> {
        let Some(held) = self.threads.get_mut(thread) else { return Vec::new() };
        let taken: Vec<_> = held.extract_if(.., |record| which(record)).collect();
        if held.is_empty() {
            self.threads.remove(thread);
        }
        self.weight -= taken.iter().map(Stored::weight).sum::<usize>();
        taken
    }

    pub(super) fn all(&self) -> Vec<Stored> {
        self.threads.values().flatten().cloned().collect()
    }
}
