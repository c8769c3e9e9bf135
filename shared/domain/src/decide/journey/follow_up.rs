//! After reception the receiver follows up, and closes the journey when nothing more is due.

use crate::command::{CloseJourney, RecordFollowUp};
use crate::decide::check::{party, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{FollowUpRecorded, JourneyClosed};
use crate::referral::ReferralState;
use crate::referral::journey::{JourneyPhase, ReceiverJourney};
use crate::refusal::Refusal;
use crate::world::{Party, World};

impl Decision for RecordFollowUp {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let phase = referral.journey_phase();
        if !phase.is_received() {
            return Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "received" });
        }
        let next = referral.receiver.journey.as_deref().and_then(ReceiverJourney::next_follow_up);
        if next.map(|(number, _)| number) != Some(self.number) {
            return Err(Refusal::NoFollowUp { number: self.number });
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
            before_reception(phase, side)?;
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

/// Before reception the sender is responsible and closes: a journey that will not be, or that ended on the way.
fn before_reception(phase: JourneyPhase, side: Party) -> Decided {
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
        | JourneyPhase::FollowUp(_) => match side {
            Party::Sender => Ok(()),
            Party::Receiver => Err(Refusal::NotTheSender {}),
        },
    }
}
