//! The journey is cleared when every gate is green; at departure every gate is looked at again.

use super::plan::planned;
use crate::command::{ClearJourney, Depart};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{Departed, JourneyCleared};
use crate::referral::ReferralState;
use crate::referral::journey::{GatesGreen, JourneyPhase};
use crate::refusal::Refusal;
use crate::words::GoNoGo;
use crate::world::World;

impl Decision for ClearJourney {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        decided_go(referral)?;
        let green = GatesGreen::check(referral, world.linked, pen.ctx.now)?;
        pen.tell(referral, JourneyCleared { gates: green.into_verdicts() });
        Ok(())
    }
}

impl Decision for Depart {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        decided_go(referral)?;
        // Gates first: a red one is what the person at the door must hear.
        let green = GatesGreen::check(referral, world.linked, pen.ctx.now)?;
        let phase = referral.journey_phase();
        if phase != JourneyPhase::Cleared {
            return Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "cleared" });
        }
        if referral.sender.cancel.requested.is_some() || referral.receiver.cancel.requested.is_some() {
            return Err(Refusal::WrongPhase {
                phase: referral.phase().word(),
                needed: "not to be cancelled",
            });
        }
        pen.tell(referral, Departed { gates: green.into_verdicts() });
        Ok(())
    }
}

fn decided_go(referral: &ReferralState) -> Decided {
    match referral.sender.journey.as_ref().and_then(|journey| journey.decided) {
        Some(GoNoGo::Go) => Ok(()),
        Some(GoNoGo::NoGo | GoNoGo::Postponed) | None => {
            Err(Refusal::WrongJourneyPhase { phase: referral.journey_phase().word(), needed: "decided: go" })
        }
    }
}
