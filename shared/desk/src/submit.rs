//! A command on its way in: decide, seal, append, apply, answer. Durable before it is answered; done once however often it is asked.

use std::sync::{Arc, PoisonError};

use waymark_domain::command::Command;
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, StaffId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_ledger::CommitFault;
use waymark_seal::vault::VaultFault;

use crate::desk::Desk;
use crate::guard::NotReady;
use crate::new_ids::NewIds;
use crate::order::{Answer, Etag, Failure, Order, SubmitError};
use crate::sealing::{By, SealedDrafts};

impl Desk {
    /// Carries out a command. Blocks until it is durable and applied.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing was changed, except that after [`SubmitError::RestartNeeded`] it is not known.
    pub fn submit(&self, order: Order) -> Result<Answer, SubmitError> {
        self.may_write()?;
        let command = &order.command;
        let case = command.case().or_else(|| command.referral().and_then(|referral| self.case_of(referral)));
        self.check_given_back(command, case)?;
        let _alone =
            command.needs_linked().then(|| self.many_threads.write().unwrap_or_else(PoisonError::into_inner));
        let _shared = (!command.needs_linked())
            .then(|| self.many_threads.read().unwrap_or_else(PoisonError::into_inner));
        // A request that is made twice at once waits for itself.
        let request = order.request_id.map(ThreadId);
        let held: Vec<ThreadId> = case.into_iter().chain(command.referral()).chain(request).collect();
        let _threads = self.stripes.lock(&held);
        let _counting =
            command.counts_places().then(|| self.counting.lock().unwrap_or_else(PoisonError::into_inner));
        // The time at which it is decided, not the one at which it began to wait.
        let now = self.now();
        let mut ids = NewIds::new(self, order.request_id.map(|request| (request, order.content.as_slice())));
        if let Some(answer) = self.answered_before(command, &ids)? {
            return Ok(answer);
        }
        let drafts =
            self.with_world(case, command.referral(), command.needs_linked(), |world, subject| {
                if let (Some(etag), Some(thread)) = (order.etag, subject)
                    && etag != thread.etag
                {
                    return Err(SubmitError::Stale { current: thread.etag });
                }
                let mut ctx = Context { now, me: self.me, ids: &mut ids };
                Ok(self.rules.decide(world, command, &mut ctx)?)
            })??;
        if order.validate_only {
            return self.answer(command, &[]);
        }
        let begun = begun(&drafts);
        let written = self.write(drafts, ids, order.actor, now)?;
        Ok(self.answer_written(command, begun, &written))
    }

    /// Whether new entries may be written now.
    pub(crate) fn may_write(&self) -> Result<(), NotReady> {
        self.guard.ready(self.now())?;
        if self.carries_over() { Err(NotReady::CarryingOver) } else { Ok(()) }
    }

    /// [`Desk::submit`] off the async runtime's threads.
    ///
    /// # Errors
    /// As [`Desk::submit`].
    pub async fn submit_async(self: &Arc<Self>, order: Order) -> Result<Answer, SubmitError> {
        let desk = Arc::clone(self);
        match tokio::task::spawn_blocking(move || desk.submit(order)).await {
            Ok(result) => result,
            // It broke off somewhere, before or after it was written.
            Err(_) => Err(SubmitError::RestartNeeded),
        }
    }

    /// Seals, commits and applies drafts as one command.
    pub(crate) fn write(
        &self,
        drafts: Vec<Draft>,
        ids: NewIds<'_>,
        actor: StaffId,
        now: Timestamp,
    ) -> Result<Vec<Written>, SubmitError> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let by = By { staff: actor, request: ids.mark() };
        let SealedDrafts { entries, keys, granted, seen } =
            self.seal_drafts(drafts, ids.into_secrets(), &by, now)?;
        if !keys.is_empty() {
            self.vault.put(keys).and_then(|()| self.vault.sync()).map_err(not_kept)?;
        }
        let sends = entries.iter().any(|entry| !entry.to.is_empty());
        let placed = self.ledger.commit(entries, now).map_err(not_committed)?;
        if !granted.is_empty()
            && let Err(fault) = self.vault.put(granted)
        {
            tracing::warn!(%fault, "what was granted is not noted; it is granted once more next time");
        }
        let written = placed.iter().zip(&seen);
        let written = written
            .map(|(at, seen)| Written { event: seen.event_id, thread: seen.thread, index: at.index })
            .collect();
        let applied =
            placed.iter().zip(seen).map(|(at, seen)| (at.index, vec![seen.at_place(self, at)])).collect();
        self.apply_in_order(applied);
        if sends {
            self.to_send.notify_one();
        }
        Ok(written)
    }

    /// The answer to what was just written: made of nothing that could fail now.
    fn answer_written(&self, command: &Command, begun: Option<ThreadId>, written: &[Written]) -> Answer {
        let thread = subject(command).or(begun).unwrap_or_else(|| crate::threads::notices_of(self.me));
        let newest = written.iter().filter(|entry| entry.thread == thread).map(|entry| Etag(entry.index + 1));
        let known = || self.thread(thread).ok().flatten().map(|thread| thread.etag);
        Answer {
            thread,
            case: self.case_of(thread).or(command.case()),
            etag: newest.max().or_else(known).unwrap_or_default(),
            events: written.iter().map(|entry| entry.event).collect(),
        }
    }

    fn answered_before(&self, command: &Command, ids: &NewIds<'_>) -> Result<Option<Answer>, SubmitError> {
        let mut events = Vec::new();
        for event in ids.derived_events() {
            let Some(index) = self.ledger.find_event(event).map_err(Failure::from)? else { break };
            let seen = self.seen_at(index)?;
            let Some(seen) = seen.iter().find(|seen| seen.event_id == event) else { continue };
            if self.own_actor(seen).and_then(|(_, request)| request) != ids.mark() {
                return Err(SubmitError::RequestIdReused);
            }
            events.push((event, seen.thread));
        }
        if events.is_empty() { Ok(None) } else { self.answer(command, &events).map(Some) }
    }

    fn answer(&self, command: &Command, events: &[(EventId, ThreadId)]) -> Result<Answer, SubmitError> {
        let thread = match subject(command) {
            Some(thread) => thread,
            None => self.new_thread(events)?.unwrap_or_else(|| crate::threads::notices_of(self.me)),
        };
        let etag = self.thread(thread)?.map_or(Etag(0), |thread| thread.etag);
        let case = self.case_of(thread).or(command.case());
        Ok(Answer { thread, case, etag, events: events.iter().map(|(event, _)| *event).collect() })
    }

    /// The thread that a command began: the referral it offered, or the case it opened.
    fn new_thread(&self, events: &[(EventId, ThreadId)]) -> Result<Option<ThreadId>, SubmitError> {
        let mut opened = None;
        for (event, thread) in events {
            let Some(index) = self.ledger.find_event(*event).map_err(Failure::from)? else { continue };
            for seen in self.seen_at(index)? {
                match seen.event {
                    Ok(Event::ReferralOffered(_)) => return Ok(Some(*thread)),
                    Ok(Event::CaseOpened(_)) => opened = Some(*thread),
                    _ => {}
                }
            }
        }
        Ok(opened)
    }
}

/// An entry that was written.
pub(crate) struct Written {
    event: EventId,
    thread: ThreadId,
    index: u64,
}

/// The thread that drafts begin: the referral offered, or the case opened.
fn begun(drafts: &[Draft]) -> Option<ThreadId> {
    let first = |wanted: fn(&Event) -> bool| {
        drafts.iter().find(|draft| wanted(&draft.event)).map(|draft| draft.thread)
    };
    first(|event| matches!(event, Event::ReferralOffered(_)))
        .or_else(|| first(|event| matches!(event, Event::CaseOpened(_))))
}

fn not_kept(fault: VaultFault) -> SubmitError {
    match fault {
        VaultFault::DiskFull => SubmitError::DiskFull,
        VaultFault::Failed | VaultFault::Io(_) => SubmitError::RestartNeeded,
        fault => SubmitError::Failed(fault.into()),
    }
}

fn not_committed(fault: CommitFault) -> SubmitError {
    match fault {
        CommitFault::DiskFull => SubmitError::DiskFull,
        CommitFault::Poisoned => SubmitError::RestartNeeded,
        fault => SubmitError::Failed(fault.into()),
    }
}

/// The thread that a command names as its subject; none when it begins one or speaks of the office.
fn subject(command: &Command) -> Option<ThreadId> {
    match command {
        Command::OfferReferral(_) | Command::RedirectReferral(_) => None,
        other => other.referral().or_else(|| other.case()),
    }
}
