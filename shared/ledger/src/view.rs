//! What readers see: how far the log reaches durably, and the groups that are not yet in tiles and segments.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::Head;

use crate::group::Group;

/// Shared between the committing caller, the settler and all readers. Its lock is never held across I/O.
pub(crate) struct View {
    now: RwLock<Now>,
}

struct Now {
    head: Head,
    checkpoint: Arc<[u8]>,
    /// Everything below is in tiles and segments (written, not necessarily synced).
    written: u64,
    groups: VecDeque<Arc<Group>>,
}

impl View {
    pub(crate) fn new(head: Head, checkpoint: &[u8]) -> Self {
        Self {
            now: RwLock::new(Now {
                head,
                checkpoint: checkpoint.into(),
                written: head.size,
                groups: VecDeque::new(),
            }),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.head().size
    }

    pub(crate) fn head(&self) -> Head {
        self.now.read().unwrap_or_else(PoisonError::into_inner).head
    }

    pub(crate) fn checkpoint(&self) -> (Head, Arc<[u8]>) {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        (now.head, Arc::clone(&now.checkpoint))
    }

    /// Everything below is in tiles and segments.
    pub(crate) fn written(&self) -> u64 {
        self.now.read().unwrap_or_else(PoisonError::into_inner).written
    }

    /// A durable group: from now on readers see it.
    pub(crate) fn push(&self, group: Arc<Group>) {
        let checkpoint: Arc<[u8]> = group.checkpoint().into();
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        now.head = group.head;
        now.checkpoint = checkpoint;
        now.groups.push_back(group);
    }

    /// The checkpoint was signed anew over the same head.
    pub(crate) fn set_checkpoint(&self, checkpoint: &[u8]) {
        self.now.write().unwrap_or_else(PoisonError::into_inner).checkpoint = checkpoint.into();
    }

    /// The groups that wait to be written, oldest first.
    pub(crate) fn groups(&self) -> Vec<Arc<Group>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).groups.iter().cloned().collect()
    }

    /// The groups below `to` were written.
    pub(crate) fn wrote(&self, to: u64) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        now.written = now.written.max(to);
        while now.groups.front().is_some_and(|group| group.end() <= to) {
            now.groups.pop_front();
        }
    }

    /// The group that holds an entry, when it is not in tiles yet.
    pub(crate) fn group_of(&self, index: u64) -> Option<Arc<Group>> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        let after = now.groups.partition_point(|group| group.first <= index);
        now.groups.get(after.checked_sub(1)?).filter(|group| index < group.end()).cloned()
    }

    /// The leaves of `range` that are not in tiles yet, with their indices. Ask before the tiles are read: what has left by then
    /// is in them.
    pub(crate) fn leaves(&self, range: Range<u64>) -> Vec<(u64, Hash)> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        let from = now.groups.partition_point(|group| group.end() <= range.start);
        let groups = now.groups.iter().skip(from).take_while(|group| group.first < range.end);
        groups
            .flat_map(|group| (group.first..).zip(group.spots.iter().map(|spot| spot.leaf)))
            .filter(|(index, _)| range.contains(index))
            .collect()
    }

    /// The leaf of an entry, when it is not in tiles yet.
    pub(crate) fn leaf(&self, index: u64) -> Option<Hash> {
        self.group_of(index)?.spot(index).map(|spot| spot.leaf)
    }
}
