//! The person withdraws a consent: as easy as giving it. Every holder is told in the same commit, and referrals that rest on
//! it end unless she is already on her way.

use super::{tell, threads_of};
use crate::command::WithdrawConsent;
use crate::consent::Standing;
use crate::decide::check::case;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::ConsentEnded;
use crate::event::consent::ConsentWithdrawn;
use crate::event::referral::ReferralWithdrawn;
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
            let released = state.and_then(|referral| referral.sender.consent.as_ref());
            if released.is_none_or(|released| released.standing == Standing::InForce) {
                tell(pen, link, ConsentWithdrawn { chain, by: self.by });
            }
            if state.is_some_and(|referral| !referral.has_ended() && !referral.sender.departed()) {
                tell(pen, link, ReferralWithdrawn { by: self.by });
            }
        }
        Ok(())
    }
}
