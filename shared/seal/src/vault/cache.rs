//! Section keys by id, for the hot path: a bounded cache in shards, so that sealing and opening do not wait for the
//! vault's lock. A full shard forgets everything; the bucket in memory answers next.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use waymark_domain::ids::{KeyId, ThreadId};

use crate::section::SectionKey;

const SHARDS: usize = 16;
const SHARD_MAX: usize = 4_096;

type Shard = HashMap<KeyId, (ThreadId, SectionKey)>;

/// At most 65,536 keys.
#[derive(Default)]
pub(super) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
}

impl Cache {
    pub(super) fn find(&self, thread: &ThreadId, id: &KeyId) -> Option<SectionKey> {
        self.shard(id).get(id).filter(|(of, _)| of == thread).map(|(_, key)| key.clone())
    }

    pub(super) fn put(&self, thread: ThreadId, id: KeyId, key: SectionKey) {
        let mut shard = self.shard(&id);
        if shard.len() >= SHARD_MAX {
            shard.clear();
        }
        shard.insert(id, (thread, key));
    }

    pub(super) fn remove(&self, id: &KeyId) {
        self.shard(id).remove(id);
    }

    fn shard(&self, id: &KeyId) -> MutexGuard<'_, Shard> {
        let [first, ..] = id.0;
        let shard =
            self.shards.get(usize::from(first) % SHARDS).expect("the number is below that of the shards");
        // A shard is valid after any single operation on it, so a panic elsewhere leaves nothing half done.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
