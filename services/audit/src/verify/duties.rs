//! What had to be done by a time in a referral, and whether it was: told by the claimed times of entries, up to the moment at which the
//! log is judged.

use std::collections::HashMap;

use waymark_desk::Seen;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId};
use waymark_domain::referral::{Answer, ReferralState};
use waymark_domain::time::Timestamp;
use waymark_domain::timer::ERASURE_SECONDS;
use waymark_domain::world::Party;

use super::code::Code;
use super::log::CLOCKS_SECONDS;
use super::report::DeadlineSpan;
use super::watch::Watch;

/// When things happened in a referral.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    times: HashMap<EventId, (u64, Timestamp)>,
    /// When the receiver answered what asked it to erase.
    answers: HashMap<EventId, Timestamp>,
    reviews: HashMap<EventId, Timestamp>,
    answered: Option<Timestamp>,
    reached: Option<Timestamp>,
    ended: Option<Timestamp>,
}

/// A finding of a thread: what, at which event of it, in a sentence.
pub(crate) type Told = (Code, Option<u64>, String);

/// What is due in a thread.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) spans: Vec<DeadlineSpan>,
    pub(crate) told: Vec<Told>,
    /// Something may still be missed.
    pub(crate) open: bool,
}

/// For whom a log speaks, and when it is judged.
pub(crate) struct Judged<'a> {
    pub(crate) now: Timestamp,
    /// Whether the log answers for what an office had to do: it is its own, or that one's is not at hand.
    pub(crate) speaks_for: &'a dyn Fn(OfficeId) -> bool,
    /// When the receiver answered, as its own log has it.
    pub(crate) answered: &'a dyn Fn(EventId) -> Option<Timestamp>,
}

/// What an event says of an earlier one that asked to erase.
pub(crate) fn answers(event: &Event) -> Option<EventId> {
    match event {
        Event::WithdrawalAcknowledged(body) => Some(body.because),
        Event::Erased(body) => Some(body.because),
        Event::RetentionClaimed(body) => Some(body.because),
        _ => None,
    }
}

impl Heard {
    /// Takes an event that has just been applied to `referral`, where it `counts` or not: nobody does a duty by what does not fit, or was
    /// said before.
    pub(crate) fn take(&mut self, seen: &Seen, event: &Event, referral: &ReferralState, counts: bool) {
        let at = seen.claimed_at;
        self.times.entry(seen.event_id).or_insert((seen.index, at));
        if self.ended.is_none() && referral.has_ended() {
            self.ended = Some(at);
        }
        let author = referral.party(seen.author());
        if !counts {
            return;
        }
        // Who declared it reviews it; what the other party says of it is an anomaly.
        if let (Event::EmergencyReviewed(body), Some(party)) = (event, author)
            && referral.emergencies(party).iter().any(|declared| declared.event == body.emergency)
        {
            self.reviews.entry(body.emergency).or_insert(at);
        }
        if author != Some(Party::Receiver) {
            return;
        }
        if let Some(because) = answers(event) {
            self.answers.entry(because).or_insert(at);
        }
        match event {
            Event::ReferralAcknowledged(_)
            | Event::QuestionAsked(_)
            | Event::ReferralAccepted(_)
            | Event::ReferralDeclined(_) => earlier(&mut self.answered, at),
            Event::PersonContacted(body) => earlier(&mut self.reached, body.at),
            Event::ServiceStarted(_) | Event::CheckedIn(_) => earlier(&mut self.reached, at),
            _ => {}
        }
    }

    /// What was due in the end.
    pub(crate) fn due(&self, referral: &ReferralState, watch: &Watch, judged: &Judged<'_>) -> Due {
        let mut due = Due::default();
        if (judged.speaks_for)(referral.from) {
            self.erasures(referral, judged, &mut due);
            self.offer(referral, judged, &mut due);
        }
        self.reviews(referral, judged, &mut due);
        silences(watch, &mut due);
        due
    }

    fn erasures(&self, referral: &ReferralState, judged: &Judged<'_>, due: &mut Due) {
        let declined = match referral.receiver.answer {
            Some(Answer::Declined { event, .. }) => Some(event),
            Some(Answer::Accepted { .. }) | None => None,
        };
        let received = referral.receiver.journey.as_deref().and_then(|journey| journey.received);
        let own = [declined, received.map(|(event, _)| event)];
        for ask in referral.erasure_asks().filter(|ask| !own.contains(&Some(ask.because))) {
            let Some((index, from)) = self.times.get(&ask.because).copied() else { continue };
            let met = self.answers.get(&ask.because).copied().or_else(|| (judged.answered)(ask.because));
            let code = Code::WithdrawalUnanswered;
            due.span("erasure", code, Some(index), from, from.plus(ERASURE_SECONDS), met, judged.now);
        }
    }

    fn offer(&self, referral: &ReferralState, judged: &Judged<'_>, due: &mut Due) {
        let Some(offer) = &referral.sender.offer else { return };
        let index = self.times.get(&offer.event).map(|(index, _)| *index);
        let (code, now) = (Code::DeadlineMissed, judged.now);
        let answered = earliest(self.answered, self.ended);
        due.span("acknowledge", code, index, offer.at, offer.deadlines.acknowledge_by, answered, now);
        if let Some(confirmed) = referral.sender.confirmed.filter(|_| referral.is_confirmed()) {
            let reached = earliest(self.reached, self.ended);
            due.span("contact", code, index, confirmed.at, offer.deadlines.contact_by, reached, now);
        }
    }

    fn reviews(&self, referral: &ReferralState, judged: &Judged<'_>, due: &mut Due) {
        for party in [Party::Sender, Party::Receiver] {
            if !(judged.speaks_for)(referral.office(party)) {
                continue;
            }
            for emergency in referral.emergencies(party) {
                let declared = self.times.get(&emergency.event).copied();
                let Some((index, from)) = declared else { continue };
                let met = self.reviews.get(&emergency.event).copied();
                due.span(
                    "review",
                    Code::ReviewMissed,
                    Some(index),
                    from,
                    emergency.review_by,
                    met,
                    judged.now,
                );
            }
        }
    }
}

/// Every silence on the way in which this office raised no alarm.
fn silences(watch: &Watch, due: &mut Due) {
    due.open |= watch.is_open();
    for awaited in watch.passed() {
        let what = format!("a sign was due at {} and no alarm was raised", awaited.due_at);
        due.told.push((Code::CheckInMissed, None, what));
    }
}

impl Due {
    #[expect(clippy::too_many_arguments, reason = "each is one column of the same row")]
    fn span(
        &mut self,
        what: &'static str,
        code: Code,
        index: Option<u64>,
        from: Timestamp,
        by: Timestamp,
        met: Option<Timestamp>,
        now: Timestamp,
    ) {
        let latest = by.plus(CLOCKS_SECONDS);
        let missed = met.unwrap_or(now) > latest;
        self.open |= met.is_none() && !missed;
        if missed {
            let how = match met {
                Some(at) => format!("was done at {at}"),
                None => format!("was not done when the log was judged, at {now}"),
            };
            self.told.push((code, index, format!("{what} was due by {by} and {how}")));
        }
        let met_at = met.map(|at| at.0);
        self.spans.push(DeadlineSpan { what, from: from.0, by: by.0, met_at, missed });
    }
}

fn earlier(slot: &mut Option<Timestamp>, at: Timestamp) {
    *slot = earliest(*slot, Some(at));
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use waymark_desk::Thread;
    use waymark_domain::event::consent::{EmergencyDeclared, EmergencyReviewed};
    use waymark_domain::event::referral::ReferralKind;
    use waymark_domain::ids::{StaffId, ThreadId};
    use waymark_domain::time::Day;
    use waymark_domain::words::{Category, EmergencyGround};
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::nothing::Nothing;
    use crate::testkit::{Log, NORTH, SOUTH, thread};

    const REFERRAL: ThreadId = thread(2);

    fn reviews_missed(log: &Log<'_>) -> usize {
        let (mut thread, mut heard) = (Thread::default(), Heard::default());
        for seen in &log.seen {
            thread.take(NORTH, seen);
            if let (Some(referral), Ok(event)) = (thread.referral(), &seen.event) {
                heard.take(seen, event, referral, true);
            }
        }
        let now = log.now().plus(ERASURE_SECONDS * 2);
        let judged = Judged { now, speaks_for: &|_| true, answered: &|_| None };
        let due = heard.due(thread.referral().unwrap(), &Watch::default(), &judged);
        due.told.iter().filter(|(code, ..)| *code == Code::ReviewMissed).count()
    }

    #[test]
    fn an_emergency_is_reviewed_by_who_declared_it() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        let declared = EmergencyDeclared {
            ground: EmergencyGround::VitalInterests,
            categories: vec![Category::Health],
            first: StaffId([1; 8]),
            second: StaffId([2; 8]),
            review_by: log.now().plus(ERASURE_SECONDS),
        };
        let emergency = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), declared);
        let review = EmergencyReviewed { emergency, upheld: true, told_on: Day(1) };
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), review.clone());
        assert_eq!(reviews_missed(&log), 1, "the other party does not review it");
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), review);
        assert_eq!(reviews_missed(&log), 0);
    }
}
