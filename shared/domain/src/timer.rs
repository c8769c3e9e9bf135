//! What time alone makes due, in one referral: reminders, expiries, alarms. Each becomes an entry of the office that owns it.
//!
//! | timer | owner |
//! |---|---|
//! | acknowledgement and first contact: reminder at 50 %, missed at 100 %, escalated at 150 %, or when the offer ends | sender |
//! | the answer to a withdrawal or an end, 72 h: the same steps | sender |
//! | the offer ends | sender |
//! | the last day of the consent has passed | sender |
//! | a hold ends | receiver |
//! | the day of a follow-up | receiver |
//! | a check-in, or the next step of a journey under way, did not come | both |

use crate::consent::Standing;
use crate::decide::Pen;
use crate::decide::place::hold_ended;
use crate::draft::{Context, Draft};
use crate::event::Event;
use crate::event::consent::ConsentExpired;
use crate::event::journey::{CheckInMissed, FollowUpDue, StepMissed};
use crate::event::referral::{Deadline, DeadlineEscalated, DeadlineMissed, DeadlineReminded, OfferExpired};
use crate::ids::OfficeId;
use crate::referral::journey::Sign;
use crate::referral::place::{PlacePhase, Stay};
use crate::referral::{Answer, ReferralState, Step};
use crate::time::{HOUR, Timestamp};
use crate::world::{Party, World};

/// Something that time makes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Deadline(Deadline, Step),
    OfferEnds,
    ConsentEnds,
    HoldEnds,
    FollowUp(u8),
    Silence,
}

/// The drafts of the earliest timer that is due at `ctx.now` in the referral of `world`. Once they are applied it is asked
/// again, until it says nothing: so entries come in the order of their times, also after days without power.
#[must_use]
pub fn timers(world: &World<'_>, ctx: &mut Context<'_>) -> Vec<Draft> {
    let (me, now) = (ctx.me, ctx.now);
    let mut pen = Pen::new(ctx);
    if let Some(referral) = world.referral {
        let earliest = upcoming(referral, me).into_iter().flatten().min_by_key(|(at, _)| *at);
        if let Some((_, due)) = earliest.filter(|(at, _)| *at <= now) {
            write(world, referral, due, &mut pen);
        }
    }
    pen.done()
}

/// When [`timers`] will next have something to say.
#[must_use]
pub fn next_timer(world: &World<'_>, me: OfficeId) -> Option<Timestamp> {
    upcoming(world.referral?, me).into_iter().flatten().map(|(at, _)| at).min()
}

type Upcoming = [Option<(Timestamp, Due)>; 6];

/// The next of each kind.
fn upcoming(referral: &ReferralState, me: OfficeId) -> Upcoming {
    match referral.party(me) {
        Some(Party::Sender) => [
            deadline(referral, Deadline::Acknowledge),
            deadline(referral, Deadline::Contact),
            erasure_answered(referral),
            offer_ends(referral),
            consent_ends(referral),
            silence(referral, Party::Sender),
        ],
        Some(Party::Receiver) => {
            [hold_ends(referral), follow_up(referral), silence(referral, Party::Receiver), None, None, None]
        }
        None => [None; 6],
    }
}

fn deadline(referral: &ReferralState, deadline: Deadline) -> Option<(Timestamp, Due)> {
    let offer = referral.sender.offer.as_ref()?;
    let (awaited, by) = match deadline {
        Deadline::Acknowledge => (awaits_acknowledgement(referral), offer.deadlines.acknowledge_by),
        Deadline::Contact => (awaits_contact(referral), offer.deadlines.contact_by),
        Deadline::Erasure => return erasure_answered(referral),
    };
    let step = next_step(referral, deadline)?;
    let at = step_at(offer.at, by, step);
    // The coordinators hear of it while the offer still stands.
    let at = match (deadline, step) {
        (Deadline::Acknowledge, Step::Escalated) => at.min(offer.deadlines.expires_at).max(by),
        (Deadline::Acknowledge | Deadline::Contact | Deadline::Erasure, _) => at,
    };
    (awaited && !referral.has_ended()).then_some((at, Due::Deadline(deadline, step)))
}

/// Who was told of a withdrawal, or of an end, answers within 72 hours.
pub const ERASURE_SECONDS: u64 = 72 * HOUR;

/// When each step of waiting for that answer comes, where it was asked for at `asked_at`.
#[must_use]
pub fn erasure_step_at(asked_at: Timestamp, step: Step) -> Timestamp {
    step_at(asked_at, asked_at.plus(ERASURE_SECONDS), step)
}

fn erasure_answered(referral: &ReferralState) -> Option<(Timestamp, Due)> {
    let asked_at = referral.asked_at()?;
    let step = next_step(referral, Deadline::Erasure)?;
    Some((erasure_step_at(asked_at, step), Due::Deadline(Deadline::Erasure, step)))
}

fn next_step(referral: &ReferralState, deadline: Deadline) -> Option<Step> {
    let marks = referral.sender.marks;
    [Step::Reminded, Step::Missed, Step::Escalated].into_iter().find(|step| !marks.has(deadline, *step))
}

fn awaits_acknowledgement(referral: &ReferralState) -> bool {
    let receiver = &referral.receiver;
    receiver.acknowledged.is_none() && receiver.answer.is_none() && receiver.questions.is_empty()
}

fn awaits_contact(referral: &ReferralState) -> bool {
    let receiver = &referral.receiver;
    // What is arranged with others is no contact with her.
    let came = matches!(referral.place(), PlacePhase::At(Stay::CheckedIn(_) | Stay::CheckedOut));
    let reached = receiver.contacted.is_some() || receiver.started.is_some() || came;
    referral.is_confirmed() && !reached
}

fn step_at(from: Timestamp, by: Timestamp, step: Step) -> Timestamp {
    let half = by.0.saturating_sub(from.0) / 2;
    match step {
        Step::Reminded => from.plus(half),
        Step::Missed => by,
        Step::Escalated => by.plus(half),
    }
}

fn offer_ends(referral: &ReferralState) -> Option<(Timestamp, Due)> {
    let offer = referral.sender.offer.as_ref()?;
    // An accept in time is answered by a confirmation, never by an expiry.
    let in_time = matches!(referral.receiver.answer, Some(Answer::Accepted { at, .. }) if at <= offer.deadlines.expires_at);
    let open = referral.sender.confirmed.is_none() && !referral.has_ended() && !in_time;
    open.then_some((offer.deadlines.expires_at.plus(1), Due::OfferEnds))
}

fn consent_ends(referral: &ReferralState) -> Option<(Timestamp, Due)> {
    let chain = referral.sender.consent.as_ref()?;
    (chain.standing == Standing::InForce).then_some((chain.scope.until.end(), Due::ConsentEnds))
}

fn hold_ends(referral: &ReferralState) -> Option<(Timestamp, Due)> {
    match referral.place() {
        PlacePhase::At(Stay::Held { until, .. }) => Some((until.plus(1), Due::HoldEnds)),
        PlacePhase::None | PlacePhase::Requested | PlacePhase::GivenUp(_) | PlacePhase::At(_) => None,
    }
}

fn follow_up(referral: &ReferralState) -> Option<(Timestamp, Due)> {
    let journey = referral.receiver.journey.as_deref()?;
    let (number, due_on) = journey.next_follow_up()?;
    let awaited = referral.journey_phase().is_received() && journey.follow_up_due < number;
    awaited.then_some((due_on.start(), Due::FollowUp(number)))
}

fn silence(referral: &ReferralState, me: Party) -> Option<(Timestamp, Due)> {
    referral.watched(me).map(|awaited| (awaited.alarm_at, Due::Silence))
}

fn write(world: &World<'_>, referral: &ReferralState, due: Due, pen: &mut Pen<'_, '_>) {
    match due {
        Due::Deadline(deadline, step) => {
            let event: Event = match step {
                Step::Reminded => DeadlineReminded { deadline }.into(),
                Step::Missed => DeadlineMissed { deadline }.into(),
                Step::Escalated => DeadlineEscalated { deadline }.into(),
            };
            pen.tell(referral, event);
        }
        Due::OfferEnds => {
            pen.tell(referral, OfferExpired { late_accept: referral.receiver.accepted() });
        }
        Due::ConsentEnds => {
            if let Some(chain) = referral.sender.consent.as_ref() {
                pen.tell(referral, ConsentExpired { chain: chain.head });
            }
        }
        Due::HoldEnds => hold_ended(world, referral, pen),
        Due::FollowUp(number) => {
            pen.tell(referral, FollowUpDue { number });
        }
        Due::Silence => raise(referral, pen),
    }
}

/// One alarm for what is awaited: it covers the whole silence.
fn raise(referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let Some(awaited) = referral.party(pen.ctx.me).and_then(|me| referral.watched(me)) else { return };
    let (leg, due_at) = (awaited.leg, awaited.due_at);
    match awaited.what {
        Sign::CheckIn(number) => pen.tell(referral, CheckInMissed { leg, number, due_at }),
        Sign::Step(step) => pen.tell(referral, StepMissed { step, leg, due_at }),
    };
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::ids::{EventId, StaffId, ThreadId};
    use crate::story::*;
    use crate::time::{DAY, HOUR};
    use crate::words::{Category, EmergencyGround, EndedBy, Urgency};

    #[test]
    fn an_offer_nobody_looks_at_is_reminded_missed_escalated_and_expires() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let kind = crate::event::referral::ReferralKind::HandOver;
        let mut urgent = offer(case, SOUTH, kind, given);
        urgent.triage.urgency = Urgency::Urgent;
        let referral = story.given(NORTH, urgent)[0].thread;
        story.mail();
        assert!(story.pass(12 * HOUR - 1).is_empty());
        assert_eq!(story.pass(1), ["DeadlineReminded"]);
        assert_eq!(story.pass(12 * HOUR), ["DeadlineMissed"]);
        assert_eq!(story.pass(12 * HOUR), ["DeadlineEscalated"]);
        assert_eq!(story.pass(36 * HOUR + 1), ["OfferExpired"]);
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "expired");
        // What was offered is to be erased: that is waited for.
        let written = story.pass(30 * DAY);
        assert_eq!(written, ["DeadlineReminded", "DeadlineMissed", "DeadlineEscalated"]);
        assert!(story.pass(30 * DAY).is_empty());
    }

    #[test]
    fn an_acknowledged_offer_is_not_reminded_but_first_contact_is() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        assert_eq!(story.pass(7 * DAY), ["DeadlineReminded"]);
        story.mail();
        story.given(SOUTH, RecordContact { referral, at: story.now });
        story.mail();
        assert!(story.pass(30 * DAY).is_empty());
    }

    #[test]
    fn an_offer_that_ends_early_is_escalated_before_it_ends() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let kind = crate::event::referral::ReferralKind::HandOver;
        let early =
            OfferReferral { expires_at: Some(story.now.plus(20 * HOUR)), ..offer(case, SOUTH, kind, given) };
        story.given(NORTH, early);
        story.mail();
        let written = story.pass(20 * HOUR);
        assert_eq!(written, ["DeadlineReminded", "DeadlineMissed", "DeadlineEscalated"]);
        assert_eq!(story.pass(1), ["OfferExpired"]);
    }

    #[test]
    fn a_reception_that_is_arranged_is_no_contact_with_her() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(SOUTH, arrange_reception(referral));
        story.mail();
        assert_eq!(story.pass(7 * DAY), ["DeadlineReminded"]);
    }

    #[test]
    fn after_days_without_power_every_step_is_written_once() {
        let mut story = network();
        offered(&mut story);
        let written = story.pass(60 * DAY);
        assert_eq!(written, ["DeadlineReminded", "DeadlineMissed", "DeadlineEscalated", "OfferExpired"]);
    }

    #[test]
    fn a_consent_expires_after_its_last_day_and_the_holder_acknowledges() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.now = TODAY.plus(180).start();
        assert!(!story.pass(DAY - 1).contains(&"ConsentExpired"));
        assert!(story.pass(1).contains(&"ConsentExpired"));
        story.mail();
        assert!(!story.referral(NORTH, referral).receiver.told.is_empty());
        assert!(story.referral(SOUTH, referral).erasure_due(TODAY.plus(181)).is_some());
    }

    #[test]
    fn who_does_not_answer_a_withdrawal_is_reminded_missed_and_escalated() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        assert_eq!(story.pass(36 * HOUR), ["DeadlineReminded"]);
        assert_eq!(story.pass(36 * HOUR), ["DeadlineMissed"]);
        assert_eq!(story.pass(36 * HOUR), ["DeadlineEscalated"]);
        assert!(story.pass(30 * DAY).is_empty());
    }

    #[test]
    fn every_end_that_asks_for_an_erasure_has_its_clock() {
        let ends: [fn(&mut Story, ThreadId, EventId, ThreadId); 5] = [
            |story, _, _, referral| {
                let entry = story.event(NORTH, "ReferralOffered");
                story.given(NORTH, MarkInError { referral, entry, note: None });
            },
            |story, _, _, referral| {
                story.given(NORTH, RequestCancellation { referral, note: None });
                story.mail();
                story.given(SOUTH, AgreeCancellation { referral });
                story.mail();
            },
            |story, _, _, referral| {
                story.given(SOUTH, RequestCancellation { referral, note: None });
                story.mail();
                story.given(NORTH, AgreeCancellation { referral });
            },
            |story, _, _, referral| {
                story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
            },
            |story, case, consent, _| {
                story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
            },
        ];
        for (number, end) in ends.into_iter().enumerate() {
            let mut story = network();
            let (case, consent, referral) = accepted(&mut story);
            end(&mut story, case, consent, referral);
            assert_eq!(story.pass(36 * HOUR), ["DeadlineReminded"], "end {number}");
            assert_eq!(story.pass(36 * HOUR), ["DeadlineMissed"], "end {number}");
        }
    }

    #[test]
    fn an_emergency_that_is_upheld_gives_nobody_more_time() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let (ground, categories) = (EmergencyGround::VitalInterests, vec![Category::Health]);
        let (first, second, reason) = (StaffId([1; 8]), StaffId([2; 8]), "She needs her medicine.".into());
        story.given(NORTH, DiscloseInEmergency { referral, ground, categories, first, second, reason });
        story.mail();
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        assert_eq!(story.pass(36 * HOUR), ["DeadlineReminded"]);
        let (declared, told_on) = (story.event(NORTH, "EmergencyDeclared"), story.now.day());
        let by = StaffId([3; 8]);
        story.given(NORTH, ReviewEmergency { referral, emergency: declared, by, upheld: true, told_on });
        assert_eq!(story.pass(36 * HOUR), ["DeadlineMissed"]);
    }

    #[test]
    fn who_has_answered_a_withdrawal_is_not_reminded() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.mail();
        let because = story.event(NORTH, "ReferralWithdrawn");
        let outcome = crate::event::log::ErasureOutcome::Shredded;
        story.given(SOUTH, ReportErasure { referral, because, keys: Vec::new(), outcome });
        story.mail();
        assert!(story.pass(60 * DAY).is_empty());
    }
}
