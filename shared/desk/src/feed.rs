//! Applies what the log says, in the order of the log, to threads and projections, and tells watchers.
//!
//! Commits end in any order; applying never does. A command is answered after its own entries were applied, so its caller
//! reads what it wrote. Replay goes through the same door: live and replayed are the same function.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};

use tokio::sync::watch;

use crate::seen::Seen;

/// Puts what several committers bring into the order of the log.
pub(crate) struct Feed {
    inner: Mutex<Inner>,
    moved: Condvar,
    newest: watch::Sender<u64>,
}

struct Inner {
    /// Index of the next own-log entry to apply.
    next: u64,
    waiting: BTreeMap<u64, Vec<Seen>>,
    applying: bool,
}

impl Feed {
    pub(crate) fn new(next: u64) -> Self {
        let inner = Inner { next, waiting: BTreeMap::new(), applying: false };
        Self { inner: Mutex::new(inner), moved: Condvar::new(), newest: watch::Sender::new(next) }
    }

    /// A receiver that changes whenever entries were applied; its value is the index after the last one.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Hands over the entries of one commit and returns once they, and all before them, were applied.
    pub(crate) fn apply_in_order(&self, entries: Vec<(u64, Vec<Seen>)>, apply: impl Fn(u64, &[Seen])) {
        let Some(last) = entries.iter().map(|(index, _)| *index).max() else { return };
        let mut inner = self.lock();
        inner.waiting.extend(entries);
        loop {
            if inner.next > last {
                return;
            }
            if inner.applying {
                inner = self.moved.wait(inner).unwrap_or_else(std::sync::PoisonError::into_inner);
                continue;
            }
            let ready = take_ready(&mut inner);
            if ready.is_empty() {
                inner = self.moved.wait(inner).unwrap_or_else(std::sync::PoisonError::into_inner);
                continue;
            }
            inner.applying = true;
            drop(inner);
            for (index, seen) in &ready {
                apply(*index, seen);
            }
            inner = self.lock();
            inner.applying = false;
            inner.next += ready.len() as u64;
            self.newest.send_replace(inner.next);
            self.moved.notify_all();
        }
    }

    /// Looks at what was applied while nothing is being applied; `look` gets the own-log index after the last entry.
    pub(crate) fn at_rest<T>(&self, look: impl FnOnce(u64) -> T) -> T {
        let mut inner = self.lock();
        while inner.applying {
            inner = self.moved.wait(inner).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        look(inner.next)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // A projection that panicked must not stop the office: what it holds is rebuilt from the log.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn take_ready(inner: &mut Inner) -> Vec<(u64, Vec<Seen>)> {
    let mut ready = Vec::new();
    let mut next = inner.next;
    while let Some(seen) = inner.waiting.remove(&next) {
        ready.push((next, seen));
        next += 1;
    }
    ready
}
