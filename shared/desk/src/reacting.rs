//! What the node does by itself: import granted keys, answer what needs no human, act when a time comes.

use std::sync::PoisonError;

use waymark_domain::command::{Command, RejectGrant};
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::consent::GrantFault as Fault;
use waymark_domain::ids::{Hash, ThreadId};
use waymark_domain::react::react;
use waymark_domain::timer::timers;
use waymark_domain::words::Category;
use waymark_seal::entry::{Basis, GrantRef};
use waymark_seal::grant::{GrantContext, GrantFault, unwrap};
use waymark_seal::kem::KemSecret;
use waymark_seal::vault::{ImportedSection, KeyRecord};

use crate::desk::Desk;
use crate::new_ids::NewIds;
use crate::order::{Order, SubmitError};
use crate::receive::NODE;
use crate::sections::basis_event;
use crate::seen::Seen;
use crate::threads::Thread;

impl Desk {
    /// Takes over the keys that an entry grants to this office, where a consent in force or another basis covers them.
    pub(crate) fn import(&self, seen: &Seen) {
        if !seen.grants.iter().any(|grant| grant.recipient == self.me) {
            return;
        }
        let Ok(Some(thread)) = self.thread(seen.thread) else { return };
        let mut keys = Vec::new();
        for (position, grant) in seen.grants.iter().enumerate() {
            let Some(category) = grant.category() else { continue };
            match self.import_one(&thread, seen, position, grant, category) {
                Ok(record) => keys.push(record),
                Err(fault) => self.reject(seen, category, fault),
            }
        }
        let kept =
            if keys.is_empty() { Ok(()) } else { self.vault.put(keys).and_then(|()| self.vault.sync()) };
        if let Err(fault) = kept {
            // The wraps are in the body store: the next start imports them.
            tracing::error!(%fault, index = seen.index, "granted keys could not be kept");
        }
    }

    fn import_one(
        &self,
        thread: &Thread,
        seen: &Seen,
        position: usize,
        grant: &GrantRef,
        category: Category,
    ) -> Result<KeyRecord, Fault> {
        if grant.recipient != self.me {
            return Err(Fault::WrongRecipient);
        }
        self.covered(thread, seen, category)?;
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
        Ok(KeyRecord::ImportedSection(ImportedSection {
            thread: seen.thread,
            category,
            id: grant.key,
            from: seen.author(),
            expires: grant.expires,
            key,
        }))
    }

    /// This office's secret for a key that others wrap to: of the thread, or of a month's inbox.
    fn kem_secret(&self, thread: ThreadId, key_hash: &Hash) -> Option<KemSecret> {
        let of_thread = self.vault.thread_secret(&thread, key_hash).ok().flatten();
        of_thread.or_else(|| self.vault.inbox_secret(key_hash).ok().flatten())
    }

    /// Whether the basis of an entry covers a category for this office today.
    fn covered(&self, thread: &Thread, seen: &Seen, category: Category) -> Result<(), Fault> {
        if !matches!(seen.basis, Basis::Consent(_)) {
            return Ok(());
        }
        let referral = thread.referral().ok_or(Fault::OutsideConsent)?;
        let chain = referral.sender.consent.as_ref().ok_or(Fault::OutsideConsent)?;
        let consent = chain.in_force(self.now().day()).map_err(|_| Fault::Late)?;
        consent.covers(&[category]).map_err(|_| Fault::OutsideConsent)
    }

    fn reject(&self, seen: &Seen, category: Category, fault: Fault) {
        tracing::warn!(index = seen.index, ?fault, "a grant was not imported");
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
            for seen in history.iter().filter(|seen| seen.author() != self.me) {
                self.import(seen);
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
