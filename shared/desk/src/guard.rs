//! The start guard: before a place in the log is given out, the other offices are asked whether they know a newer head of it.
//!
//! A node started from an old backup would otherwise sign a second history. It goes on when somebody answers with a head
//! that it has, or when nobody can be reached and its last stop was clean and the vault's own high-water mark agrees.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;

/// Seconds that a start waits for answers before a clean last stop may stand in for them.
pub(crate) const WAIT_SECONDS: u64 = 5;

/// Why the node does not write yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// Answers are awaited.
    #[error(
        "this office has just started and is asking the others for the newest entry of its log: nothing is lost; try again in a few seconds"
    )]
    Asking,
    /// Somebody holds a newer head of this log.
    #[error(
        "another office holds a newer state of this office's log ({theirs} entries, {ours} here): this data folder is an old copy. Nothing was written. Bring back the newest folder, or run `waymark repair`"
    )]
    Behind {
        /// Entries under the head that the other office holds.
        theirs: u64,
        /// Entries here.
        ours: u64,
    },
    /// Somebody holds another history of this log.
    #[error(
        "another office holds a different history of this office's log: nothing was written. Tell the coordinator; do not start a second copy of this office"
    )]
    Forked,
    /// The last stop was not clean and nobody has answered.
    #[error(
        "this office did not stop cleanly and no other office can be reached to confirm its newest entry: nothing is lost; it goes on by itself when the connection is back"
    )]
    Alone,
}

/// The guard of one start.
#[derive(Debug)]
pub(crate) struct StartGuard {
    started_at: Timestamp,
    clean: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    released: bool,
    fault: Option<NotReady>,
    answered: BTreeSet<OfficeId>,
}

impl StartGuard {
    /// `clean`: the last stop was clean and the vault's high-water mark agrees. `others`: whether anybody could answer at all.
    pub(crate) fn new(started_at: Timestamp, clean: bool, others: bool) -> Self {
        let state = State { released: !others, ..State::default() };
        Self { started_at, clean, state: Mutex::new(state) }
    }

    /// Whether entries may be written now.
    pub(crate) fn ready(&self, now: Timestamp) -> Result<(), NotReady> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = state.fault {
            return Err(fault);
        }
        if state.released {
            return Ok(());
        }
        if now < self.started_at.plus(WAIT_SECONDS) {
            return Err(NotReady::Asking);
        }
        if !self.clean {
            return Err(NotReady::Alone);
        }
        state.released = true;
        Ok(())
    }

    /// Another office answered with the newest head of our log that it holds; `ours` tells whether
    /// our log continues a head.
    pub(crate) fn answered(
        &self,
        from: OfficeId,
        head: Option<Head>,
        size: u64,
        ours: impl Fn(Head) -> bool,
    ) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answered.insert(from);
        if let Some(head) = head {
            if head.size > size {
                state.fault = Some(NotReady::Behind { theirs: head.size, ours: size });
                return;
            }
            if head.size > 0 && !ours(head) {
                state.fault = Some(NotReady::Forked);
                return;
            }
        }
        state.released = true;
    }

    /// A 409 from a witness, or a fraud proof about ourselves: stop signing at once.
    pub(crate) fn stop(&self, fault: NotReady) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).fault = Some(fault);
    }

    pub(crate) fn is_asking(&self) -> bool {
        !self.state.lock().unwrap_or_else(PoisonError::into_inner).released
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_domain::ids::Hash;

    const PEER: OfficeId = OfficeId([2; 16]);
    const START: Timestamp = Timestamp(1_000);

    fn head(size: u64, byte: u8) -> Head {
        Head { size, root: Hash([byte; 32]) }
    }

    #[test]
    fn an_answer_with_a_head_we_have_releases() {
        let guard = StartGuard::new(START, false, true);
        assert_eq!(guard.ready(START), Err(NotReady::Asking));
        guard.answered(PEER, Some(head(3, 7)), 5, |_| true);
        assert_eq!(guard.ready(START), Ok(()));
    }

    #[test]
    fn a_newer_head_stops_for_good_even_after_a_release() {
        let guard = StartGuard::new(START, true, true);
        guard.answered(PEER, None, 5, |_| true);
        guard.answered(PEER, Some(head(6, 7)), 5, |_| true);
        assert_eq!(guard.ready(START), Err(NotReady::Behind { theirs: 6, ours: 5 }));
    }

    #[test]
    fn another_history_of_the_same_size_stops() {
        let guard = StartGuard::new(START, true, true);
        guard.answered(PEER, Some(head(5, 7)), 5, |_| false);
        assert_eq!(guard.ready(START), Err(NotReady::Forked));
    }

    #[test]
    fn alone_after_an_unclean_stop_waits_and_after_a_clean_one_goes_on() {
        let later = START.plus(WAIT_SECONDS);
        assert_eq!(StartGuard::new(START, false, true).ready(later), Err(NotReady::Alone));
        assert_eq!(StartGuard::new(START, true, true).ready(later), Ok(()));
    }
}
