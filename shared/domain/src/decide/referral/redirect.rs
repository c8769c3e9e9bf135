//! A referral is offered to another office instead: the old thread ends, and only this office knows that the two belong
//! together.

use super::offer::offer;
use crate::command::RedirectReferral;
use crate::decide::check::{open_case, sent};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{ReferralRedirected, ReferralWithdrawn};
use crate::refusal::Refusal;
use crate::words::EndedBy;
use crate::world::World;

impl Decision for RedirectReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let old = sent(world, pen.ctx.me)?;
        if open_case(world)?.link(old.thread).is_none() {
            return Err(Refusal::NotLinked { referral: old.thread });
        }
        if old.sender.redirected_to.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        if old.sender.departed() {
            return Err(Refusal::AlreadyDeparted {});
        }
        if !old.has_ended() {
            pen.tell(old, ReferralWithdrawn { by: EndedBy::Sender });
        }
        let to = offer(&self.offer, Some(old.thread), world, pen)?;
        pen.own(old.thread, ReferralRedirected { to }, Vec::new());
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::referral::ReferralKind::HandOver;
    use crate::story::*;
    use crate::words::EndedBy;

    #[test]
    fn a_redirected_referral_ends_the_old_thread_and_begins_a_new_one() {
        let mut story = network();
        let (case, given, referral) = offered(&mut story);
        let offer = offer(case, SOUTH, HandOver, given);
        let redirecting = RedirectReferral { referral, offer };
        let names =
            ["ReferralWithdrawn", "ConsentReleased", "ReferralOffered", "CaseLinked", "ReferralRedirected"];
        let drafts = story.given(NORTH, redirecting.clone());
        assert_eq!(drafts.iter().map(|draft| draft.event.name()).collect::<Vec<_>>(), names);
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "withdrawn_by_sender");
        assert_eq!(story.referral(NORTH, referral).sender.redirected_to, Some(drafts[1].thread));
        assert_eq!(story.referral(SOUTH, referral).sender.redirected_to, None, "linked at the sender only");
        assert_eq!(story.refusal(NORTH, redirecting), "ALREADY_DONE");
    }

    #[test]
    fn a_hand_over_that_was_agreed_is_redirected_only_once_its_receiver_knows_that_it_has_ended() {
        let mut story = network();
        let (case, _, referral) = accepted(&mut story);
        let to_west = consent(&mut story, case, WEST, &RETURN_CATEGORIES);
        let redirecting = RedirectReferral { referral, offer: offer(case, WEST, HandOver, to_west) };
        // South may be meeting her at this moment.
        assert_eq!(story.refusal(NORTH, redirecting.clone()), "END_NOT_ACKNOWLEDGED");
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        assert_eq!(story.refusal(NORTH, redirecting.clone()), "END_NOT_ACKNOWLEDGED");
        story.mail();
        story.given(NORTH, redirecting);
        assert!(story.referral(NORTH, referral).sender.redirected_to.is_some());
    }
}
