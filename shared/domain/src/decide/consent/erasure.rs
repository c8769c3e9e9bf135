//! A holder reports what it erased, or keeps on a legal ground for a stated time.

use crate::command::{ClaimRetention, ReportErasure};
use crate::decide::check::{ascending, day_between, party, received, within};
use crate::decide::{Decided, Decision, Pen};
use crate::event::consent::ThreadKeyReplaced;
use crate::event::log::{Erased, RetentionClaimed};
use crate::refusal::Refusal;
use crate::sets::Categories;
use crate::world::{Party, World};

/// Keys named in one entry; more are erased under further entries.
const ERASED_KEYS_MAX: usize = 256;
const RETENTION_DAYS_MAX: u32 = 10 * 366;

impl Decision for ReportErasure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        if !referral.asks_because(self.because) {
            return Err(Refusal::NothingToErase {});
        }
        let mut due = referral.erasures_due(side, pen.ctx.now.day());
        let due = due.find(|due| due.ask.because == self.because).ok_or(Refusal::AlreadyDone {})?;
        within("the keys", self.keys.len(), 0, ERASED_KEYS_MAX)?;
        let (keys, outcome) = (self.keys.clone(), self.outcome.clone());
        pen.tell(referral, Erased { because: self.because, keys, outcome });
        pen.because(self.because);
        // The secret of the thread went with the keys. Who may still have to be told something gets a fresh one.
        let is_reached = side == Party::Sender || referral.is_confirmed() || referral.is_on_the_way();
        if is_reached && referral.spends_secret(side, &due.ask) {
            let key = pen.ctx.ids.thread_key(referral.thread);
            pen.tell(referral, ThreadKeyReplaced { key });
        }
        Ok(())
    }
}

impl Decision for ClaimRetention {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let today = pen.ctx.now.day();
        let ask = referral.erasure_due(today).ok_or(Refusal::NothingToErase {})?;
        ascending("the categories", &self.categories)?;
        let beyond = Categories::from(&self.categories).minus(ask.categories);
        if let Some(category) = beyond.iter().next() {
            return Err(Refusal::CategoryNotConsented { category });
        }
        day_between("the last day", self.until, today, today.plus(RETENTION_DAYS_MAX))?;
        let (categories, ground, until) = (self.categories.clone(), self.ground, self.until);
        pen.tell(referral, RetentionClaimed { because: ask.because, categories, ground, until });
        pen.because(ask.because);
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::log::ErasureOutcome::Shredded;
    use crate::referral::erasure::ErasureStanding;
    use crate::story::*;
    use crate::words::{Category, EndedBy, RetentionGround};

    #[test]
    fn nothing_is_erased_or_kept_without_a_withdrawal() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let because = story.event(SOUTH, "ConsentReleased");
        let report = ReportErasure { referral, because, keys: Vec::new(), outcome: Shredded };
        assert_eq!(story.refusal(SOUTH, report), "NOTHING_TO_ERASE");
        let (categories, ground) = (vec![Category::Identity], RetentionGround::LegalClaims);
        let claim = ClaimRetention { referral, categories, ground, until: TODAY.plus(30) };
        assert_eq!(story.refusal(SOUTH, claim), "NOTHING_TO_ERASE");
    }

    #[test]
    fn what_is_kept_on_a_legal_ground_is_due_again_when_the_ground_ends() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        story.mail();
        let because = story.event(SOUTH, "ConsentWithdrawn");
        let (ground, until) = (RetentionGround::LegalClaims, TODAY.plus(30));
        let categories = vec![Category::Identity];
        story.given(SOUTH, ClaimRetention { referral, categories, ground, until });
        story.mail();
        let state = story.referral(NORTH, referral);
        assert_eq!(state.erasure_standing(because, TODAY), ErasureStanding::Retained { ground, until });
        assert_eq!(state.erasure_standing(because, TODAY.plus(31)), ErasureStanding::Acknowledged);
    }
}
