//! The start guard: before a place in the log is given out, the other offices are asked whether they know a newer head of it.
//!
//! A node started from an old backup would otherwise sign a second history. Until the guard is content nothing gets a place in
//! the log, neither a command nor what others sent. It is content when everybody has answered, or, after a few seconds, when
//! somebody answered with a head that the log continues, or the last stop was clean and the vault's own mark agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
        "another office holds a newer state of this office's log ({theirs} entries, {ours} here): this data folder is an old copy. Nothing was written. Stop this node and bring back the newest folder. If there is none, run `waymark office recover` and give its file to the root holders: what this copy holds is kept, and the other offices send back what they hold"
    )]
    Behind {
        /// Entries under the head that the other office holds.
        theirs: u64,
        /// Entries here.
        ours: u64,
    },
    /// Somebody holds another history of this log.
    #[error(
        "another office holds a different history of this office's log: nothing was written. Do not start a second copy of this office. Tell the coordinator; if no other folder can be continued, run `waymark office recover` and give its file to the root holders"
    )]
    Forked,
    /// The last stop was not clean and nobody has answered.
    #[error(
        "this office did not stop cleanly and no other office can be reached to confirm its newest entry: nothing is lost; it goes on by itself when the connection is back"
    )]
    Alone,
    /// The roster has closed this incarnation of the log.
    #[error(
        "the root holders have closed the log of this folder: nothing was written, and what was answered is kept. If `waymark office recover` was run here, start the node again; otherwise another folder of this office continues"
    )]
    Closed,
    /// Entries of before are being taken into the log.
    #[error(
        "this office is taking over what it recorded before its log was closed: nothing is lost; try again in a few minutes"
    )]
    CarryingOver,
}

/// The guard of one start.
#[derive(Debug)]
pub(crate) struct StartGuard {
    started_at: Timestamp,
    /// The last stop was clean, or this is the first start.
    clean: bool,
    /// A later incarnation begins: another folder may have begun it, so somebody must have said that he holds nothing of it.
    begins_again: bool,
    /// Every office that takes part and could answer.
    others: BTreeSet<OfficeId>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    released: bool,
    /// Somebody has told a head that nobody here can read.
    doubted: bool,
    fault: Option<NotReady>,
    /// The newest head that speaks against this folder.
    against: Option<Head>,
    /// Who has answered, and whether with a head of this log.
    answered: BTreeMap<OfficeId, bool>,
}

impl StartGuard {
    /// `clean`: the last stop was clean and the vault's high-water mark agrees, or this is the first start.
    pub(crate) fn new(started_at: Timestamp, clean: bool, others: BTreeSet<OfficeId>) -> Self {
        let state = State { released: others.is_empty(), ..State::default() };
        Self { started_at, clean, begins_again: false, others, state: Mutex::new(state) }
    }

    /// The guard of the first start of a later incarnation.
    pub(crate) fn of_next_log(started_at: Timestamp, others: BTreeSet<OfficeId>) -> Self {
        Self { begins_again: true, ..Self::new(started_at, false, others) }
    }

    /// Whether entries may be written now.
    pub(crate) fn ready(&self, now: Timestamp) -> Result<(), NotReady> {
        let mut state = self.lock();
        if let Some(fault) = state.fault {
            return Err(fault);
        }
        if state.released {
            return Ok(());
        }
        let everybody = self.others.iter().all(|office| state.answered.contains_key(office));
        if !everybody && now < self.started_at.plus(WAIT_SECONDS) {
            return Err(NotReady::Asking);
        }
        // Who answered without a head holds nothing of this log: only all of them together stand in for a clean stop.
        let confirmed = state.answered.values().any(|held| *held);
        let begins = self.begins_again && !state.answered.is_empty();
        let clean = self.clean && !state.doubted;
        if !confirmed && !everybody && !clean && !begins {
            return Err(NotReady::Alone);
        }
        state.released = true;
        Ok(())
    }

    /// Another office answered with the newest head of our log that it holds; `size` is that of our log, and `ours` tells whether
    /// our log continues a head. Gives the first head that speaks against this folder: the next start has to know it, too.
    pub(crate) fn answered(
        &self,
        from: OfficeId,
        head: Option<Head>,
        size: u64,
        ours: impl Fn(Head) -> bool,
    ) -> Option<Head> {
        let mut state = self.lock();
        let held = head.filter(|head| head.size > 0);
        if let Some(head) = held
            && let Some(fault) = against(head, size, &ours)
        {
            // The newest one counts: there the log is closed, when it has to be.
            if state.against.is_some_and(|known| head.size <= known.size) {
                return None;
            }
            state.against = Some(head);
            if !matches!(state.fault, Some(NotReady::Forked | NotReady::Closed)) {
                state.fault = Some(fault);
            }
            return Some(head);
        }
        if self.others.contains(&from) {
            state.answered.insert(from, held.is_some());
        }
        None
    }

    /// Another office answered with a head under a key that is not known here. It may be a later key of this office: a clean stop of
    /// this folder says nothing then.
    pub(crate) fn doubts(&self) {
        self.lock().doubted = true;
    }

    /// Whether an office is still to say which head of this log it holds. Until then nobody here knows from where growth is to be
    /// proven to it, and a letter of entries would be refused.
    pub(crate) fn awaits(&self, office: OfficeId, now: Timestamp) -> bool {
        let asked = self.others.contains(&office) && now < self.started_at.plus(WAIT_SECONDS);
        asked && !self.lock().answered.contains_key(&office)
    }

    /// Looks at the head in this office's own mark as [`StartGuard::answered`] does at another's; whether it speaks against this
    /// folder.
    pub(crate) fn marked(&self, head: Head, size: u64, ours: impl Fn(Head) -> bool) -> bool {
        let fault = against(head, size, &ours);
        let mut state = self.lock();
        (state.fault, state.against) = (fault, fault.map(|_| head));
        fault.is_some()
    }

    /// The roster has closed this log.
    pub(crate) fn closed(&self) {
        self.lock().fault = Some(NotReady::Closed);
    }

    /// Whether a stop now leaves nothing in doubt: the guard was content, or the start was after a clean stop and nothing spoke
    /// against it since.
    pub(crate) fn leaves_no_doubt(&self) -> bool {
        let state = self.lock();
        state.fault.is_none() && (state.released || (self.clean && !state.doubted))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a head that this office signed says against a log of `size` entries: it lacks some, or holds others.
fn against(signed: Head, size: u64, ours: &impl Fn(Head) -> bool) -> Option<NotReady> {
    if signed.size > size {
        return Some(NotReady::Behind { theirs: signed.size, ours: size });
    }
    (!ours(signed)).then_some(NotReady::Forked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_domain::ids::Hash;

    const PEER: OfficeId = OfficeId([2; 16]);
    const OTHER: OfficeId = OfficeId([3; 16]);
    const START: Timestamp = Timestamp(1_000);

    fn head(size: u64, byte: u8) -> Head {
        Head { size, root: Hash([byte; 32]) }
    }

    fn guard(clean: bool, others: &[OfficeId]) -> StartGuard {
        StartGuard::new(START, clean, others.iter().copied().collect())
    }

    #[test]
    fn when_everybody_has_answered_and_one_holds_a_head_we_have_it_goes_on() {
        let guard = guard(false, &[PEER, OTHER]);
        guard.answered(PEER, Some(head(3, 7)), 5, |_| true);
        assert_eq!(guard.ready(START), Err(NotReady::Asking), "the other one may know a newer head");
        guard.answered(OTHER, None, 5, |_| true);
        assert_eq!(guard.ready(START), Ok(()));
    }

    #[test]
    fn who_does_not_answer_is_waited_for_and_no_longer() {
        let guard = guard(false, &[PEER, OTHER]);
        guard.answered(PEER, Some(head(3, 7)), 5, |_| true);
        assert_eq!(guard.ready(START.plus(WAIT_SECONDS)), Ok(()));
    }

    #[test]
    fn an_answer_without_a_head_does_not_stand_in_for_a_clean_stop() {
        let unclean = guard(false, &[PEER, OTHER]);
        unclean.answered(PEER, None, 5, |_| true);
        assert_eq!(unclean.ready(START.plus(WAIT_SECONDS)), Err(NotReady::Alone));
        unclean.answered(OTHER, None, 5, |_| true);
        assert_eq!(unclean.ready(START.plus(WAIT_SECONDS)), Ok(()), "nobody holds anything of this log");
    }

    #[test]
    fn a_newer_head_stops_for_good_even_after_a_release() {
        let guard = guard(true, &[PEER]);
        guard.answered(PEER, None, 5, |_| true);
        assert_eq!(guard.ready(START), Ok(()));
        guard.answered(PEER, Some(head(6, 7)), 5, |_| true);
        assert_eq!(guard.ready(START), Err(NotReady::Behind { theirs: 6, ours: 5 }));
    }

    #[test]
    fn another_history_of_the_same_size_stops() {
        let guard = guard(true, &[PEER]);
        guard.answered(PEER, Some(head(5, 7)), 5, |_| false);
        assert_eq!(guard.ready(START), Err(NotReady::Forked));
    }

    #[test]
    fn alone_after_an_unclean_stop_waits_and_after_a_clean_one_goes_on() {
        let later = START.plus(WAIT_SECONDS);
        assert_eq!(guard(false, &[PEER]).ready(later), Err(NotReady::Alone));
        assert_eq!(guard(true, &[PEER]).ready(later), Ok(()));
    }

    #[test]
    fn a_stop_before_the_guard_was_content_leaves_the_doubt() {
        let unclean = guard(false, &[PEER]);
        assert!(!unclean.leaves_no_doubt());
        assert!(guard(true, &[PEER]).leaves_no_doubt());
        unclean.answered(PEER, Some(head(3, 7)), 5, |_| true);
        assert_eq!(unclean.ready(START), Ok(()));
        assert!(unclean.leaves_no_doubt());
        unclean.answered(PEER, Some(head(9, 7)), 5, |_| true);
        assert!(!unclean.leaves_no_doubt());
    }

    #[test]
    fn a_next_log_begins_on_the_word_of_one_office_and_not_without_any() {
        let guard = StartGuard::of_next_log(START, [PEER, OTHER].into());
        assert_eq!(guard.ready(START.plus(WAIT_SECONDS)), Err(NotReady::Alone));
        guard.answered(PEER, None, 0, |_| true);
        assert_eq!(guard.ready(START.plus(WAIT_SECONDS)), Ok(()));
    }

    #[test]
    fn a_head_that_cannot_be_read_is_no_answer_and_outweighs_a_clean_stop() {
        let guard = guard(true, &[PEER, OTHER]);
        guard.doubts();
        assert_eq!(guard.ready(START.plus(WAIT_SECONDS)), Err(NotReady::Alone));
        assert!(!guard.leaves_no_doubt());
        guard.answered(OTHER, Some(head(5, 7)), 5, |_| true);
        assert_eq!(
            guard.ready(START.plus(WAIT_SECONDS)),
            Ok(()),
            "another office holds what this folder has"
        );
    }

    #[test]
    fn a_stranger_answers_for_nobody() {
        let guard = guard(false, &[PEER]);
        guard.answered(OTHER, Some(head(5, 7)), 5, |_| true);
        assert_eq!(guard.ready(START.plus(WAIT_SECONDS)), Err(NotReady::Alone));
    }
}
