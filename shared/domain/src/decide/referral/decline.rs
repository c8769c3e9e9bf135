//! The receiver declines.

use crate::command::DeclineReferral;
use crate::decide::check::{note, received, unanswered};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::ReferralDeclined;
use crate::refusal::Refusal;
use crate::words::DeclineReason;
use crate::world::World;

impl Decision for DeclineReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        note(self.note.as_ref())?;
        if self.reason == DeclineReason::Other && self.note.is_none() {
            return Err(Refusal::MessageMissing {});
        }
        pen.tell_with(referral, ReferralDeclined { reason: self.reason }, self.note.as_ref());
        Ok(())
    }
}
