//! What a service keeps of the stream of events: rows in memory, built by the same function live and in replay.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use waymark_domain::ids::OfficeId;

use crate::seen::Seen;
use crate::threads::Thread;

/// Rows that a service derives from events. The desk calls it in the order of the log, from one thread at a time.
pub trait Projection: Send + Sync + 'static {
    /// Its name; snapshots are kept under it.
    fn name(&self) -> &'static str;

    /// Takes one event; `thread` is the thread's state with the event already applied.
    fn apply(&self, seen: &Seen, thread: &Thread);

    /// Everything it holds, as bytes that [`Projection::restore`] reads. Sealed by the desk before it is stored.
    fn snapshot(&self) -> Vec<u8>;

    /// Takes back a snapshot; `false` when it cannot be read, and then it holds nothing.
    fn restore(&self, snapshot: &[u8]) -> bool;
}

/// Rows that follow from events alone, and how they are put away and taken back.
pub trait Derived: Default + Send + Sync + 'static {
    /// Name of the projection.
    const NAME: &'static str;
    /// Takes one event into the rows of the office `me`; `thread` has it already.
    fn take(&mut self, me: OfficeId, seen: &Seen, thread: &Thread);

    /// As bytes, for a snapshot.
    fn stored(&self) -> Vec<u8>;

    /// From such bytes; `None` when they cannot be read.
    fn restored(stored: &[u8]) -> Option<Self>;
}

/// The projection of one office's rows.
#[derive(Debug)]
pub struct Projected<T> {
    me: OfficeId,
    rows: RwLock<T>,
}

impl<T: Derived> Projected<T> {
    /// An empty projection of the office `me`.
    #[must_use]
    pub fn new(me: OfficeId) -> Self {
        Self { me, rows: RwLock::default() }
    }

    /// The rows. Held only while a page or a batch is read.
    pub fn kept(&self) -> RwLockReadGuard<'_, T> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_mut(&self) -> RwLockWriteGuard<'_, T> {
        // Rows are put in whole: after a panic they are as good as before, and replay makes them again.
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Derived> Projection for Projected<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn apply(&self, seen: &Seen, thread: &Thread) {
        self.kept_mut().take(self.me, seen, thread);
    }

    fn snapshot(&self) -> Vec<u8> {
        self.kept().stored()
    }

    fn restore(&self, snapshot: &[u8]) -> bool {
        let read = T::restored(snapshot);
        let restored = read.is_some();
        *self.kept_mut() = read.unwrap_or_default();
        restored
    }
}
