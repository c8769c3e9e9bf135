//! When each thread next has something to do by time alone. Kept in memory, rebuilt by replay.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use waymark_domain::ids::ThreadId;
use waymark_domain::time::Timestamp;

/// The next instant of each thread that has one.
#[derive(Default)]
pub(crate) struct Schedule {
    inner: Mutex<Inner>,
    /// During replay nobody asks: each thread is set once at its end.
    held: AtomicBool,
}

#[derive(Default)]
struct Inner {
    by_time: BTreeSet<(Timestamp, ThreadId)>,
    of_thread: HashMap<ThreadId, Timestamp>,
}

impl Schedule {
    /// Says when `thread` is next due, or that it never is.
    pub(crate) fn set(&self, thread: ThreadId, at: Option<Timestamp>) {
        let mut inner = self.lock();
        let before = match at {
            Some(at) => inner.of_thread.insert(thread, at),
            None => inner.of_thread.remove(&thread),
        };
        if let Some(before) = before {
            inner.by_time.remove(&(before, thread));
        }
        if let Some(at) = at {
            inner.by_time.insert((at, thread));
        }
    }

    /// Whether nothing is to be set for now.
    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Sets nothing for now, or does again.
    pub(crate) fn hold(&self, held: bool) {
        self.held.store(held, Ordering::Relaxed);
    }

    /// When `thread` is next due.
    pub(crate) fn of(&self, thread: ThreadId) -> Option<Timestamp> {
        self.lock().of_thread.get(&thread).copied()
    }

    /// Every thread that has an instant.
    pub(crate) fn all(&self) -> Vec<(ThreadId, Timestamp)> {
        self.lock().of_thread.iter().map(|(thread, at)| (*thread, *at)).collect()
    }

    /// Takes out the threads due at `now`; each is set again when it has been looked at.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<ThreadId> {
        let mut inner = self.lock();
        let mut due = Vec::new();
        while let Some((at, thread)) = inner.by_time.first().copied().filter(|(at, _)| *at <= now) {
            inner.by_time.remove(&(at, thread));
            inner.of_thread.remove(&thread);
            due.push(thread);
        }
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_due_once_and_at_its_newest_time() {
        let schedule = Schedule::default();
        let (one, two) = (ThreadId([1; 16]), ThreadId([2; 16]));
        schedule.set(one, Some(Timestamp(5)));
        schedule.set(two, Some(Timestamp(7)));
        schedule.set(one, Some(Timestamp(9)));
        assert_eq!(schedule.due(Timestamp(8)), [two]);
        schedule.set(one, None);
        assert!(schedule.due(Timestamp(100)).is_empty());
    }
}
