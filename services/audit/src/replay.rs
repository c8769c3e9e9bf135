//! A thread's history as this office knew it at a moment, and the state after it.

use waymark_api::convert::audit::ReplayWanted;
use waymark_api::convert::value::{entry_ref, instant};
use waymark_api::convert::words::numbers;
use waymark_api::v1::{self, replay_thread_response::Item};
use waymark_desk::{Desk, Failure, Seen, Thread};
use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::{Ref, ThreadId};

use crate::sentence::sentence;

/// Everything to be told, in order; nothing when there is no such thread.
pub(crate) fn replay(desk: &Desk, wanted: &ReplayWanted) -> Result<Option<Vec<Item>>, Failure> {
    let Some(thread) = desk.thread(wanted.thread)? else { return Ok(None) };
    let mut threads = vec![wanted.thread];
    if wanted.with_linked {
        threads.extend(thread.case().iter().flat_map(|case| case.links.iter().map(|link| link.referral)));
    }
    let mut history: Vec<Seen> = Vec::new();
    for id in threads {
        history.extend(desk.history(id)?);
    }
    history.retain(|seen| wanted.as_of.is_none_or(|moment| seen.recorded_at <= moment));
    history.sort_by_key(|seen| seen.index);
    let told: Vec<&Seen> = history.iter().filter(|seen| !is_machine(seen)).collect();
    let mut items = vec![Item::Start(v1::ReplayStart {
        thread: wanted.thread.to_string(),
        kind: kind_of(&thread).into(),
        lines: u32::try_from(told.len()).unwrap_or(u32::MAX),
        as_of: wanted.as_of.map(instant),
    })];
    for (seen, number) in told.into_iter().zip(1..) {
        items.push(Item::Line(line(desk, seen, number, wanted.with_proofs)));
    }
    items.push(Item::End(end(desk, wanted.thread, &history)));
    Ok(Some(items))
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

fn line(desk: &Desk, seen: &Seen, number: u32, with_proofs: bool) -> v1::ReplayLine {
    let categories = seen.sections.iter().filter_map(waymark_desk::section_category).collect::<Vec<_>>();
    let granted = seen.grants.iter().filter_map(waymark_desk::grant_category).collect::<Vec<_>>();
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
        sections: numbers(&categories),
        granted: numbers(&granted),
        granted_to: seen.grants.first().map_or_else(String::new, |grant| grant.recipient.to_string()),
        cause: String::new(),
        proof: if with_proofs { proof(desk, seen) } else { v1::ProofState::Unspecified }.into(),
        unread: seen.event.is_err(),
    }
}

fn proof(desk: &Desk, seen: &Seen) -> v1::ProofState {
    match desk.proves(seen) {
        Ok(Some(true)) => v1::ProofState::Verified,
        Ok(None) => v1::ProofState::Pending,
        Ok(Some(false)) | Err(_) => v1::ProofState::Failed,
    }
}

/// The state after the last event told, folded from exactly these events.
fn end(desk: &Desk, id: ThreadId, history: &[Seen]) -> v1::ReplayEnd {
    let mut thread = Thread::default();
    history.iter().filter(|seen| seen.thread == id).for_each(|seen| thread.take(desk.me(), seen));
    let mut state = Vec::new();
    let mut say = |name: &str, value: String| state.push(v1::StateLine { name: name.to_owned(), value });
    let mut responsible = String::new();
    if let Some(case) = thread.case() {
        say("phase", format!("{:?}", case.phase).to_lowercase());
        say("consents", case.consents.len().to_string());
        say("referrals", case.links.len().to_string());
    }
    if let Some(referral) = thread.referral() {
        say("phase", referral.phase().word().to_owned());
        if referral.sender.journey.is_some() {
            say("journey", referral.journey_phase().word().to_owned());
        }
        responsible = referral.responsible().to_string();
        say("responsible", desk.office_name(referral.responsible()));
    }
    v1::ReplayEnd { state, responsible_office: responsible, etag: thread.etag.0.to_string() }
}
