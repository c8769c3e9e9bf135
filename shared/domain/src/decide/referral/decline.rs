//! The receiver declines.

use crate::command::DeclineReferral;
use crate::decide::check::{message_to, received, unanswered};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::ReferralDeclined;
use crate::refusal::Refusal;
use crate::words::DeclineReason;
use crate::world::World;

impl Decision for DeclineReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        if self.reason == DeclineReason::Other && self.note.is_none() {
            return Err(Refusal::MessageMissing {});
        }
        pen.tell_with(referral, ReferralDeclined { reason: self.reason }, self.note.as_ref());
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::words::DeclineReason;

    #[test]
    fn a_decline_ends_the_referral_with_its_reason() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        let reason = DeclineReason::Other;
        let other = DeclineReferral { referral, reason, note: None };
        assert_eq!(story.refusal(SOUTH, other.clone()), "MESSAGE_MISSING");
        story.given(SOUTH, DeclineReferral { note: Some("We move house.".into()), ..other });
        story.mail();
        assert_eq!(story.phase(NORTH, referral), "declined");
        assert_eq!(story.refusal(SOUTH, accept(referral)), "REFERRAL_ENDED");
    }
}
