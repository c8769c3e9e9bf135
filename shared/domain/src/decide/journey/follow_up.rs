//! After reception the receiver follows up, and closes the journey when nothing more is due.

use crate::command::{CloseJourney, RecordFollowUp};
use crate::decide::check::{party, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{FollowUpRecorded, JourneyClosed};
use crate::referral::ReferralState;
use crate::referral::journey::{JourneyPhase, Way};
use crate::refusal::Refusal;
use crate::words::FollowUpOutcome;
use crate::world::{Party, World};

impl Decision for RecordFollowUp {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let phase = referral.journey_phase();
        if !phase.is_received() {
            return Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "received" });
        }
        let number = self.number;
        let journey = referral.receiver.journey.as_deref();
        let journey =
            journey.filter(|journey| journey.next_follow_up().is_some_and(|(next, _)| next == number));
        let from = journey.and_then(|journey| journey.follow_up_from(number));
        let from = from.ok_or(Refusal::NoFollowUp { number })?;
        // That she wants no more contact is taken on any day.
        if self.outcome != FollowUpOutcome::Ended && pen.ctx.now.day() < from {
            return Err(Refusal::FollowUpNotDue { number, from });
        }
        pen.tell(referral, FollowUpRecorded { number: self.number, outcome: self.outcome });
        Ok(())
    }
}

impl Decision for CloseJourney {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        let phase = referral.journey_phase();
        if phase.is_received() {
            after_reception(referral, side)?;
        } else {
            before_reception(referral, phase, side, self.stayed)?;
        }
        pen.tell(referral, JourneyClosed { stayed: self.stayed });
        Ok(())
    }
}

/// The receiver closes once every follow-up is recorded, or she wants no more contact.
fn after_reception(referral: &ReferralState, side: Party) -> Decided {
    if side != Party::Receiver {
        return Err(Refusal::NotTheReceiver {});
    }
    let Some(journey) = referral.receiver.journey.as_deref() else { return Ok(()) };
    match journey.next_follow_up() {
        Some(_) => {
            let left = journey.follow_ups.len().saturating_sub(journey.followed_up.len());
            Err(Refusal::FollowUpsDue { left: u8::try_from(left).unwrap_or(u8::MAX) })
        }
        None => Ok(()),
    }
}

/// Before reception the sender is responsible and closes: a journey that will not be, or that was called off on the way and of
/// which no leg is open any more. Away from where she set out it is closed only with the word that she stays there.
fn before_reception(referral: &ReferralState, phase: JourneyPhase, side: Party, stayed: bool) -> Decided {
    match phase {
        JourneyPhase::None => Err(Refusal::NoJourney {}),
        JourneyPhase::Closed | JourneyPhase::Stayed => Err(Refusal::AlreadyDone {}),
        JourneyPhase::Departed
        | JourneyPhase::InTransit(_)
        | JourneyPhase::MissedCheckIn(_)
        | JourneyPhase::Arrived => {
            Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "received, aborted or not begun" })
        }
        JourneyPhase::Proposed
        | JourneyPhase::RiskAssessed
        | JourneyPhase::Go
        | JourneyPhase::NoGo
        | JourneyPhase::Postponed
        | JourneyPhase::DocumentsReady
        | JourneyPhase::Booked
        | JourneyPhase::Cleared
        | JourneyPhase::Aborted(_)
        | JourneyPhase::ChangedMind
        | JourneyPhase::Received
        | JourneyPhase::HandedOver
        | JourneyPhase::FollowUp(_) => match (side, referral.way()) {
            (Party::Receiver, _) => Err(Refusal::NotTheSender {}),
            (Party::Sender, Some(Way::On(leg))) => Err(Refusal::StillOnLeg { leg }),
            (Party::Sender, Some(Way::Before(1)) | None) => Ok(()),
            (Party::Sender, Some(Way::Before(leg))) if !stayed => Err(Refusal::StillOnLeg { leg }),
            (Party::Sender, Some(Way::AtEnd | Way::Arrived)) if !stayed => {
                Err(Refusal::StillOnLeg { leg: referral.last_leg().unwrap_or_default() })
            }
            (Party::Sender, Some(Way::Before(_) | Way::AtEnd | Way::Arrived)) => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::ids::ThreadId;
    use crate::refusal::Refusal;
    use crate::story::*;
    use crate::time::{HOUR, Timestamp};
    use crate::words::{FollowUpOutcome, GoNoGo};

    fn follow_up(referral: ThreadId, number: u8, outcome: FollowUpOutcome) -> RecordFollowUp {
        RecordFollowUp { referral, number, outcome }
    }

    #[test]
    fn follow_ups_are_recorded_in_order_and_then_the_journey_is_closed() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        assert_eq!(
            story.refusal(SOUTH, follow_up(referral, 1, FollowUpOutcome::Well)),
            "WRONG_JOURNEY_PHASE"
        );
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.mail();
        assert_eq!(story.refusal(SOUTH, follow_up(referral, 2, FollowUpOutcome::Well)), "NO_FOLLOW_UP");
        let closing = CloseJourney { referral, stayed: false };
        for number in 1..=6 {
            let left = 7 - number;
            assert_eq!(story.when(SOUTH, closing.clone()), Err(Refusal::FollowUpsDue { left }));
            let journey = story.referral(SOUTH, referral).receiver.journey.as_ref();
            let journey = journey.unwrap();
            let (from, due_on) =
                (journey.follow_up_from(number).unwrap(), journey.next_follow_up().unwrap().1);
            let record = || follow_up(referral, number, FollowUpOutcome::NeedsSupport);
            if number > 1 {
                story.now = Timestamp(from.start().0 - 1);
                assert_eq!(story.when(SOUTH, record()), Err(Refusal::FollowUpNotDue { number, from }));
                story.now = from.start();
            }
            // Some are made early, some on their day.
            if number % 2 == 1 {
                story.now = Timestamp(due_on.start().0 - 1);
                assert!(!story.pass(0).contains(&"FollowUpDue"));
                assert!(story.pass(1).contains(&"FollowUpDue"));
                assert!(!story.pass(3 * HOUR).contains(&"FollowUpDue"), "noted once");
            }
            story.given(SOUTH, record());
        }
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "follow_up");
        assert_eq!(story.refusal(NORTH, closing.clone()), "NOT_THE_RECEIVER");
        story.given(SOUTH, closing);
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "closed");
        assert_eq!(story.phase(NORTH, referral), "handed_over");
    }

    #[test]
    fn she_may_end_the_contact() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.given(SOUTH, follow_up(referral, 1, FollowUpOutcome::Ended));
        assert!(story.when(SOUTH, CloseJourney { referral, stayed: false }).is_ok());
    }

    #[test]
    fn a_journey_that_will_not_be_is_closed_by_the_sender_because_she_stayed() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let closing = CloseJourney { referral, stayed: true };
        assert_eq!(story.refusal(NORTH, closing.clone()), "NO_JOURNEY");
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        story.given(NORTH, DecideJourney { referral, verdict: GoNoGo::NoGo });
        story.mail();
        assert_eq!(story.refusal(SOUTH, closing.clone()), "NOT_THE_SENDER");
        story.given(NORTH, closing);
        story.mail();
        assert_eq!(
            (story.journey(SOUTH, referral), story.phase(SOUTH, referral)),
            ("stayed", "journey_over")
        );
        assert!(story.referral(SOUTH, referral).erasure_due(TODAY).is_some());
    }

    #[test]
    fn a_journey_under_way_is_not_closed() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        assert_eq!(story.refusal(NORTH, CloseJourney { referral, stayed: false }), "WRONG_JOURNEY_PHASE");
    }
}
