//! A human at the receiver has seen the offer; later, the receiver has reached the person.

use crate::command::{AcknowledgeReferral, RecordContact};
use crate::decide::check::{confirmed, past, received, unanswered};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{PersonContacted, ReferralAcknowledged};
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for AcknowledgeReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        if referral.receiver.acknowledged.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell(referral, ReferralAcknowledged {});
        Ok(())
    }
}

impl Decision for RecordContact {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        confirmed(referral)?;
        past("the time of contact", self.at, pen.ctx.now)?;
        if referral.receiver.contacted.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell(referral, PersonContacted { at: self.at });
        Ok(())
    }
}
