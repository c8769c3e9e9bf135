//! Erasing a case of this office: keys first, then bodies, then the signed word of it. With the case goes what its referrals still hold.
//!
//! Each step can be done again: after a crash the order still stands, because only `CaseErased` ends it. Entries are never touched. Who
//! acted stays known: the sealed actor of an entry lies under a key of the office, and names staff alone. The rules are in
//! `waymark_domain::decide`; what the erasures of single referrals do is in `erasing.rs`.

use std::sync::PoisonError;

use waymark_domain::case::{CasePhase, CaseState};
use waymark_domain::command::{Command, OrderCaseErasure, ReportCaseErasure};
use waymark_domain::event::Event;
use waymark_domain::ids::{Hash, ThreadId};
use waymark_domain::time::{DAY, Timestamp};
use waymark_domain::words::ErasureReason;
use waymark_seal::kem::kem_hash;
use waymark_seal::vault::Selector;

use crate::desk::Desk;
use crate::erasing::{CERTAIN_SECONDS, KEYS_TOLD, Takes, overwrite};
use crate::order::{Failure, SubmitError};
use crate::seen::Seen;
use crate::threads::Thread;

/// Seconds until a case is looked at again whose time is over and that something else still holds up.
const HELD_UP_SECONDS: u64 = 3_600;

impl Desk {
    /// Erases a case that is to be erased, or orders it when its time is over; gives when to look again.
    pub(crate) fn erase_case_due(&self, case: &CaseState) -> Result<Option<Timestamp>, SubmitError> {
        match case.phase {
            CasePhase::ErasureOrdered(_) => self.erase_case(case.thread).map(|()| None),
            CasePhase::Closed(_) => self.end_of_keeping(case.thread),
            CasePhase::Unknown | CasePhase::Open | CasePhase::Erased(_) => Ok(None),
        }
    }

    fn end_of_keeping(&self, id: ThreadId) -> Result<Option<Timestamp>, SubmitError> {
        let Some(at) = self.kept_until(id) else { return Ok(None) };
        let (now, others_say) = (self.now(), self.core().others_say);
        if now < at {
            return Ok(Some(at));
        }
        if others_say < at {
            // A clock that is set wrong must not destroy anything: somebody else has to say that it is so late.
            return Ok(Some(now.plus(CERTAIN_SECONDS)));
        }
        let order = OrderCaseErasure { case: id, reason: ErasureReason::Retention };
        if self.by_node(Command::OrderCaseErasure(order))? {
            self.erase_case(id).map(|()| None)
        } else {
            Ok(Some(now.plus(HELD_UP_SECONDS)))
        }
    }

    /// For how many days after closing this office keeps a case; none: until somebody orders its erasure.
    pub fn closed_case_days(&self) -> Option<u32> {
        self.keeping.closed_case_days
    }

    /// When the time of a closed case is over; none where the office has set none.
    fn kept_until(&self, id: ThreadId) -> Option<Timestamp> {
        let days = self.keeping.closed_case_days?;
        let closed = self.core().closed.get(&id).copied()?;
        Some(closed.plus(u64::from(days) * DAY))
    }

    /// Says when a case is next due.
    pub(crate) fn schedule_case(&self, id: ThreadId) {
        let ordered = self.core().ordered.contains(&id);
        self.schedule.set(id, if ordered { Some(Timestamp::default()) } else { self.kept_until(id) });
    }

    /// The same for every case that is closed or to be erased: the setting may be another one since the last stop.
    pub(crate) fn schedule_cases(&self) {
        let core = self.core();
        let cases: Vec<ThreadId> = core.ordered.iter().chain(core.closed.keys()).copied().collect();
        drop(core);
        cases.into_iter().for_each(|case| self.schedule_case(case));
    }

    /// Destroys what is held of a case, then says so. Nothing else is written or taken over in its threads meanwhile.
    fn erase_case(&self, id: ThreadId) -> Result<(), SubmitError> {
        let command = {
            let _alone = self.many_threads.write().unwrap_or_else(PoisonError::into_inner);
            let Some(thread) = self.thread(id)? else { return Ok(()) };
            let Some(case) = thread.case() else { return Ok(()) };
            let CasePhase::ErasureOrdered(erasure) = case.phase else { return Ok(()) };
            let threads = threads_of(case);
            let _threads = self.stripes.lock(&threads);
            let mut keys = Vec::new();
            let mut bodies = Vec::new();
            for held in &threads {
                let takes = self.takes_all(*held, u64::MAX)?;
                bodies.extend(takes.bodies);
                if *held == id {
                    keys.extend(takes.keys);
                }
            }
            let whole: Vec<_> = threads.iter().map(|held| (*held, Selector::Everything)).collect();
            self.vault.erase_all(&whole).map_err(Failure::from)?;
            overwrite(&self.ledger, &bodies)?;
            threads.iter().try_for_each(|held| self.overwrite_closed(*held))?;
            keys.truncate(KEYS_TOLD);
            ReportCaseErasure { case: id, because: erasure.order, keys }
        };
        self.by_node(Command::ReportCaseErasure(command)).map(|_| ())
    }

    /// All keys and bodies of a thread, of what this office saw before own-log index `before`.
    fn takes_all(&self, id: ThreadId, before: u64) -> Result<Takes, Failure> {
        Ok(Takes::all_of(&self.history(id)?, before))
    }

    /// Does once more what the `CaseErased` at `index` of the own log says; whether there was nothing left to do, and none when it took
    /// nothing.
    pub(crate) fn erase_case_again(
        &self,
        index: u64,
        case: &CaseState,
        always: bool,
    ) -> Result<Option<bool>, Failure> {
        let before = if self.log == 0 { index } else { u64::MAX };
        let (mut gone, mut selectors, mut bodies) = (true, Vec::new(), Vec::new());
        for id in threads_of(case) {
            let takes = self.takes_all(id, before)?;
            gone = gone && self.is_gone(id, &takes)?;
            let Takes { keys, bodies: taken, .. } = takes;
            bodies.extend(taken);
            let selector = match self.fresh_key(id, before)? {
                _ if id == case.thread => Selector::Everything,
                Some(fresh) => Selector::KeysBut(keys, fresh),
                None => Selector::Keys(keys),
            };
            selectors.push((id, selector));
        }
        if bodies.is_empty() {
            return Ok(None);
        }
        if !gone || always {
            overwrite(&self.ledger, &bodies)?;
            self.vault.erase_all(&selectors)?;
        }
        Ok(Some(gone))
    }

    /// The key of this office for a thread, when it was given after own-log index `before`.
    fn fresh_key(&self, id: ThreadId, before: u64) -> Result<Option<Hash>, Failure> {
        let given = |seen: &Seen| {
            let newer = before == u64::MAX || seen.index > before;
            newer && seen.author() == self.me && matches!(seen.event, Ok(Event::ThreadKeyReplaced(_)))
        };
        if !self.history(id)?.iter().any(given) {
            return Ok(None);
        }
        let Some(thread) = self.thread(id)? else { return Ok(None) };
        let held = thread.referral().and_then(|referral| referral.thread_key(referral.party(self.me)?));
        Ok(held.map(|public| kem_hash(&public)))
    }

    /// Whether a thread is a case that is to be erased, or belongs to one: nothing of it is shown.
    pub(crate) fn is_to_be_erased(&self, id: ThreadId) -> bool {
        let core = self.core();
        core.ordered.contains(core.case_of.get(&id).unwrap_or(&id))
    }

    /// Whether a thread is a case that was erased, or belongs to one.
    pub(crate) fn is_of_erased_case(&self, id: ThreadId) -> Result<bool, Failure> {
        let thread = self.thread(self.case_of(id).unwrap_or(id))?;
        let case = thread.as_deref().and_then(Thread::case);
        Ok(case.is_some_and(|case| matches!(case.phase, CasePhase::Erased(_))))
    }
}

impl Takes {
    /// All keys and bodies of what was seen before own-log index `before`.
    pub(crate) fn all_of(history: &[Seen], before: u64) -> Self {
        let mut takes = Self::default();
        for seen in history.iter().filter(|seen| seen.index < before) {
            takes.take_from(seen, true, |_| true);
        }
        takes
    }
}

/// The case and its referrals.
fn threads_of(case: &CaseState) -> Vec<ThreadId> {
    [case.thread].into_iter().chain(case.links.iter().map(|link| link.referral)).collect()
}
