//! What the node does by itself: import granted keys, answer what needs no human, act when a time comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use waymark_domain::command::{Command, RejectGrant};
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::Event;
use waymark_domain::event::consent::GrantFault as Fault;
use waymark_domain::ids::{Hash, ThreadId};
use waymark_domain::referral::Emergency;
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::Category;
use waymark_domain::world::{Party, World};
use waymark_seal::entry::{Basis, GrantRef};
use waymark_seal::grant::{GrantContext, GrantFault, unwrap};
use waymark_seal::kem::KemSecret;
use waymark_seal::vault::{ImportedSection, KeyRecord, VaultFault};
use waymark_seal::verify::basis_kind;

use crate::applying::keeps;
use crate::desk::Desk;
use crate::findings::grant_name;
use crate::new_ids::NewIds;
use crate::order::{Failure, SubmitError};
use crate::receive::NODE;
use crate::sections::{SectionFault, basis_event};
use crate::seen::Seen;
use crate::threads::Thread;

/// Why a grant was not taken over: it may not be, which its writer is told, or this machine failed, and it is tried again.
enum NotTaken {
    Refused(Fault),
    /// Only this office's clock speaks against it: it is looked at again.
    NotNow,
    Failed(Failure),
}

/// The grants of an entry that were not taken over.
#[derive(Default)]
struct Untaken {
    faults: Vec<(Category, Fault)>,
    /// Some are looked at again.
    waits: bool,
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<VaultFault> for NotTaken {
    fn from(fault: VaultFault) -> Self {
        Self::Failed(fault.into())
    }
}

impl Desk {
    /// Notes that a received entry wants its keys taken over and an answer. Receipts want none.
    pub(crate) fn await_answers(&self, seen: &[Seen]) {
        let Some(theirs) = seen.first().filter(|seen| seen.author() != self.me && !keeps(seen.kind)) else {
            return;
        };
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).insert(theirs.index);
    }

    /// Takes over the keys of an entry that has just been received, and answers it. What cannot be done now is done at a tick.
    pub(crate) fn answer_now(&self, seen: &Seen) {
        if let Err(fault) = self.answer_received(seen, || Ok(true)) {
            tracing::warn!(index = seen.index, %fault, "an entry could not be answered now; it is looked at again");
        }
    }

    /// `is_new`: whether grants that are not taken over are told to their writer. Every answer looks at the state, so none is given
    /// twice.
    fn answer_received(
        &self,
        seen: &Seen,
        is_new: impl FnOnce() -> Result<bool, Failure>,
    ) -> Result<(), SubmitError> {
        if self.awaits_back(seen.author()) {
            // What was answered before its log was closed is not all known yet.
            return Ok(());
        }
        if !keeps(seen.kind) {
            let Untaken { faults, waits } = self.take_over(seen)?;
            self.drop_forbidden(seen, &faults)?;
            if !faults.is_empty() && is_new()? {
                for (category, fault) in &faults {
                    self.reject(seen, *category, fault.clone())?;
                }
            }
            self.forget_rejected(seen)?;
            self.react_to(seen)?;
            if waits || self.withholds(seen.thread)? {
                return Ok(());
            }
        }
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).remove(&seen.index);
        Ok(())
    }

    /// Takes over the keys that an entry grants to this office, where a consent in force or another basis covers them; gives the
    /// grants that it does not take over, and why.
    fn take_over(&self, seen: &Seen) -> Result<Untaken, Failure> {
        let mut untaken = Untaken::default();
        if !seen.grants.iter().any(|grant| grant.recipient == self.me) {
            return Ok(untaken);
        }
        // Not while something is erased in the thread.
        let _alone = self.stripes.lock(&[seen.thread]);
        let Some(thread) = self.thread(seen.thread)? else { return Ok(untaken) };
        let mut keys = Vec::new();
        for (position, grant) in seen.grants.iter().enumerate() {
            let Some(category) = grant.category() else { continue };
            match self.import_one(&thread, seen, position, grant, category) {
                Ok(record) => keys.extend(record),
                Err(NotTaken::Refused(fault)) => untaken.faults.push((category, fault)),
                Err(NotTaken::NotNow) => untaken.waits = true,
                Err(NotTaken::Failed(failure)) => return Err(failure),
            }
        }
        if !keys.is_empty() {
            self.vault.put(keys)?;
            self.vault.sync()?;
        }
        Ok(untaken)
    }

    /// Overwrites what was brought and may never be read here, whatever day it is: what she withdrew, and what no basis permits. An
    /// entry that this version cannot read is kept for one that can.
    fn drop_forbidden(&self, seen: &Seen, faults: &[(Category, Fault)]) -> Result<(), Failure> {
        if faults.is_empty() || seen.event.is_err() {
            return Ok(());
        }
        let Some(thread) = self.thread(seen.thread)? else { return Ok(()) };
        let Some(referral) = thread.referral() else { return Ok(()) };
        let withdrawn = |category: Category| {
            let shared = matches!(seen.basis, Basis::Consent(_) | Basis::Reply(_));
            shared && referral.asks_of_thread().any(|ask| ask.categories.contains(category))
        };
        let faults = faults.iter().filter(|(_, fault)| matches!(fault, Fault::OutsideConsent | Fault::Late));
        let categories = faults.map(|(category, _)| *category).filter(|category| withdrawn(*category));
        let categories: Vec<Category> = categories.collect();
        if categories.is_empty() { Ok(()) } else { self.drop_untaken(seen, &categories) }
    }

    /// A key that the other party could not take over was given to nobody: it is granted again with the next disclosure.
    fn forget_rejected(&self, seen: &Seen) -> Result<(), Failure> {
        let Ok(Event::GrantRejected(body)) = &seen.event else { return Ok(()) };
        let _alone = self.stripes.lock(&[seen.thread]);
        if let Some(mut own) = self.vault.own_section(&seen.thread, body.category)?
            && !own.granted_to.is_empty()
        {
            own.granted_to.clear();
            self.vault.put(vec![KeyRecord::OwnSection(own)])?;
        }
        Ok(())
    }

    fn import_one(
        &self,
        thread: &Thread,
        seen: &Seen,
        position: usize,
        grant: &GrantRef,
        category: Category,
    ) -> Result<Option<KeyRecord>, NotTaken> {
        if grant.recipient != self.me {
            return Err(Fault::WrongRecipient.into());
        }
        // A key that is held is never replaced, so nobody can put his own in the place of another.
        match self.vault.section_key(&seen.thread, &grant.key)? {
            Some(held) if held.commitment() == grant.commitment => return Ok(None),
            Some(_) => return Err(Fault::CommitmentMismatch.into()),
            None => {}
        }
        let today = self.now().day();
        if let Err(fault) = self.covered(thread, seen, grant, category, today) {
            // A clock that is wrong for a moment must not keep anything from her: the others' time counts as well.
            let others = self.core().others_say.day();
            let certain = self.covered(thread, seen, grant, category, others).is_err();
            return Err(if certain { fault.into() } else { NotTaken::NotNow });
        }
        let secret = self.kem_secret(seen.thread, &grant.kem_hash)?.ok_or(Fault::Unopenable)?;
        let wrap =
            self.body(seen, seen.sections.len() + position, &grant.wrap_hash).map_err(
                |fault| match fault {
                    SectionFault::Failed(failure) => NotTaken::Failed(failure),
                    _ => Fault::Unopenable.into(),
                },
            )?;
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
    fn kem_secret(&self, thread: ThreadId, key_hash: &Hash) -> Result<Option<KemSecret>, VaultFault> {
        match self.vault.thread_secret(&thread, key_hash)? {
            Some(secret) => Ok(Some(secret)),
            None => self.vault.inbox_secret(key_hash),
        }
    }

    /// Whether the basis of an entry covers a grant to this office on a day.
    fn covered(
        &self,
        thread: &Thread,
        seen: &Seen,
        grant: &GrantRef,
        category: Category,
        today: Day,
    ) -> Result<(), Fault> {
        let referral = thread.referral().ok_or(Fault::OutsideConsent)?;
        let author = referral.party(seen.author()).ok_or(Fault::OutsideConsent)?;
        // Of an entry that cannot be read nobody knows what it may carry.
        let rule = seen.event.as_ref().ok().map(Event::rule).ok_or(Fault::OutsideConsent)?;
        let basis = basis_event(self.me, thread, &seen.basis).ok_or(Fault::OutsideConsent)?;
        self.rules.importable(referral, basis_kind(&seen.basis), category, rule, today)?;
        match (&seen.basis, author) {
            (Basis::Consent(_), Party::Sender) => {
                let chain = referral.sender.consent.as_ref().filter(|chain| chain.head == basis);
                let chain = chain.ok_or(Fault::OutsideConsent)?;
                if grant.expires > chain.scope.until { Err(Fault::OutsideConsent) } else { Ok(()) }
            }
            (Basis::Emergency(_), author) => {
                let covers = |emergency: &Emergency| {
                    emergency.event == basis
                        && emergency.covers(category)
                        && referral.may_read_emergency(author, basis, today)
                };
                if referral.emergencies(author).iter().any(covers) {
                    Ok(())
                } else {
                    Err(Fault::OutsideConsent)
                }
            }
            // What she withdrew, or what has ended, is not talked about any more, unless she is on her way.
            (Basis::Reply(_), Party::Sender)
                if !referral.is_on_the_way()
                    && referral.asks_of_thread().any(|ask| ask.categories.contains(category)) =>
            {
                Err(Fault::Late)
            }
            // An address whose time is over, and that was destroyed before its key could be taken over.
            (Basis::Reply(_), _) if referral.erased(author.other()).contains(&seen.event_id) => {
                Err(Fault::Late)
            }
            (Basis::Reply(_), _) => Ok(()),
            (Basis::Consent(_), Party::Receiver) | (Basis::None | Basis::OwnData, _) => {
                Err(Fault::OutsideConsent)
            }
        }
    }

    fn reject(&self, seen: &Seen, category: Category, fault: Fault) -> Result<(), SubmitError> {
        self.findings.note_office(seen.author(), grant_name(&fault), self.now());
        let command = RejectGrant { referral: seen.thread, event: seen.event_id, category, fault };
        self.by_node(Command::RejectGrant(command)).map(|_| ())
    }

    /// Answers an event of another office where no human is needed.
    fn react_to(&self, seen: &Seen) -> Result<(), SubmitError> {
        let Ok(event) = &seen.event else { return Ok(()) };
        let answered = self.by_itself(seen.thread, |world, thread, ctx| {
            thread
                .and_then(|thread| thread.applied(self.me, seen))
                .map(|applied| self.rules.react(world, &applied, event, ctx))
        });
        match answered {
            // A thread of which nothing can be read wants no answer.
            Err(SubmitError::Unknown) => Ok(()),
            // What a rule refuses today, such as an answer to a key that nothing can be wrapped to, it refuses at every tick.
            Err(SubmitError::Refused(refusal)) => {
                tracing::warn!(
                    index = seen.index,
                    code = refusal.reason(),
                    "an entry stays without an answer"
                );
                Ok(())
            }
            answered => answered,
        }
    }

    /// Answers what a crash, the start guard or a fault left without an answer.
    pub fn answer_the_unanswered(&self) {
        if self.may_write().is_err() {
            return;
        }
        self.publish_pending();
        let waiting: Vec<u64> =
            self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        // One that cannot be answered holds up no other.
        for index in waiting {
            if let Err(fault) = self.answer_again(index) {
                tracing::warn!(index, %fault, "an entry could not be answered now; it is looked at again");
            }
        }
    }

    fn answer_again(&self, index: u64) -> Result<(), SubmitError> {
        let seen = self.seen_at(index)?;
        let Some(theirs) = seen.first() else { return Ok(()) };
        self.answer_received(theirs, || {
            // What came before this office's newest word in the thread was judged when it came.
            let history = self.history(theirs.thread)?;
            let newer = |own: &Seen| own.author() == self.me && own.index > index && !keeps(own.kind);
            Ok(!history.iter().any(newer))
        })
    }

    /// Does what has become due; gives how many threads were looked at. What waits for this office is read before: a letter may
    /// answer a deadline.
    pub fn meet_deadlines(&self) -> usize {
        let due = self.schedule.due(self.now());
        for thread in &due {
            let held_up = self.is_held_up(*thread);
            let due = |draft: &Draft| !held_up || draft.event.is_alarm();
            let decide = |world: &World<'_>, _: Option<&Thread>, ctx: &mut Context<'_>| {
                Some(self.rules.timers(world, ctx).into_iter().filter(due).collect())
            };
            let met = catch_unwind(AssertUnwindSafe(|| {
                self.by_itself(*thread, decide)?;
                // What was decided in the part that is lost, such as a claim to keep, is not known yet: nothing is destroyed.
                if held_up { Ok(None) } else { self.erase_due(*thread) }
            }));
            let Ok(met) = met else {
                tracing::error!("a deadline could not be looked at; it is looked at again; nothing is lost");
                self.schedule.set(*thread, Some(self.now().plus(RETRY_SECONDS)));
                continue;
            };
            match met {
                Ok(_) if held_up => self.schedule.set(*thread, Some(self.now().plus(RETRY_SECONDS))),
                Ok(again) => self.schedule_next(*thread, again),
                Err(fault) => {
                    tracing::warn!(%fault, "a deadline could not be written now; it is looked at again");
                    self.schedule.set(*thread, Some(self.now().plus(RETRY_SECONDS)));
                }
            }
        }
        due.len()
    }

    /// Whether nothing but an alarm is written in a thread for now, and nothing of it erased: the other party has not given back what
    /// it holds of it. Of a case every office may hold a part.
    fn is_held_up(&self, id: ThreadId) -> bool {
        if self.carries_over() {
            return true;
        }
        let awaited = self.awaited();
        if awaited.is_empty() {
            return false;
        }
        match self.thread(id) {
            Ok(Some(thread)) if thread.case().is_some() => true,
            Ok(_) => {
                self.counterpart(id).map_or(true, |other| other.is_some_and(|other| awaited.contains(&other)))
            }
            Err(_) => true,
        }
    }

    /// Says when a thread is next due, whether or not something was written now. An erasure that has to wait is looked at again when
    /// it has waited; one that is still due was refused, and is looked at again after a while.
    fn schedule_next(&self, id: ThreadId, again: Option<Timestamp>) {
        match self.thread(id) {
            Ok(Some(thread)) => {
                let Some(referral) = thread.referral() else {
                    return self.schedule.set(id, again);
                };
                let soon = self.now().plus(RETRY_SECONDS);
                let later = self.next_erasure(referral).filter(|at| *at > self.now());
                let erasure = match (self.next_erasure(referral), again) {
                    (None, _) => None,
                    (Some(_), Some(again)) => Some(later.map_or(again, |later| later.min(again))),
                    (Some(next), None) => Some(next.max(soon)),
                };
                self.schedule_with(id, referral, erasure);
            }
            Ok(None) => {}
            Err(_) => self.schedule.set(id, Some(self.now().plus(RETRY_SECONDS))),
        }
    }

    fn by_itself(
        &self,
        referral: ThreadId,
        decide: impl FnOnce(&World<'_>, Option<&Thread>, &mut Context<'_>) -> Option<Vec<Draft>>,
    ) -> Result<(), SubmitError> {
        let case = self.case_of(referral);
        let _shared = self.many_threads.read().unwrap_or_else(PoisonError::into_inner);
        let held: Vec<ThreadId> = case.into_iter().chain([referral]).collect();
        let _threads = self.stripes.lock(&held);
        let _counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        // The time at which it is decided, not the one at which it began to wait.
        let now = self.now();
        let mut ids = NewIds::new(self, None);
        let drafts = self.with_world(case, Some(referral), false, |world, thread| {
            decide(world, thread, &mut Context { now, me: self.me, ids: &mut ids })
        })?;
        let Some(drafts) = drafts.filter(|drafts| !drafts.is_empty()) else { return Ok(()) };
        self.may_write()?;
        self.write(drafts, ids, NODE, now)?;
        Ok(())
    }
}

/// Seconds until something that could not be written is tried again.
const RETRY_SECONDS: u64 = 5;
