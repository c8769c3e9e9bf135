//! A thread's history as this office knew it at a moment: which events, in which order, and what each line tells.

use waymark_api::convert::audit::ReplayWanted;
use waymark_api::convert::value::{entry_ref, instant};
use waymark_api::convert::words::numbers;
use waymark_api::v1::{self, replay_thread_response::Item};
use waymark_desk::{Desk, Failure, Seen, Thread};
use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::Ref;

use crate::known::Known;
use crate::sentence::sentence;

/// Everything to be told, in order; nothing when there is no such thread.
pub(crate) fn replay(desk: &Desk, wanted: &ReplayWanted) -> Result<Option<Vec<Item>>, Failure> {
    let Some(thread) = desk.thread(wanted.thread)? else { return Ok(None) };
    let mut history = then(desk.history(wanted.thread)?, wanted);
    if wanted.with_linked {
        for link in Known::of(desk.me(), &history).links(wanted.thread) {
            history.extend(then(desk.history(link)?, wanted));
        }
        history.sort_by_key(|seen| seen.index);
    }
    let known = Known::of(desk.me(), &history);
    let told: Vec<&Seen> = history.iter().filter(|seen| !is_machine(seen)).collect();
    let mut items = vec![Item::Start(v1::ReplayStart {
        thread: wanted.thread.to_string(),
        kind: kind_of(&thread).into(),
        lines: u32::try_from(told.len()).unwrap_or(u32::MAX),
        as_of: wanted.as_of.map(instant),
    })];
    for (seen, number) in told.into_iter().zip(1..) {
        let proof = if wanted.with_proofs { proof(desk, seen) } else { v1::ProofState::Unspecified };
        let line = line(desk, seen, number);
        items.push(Item::Line(v1::ReplayLine { cause: known.cause(seen), proof: proof.into(), ..line }));
    }
    let linked = linked(desk, &known, wanted)?;
    items.push(Item::End(known.end(wanted.thread, &linked, &|office| desk.office_name(office))));
    Ok(Some(items))
}

/// What this office had seen at the moment asked for.
fn then(mut history: Vec<Seen>, wanted: &ReplayWanted) -> Vec<Seen> {
    history.retain(|seen| wanted.as_of.is_none_or(|moment| seen.recorded_at <= moment));
    history
}

/// The referrals of a case at that moment, for the question of who is responsible.
fn linked(desk: &Desk, known: &Known, wanted: &ReplayWanted) -> Result<Vec<Thread>, Failure> {
    let mut threads = Vec::new();
    for link in known.links(wanted.thread) {
        let mut thread = Thread::default();
        then(desk.history(link)?, wanted).iter().for_each(|seen| thread.take(desk.me(), seen));
        threads.push(thread);
    }
    Ok(threads)
}

/// Machine receipts are told by the time at which an entry was known, not by sentences of their own.
fn is_machine(seen: &Seen) -> bool {
    matches!(seen.event, Ok(Event::Received(_) | Event::Receipted(_)))
}

fn kind_of(thread: &Thread) -> v1::ThreadKind {
    match (thread.case(), thread.referral()) {
        (Some(_), _) => v1::ThreadKind::Case,
        (None, Some(_)) => v1::ThreadKind::Referral,
        (None, None) => v1::ThreadKind::Unspecified,
    }
}

fn line(desk: &Desk, seen: &Seen, number: u32) -> v1::ReplayLine {
    let sections: Vec<_> = seen.sections.iter().filter_map(waymark_desk::section_category).collect();
    let granted: Vec<_> = seen.grants.iter().filter_map(waymark_desk::grant_category).collect();
    let own = Ref { index: seen.index, ..desk.own_ref(seen) };
    v1::ReplayLine {
        number,
        sentence: sentence(seen, &|office| desk.office_name(office)),
        event_id: seen.event_id.to_string(),
        kind: seen.kind.into(),
        kind_name: rule_of(seen.kind).map_or_else(String::new, |rule| rule.name.to_owned()),
        thread: seen.thread.to_string(),
        office: seen.author().to_string(),
        staff: desk.actor_of(seen).map_or_else(String::new, |staff| staff.to_string()),
        claimed_at: Some(instant(seen.claimed_at)),
        known_at: Some(instant(seen.recorded_at)),
        own: Some(entry_ref(&own)),
        original: Some(entry_ref(&seen.at)),
        sections: numbers(&sections),
        granted: numbers(&granted),
        granted_to: seen.grants.first().map_or_else(String::new, |grant| grant.recipient.to_string()),
        unread: seen.event.is_err(),
        disputed: desk.is_disputed(seen),
        ..v1::ReplayLine::default()
    }
}

fn proof(desk: &Desk, seen: &Seen) -> v1::ProofState {
    match desk.proves(seen) {
        Ok(Some(true)) => v1::ProofState::Verified,
        Ok(None) => v1::ProofState::Pending,
        Ok(Some(false)) | Err(_) => v1::ProofState::Failed,
    }
}
