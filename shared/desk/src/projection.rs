//! What a service keeps of the stream of events: rows in memory, built by the same function live and in replay.

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
