//! A thread's history as an office knew it at a moment: which events, in which order, what each line tells, and what each changed.
//!
//! Reads a thread twice and holds its state, not its events: first to its end, because what an event was worth shows later, then line
//! by line. What is read are the thread's own entries, which are linked in the log; how long the log is makes no difference, so there
//! is no snapshot to begin from. Where entries come from is a [`Source`]'s to say: the office's log, or a bundle of it.

use std::collections::HashMap;

use waymark_api::convert::audit::ReplayWanted;
use waymark_api::convert::value::{entry_ref, instant};
use waymark_api::convert::words::numbers;
use waymark_api::v1::{self, replay_thread_response::Item};
use waymark_desk::{Desk, Failure, Seen, Thread};
use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::{OfficeId, Ref, StaffId, ThreadId};

use crate::facts::Facts;
use crate::known::Known;
use crate::sentence::sentence;

/// The log of one office, by thread.
pub(crate) trait Source {
    /// Why it cannot be read.
    type Fault;

    /// Whose log it is.
    fn me(&self) -> OfficeId;

    /// What an office is called.
    fn name(&self, office: OfficeId) -> String;

    /// The entries of a thread, oldest first; empty when there is no such thread.
    fn entries(&self, thread: ThreadId) -> Result<Vec<u64>, Self::Fault>;

    /// What an entry means.
    fn seen_at(&self, index: u64) -> Result<Vec<Seen>, Self::Fault>;

    /// Where the own entry stands that made an event known.
    fn own_ref(&self, seen: &Seen) -> Ref;

    /// The pseudonym of who acted, where that can be read.
    fn staff(&self, seen: &Seen) -> Option<StaffId>;

    /// What its proof shows.
    fn proof(&self, seen: &Seen) -> v1::ProofState;

    /// Whether it came after two histories of its log were known.
    fn is_disputed(&self, seen: &Seen) -> bool;
}

impl Source for Desk {
    type Fault = Failure;

    fn me(&self) -> OfficeId {
        Self::me(self)
    }

    fn name(&self, office: OfficeId) -> String {
        self.office_name(office)
    }

    fn entries(&self, thread: ThreadId) -> Result<Vec<u64>, Failure> {
        self.entries_of(thread)
    }

    fn seen_at(&self, index: u64) -> Result<Vec<Seen>, Failure> {
        Self::seen_at(self, index)
    }

    fn own_ref(&self, seen: &Seen) -> Ref {
        Self::own_ref(self, seen)
    }

    fn staff(&self, seen: &Seen) -> Option<StaffId> {
        self.actor_of(seen)
    }

    fn proof(&self, seen: &Seen) -> v1::ProofState {
        match self.proves(seen) {
            Ok(Some(true)) => v1::ProofState::Verified,
            Ok(None) => v1::ProofState::Pending,
            Ok(Some(false)) | Err(_) => v1::ProofState::Failed,
        }
    }

    fn is_disputed(&self, seen: &Seen) -> bool {
        Self::is_disputed(self, seen)
    }
}

/// Tells everything in order, as long as `tell` says that somebody listens; `false`, and nothing told, when there is no such thread.
pub(crate) fn replay<S: Source>(
    source: &S,
    wanted: &ReplayWanted,
    tell: &mut dyn FnMut(Item) -> bool,
) -> Result<bool, S::Fault> {
    let replay = Replay { source, wanted };
    let Some(outlook) = replay.look_ahead()? else { return Ok(false) };
    let _listened = tell(Item::Start(v1::ReplayStart {
        thread: wanted.thread.to_string(),
        kind: kind_of(outlook.now().thread(wanted.thread)).into(),
        lines: outlook.lines,
        as_of: wanted.as_of.map(instant),
    })) && replay.lines(&outlook, tell)?
        && tell(Item::End(replay.end(&outlook)));
    Ok(true)
}

/// What the first reading gave.
struct Outlook {
    /// The entries that are told.
    entries: Vec<u64>,
    /// Events among them that are told.
    lines: u32,
    /// The states at the moment asked for.
    then: Known,
    /// The states now, where another moment was asked for.
    now: Option<Known>,
}

impl Outlook {
    fn now(&self) -> &Known {
        self.now.as_ref().unwrap_or(&self.then)
    }

    fn take(&mut self, wanted: &ReplayWanted, seen: &Seen, is_told: bool) {
        if let Some(now) = &mut self.now {
            now.take(seen);
        }
        if is_known(wanted, seen) {
            self.then.take(seen);
            self.lines = self.lines.saturating_add(u32::from(is_told && !is_machine(seen)));
        }
    }
}

struct Replay<'a, S> {
    source: &'a S,
    wanted: &'a ReplayWanted,
}

impl<S: Source> Replay<'_, S> {
    /// Reads to the end; nothing when there is no such thread.
    fn look_ahead(&self) -> Result<Option<Outlook>, S::Fault> {
        let Self { source, wanted } = self;
        let new = || Known::new(source.me());
        let now = wanted.as_of.map(|_| new());
        let mut outlook = Outlook { entries: Vec::new(), lines: 0, then: new(), now };
        let entries = source.entries(wanted.thread)?;
        for index in &entries {
            source.seen_at(*index)?.iter().for_each(|seen| outlook.take(wanted, seen, true));
        }
        outlook.entries = entries;
        if outlook.now().thread(wanted.thread).is_none_or(|thread| thread.events.is_empty()) {
            return Ok(None);
        }
        // Those linked later count for what holds now, and are in no line.
        let then = outlook.then.links(wanted.thread);
        for link in outlook.now().links(wanted.thread) {
            let is_told = wanted.with_linked && then.contains(&link);
            let entries = source.entries(link)?;
            for index in &entries {
                source.seen_at(*index)?.iter().for_each(|seen| outlook.take(wanted, seen, is_told));
            }
            if is_told {
                outlook.entries.extend(entries);
            }
        }
        outlook.entries.sort_unstable();
        Ok(Some(outlook))
    }

    /// Tells each event; whether somebody still listens.
    fn lines(&self, outlook: &Outlook, tell: &mut dyn FnMut(Item) -> bool) -> Result<bool, S::Fault> {
        let names = |office| self.source.name(office);
        let mut known = Known::new(self.source.me());
        let mut held: HashMap<ThreadId, Facts> = HashMap::new();
        let mut number = 0;
        for index in &outlook.entries {
            for seen in self.source.seen_at(*index)?.iter().filter(|seen| is_known(self.wanted, seen)) {
                let misfit = known.take(seen);
                if is_machine(seen) {
                    continue;
                }
                number += 1;
                let after =
                    known.thread(seen.thread).map(|thread| Facts::of(thread, &names)).unwrap_or_default();
                let changes = held.get(&seen.thread).unwrap_or(&Facts::default()).changes(&after);
                held.insert(seen.thread, after);
                let cause = misfit.unwrap_or_else(|| outlook.then.cause(seen));
                let line = v1::ReplayLine { changes, cause, ..self.line(seen, number) };
                if !tell(Item::Line(line)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn end(&self, outlook: &Outlook) -> v1::ReplayEnd {
        let (id, names) = (self.wanted.thread, |office| self.source.name(office));
        let end = outlook.then.end(id, &names);
        let now = outlook.now.as_ref().map(|now| now.facts(id, &names));
        let since = now.map(|now| outlook.then.facts(id, &names).changes(&now)).unwrap_or_default();
        v1::ReplayEnd { since, ..end }
    }

    fn line(&self, seen: &Seen, number: u32) -> v1::ReplayLine {
        let source = self.source;
        let sections: Vec<_> = seen.sections.iter().filter_map(waymark_desk::section_category).collect();
        let granted: Vec<_> = seen.grants.iter().filter_map(waymark_desk::grant_category).collect();
        let proof = if self.wanted.with_proofs { source.proof(seen) } else { v1::ProofState::Unspecified };
        v1::ReplayLine {
            number,
            sentence: sentence(seen, &|office| source.name(office)),
            event_id: seen.event_id.to_string(),
            kind: seen.kind.into(),
            kind_name: rule_of(seen.kind).map_or_else(String::new, |rule| rule.name.to_owned()),
            thread: seen.thread.to_string(),
            office: seen.author().to_string(),
            staff: source.staff(seen).map_or_else(String::new, |staff| staff.to_string()),
            claimed_at: Some(instant(seen.claimed_at)),
            known_at: Some(instant(seen.recorded_at)),
            own: Some(entry_ref(&Ref { index: seen.index, ..source.own_ref(seen) })),
            original: Some(entry_ref(&seen.at)),
            sections: numbers(&sections),
            granted: numbers(&granted),
            granted_to: seen.grants.first().map_or_else(String::new, |grant| grant.recipient.to_string()),
            proof: proof.into(),
            unread: seen.event.is_err(),
            disputed: source.is_disputed(seen),
            ..v1::ReplayLine::default()
        }
    }
}

/// The office had seen it at the moment asked for.
fn is_known(wanted: &ReplayWanted, seen: &Seen) -> bool {
    wanted.as_of.is_none_or(|moment| seen.recorded_at <= moment)
}

/// Machine receipts are told by the time at which an entry was known, not by sentences of their own.
fn is_machine(seen: &Seen) -> bool {
    matches!(seen.event, Ok(Event::Received(_) | Event::Receipted(_)))
}

fn kind_of(thread: Option<&Thread>) -> v1::ThreadKind {
    let thread = thread.map(|thread| (thread.case().is_some(), thread.referral().is_some()));
    match thread {
        Some((true, _)) => v1::ThreadKind::Case,
        Some((false, true)) => v1::ThreadKind::Referral,
        Some((false, false)) | None => v1::ThreadKind::Unspecified,
    }
}
