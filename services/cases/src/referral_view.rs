//! A referral as it is shown: the row of a list, and the whole without the content of its sections.

use std::collections::BTreeSet;

use tonic::Status;
use waymark_api::convert::change::etag_text;
use waymark_api::convert::referral::deadlines_message;
use waymark_api::convert::value::{instant, text_if_any};
use waymark_api::convert::words::{Word as _, numbers};
use waymark_api::serve::journey::{JourneyExtras, Shown, journey_message};
use waymark_api::serve::place::{PlaceExtras, PlaceFacts};
use waymark_api::{error, v1};
use waymark_desk::{Desk, Thread};
use waymark_domain::anomaly::Anomaly;
use waymark_domain::consent::Standing;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::{Answer, ReferralState};
use waymark_domain::sets::Categories;
use waymark_domain::time::{Day, Timestamp};

use crate::history::History;
use crate::projection::CasesProjection;
use crate::rows::ReferralRow;
use crate::{door, sections};

/// What a row is told with, besides itself.
pub(crate) struct Beside {
    pub now: Timestamp,
    /// Who signed two histories of his log.
    pub frozen: BTreeSet<OfficeId>,
}

impl Beside {
    /// As it is now.
    pub(crate) fn of(desk: &Desk) -> Self {
        Self { now: desk.now(), frozen: desk.frozen() }
    }
}

/// A row of a list.
pub(crate) fn summary(id: ThreadId, row: &ReferralRow, beside: &Beside) -> v1::ReferralSummary {
    v1::ReferralSummary {
        referral: id.to_string(),
        etag: etag_text(row.etag),
        kind: row.kind.number(),
        phase: row.phase,
        side: row.party().number(),
        other_office: row.other.to_string(),
        case: text_if_any(row.case),
        purposes: numbers(&row.purposes),
        urgency: row.urgency.number(),
        minor: row.minor,
        deadlines: Some(deadlines_message(&row.deadlines)),
        offered_at: Some(instant(row.offered_at)),
        changed_at: Some(instant(row.changed_at)),
        responsible_office: row.responsible.to_string(),
        needs_answer: row.needs_answer,
        overdue: row.due_at.is_some_and(|due_at| due_at < beside.now),
        other_frozen: beside.frozen.contains(&row.other),
    }
}

/// One referral, read from the log.
pub(crate) fn read(desk: &Desk, rows: &CasesProjection, id: ThreadId) -> Result<v1::Referral, Status> {
    let history = History::read(desk, id)?;
    let referral = history.thread.referral().ok_or_else(error::absent)?;
    let row = rows.kept().referrals.get(&id).map(|row| row.data.clone()).ok_or_else(error::absent)?;
    let (case, linked) = (door::case_of(desk, id)?, door::linked(desk, id)?);
    let case = case.as_deref().and_then(Thread::case);
    let linked: Vec<&ReferralState> = linked.iter().filter_map(|thread| Thread::referral(thread)).collect();
    let (journey, place) = extras(&history, referral);
    let (me, now, etag) = (desk.me(), desk.now(), history.thread.etag.0);
    let shown = Shown { referral, case, linked: &linked, extras: &journey, me, etag, now };
    Ok(v1::Referral {
        summary: Some(summary(id, &row, &Beside::of(desk))),
        sections: sections::of_referral(&history, referral, me, door::erasure_over(desk, id)?),
        place: PlaceFacts::of(referral, me, etag, place).map(|facts| facts.message(id)),
        journey: journey_message(&shown),
        disputed_count: disputed(desk, &history),
        ..conversation(&history, referral, now.day())
    })
}

fn disputed(desk: &Desk, history: &History) -> u32 {
    let told = history.events().filter(|(_, event)| !matches!(event, Event::Received(_)));
    u32::try_from(told.filter(|(seen, _)| desk.is_disputed(seen)).count()).unwrap_or(u32::MAX)
}

fn extras(history: &History, referral: &ReferralState) -> (JourneyExtras, PlaceExtras) {
    let (mut journey, mut place) = (JourneyExtras::default(), PlaceExtras::default());
    for (seen, event) in history.events() {
        if let Some(told) = History::told(referral, seen) {
            journey.take(&told, event);
            place.take(&told, event);
        }
    }
    (journey, place)
}

/// What the two parties said to each other, and how it ended.
fn conversation(history: &History, referral: &ReferralState, today: Day) -> v1::Referral {
    let (sender, receiver) = (&referral.sender, &referral.receiver);
    let decline_reason = match receiver.answer {
        Some(Answer::Declined { reason, .. }) => Some(reason),
        Some(Answer::Accepted { .. }) | None => None,
    };
    let anomalies = sender.anomalies.first.iter().chain(&receiver.anomalies.first);
    v1::Referral {
        consent: released(history, referral, today),
        questions: questions(history, referral),
        disclosures: disclosures(history, referral),
        messages: messages(history, referral),
        decline_reason: decline_reason.map_or(0, |reason| reason.number()),
        outcome: receiver.completed.map_or(0, |outcome| outcome.number()),
        scheduled_at: receiver.scheduled.map(instant),
        contacted_at: receiver.contacted.map(instant),
        redirected_to: text_if_any(sender.redirected_to),
        accept_void: referral.accept_is_void(),
        anomalies: anomalies.map(|(event, anomaly)| anomaly_message(*event, *anomaly)).collect(),
        anomaly_count: sender.anomalies.count.saturating_add(receiver.anomalies.count),
        ..v1::Referral::default()
    }
}

fn released(history: &History, referral: &ReferralState, today: Day) -> Option<v1::ReleasedConsent> {
    let chain = referral.sender.consent.as_ref()?;
    let changed = history.events().rev().find_map(|(_, event)| match event {
        Event::ConsentNarrowed(_) => Some(v1::ConsentState::Narrowed),
        Event::ConsentRenewed(_) => Some(v1::ConsentState::Renewed),
        _ => None,
    });
    let state = match chain.standing {
        Standing::Withdrawn { .. } => v1::ConsentState::Withdrawn,
        Standing::Expired { .. } => v1::ConsentState::Expired,
        Standing::InForce if today > chain.scope.until => v1::ConsentState::Expired,
        Standing::InForce => changed.unwrap_or(v1::ConsentState::Given),
    };
    Some(v1::ReleasedConsent {
        consent: chain.head.to_string(),
        purposes: numbers(&chain.scope.purposes.to_vec()),
        categories: numbers(&chain.scope.categories.to_vec()),
        onward: chain.scope.onward,
        from_on: chain.scope.from.to_string(),
        until_on: chain.scope.until.to_string(),
        state: state.into(),
    })
}

fn questions(history: &History, referral: &ReferralState) -> Vec<v1::Question> {
    let message = |question: &waymark_domain::referral::Question| {
        let answer = history.events().find(|(seen, event)| {
            let answers = matches!(event, Event::QuestionAnswered(body) if body.question == question.event);
            answers && seen.author() == referral.from
        });
        v1::Question {
            question: question.event.to_string(),
            asked_at: Some(instant(question.at)),
            answered_at: answer.map(|(seen, _)| instant(seen.claimed_at)),
            answer: text_if_any(answer.map(|(seen, _)| seen.event_id)),
        }
    };
    referral.receiver.questions.iter().map(message).collect()
}

fn disclosures(history: &History, referral: &ReferralState) -> Vec<v1::DisclosureAnswer> {
    let message = |(request, wanted): &(EventId, Categories)| {
        let mut answer = v1::DisclosureAnswer {
            request: request.to_string(),
            categories: numbers(&wanted.to_vec()),
            ..v1::DisclosureAnswer::default()
        };
        let mut disclosed = Categories::EMPTY;
        for (seen, event) in history.events().skip_while(|(seen, _)| seen.event_id != *request) {
            match event {
                Event::DisclosureRequested(_) if seen.event_id == *request => {
                    answer.asked_at = Some(instant(seen.claimed_at));
                }
                Event::SectionsDisclosed(body) if seen.author() == referral.from => {
                    disclosed = disclosed.union(wanted.intersection((&body.categories).into()));
                }
                Event::DisclosureRefused(body) if body.request == *request => {
                    answer.refused = numbers(&body.categories);
                    answer.reason = body.reason.number();
                }
                _ => {}
            }
        }
        answer.disclosed = numbers(&disclosed.to_vec());
        answer
    };
    referral.receiver.requests.iter().map(message).collect()
}

fn messages(history: &History, referral: &ReferralState) -> Vec<v1::Message> {
    let sent = history.events().filter(|(_, event)| matches!(event, Event::MessageSent(_)));
    let message = |seen: &waymark_desk::Seen| {
        Some(v1::Message {
            event_id: seen.event_id.to_string(),
            from: referral.party(seen.author())?.number(),
            sent_at: Some(instant(seen.claimed_at)),
        })
    };
    sent.filter_map(|(seen, _)| message(seen)).collect()
}

fn anomaly_message(event: EventId, anomaly: Anomaly) -> v1::Anomaly {
    let kind = match anomaly {
        Anomaly::WrongWriter => v1::AnomalyKind::WrongWriter,
        Anomaly::WrongThread => v1::AnomalyKind::WrongThread,
        Anomaly::Repeated => v1::AnomalyKind::Repeated,
        Anomaly::OutOfOrder => v1::AnomalyKind::OutOfOrder,
        Anomaly::AfterEnd => v1::AnomalyKind::AfterEnd,
        Anomaly::OtherChain => v1::AnomalyKind::OtherChain,
        Anomaly::Widened => v1::AnomalyKind::Widened,
        Anomaly::TooMany => v1::AnomalyKind::TooMany,
        Anomaly::DecidedAlone => v1::AnomalyKind::DecidedAlone,
    };
    v1::Anomaly { event_id: event.to_string(), kind: kind.into() }
}
