//! The sender takes a referral back; a hand-over only until she has departed.

use crate::command::WithdrawReferral;
use crate::decide::check::{going_on, note, sent};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::ReferralWithdrawn;
use crate::referral::{Ending, Phase};
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for WithdrawReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        note(self.note.as_ref())?;
        if referral.phase() == Phase::Ended(Ending::HandedOver) {
            return Err(Refusal::AlreadyReceived {});
        }
        if referral.sender.departed() {
            return Err(Refusal::AlreadyDeparted {});
        }
        going_on(referral)?;
        pen.tell_with(referral, ReferralWithdrawn { by: self.by }, self.note.as_ref());
        Ok(())
    }
}
