//! Locks for threads: commands on one thread wait for each other, commands on different threads do not.

use std::sync::{Mutex, MutexGuard, PoisonError};

use waymark_domain::ids::ThreadId;

const STRIPES: usize = 1_024;

/// A fixed set of locks; each thread has one of them.
pub(crate) struct Stripes {
    locks: Vec<Mutex<()>>,
}

impl Stripes {
    pub(crate) fn new() -> Self {
        Self { locks: (0..STRIPES).map(|_| Mutex::new(())).collect() }
    }

    /// Locks all of `threads`, always in the same order, so that no two callers wait for each other.
    pub(crate) fn lock(&self, threads: &[ThreadId]) -> Vec<MutexGuard<'_, ()>> {
        let mut wanted: Vec<usize> = threads.iter().map(stripe).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.into_iter().filter_map(|stripe| self.locks.get(stripe)).map(hold).collect()
    }
}

fn stripe(thread: &ThreadId) -> usize {
    // Thread ids are random: any two bytes spread them.
    let [first, second, ..] = thread.0;
    usize::from(u16::from_be_bytes([first, second])) % STRIPES
}

fn hold(lock: &Mutex<()>) -> MutexGuard<'_, ()> {
    // The lock guards no data, only order: after a panic it is as good as before.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
