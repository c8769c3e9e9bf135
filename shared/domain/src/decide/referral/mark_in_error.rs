//! An entry of this office was entered in error. It stays in the history; of the offer itself, it ends the referral.

use crate::command::MarkInError;
use crate::decide::check::{message_to, party};
use crate::decide::{Decided, Decision, Pen};
use crate::event::log::EntryInError;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for MarkInError {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let offer = referral.sender.offer.as_ref().is_some_and(|offer| offer.event == self.entry);
        if offer && referral.sender.departed() {
            return Err(Refusal::AlreadyDeparted {});
        }
        if offer && referral.from != pen.ctx.me {
            return Err(Refusal::NotTheSender {});
        }
        // A referral that this office has ended is not ended a second time.
        if offer && referral.sender.end.is_some() {
            return Err(Refusal::ReferralEnded { phase: referral.phase().word() });
        }
        pen.tell_with(referral, EntryInError { entry: self.entry }, self.note.as_ref());
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::words::EndedBy;

    #[test]
    fn an_offer_entered_in_error_ends_the_referral() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        let entry = story.event(NORTH, "ReferralOffered");
        assert_eq!(story.refusal(SOUTH, MarkInError { referral, entry, note: None }), "NOT_THE_SENDER");
        story.given(NORTH, MarkInError { referral, entry, note: None });
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "entered_in_error");
    }

    #[test]
    fn an_offer_that_was_withdrawn_or_has_expired_is_not_ended_a_second_time() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        let entry = story.event(NORTH, "ReferralOffered");
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        assert_eq!(story.refusal(NORTH, MarkInError { referral, entry, note: None }), "REFERRAL_ENDED");
        assert_eq!(story.referral(NORTH, referral).sender.anomalies.count, 0);
    }

    #[test]
    fn another_entry_in_error_stays_in_the_history_and_ends_nothing() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        let entry = story.given(SOUTH, AskQuestion { referral, text: "Wrong person?".into() })[0].event_id;
        story.given(SOUTH, MarkInError { referral, entry, note: Some("Not meant for you.".into()) });
        story.mail();
        assert_eq!(story.phase(NORTH, referral), "information_requested");
    }
}
