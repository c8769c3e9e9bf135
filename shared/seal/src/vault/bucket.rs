//! A bucket's file: blocks of records, each sealed under the bucket's key and bound to its place. Appended to when the
//! journal is folded in; written anew, under a new key and generation, when something in it is erased.

use std::collections::HashMap;
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
const HEADER: usize = 8 + 16 + 1 + 4 + SUM;
const BLOCK: usize = 4 + NONCE + SUM;

/// Where a bucket is, and what its blocks are bound to.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) dir: &'a Path,
    pub(super) vault: &'a [u8; 16],
    pub(super) bucket: u8,
}

impl At<'_> {
    pub(super) fn path(&self, generation: u32) -> PathBuf {
        self.dir.join(format!("bucket.{:02x}.{generation}", self.bucket))
    }

    fn header(&self, generation: u32) -> Vec<u8> {
        let (bucket, generation) = ([self.bucket], generation.to_le_bytes());
        let sum = crypt::sum(&[MAGIC, self.vault, &bucket, &generation]);
        [MAGIC.as_slice(), self.vault, &bucket, &generation, &sum].concat()
    }

    fn aad(&self, generation: u32, offset: u64) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            prefix::VAULT_BUCKET.bytes(),
            self.vault,
            &[self.bucket],
            &generation.to_le_bytes(),
            &offset.to_le_bytes(),
        ];
        parts.concat()
    }

    /// Appends a block at the end that counts and makes it durable; gives the new end.
    pub(super) fn append(&self, head: &BucketHead, records: &[Stored], rng: &mut dyn Rng) -> io::Result<u64> {
        let file = disk::open(&self.path(head.generation))?;
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
        file.sync_all()?;
        Ok(offset + (BLOCK + plain.len()) as u64)
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

    /// Removes the file of a generation that does not count any more.
    pub(super) fn remove(&self, generation: u32) -> io::Result<()> {
        disk::remove(&self.path(generation))
    }
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

/// A file that belongs to no generation that counts.
pub(super) fn is_stray(name: &str, generation_of: impl Fn(u8) -> u32) -> bool {
    let Some(rest) = name.strip_prefix("bucket.") else { return false };
    let parsed = rest.split_once('.').and_then(|(bucket, generation)| {
        Some((u8::from_str_radix(bucket, 16).ok()?, generation.parse::<u32>().ok()?))
    });
    parsed.is_some_and(|(bucket, generation)| generation_of(bucket) != generation)
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
