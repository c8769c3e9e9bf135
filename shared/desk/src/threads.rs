//! The folded state of each thread, rebuilt from the log when it is not at hand.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use waymark_domain::case::CaseState;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, Ref, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::world::{Applied, Party};
use waymark_seal::entry::Audience;

use crate::order::Etag;
use crate::seen::Seen;

/// Threads kept in memory; others are read from the log when asked for.
const THREADS_KEPT: usize = 16_384;

/// What a thread is and how it stands.
#[derive(Debug, Clone)]
pub enum ThreadState {
    /// Nothing that this version can read yet.
    Empty,
    /// A case of this office.
    Case(Box<CaseState>),
    /// A referral between this office and another.
    Referral(Box<ReferralState>),
    /// Notices of an office to the network.
    Notices,
}

/// Where an event of a thread stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventAt {
    /// The event.
    pub event: EventId,
    /// Own-log index at which this office came to know it.
    pub index: u64,
    /// Written by this office.
    pub ours: bool,
    /// Its place in its writer's log.
    pub at: Ref,
}

/// A thread as this office knows it.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Its state.
    pub state: ThreadState,
    /// Own-log index after its newest entry.
    pub etag: Etag,
    /// Its events, in the order in which this office came to know them.
    pub events: Vec<EventAt>,
    /// A log was closed since it began: events may have come twice.
    repeatable: bool,
    /// What came before the thread is known: of a log that was lost, this office gets back its own half and the other one in any
    /// order. Who turns out to be no party to it has said nothing.
    early: Vec<Seen>,
}

impl Default for Thread {
    fn default() -> Self {
        Self {
            state: ThreadState::Empty,
            etag: Etag(0),
            events: Vec::new(),
            repeatable: false,
            early: Vec::new(),
        }
    }
}

impl Thread {
    /// The case, when it is one.
    #[must_use]
    pub fn case(&self) -> Option<&CaseState> {
        match &self.state {
            ThreadState::Case(case) => Some(case),
            ThreadState::Empty | ThreadState::Referral(_) | ThreadState::Notices => None,
        }
    }

    /// The referral, when it is one.
    #[must_use]
    pub fn referral(&self) -> Option<&ReferralState> {
        match &self.state {
            ThreadState::Referral(referral) => Some(referral),
            ThreadState::Empty | ThreadState::Case(_) | ThreadState::Notices => None,
        }
    }

    /// Where `event` stands.
    #[must_use]
    pub fn find(&self, event: EventId) -> Option<EventAt> {
        self.events.iter().find(|at| at.event == event).copied()
    }

    /// The same; of an event that its writer wrote again in a later log, its newest place.
    #[must_use]
    pub fn newest_place(&self, event: EventId) -> Option<EventAt> {
        let first = self.find(event)?;
        let again =
            |at: &&EventAt| at.event == event && at.at.office == first.at.office && at.at.log > first.at.log;
        Some(self.events.iter().rfind(again).copied().unwrap_or(first))
    }

    /// Whether this is an event that its writer wrote, or that was received, once more: it says nothing new.
    #[must_use]
    pub fn repeats(&self, seen: &Seen) -> bool {
        let same = |at: &&EventAt| at.event == seen.event_id && at.at.office == seen.author();
        (self.repeatable || seen.at.log > 0)
            && self
                .events
                .iter()
                .find(same)
                .is_some_and(|first| (first.index, first.at) != (seen.index, seen.at))
    }

    /// The event at `place` of the log of this office (`ours`) or of the other party.
    #[must_use]
    pub fn event_at(&self, place: &Ref, ours: bool) -> Option<EventId> {
        self.events.iter().rev().find(|at| at.ours == ours && at.at == *place).map(|at| at.event)
    }

    /// Takes one event. Never fails: what cannot be read changes nothing but the etag.
    pub fn take(&mut self, me: OfficeId, seen: &Seen) {
        if matches!(seen.event, Ok(Event::SectionShown(_))) {
            // Looking changes nothing, and nobody's decision is stale by it.
            return;
        }
        self.etag = Etag(seen.index + 1);
        if self.referral().is_some_and(|referral| referral.party(seen.author()).is_none()) {
            // Somebody who is no party to it says nothing in a thread.
            return;
        }
        let ours = seen.author() == me;
        self.repeatable |= seen.at.log > 0;
        self.events.push(EventAt { event: seen.event_id, index: seen.index, ours, at: seen.at });
        let Ok(event) = &seen.event else { return };
        if matches!(event, Event::Received(_) | Event::Receipted(_) | Event::CarriedOver(_)) {
            // What says something of the mail says nothing of the thread, and makes nobody a party to it.
            return;
        }
        if self.repeats(seen) {
            return;
        }
        if matches!(self.state, ThreadState::Empty) {
            self.state = first_state(me, seen, event);
            if matches!(self.state, ThreadState::Empty) {
                self.early.push(seen.clone());
            }
        }
        self.apply(me, seen, event);
        if !self.early.is_empty() && !matches!(self.state, ThreadState::Empty) {
            for early in std::mem::take(&mut self.early) {
                if let Ok(event) = &early.event {
                    self.apply(me, &early, event);
                }
            }
        }
    }

    fn apply(&mut self, me: OfficeId, seen: &Seen, event: &Event) {
        let Some(applied) = self.applied(me, seen) else { return };
        match &mut self.state {
            ThreadState::Referral(referral) => referral.apply(&applied, event),
            ThreadState::Case(case) => case.apply(&applied, event),
            ThreadState::Empty | ThreadState::Notices => {}
        }
    }

    /// How the domain sees an event of this thread; none for an office that is no party to it.
    pub(crate) fn applied(&self, me: OfficeId, seen: &Seen) -> Option<Applied> {
        let author = match &self.state {
            ThreadState::Referral(referral) => referral.party(seen.author())?,
            ThreadState::Case(_) if seen.author() == me => Party::Sender,
            ThreadState::Case(_) | ThreadState::Empty | ThreadState::Notices => return None,
        };
        Some(Applied {
            event_id: seen.event_id,
            author,
            at: seen.at,
            claimed_at: seen.claimed_at,
            known_at: seen.recorded_at,
        })
    }
}

/// Whether a thread begins with this event, at office `me`. What this office came to know of it before is folded right after it.
#[must_use]
pub fn begins(me: OfficeId, seen: &Seen) -> bool {
    seen.event.as_ref().is_ok_and(|event| !matches!(first_state(me, seen, event), ThreadState::Empty))
}

fn first_state(me: OfficeId, seen: &Seen, event: &Event) -> ThreadState {
    if seen.thread == notices_of(seen.author()) {
        return ThreadState::Notices;
    }
    match (seen.audience, event) {
        (Audience::Nobody, Event::CaseOpened(_)) if seen.author() == me => {
            ThreadState::Case(Box::new(CaseState::new(seen.thread)))
        }
        (Audience::Office(receiver), event) if event.begins_referral() => {
            ThreadState::Referral(Box::new(ReferralState::new(seen.thread, seen.author(), receiver)))
        }
        // What cannot be first makes nobody a party: an offer that comes later begins the thread as if it were not there.
        (Audience::Office(_), _) => ThreadState::Empty,
        (Audience::Network, _) => ThreadState::Notices,
        (Audience::Nobody, _) => ThreadState::Empty,
    }
}

/// The thread in which an office speaks about itself.
#[must_use]
pub fn notices_of(office: OfficeId) -> ThreadId {
    ThreadId(office.0)
}

/// Threads in memory, the longest unused giving way.
pub(crate) struct Threads {
    kept: Mutex<LruCache<ThreadId, Arc<Thread>>>,
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::new(LruCache::unbounded()) }
    }

    /// After replay: from now on only so many stay.
    pub(crate) fn bound(&self) {
        self.lock().resize(NonZeroUsize::new(THREADS_KEPT).expect("the number of threads kept is not zero"));
    }

    pub(crate) fn get(&self, id: ThreadId) -> Option<Arc<Thread>> {
        self.lock().get(&id).cloned()
    }

    /// Puts a thread that was read from the log, unless a newer state is there already.
    pub(crate) fn put(&self, id: ThreadId, thread: Thread) -> Arc<Thread> {
        let mut kept = self.lock();
        if let Some(there) = kept.get(&id).filter(|there| there.etag >= thread.etag) {
            return Arc::clone(there);
        }
        let thread = Arc::new(thread);
        kept.put(id, Arc::clone(&thread));
        thread
    }

    /// Changes a thread that is here.
    pub(crate) fn change(&self, id: ThreadId, change: impl FnOnce(&mut Thread)) -> Option<Arc<Thread>> {
        let mut kept = self.lock();
        let thread = kept.get_mut(&id)?;
        let changed = catch_unwind(AssertUnwindSafe(|| change(Arc::make_mut(thread))));
        let Err(panic) = changed else { return Some(Arc::clone(thread)) };
        // Half changed, it would be taken for whole; the log has it.
        kept.pop(&id);
        drop(kept);
        resume_unwind(panic)
    }

    /// Begins a thread.
    pub(crate) fn begin(&self, id: ThreadId) {
        self.lock().get_or_insert(id, || Arc::new(Thread::default()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<ThreadId, Arc<Thread>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use waymark_domain::event::consent::{ConsentReleased, ThreadKey};
    use waymark_domain::ids::{Hash, KemPublic};
    use waymark_domain::time::{Day, Timestamp};
    use waymark_seal::entry::Basis;

    use super::*;

    const NORTH: OfficeId = OfficeId([1; 16]);
    const SOUTH: OfficeId = OfficeId([2; 16]);

    /// south sees this in a thread, from `author`.
    fn seen(index: u64, author: OfficeId, event: impl Into<Event>) -> Seen {
        let event = event.into();
        Seen {
            index,
            recorded_at: Timestamp(index),
            at: Ref { office: author, log: 0, index, leaf: Hash([0; 32]) },
            event_id: EventId([u8::try_from(index).unwrap_or(0); 16]),
            thread: ThreadId([7; 16]),
            claimed_at: Timestamp(index),
            audience: Audience::Office(SOUTH),
            basis: Basis::None,
            kind: event.kind(),
            event: Ok(event),
            sections: Vec::new(),
            grants: Vec::new(),
            actor: Vec::new(),
        }
    }

    #[test]
    fn an_entry_that_cannot_be_the_first_begins_no_referral_and_spoils_none() {
        let mut thread = Thread::default();
        thread.take(SOUTH, &seen(1, OfficeId([9; 16]), ThreadKey { key: KemPublic([1; 32]) }));
        assert!(thread.referral().is_none(), "nobody has become a party");
        let released = ConsentReleased {
            purposes: Vec::new(),
            categories: Vec::new(),
            onward: false,
            from: Day(1),
            until: Day(2),
        };
        thread.take(SOUTH, &seen(2, NORTH, released));
        let referral = thread.referral().expect("north offers");
        assert_eq!((referral.from, referral.to), (NORTH, SOUTH));
        assert_eq!(referral.sender.anomalies.count, 0);
    }

    #[test]
    fn a_thread_that_broke_while_it_was_changed_is_read_from_the_log_again() {
        let threads = Threads::new();
        let id = ThreadId([1; 16]);
        threads.begin(id);
        let broken = catch_unwind(AssertUnwindSafe(|| {
            threads.change(id, |thread| {
                thread.etag = Etag(9);
                panic!("a rule that breaks");
            })
        }));
        assert!(broken.is_err());
        assert!(threads.get(id).is_none(), "half of a change stayed");
    }
}
