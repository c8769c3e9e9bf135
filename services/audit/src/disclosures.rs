//! Disclosures in the own log, each with what is to be said of it, and what asked a holder to erase, with its answers: a page at a
//! time, from the newest entry backwards.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tonic::Status;
use waymark_api::convert::list::Page;
use waymark_api::convert::value::instant;
use waymark_api::convert::words::numbers;
use waymark_api::serve::paging::listing;
use waymark_api::v1;
use waymark_desk::{Desk, Disclosure, DisclosureVerdict, Failure, Seen};
use waymark_domain::event::rule_of;
use waymark_domain::ids::ThreadId;
use waymark_domain::referral::Step;
use waymark_domain::time::{DAY, HOUR, Timestamp};

use crate::answers::{Answer, Asked, Folded, Verdict, may_ask};
use crate::door;

/// Something that was judged.
struct Judged {
    /// It is told also where only findings are.
    is_finding: bool,
    row: Row,
}

enum Row {
    Disclosure(v1::JudgedDisclosure),
    Ask(Box<v1::JudgedAsk>),
}

/// A page of them, as of `now`; `from` is where the page before ended.
pub(crate) fn list(
    desk: &Desk,
    page: &Page,
    from: Option<u64>,
    findings: bool,
    now: Timestamp,
) -> Result<v1::ListDisclosuresResponse, Status> {
    let (mut failed, mut threads) = (None, Threads { desk, now, judged: HashMap::new() });
    let indices = (0..from.unwrap_or_else(|| *desk.changes().borrow())).rev();
    let listed = listing(page, indices.map(|index| (index, ())), |index, ()| {
        let judged = threads.judged(index).unwrap_or_else(|failure| {
            failed.get_or_insert(failure);
            None
        });
        judged.filter(|judged| !findings || judged.is_finding).map(|judged| judged.row)
    });
    if let Some(failure) = failed {
        return Err(door::failed(&failure));
    }
    let mut told = v1::ListDisclosuresResponse {
        next_page_token: listed.next_page_token,
        ..v1::ListDisclosuresResponse::default()
    };
    for row in listed.rows {
        match row {
            Row::Disclosure(disclosure) => told.disclosures.push(disclosure),
            Row::Ask(ask) => told.asks.push(*ask),
        }
    }
    Ok(told)
}

/// What is to be said of the entries of threads: each thread is read and folded once for a page.
struct Threads<'a> {
    desk: &'a Desk,
    now: Timestamp,
    /// What was not asked for yet, by own-log index.
    judged: HashMap<ThreadId, HashMap<u64, Judged>>,
}

impl Threads<'_> {
    /// What is to be said of the own-log entry at `index`, when it is one of them. Each is asked for once.
    fn judged(&mut self, index: u64) -> Result<Option<Judged>, Failure> {
        let entry = self.desk.seen_at(index)?;
        let Some(thread) = entry.iter().find(|seen| is_judged(seen)).map(|seen| seen.thread) else {
            return Ok(None);
        };
        let judged = match self.judged.entry(thread) {
            Entry::Occupied(judged) => judged.into_mut(),
            Entry::Vacant(free) => free.insert(of_thread(self.desk, thread, self.now)?),
        };
        Ok(judged.remove(&index))
    }
}

fn is_judged(seen: &Seen) -> bool {
    !seen.grants.is_empty() || asks(seen)
}

fn asks(seen: &Seen) -> bool {
    seen.event.as_ref().is_ok_and(may_ask)
}

/// Everything that is judged in a thread, by own-log index. An entry that discloses is judged for that.
fn of_thread(desk: &Desk, thread: ThreadId, now: Timestamp) -> Result<HashMap<u64, Judged>, Failure> {
    let history = desk.history(thread)?;
    let mut judged = HashMap::new();
    for found in desk.disclosures_in(&history) {
        let is_finding = found.verdict != DisclosureVerdict::Within;
        judged
            .entry(found.index)
            .or_insert_with(|| Judged { is_finding, row: Row::Disclosure(message(&found)) });
    }
    if history.iter().any(asks) {
        let folded = Folded::of(desk.me(), &history);
        for ask in history.iter().filter(|seen| asks(seen)) {
            if let Some(asked) = Asked::of(&folded, &history, ask.event_id, now) {
                let row = || Row::Ask(Box::new(ask_message(ask, &asked)));
                judged
                    .entry(ask.index)
                    .or_insert_with(|| Judged { is_finding: asked.is_finding(), row: row() });
            }
        }
    }
    Ok(judged)
}

fn ask_message(ask: &Seen, asked: &Asked) -> v1::JudgedAsk {
    v1::JudgedAsk {
        asked_at: Some(instant(asked.at)),
        claimed_at: Some(instant(ask.claimed_at)),
        due_at: Some(instant(asked.due_at)),
        kind_name: rule_of(ask.kind).map_or_else(String::new, |rule| rule.name.to_owned()),
        from_office: asked.from.to_string(),
        holder_office: asked.holder.to_string(),
        thread: ask.thread.to_string(),
        event_id: ask.event_id.to_string(),
        index: ask.index,
        acknowledgement: Some(answer(&asked.acknowledged)),
        erasure: Some(answer(&asked.erased)),
        reached: step(asked.reached).into(),
        noted: step(asked.noted).into(),
    }
}

fn answer(answer: &Answer) -> v1::JudgedAnswer {
    let (verdict, what) = match answer.verdict {
        Verdict::OnTime => (v1::AnswerVerdict::OnTime, "on time".to_owned()),
        Verdict::Late { by_seconds } => (v1::AnswerVerdict::Late, format!("late by {}", span(by_seconds))),
        Verdict::Awaited => (v1::AnswerVerdict::Awaited, "awaited".to_owned()),
        Verdict::Missing { since } => (v1::AnswerVerdict::Missing, format!("missing since {since}")),
        Verdict::Lifted => (v1::AnswerVerdict::Lifted, "no longer asked for".to_owned()),
    };
    v1::JudgedAnswer {
        verdict: verdict.into(),
        at: answer.came.map(|came| instant(came.at)),
        event_id: answer.came.map_or_else(String::new, |came| came.event.to_string()),
        index: answer.came.map(|came| came.index),
        what,
    }
}

/// Two units at most, the smaller one rounded down.
fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / DAY, seconds / HOUR % 24, seconds / 60 % 60);
    match (days, seconds / HOUR, seconds / 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, _) => format!("{hours} h {minutes} min"),
        (days, ..) => format!("{days} d {hours} h"),
    }
}

const fn step(step: Option<Step>) -> v1::AnswerStep {
    match step {
        None => v1::AnswerStep::Unspecified,
        Some(Step::Reminded) => v1::AnswerStep::Reminded,
        Some(Step::Missed) => v1::AnswerStep::Missed,
        Some(Step::Escalated) => v1::AnswerStep::Escalated,
    }
}

fn message(found: &Disclosure) -> v1::JudgedDisclosure {
    v1::JudgedDisclosure {
        at: Some(instant(found.at)),
        verdict: verdict(found.verdict).into(),
        from_office: found.from.to_string(),
        to_office: found.to.to_string(),
        categories: numbers(&found.categories.to_vec()),
        thread: found.thread.to_string(),
        event_id: found.event.to_string(),
        index: found.index,
        unwitnessed: found.unwitnessed,
    }
}

const fn verdict(verdict: DisclosureVerdict) -> v1::DisclosureVerdict {
    match verdict {
        DisclosureVerdict::Within => v1::DisclosureVerdict::Within,
        DisclosureVerdict::Emergency => v1::DisclosureVerdict::Emergency,
        DisclosureVerdict::OutsideConsent => v1::DisclosureVerdict::OutsideConsent,
        DisclosureVerdict::AfterWithdrawal => v1::DisclosureVerdict::AfterWithdrawal,
        DisclosureVerdict::AfterExpiry => v1::DisclosureVerdict::AfterExpiry,
        DisclosureVerdict::BeforeConsent => v1::DisclosureVerdict::BeforeConsent,
        DisclosureVerdict::UndeclaredEmergency => v1::DisclosureVerdict::UndeclaredEmergency,
        DisclosureVerdict::EmergencyOver => v1::DisclosureVerdict::EmergencyOver,
        DisclosureVerdict::DecidedAlone => v1::DisclosureVerdict::DecidedAlone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_two_units_at_most() {
        let told = [5, 119, 7_260, 49 * HOUR + 59].map(span);
        assert_eq!(told, ["5 s", "1 min", "2 h 1 min", "2 d 1 h"]);
    }
}
