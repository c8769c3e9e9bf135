//! What the node does by itself: import granted keys, answer what needs no human, act when a time comes.

use std::sync::PoisonError;

use waymark_domain::command::{Command, RejectGrant};
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::consent::GrantFault as Fault;
use waymark_domain::ids::{Hash, ThreadId};
use waymark_domain::react::react;
use waymark_domain::referral::Emergency;
use waymark_domain::timer::timers;
use waymark_domain::words::Category;
use waymark_domain::world::Party;
use waymark_seal::entry::{Basis, GrantRef};
use waymark_seal::grant::{GrantContext, GrantFault, unwrap};
use waymark_seal::kem::KemSecret;
use waymark_seal::vault::{ImportedSection, KeyRecord};

use crate::applying::is_receipt;
use crate::desk::Desk;
use crate::findings::grant_name;
use crate::new_ids::NewIds;
use crate::order::{Order, SubmitError};
use crate::receive::NODE;
use crate::sections::basis_event;
use crate::seen::Seen;
use crate::threads::Thread;

impl Desk {
    /// Takes over the keys that an entry grants to this office; tells its writer which ones it does not take, and why.
    pub(crate) fn import(&self, seen: &Seen) {
        for (category, fault) in self.take_over(seen) {
            self.reject(seen, category, fault);
        }
    }

    /// Takes over the keys that an entry grants to this office, where a consent in force or another basis covers them.
    fn take_over(&self, seen: &Seen) -> Vec<(Category, Fault)> {
        let (mut keys, mut faults) = (Vec::new(), Vec::new());
        if !seen.grants.iter().any(|grant| grant.recipient == self.me) {
            return faults;
        }
        let Ok(Some(thread)) = self.thread(seen.thread) else { return faults };
        for (position, grant) in seen.grants.iter().enumerate() {
            let Some(category) = grant.category() else { continue };
            match self.import_one(&thread, seen, position, grant, category) {
                Ok(record) => keys.extend(record),
                Err(fault) => faults.push((category, fault)),
            }
        }
        let kept =
            if keys.is_empty() { Ok(()) } else { self.vault.put(keys).and_then(|()| self.vault.sync()) };
        if let Err(fault) = kept {
            // The wraps are in the body store: the next start imports them.
            tracing::error!(%fault, index = seen.index, "granted keys could not be kept");
        }
        faults
    }

    fn import_one(
        &self,
        thread: &Thread,
        seen: &Seen,
        position: usize,
        grant: &GrantRef,
        category: Category,
    ) -> Result<Option<KeyRecord>, Fault> {
        if grant.recipient != self.me {
            return Err(Fault::WrongRecipient);
        }
        // A key that is held is never replaced, so nobody can put his own in the place of another.
        match self.vault.section_key(&seen.thread, &grant.key).ok().flatten() {
            Some(held) if held.commitment() == grant.commitment => return Ok(None),
            Some(_) => return Err(Fault::CommitmentMismatch),
            None => {}
        }
        self.covered(thread, seen, grant, category)?;
        let secret = self.kem_secret(seen.thread, &grant.kem_hash).ok_or(Fault::Unopenable)?;
        let wrap = self.body(seen, seen.sections.len() + position).map_err(|_| Fault::Unopenable)?;
        let context = GrantContext {
            network: self.network,
            sender: seen.author(),
            recipient: self.me,
            thread: seen.thread,
            basis: basis_event(self.me, thread, &seen.basis),
            category,
            event: seen.event_id,
            key: grant.key,
            expires: grant.expires,
        };
        let key = unwrap(&secret, grant, &wrap, &context).map_err(|fault| match fault {
            GrantFault::CommitmentMismatch => Fault::CommitmentMismatch,
            _ => Fault::Unopenable,
        })?;
        Ok(Some(KeyRecord::ImportedSection(ImportedSection {
            thread: seen.thread,
            category,
            id: grant.key,
            from: seen.author(),
            expires: grant.expires,
            key,
        })))
    }

    /// This office's secret for a key that others wrap to: of the thread, or of a month's inbox.
    fn kem_secret(&self, thread: ThreadId, key_hash: &Hash) -> Option<KemSecret> {
        let of_thread = self.vault.thread_secret(&thread, key_hash).ok().flatten();
        of_thread.or_else(|| self.vault.inbox_secret(key_hash).ok().flatten())
    }

    /// Whether the basis of an entry covers a grant to this office today.
    fn covered(
        &self,
        thread: &Thread,
        seen: &Seen,
        grant: &GrantRef,
        category: Category,
    ) -> Result<(), Fault> {
        let referral = thread.referral().ok_or(Fault::OutsideConsent)?;
        let basis = basis_event(self.me, thread, &seen.basis).ok_or(Fault::OutsideConsent)?;
        match seen.basis {
            Basis::Consent(_) => {
                let chain = referral.sender.consent.as_ref().filter(|chain| chain.head == basis);
                let consent = chain.ok_or(Fault::OutsideConsent)?.in_force(self.now().day());
                let consent = consent.map_err(|_| Fault::Late)?;
                consent.covers(&[category]).map_err(|_| Fault::OutsideConsent)?;
                if grant.expires > consent.scope().until { Err(Fault::OutsideConsent) } else { Ok(()) }
            }
            Basis::Emergency(_) => {
                let declared = match referral.party(seen.author()).ok_or(Fault::OutsideConsent)? {
                    Party::Sender => &referral.sender.emergencies,
                    Party::Receiver => &referral.receiver.emergencies,
                };
                let covers = |emergency: &Emergency| {
                    emergency.event == basis && emergency.categories.contains(category)
                };
                if declared.iter().any(covers) { Ok(()) } else { Err(Fault::OutsideConsent) }
            }
            // Which categories a reply may carry stands in the table of kinds, which was checked on arrival.
            Basis::Reply(_) => Ok(()),
            Basis::None | Basis::OwnData => Err(Fault::OutsideConsent),
        }
    }

    fn reject(&self, seen: &Seen, category: Category, fault: Fault) {
        self.findings.note_office(seen.author(), grant_name(&fault), self.now());
        let command = RejectGrant { referral: seen.thread, event: seen.event_id, category, fault };
        if let Err(refused) = self.submit(Order::new(Command::RejectGrant(command), NODE)) {
            tracing::warn!(index = seen.index, %refused, "the rejection of a grant was not written");
        }
    }

    /// Answers an event of another office where no human is needed.
    pub(crate) fn react_to(&self, seen: &Seen) {
        let Ok(event) = &seen.event else { return };
        let answered = self.by_itself(seen.thread, |world, thread, ctx| {
            thread
                .and_then(|thread| thread.applied(self.me, seen))
                .map(|applied| react(world, &applied, event, ctx))
        });
        if let Err(fault) = answered {
            tracing::warn!(index = seen.index, %fault, "an event could not be answered now; it is looked at again");
            self.schedule.set(seen.thread, Some(self.now().plus(RETRY_SECONDS)));
        }
    }

    /// Answers what a crash left without an answer. Every answer looks at the state, so none is given twice.
    fn answer_the_unanswered(&self) {
        if self.guard.ready(self.now()).is_err() {
            return;
        }
        let threads = std::mem::take(&mut *self.unanswered.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let Ok(history) = self.history(thread) else { continue };
            let answered =
                history.iter().rev().find(|seen| seen.author() == self.me && !is_receipt(seen.kind));
            let answered = answered.map_or(0, |seen| seen.index);
            for seen in history.iter().filter(|seen| seen.author() != self.me) {
                let faults = self.take_over(seen);
                // What came before the newest answer was judged when it came.
                for (category, fault) in faults.into_iter().filter(|_| seen.index > answered) {
                    self.reject(seen, category, fault);
                }
                self.react_to(seen);
            }
        }
    }

    /// Does what has become due by `now`; gives how many threads were looked at.
    pub fn tick(&self) -> usize {
        self.answer_the_unanswered();
        let due = self.schedule.due(self.now());
        for thread in &due {
            if let Err(fault) = self.by_itself(*thread, |world, _, ctx| Some(timers(world, ctx))) {
                tracing::warn!(%fault, "a deadline could not be written now; it is looked at again");
                self.schedule.set(*thread, Some(self.now().plus(RETRY_SECONDS)));
            }
        }
        due.len()
    }

    fn by_itself(
        &self,
        referral: ThreadId,
        decide: impl FnOnce(
            &waymark_domain::world::World<'_>,
            Option<&Thread>,
            &mut Context<'_>,
        ) -> Option<Vec<Draft>>,
    ) -> Result<(), SubmitError> {
        let now = self.now();
        let case = self.case_of(referral);
        let _shared = self.many_threads.read().unwrap_or_else(PoisonError::into_inner);
        let held: Vec<ThreadId> = case.into_iter().chain([referral]).collect();
        let _threads = self.stripes.lock(&held);
        let _counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ids = NewIds::new(self, None);
        let drafts = self.with_world(case, Some(referral), false, |world, thread| {
            decide(world, thread, &mut Context { now, me: self.me, ids: &mut ids })
        })?;
        let Some(drafts) = drafts.filter(|drafts| !drafts.is_empty()) else { return Ok(()) };
        self.guard.ready(now)?;
        self.write(drafts, ids, NODE, now)?;
        Ok(())
    }
}

/// Seconds until something that could not be written is tried again.
const RETRY_SECONDS: u64 = 5;
