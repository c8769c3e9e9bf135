//! The person withdraws a consent: as easy as giving it. Every holder is told in the same commit, and referrals that rest on
//! it end unless she is already on her way.

use super::{end_thread, threads_of};
use crate::command::WithdrawConsent;
use crate::consent::Standing;
use crate::decide::check::case;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::ConsentEnded;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for WithdrawConsent {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        // Also of a closed case: closing does not take her right to withdraw.
        let case = case(world)?;
        let consent = case.consent(self.consent).ok_or(Refusal::NoConsent { consent: self.consent })?;
        if matches!(consent.standing, Standing::Withdrawn { .. }) {
            return Err(Refusal::AlreadyDone {});
        }
        pen.own(case.thread, ConsentEnded { consent: self.consent, by: self.by }, Vec::new());
        for (link, chain, state) in threads_of(world, case, self.consent) {
            end_thread(pen, link, chain, state, self.by);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::log::ErasureOutcome;
    use crate::event::referral::ReferralKind::Service;
    use crate::referral::erasure::ErasureStanding;
    use crate::story::*;
    use crate::words::{Category, EndedBy, Purpose};

    #[test]
    fn a_withdrawal_is_chained_into_every_thread_in_one_commit() {
        let mut story = network();
        let (case, consent, first) = accepted(&mut story);
        let mut again = offer(case, SOUTH, Service, consent);
        again.purposes = vec![Purpose::SocialInclusion];
        let second = story.given(NORTH, again)[0].thread;
        story.mail();
        let written = story.when(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person }).unwrap();
        let told = ["ConsentWithdrawn", "ReferralWithdrawn"];
        assert_eq!(written, [&["ConsentEnded"][..], &told, &told].concat());
        story.mail();
        for thread in [first, second] {
            assert_eq!(story.phase(SOUTH, thread), "withdrawn_by_person");
            assert!(!story.referral(SOUTH, thread).may_read(Category::Contact, TODAY));
        }
        let twice = WithdrawConsent { case, consent, by: EndedBy::Person };
        assert_eq!(story.refusal(NORTH, twice), "ALREADY_DONE");
    }

    #[test]
    fn each_holder_is_notified_acknowledges_and_erases() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        let because = story.event(NORTH, "ConsentWithdrawn");
        let standing = |story: &Story| story.referral(NORTH, referral).erasure_standing(because, TODAY);
        assert_eq!(standing(&story), ErasureStanding::Notified);
        story.mail();
        assert_eq!(standing(&story), ErasureStanding::Acknowledged);
        while let Some(ask) = story.referral(SOUTH, referral).erasure_due(TODAY) {
            let (keys, outcome) = (Vec::new(), ErasureOutcome::Shredded);
            story.given(SOUTH, ReportErasure { referral, because: ask.because, keys, outcome });
        }
        story.mail();
        assert_eq!(standing(&story), ErasureStanding::Erased);
        let again = ReportErasure { referral, because, keys: Vec::new(), outcome: ErasureOutcome::Shredded };
        assert_eq!(story.refusal(SOUTH, again), "ALREADY_DONE");
    }

    #[test]
    fn a_person_on_her_way_is_not_left_without_a_journey() {
        let mut story = network();
        let (case, consent, referral) = departed(&mut story);
        let written = story.when(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        assert_eq!(written, Ok(vec!["ConsentEnded", "ConsentWithdrawn"]));
        story.mail();
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.mail();
        assert_eq!(story.referral(NORTH, referral).responsible(), SOUTH);
        assert!(story.referral(SOUTH, referral).erasure_due(TODAY).is_some(), "data is erased all the same");
    }

    #[test]
    fn a_withdrawal_reaches_holders_of_a_closed_case() {
        let mut story = network();
        let (case, consent, _) = accepted(&mut story);
        let outcome = crate::words::CaseOutcome::Completed;
        story.given(NORTH, CloseCase { case, outcome, note: None });
        assert!(story.when(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person }).is_ok());
    }
}
