//! A journey ends early: the sender aborts it, or she changes her mind, which needs no reason.

use crate::command::{AbortJourney, ChangeMind};
use crate::decide::check::{message_to, party, sent};
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
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
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

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::words::AbortReason;

    #[test]
    fn a_change_of_mind_before_departure_ends_the_hand_over_without_a_reason() {
        for who in [NORTH, SOUTH] {
            let mut story = network();
            let (.., referral) = prepared(&mut story, &[]);
            story.given(who, ChangeMind { referral });
            story.mail();
            assert_eq!(story.journey(NORTH, referral), "changed_mind");
            assert_eq!(story.phase(SOUTH, referral), "withdrawn_by_person");
        }
    }

    #[test]
    fn a_change_of_mind_on_the_way_keeps_the_sender_responsible() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.given(SOUTH, ChangeMind { referral });
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "changed_mind");
        assert_eq!(story.referral(SOUTH, referral).responsible(), NORTH);
        story.given(NORTH, CloseJourney { referral, stayed: true });
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "stayed");
    }

    #[test]
    fn an_abort_says_why() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        let aborting = AbortJourney { referral, reason: AbortReason::Other, note: None };
        assert_eq!(story.refusal(NORTH, aborting.clone()), "MESSAGE_MISSING");
        assert_eq!(story.refusal(SOUTH, aborting.clone()), "NOT_THE_SENDER");
        story.given(NORTH, AbortJourney { reason: AbortReason::Health, ..aborting });
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "aborted");
    }

    #[test]
    fn after_reception_there_is_nothing_to_abort() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.mail();
        let aborting = AbortJourney { referral, reason: AbortReason::Health, note: None };
        assert_eq!(story.refusal(NORTH, aborting), "ALREADY_RECEIVED");
        assert_eq!(story.refusal(NORTH, ChangeMind { referral }), "ALREADY_RECEIVED");
    }
}
