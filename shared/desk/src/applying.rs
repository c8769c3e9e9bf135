//! Reading entries back as events, and applying events: to threads, to what the office knows, to projections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use waymark_domain::event::{Event, Unreadable};
use waymark_domain::ids::{Hash, OfficeId, Ref, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Timestamp;
use waymark_domain::timer::next_timer;
use waymark_domain::world::{Witness, World};
use waymark_ledger::{Ledger, Placed};
use waymark_seal::entry::Entry;
use waymark_seal::hash::leaf_hash;
use waymark_seal::verify::{CLOCK_TOLERANCE, check_acceptable};

use crate::cosigned::is_about_heads;
use crate::desk::{Core, Desk};
use crate::order::Failure;
use crate::seen::Seen;
use crate::threads::Thread;

/// What to do with a thread that is not in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnMiss {
    /// It is new: in replay, where every thread stays in memory.
    Begin,
    /// Read it from the log.
    Load,
}

impl Desk {
    /// What the own-log entry at `index` means: one event, or a received one followed by its receipt.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn seen_at(&self, index: u64) -> Result<Vec<Seen>, Failure> {
        let bytes = self.ledger.entry(index)?;
        self.seen_in(index, &bytes, leaf_hash(&bytes))
    }

    pub(crate) fn seen_in(&self, index: u64, bytes: &[u8], leaf: Hash) -> Result<Vec<Seen>, Failure> {
        seen_in(&self.ledger, index, bytes, leaf)
    }

    /// Everything this office saw of a thread, in the order of its log.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn history(&self, thread: ThreadId) -> Result<Vec<Seen>, Failure> {
        history_in(&self.ledger, thread)
    }

    /// The own-log indices of a thread's entries, oldest first, for who reads them one by one.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn entries_of(&self, thread: ThreadId) -> Result<Vec<u64>, Failure> {
        Ok(self.ledger.thread_indices(thread)?)
    }

    /// Applies what was committed, in the order of the log, and returns once it is applied.
    pub(crate) fn apply_in_order(&self, entries: Vec<(u64, Vec<Seen>)>) {
        self.feed.apply_in_order(entries, |index, seen| {
            self.survives(index, || self.apply_entry(index, seen, OnMiss::Load));
        });
    }

    /// Runs `apply`; when it panics, says so and goes on: the entry is in the log, and the next start applies it from there.
    fn survives(&self, index: u64, apply: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(apply)).is_err() {
            self.damaged.store(true, Ordering::Relaxed);
            tracing::error!(index, "an entry could not be applied; nothing is lost: restart the node");
        }
    }

    /// Applies what one own-log entry means, everywhere. The only door, live and in replay.
    pub(crate) fn apply_entry(&self, index: u64, seen: &[Seen], on_miss: OnMiss) {
        let Some(id) = seen.first().map(|seen| seen.thread) else { return };
        if let Some(own) = seen.last() {
            self.know_growth(index, own.kind);
        }
        if let Some(head) = seen.iter().find(|seen| seen.author() == self.me && is_about_heads(seen.kind)) {
            return self.know_head(head);
        }
        if on_miss == OnMiss::Begin {
            self.threads.begin(id);
        }
        let changed = self.threads.change(id, |thread| {
            if thread.etag.0 <= index {
                seen.iter().for_each(|seen| thread.take(self.me, seen));
            }
        });
        let thread = match changed {
            Some(thread) => thread,
            // Not in memory: the log already holds the entry, so reading the thread applies it.
            None => match self.thread(id) {
                Ok(Some(thread)) => thread,
                Ok(None) | Err(_) => {
                    tracing::error!(
                        index,
                        "a thread could not be read back; it is read again when asked for"
                    );
                    return;
                }
            },
        };
        let says = |seen: &&Seen| !matches!(seen.event, Ok(Event::SectionShown(_))) && !thread.repeats(seen);
        for seen in seen.iter().filter(says) {
            self.know(seen, &thread);
            for projection in &self.projections {
                self.survives(index, || projection.apply(seen, &thread));
            }
        }
    }

    fn know(&self, seen: &Seen, thread: &Thread) {
        if let Ok(event) = &seen.event {
            self.core_mut().know(self.me, seen, event);
            if let Event::FraudProven(body) = event {
                self.know_fraud(seen, body);
            }
        }
        if self.schedule.is_held() {
            return;
        }
        if let Some(referral) = thread.referral() {
            self.schedule_referral(seen.thread, referral);
        } else if thread.case().is_some() {
            self.schedule_case(seen.thread);
        }
    }

    /// Says when time alone next makes something due in a referral.
    pub(crate) fn schedule_referral(&self, thread: ThreadId, referral: &ReferralState) {
        self.schedule_with(thread, referral, self.next_erasure(referral));
    }

    /// The same, where it is known when the thread is looked at for an erasure.
    pub(crate) fn schedule_with(
        &self,
        thread: ThreadId,
        referral: &ReferralState,
        erasure: Option<Timestamp>,
    ) {
        let core = self.core();
        let world = World {
            office: &core.view,
            case: None,
            referral: Some(referral),
            linked: &[],
            places: &core.places,
            // What time alone makes due does not ask for it.
            witness: Witness::default(),
        };
        let times = [next_timer(&world, self.me), erasure];
        self.schedule.set(thread, times.into_iter().flatten().min());
    }
}

fn seen_in(ledger: &Ledger, index: u64, bytes: &[u8], leaf: Hash) -> Result<Vec<Seen>, Failure> {
    let entry = own_entry(bytes)?;
    let kept = if keeps(entry.kind) { ledger.kept(index)? } else { None };
    Ok(seen_of(index, entry, leaf, kept.as_ref().map(|kept| kept.entry.as_slice())))
}

/// Everything that the office of a log saw of a thread, in the order of that log.
pub(crate) fn history_in(ledger: &Ledger, thread: ThreadId) -> Result<Vec<Seen>, Failure> {
    let mut history = Vec::new();
    for (index, bytes) in ledger.thread_entries(thread)? {
        history.extend(seen_in(ledger, index, &bytes, leaf_hash(&bytes))?);
    }
    Ok(history)
}

impl Core {
    fn know(&mut self, me: OfficeId, seen: &Seen, event: &Event) {
        self.view.apply_notice(seen.author(), event);
        if seen.author() == me {
            self.places.apply(seen.thread, event);
        }
        if let Event::CaseLinked(linked) = event {
            self.case_of.insert(linked.referral, seen.thread);
        }
        if seen.author() != me {
            self.last_heard.insert(seen.author(), seen.recorded_at);
            // Nobody moves it far ahead of the time at which it was heard: a day to come destroys nothing early.
            let latest = seen.recorded_at.plus(CLOCK_TOLERANCE);
            if seen.claimed_at <= latest {
                self.others_say = self.others_say.max(seen.claimed_at);
            }
        }
        if let Event::GivenBack(given) = event
            && seen.author() == me
        {
            self.given_back.insert((given.office, given.log));
        }
        if matches!(event, Event::Erased(_) | Event::CaseErased(_)) && seen.author() == me {
            self.erasures.insert(seen.index, seen.thread);
        }
        if seen.author() == me {
            self.know_case(seen, event);
        }
        if let Event::RosterWitnessed(body) = event {
            self.know_roster_word(me, seen.author(), body);
        }
        if let Event::Receipted(receipted) = event
            && seen.author() == me
        {
            for receipt in &receipted.entries {
                self.last_heard.insert(receipt.office, seen.recorded_at);
            }
        }
    }
}

impl Core {
    /// Which cases are closed, and which are to be erased.
    fn know_case(&mut self, seen: &Seen, event: &Event) {
        let case = seen.thread;
        match event {
            Event::CaseClosed(_) => {
                // Under a clock that was far behind, its time would be over too early.
                self.closed.insert(case, seen.claimed_at.max(self.others_say));
            }
            Event::CaseReopened(_) => {
                self.closed.remove(&case);
            }
            Event::CaseErasureOrdered(_) => {
                self.closed.remove(&case);
                self.ordered.insert(case);
            }
            Event::CaseErased(_) => {
                self.ordered.remove(&case);
            }
            _ => {}
        }
    }
}

impl Seen {
    /// This event, once the log has given it its place.
    pub(crate) fn at_place(mut self, desk: &Desk, placed: &Placed) -> Self {
        self.index = placed.index;
        self.at = Ref { office: desk.me, log: desk.log, index: placed.index, leaf: placed.leaf };
        self
    }
}

/// An entry of the own log.
pub(crate) fn own_entry(bytes: &[u8]) -> Result<Entry, Failure> {
    Entry::parse(bytes).map_err(|_| Failure::Inconsistent("an entry of the own log does not read"))
}

/// The own entry stands for one of another log, kept beside it: `Received`, `Receipted`, `CarriedOver`.
pub(crate) fn keeps(kind: u16) -> bool {
    matches!(kind, 2 | 3 | 7)
}

/// What an own-log entry means. A received event, or one carried over, comes first, then the entry that keeps it; one that carries
/// what it may not is closed, whatever it says. Receipts of others are part of what their `Receipted` says, and no events of their own.
/// `kept` is the entry of the other log, as it was received.
#[must_use]
pub fn seen_of(index: u64, own: Entry, leaf: Hash, kept: Option<&[u8]>) -> Vec<Seen> {
    let recorded_at = own.claimed_at;
    let mut seen = Vec::with_capacity(2);
    if let Some(kept) = kept
        && let Ok(theirs) = Entry::parse(kept)
    {
        let closed = theirs.office != own.office && check_acceptable(&theirs).is_err();
        let mut theirs = seen_from(index, recorded_at, theirs, leaf_hash(kept));
        if closed {
            theirs.event = Err(Unreadable::Malformed(theirs.kind));
            (theirs.sections, theirs.grants) = (Vec::new(), Vec::new());
        }
        seen.push(theirs);
    }
    seen.push(seen_from(index, recorded_at, own, leaf));
    seen
}

pub(crate) fn seen_from(index: u64, recorded_at: Timestamp, entry: Entry, leaf: Hash) -> Seen {
    Seen {
        index,
        recorded_at,
        at: Ref { office: entry.office, log: entry.log, index: entry.index, leaf },
        event_id: entry.event,
        thread: entry.thread,
        claimed_at: entry.claimed_at,
        audience: entry.audience,
        basis: entry.basis,
        kind: entry.kind,
        event: Event::decode(entry.kind, &entry.public),
        sections: entry.sections,
        grants: entry.grants,
        actor: entry.actor,
    }
}
