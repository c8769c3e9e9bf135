//! Erasing, and folding the journal into the buckets: the two operations that write bucket files and the root.

use std::collections::{BTreeMap, BTreeSet};

use waymark_domain::ids::{Hash, KeyId, ThreadId};

use super::bucket::{self, At, Written};
use super::journal::{self, Journal};
use super::record::{self, Name, Stored};
use super::root::{BUCKETS, BucketHead};
use super::{Damage, State, Vault, VaultFault, bucket_of, disk, records_key};
use crate::rng;

/// What of a thread is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Everything.
    Everything,
    /// These section keys, and every secret of the thread: otherwise a wrap that survives somewhere would give the key
    /// back. Write a new thread key afterwards.
    Keys(BTreeSet<KeyId>),
    /// These section keys and nothing else: none of them was ever wrapped to a secret of this thread.
    OwnKeys(BTreeSet<KeyId>),
    /// These section keys, and every secret of the thread but the one whose public key has this hash: it came after them.
    KeysBut(BTreeSet<KeyId>, Hash),
}

impl Selector {
    fn takes(&self, record: &Stored) -> bool {
        match self {
            Self::Everything => true,
            Self::Keys(keys) => match record.name() {
                Name::Own(id) | Name::Imported(id) => keys.contains(&KeyId(*id)),
                Name::Secret(_) => true,
            },
            Self::KeysBut(keys, public) => match record.name() {
                Name::Own(id) | Name::Imported(id) => keys.contains(&KeyId(*id)),
                Name::Secret(_) => !record.is_secret_of(public),
            },
            Self::OwnKeys(keys) => match record.name() {
                Name::Own(id) | Name::Imported(id) => keys.contains(&KeyId(*id)),
                Name::Secret(_) => false,
            },
        }
    }
}

impl Vault {
    /// Destroys keys of one thread; gives the ids of the section keys that are gone.
    ///
    /// # Errors
    /// As [`Vault::erase_all`].
    pub fn erase(&self, thread: &ThreadId, what: &Selector) -> Result<Vec<KeyId>, VaultFault> {
        self.erase_all(&[(*thread, what.clone())])
    }

    /// Destroys keys of several threads at once. When it returns they are gone from every file of the vault; after a
    /// crash they are all there or all gone, and it can be asked again.
    ///
    /// # Errors
    /// [`VaultFault::Damaged`] when a bucket cannot be read; what the file system says.
    pub fn erase_all(&self, threads: &[(ThreadId, Selector)]) -> Result<Vec<KeyId>, VaultFault> {
        let mut state = self.state()?;
        let mut by_bucket: BTreeMap<u16, Vec<&(ThreadId, Selector)>> = BTreeMap::new();
        for asked in threads {
            by_bucket.entry(bucket_of(&asked.0)).or_default().push(asked);
        }
        // A bucket that cannot be read is told before anything is changed.
        by_bucket.keys().try_for_each(|bucket| state.load(&self.dir, *bucket).map(|_| ()))?;
        let (mut gone, mut written, mut changed) = (Vec::new(), Vec::new(), false);
        for (bucket, asked) in by_bucket {
            let Some(taken) = self.take_out(&mut state, bucket, &asked)? else { continue };
            changed = true;
            gone.extend(taken.iter().filter_map(Stored::section).map(|(id, _)| id));
            written.extend(self.rewrite_bucket(&mut state, bucket)?);
        }
        let erased = if changed { self.commit(&mut state, &written) } else { Ok(()) };
        // Memory is already without them; after a failed write only opening anew tells what the disk holds.
        state.failed |= erased.is_err();
        gone.iter().for_each(|id| self.cache.remove(id));
        erased.map(|()| gone)
    }

    /// Takes records out of memory; `None` when there is nothing to take.
    fn take_out(
        &self,
        state: &mut State,
        bucket: u16,
        asked: &[&(ThreadId, Selector)],
    ) -> Result<Option<Vec<Stored>>, VaultFault> {
        let loaded = state.load(&self.dir, bucket)?;
        let before = loaded.weight;
        let taken: Vec<_> = asked
            .iter()
            .flat_map(|(thread, what)| loaded.take(&thread.0, |record| what.takes(record)))
            .collect();
        let weight = before - loaded.weight;
        state.loaded_weight -= weight;
        Ok((!taken.is_empty()).then_some(taken))
    }

    /// Writes a bucket as it is in memory under a new key; nothing counts until the root is written.
    fn rewrite_bucket(&self, state: &mut State, bucket: u16) -> Result<Option<Written>, VaultFault> {
        let generation = state.root.bucket(bucket).generation + 1;
        let mut head = BucketHead { key: rng::bytes(&mut *state.rng), generation, length: 0 };
        let records = state.load(&self.dir, bucket)?.all();
        let written = state.write_block(&self.dir, bucket, &head, &records);
        state.failed |= written.is_err();
        let written = written?;
        self.step("bucket written");
        head.length = written.as_ref().map_or(0, |written| written.length);
        *state.root.bucket_mut(bucket) = head;
        state.pending_of(bucket).clear();
        Ok(written)
    }

    /// The moment of erasure: the root with the new keys, over the old one.
    fn commit(&self, state: &mut State, written: &[Written]) -> Result<(), VaultFault> {
        bucket::sync(&self.dir, written)?;
        self.step("buckets synced");
        self.write_root(state)
    }

    /// Moves what the journal holds into the buckets and begins a new journal.
    ///
    /// # Errors
    /// What the file system says.
    pub fn fold(&self) -> Result<(), VaultFault> {
        let mut state = self.state()?;
        let folded = self.fold_in(&mut state);
        state.failed |= folded.is_err();
        folded
    }

    fn fold_in(&self, state: &mut State) -> Result<(), VaultFault> {
        state.journal.file.sync_data()?;
        self.synced.fetch_max(state.frames, std::sync::atomic::Ordering::AcqRel);
        let mut all = Vec::new();
        for bucket in 0..BUCKETS as u16 {
            let records = state.pending_records(bucket)?;
            let head = state.root.bucket(bucket).clone();
            let Some(written) = state.write_block(&self.dir, bucket, &head, &records)? else { continue };
            state.root.bucket_mut(bucket).length = written.length;
            all.push(written);
        }
        bucket::sync(&self.dir, &all)?;
        self.step("buckets appended");
        let next = state.journal.number + 1;
        state.journal = Journal::create(&self.dir, &state.root.vault, next)?;
        self.step("journal begun");
        let old = state.root.journal_from..next;
        state.root.journal_from = next;
        state.root.journal_base = state.frames;
        self.write_root(state)?;
        state.pending = vec![Vec::new(); BUCKETS];
        for number in old {
            disk::remove(&journal::path(&self.dir, number))?;
        }
        disk::sync_dir(&self.dir)?;
        Ok(())
    }
}

impl State {
    /// Writes a block of records; none for no records.
    fn write_block(
        &mut self,
        dir: &std::path::Path,
        bucket: u16,
        head: &BucketHead,
        records: &[Stored],
    ) -> Result<Option<Written>, VaultFault> {
        if records.is_empty() {
            return Ok(None);
        }
        let vault = self.root.vault;
        Ok(Some(At { dir, vault: &vault, bucket }.append(head, records, &mut *self.rng)?))
    }

    fn pending_records(&self, bucket: u16) -> Result<Vec<Stored>, VaultFault> {
        let key = records_key(self.root.bucket(bucket));
        let frames = self.pending.get(usize::from(bucket)).map_or(&[][..], Vec::as_slice);
        let mut records = Vec::new();
        for frame in frames {
            let plain = frame.open(&self.root.vault, &key).ok_or(VaultFault::Damaged(Damage::Journal))?;
            records.append(&mut record::decode(&plain).ok_or(VaultFault::Damaged(Damage::Journal))?);
        }
        Ok(records)
    }
}
