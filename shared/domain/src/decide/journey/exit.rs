//! A journey ends early: the sender aborts it, or she changes her mind, which needs no reason.

use crate::command::{AbortJourney, ChangeMind};
use crate::decide::check::{note, party, sent};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{JourneyAborted, MindChanged};
use crate::event::referral::ReferralWithdrawn;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::words::{AbortReason, EndedBy};
use crate::world::{Party, World};

impl Decision for AbortJourney {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        note(self.note.as_ref())?;
        can_end(referral)?;
        if self.reason == AbortReason::Other && self.note.is_none() {
            return Err(Refusal::MessageMissing {});
        }
        pen.tell_with(referral, JourneyAborted { reason: self.reason }, self.note.as_ref());
        Ok(())
    }
}

impl Decision for ChangeMind {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        can_end(referral)?;
        pen.tell(referral, MindChanged { at: pen.ctx.now });
        if side == Party::Sender && !referral.sender.departed() && !referral.has_ended() {
            pen.tell(referral, ReferralWithdrawn { by: EndedBy::Person });
        }
        Ok(())
    }
}

/// The journey was proposed and is neither over nor at its end.
fn can_end(referral: &ReferralState) -> Decided {
    let phase = referral.journey_phase();
    if phase.is_received() {
        return Err(Refusal::AlreadyReceived {});
    }
    if phase.is_planning() || phase.is_under_way() {
        return Ok(());
    }
    Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "planned or under way" })
}
