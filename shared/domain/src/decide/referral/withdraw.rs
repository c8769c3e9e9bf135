//! The sender takes a referral back; a hand-over only until she has departed.

use crate::command::WithdrawReferral;
use crate::decide::check::{going_on, message_to, sent};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::ReferralWithdrawn;
use crate::referral::{Ending, Phase};
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for WithdrawReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
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

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::words::EndedBy;

    #[test]
    fn a_withdrawal_is_told_and_asks_for_erasure() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(
            NORTH,
            WithdrawReferral { referral, by: EndedBy::Sender, note: Some("Plans changed.".into()) },
        );
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "withdrawn_by_sender");
        let state = story.referral(NORTH, referral);
        assert_eq!(state.receiver.told.len(), 1, "the receiver has acknowledged");
        assert!(state.erasure_due(TODAY).is_some());
    }

    #[test]
    fn a_hand_over_is_revoked_only_until_she_departed() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        let withdrawing = WithdrawReferral { referral, by: EndedBy::Sender, note: None };
        assert_eq!(story.refusal(NORTH, withdrawing.clone()), "ALREADY_DEPARTED");
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.mail();
        assert_eq!(story.refusal(NORTH, withdrawing), "ALREADY_RECEIVED");
    }
}
