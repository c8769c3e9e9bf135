//! A holder reports what it erased, or keeps on a legal ground for a stated time: never before it has acknowledged what asks for
//! it. Where a crash came before the acknowledgement, or none was called for yet, it is written with the report.

use crate::command::{ClaimRetention, ReportErasure};
use crate::decide::check::{ascending, day_between, party, received, within};
use crate::decide::{Decided, Decision, Pen};
use crate::event::consent::{ThreadKeyReplaced, WithdrawalAcknowledged};
use crate::event::log::{Erased, RetentionClaimed};
use crate::ids::EventId;
use crate::referral::erasure::{DueErasure, Reach};
use crate::referral::{CLAIMS_MAX, ReferralState};
use crate::refusal::Refusal;
use crate::sets::Categories;
use crate::world::{Party, World};

/// Keys named in one entry; more are erased under further entries.
const ERASED_KEYS_MAX: usize = 256;
const RETENTION_DAYS_MAX: u32 = 10 * 366;

impl Decision for ReportErasure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        if !referral.asks_because(self.because, pen.ctx.now.day()) {
            return Err(Refusal::NothingToErase {});
        }
        let mut due = referral.erasures_due(side, pen.ctx.now.day());
        let due = due.find(|due| due.ask.because == self.because).ok_or(Refusal::AlreadyDone {})?;
        within("the keys", self.keys.len(), 0, ERASED_KEYS_MAX)?;
        if side == Party::Receiver {
            acknowledged(referral, self.because, pen);
        }
        let (keys, outcome) = (self.keys.clone(), self.outcome.clone());
        pen.tell(referral, Erased { because: self.because, keys, outcome });
        pen.because(self.because);
        // The secret of the thread went with the keys. Who may still have to be told something gets a fresh one.
        let goes_on = referral.is_confirmed() || !referral.has_ended();
        let is_reached = side == Party::Sender || goes_on && referral.receiver.key.is_some();
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
        let wanted = |due: &DueErasure| {
            let named = self.because.is_none_or(|because| due.ask.because == because);
            named && due.ask.reach == Reach::Thread
        };
        let due = referral.erasures_due(Party::Receiver, today).find(wanted);
        let ask = due.ok_or(Refusal::NothingToErase {})?.ask;
        ascending("the categories", &self.categories)?;
        let beyond = Categories::from(&self.categories).minus(ask.categories);
        if let Some(category) = beyond.iter().next() {
            return Err(Refusal::CategoryNotConsented { category });
        }
        day_between("the last day", self.until, today, today.plus(RETENTION_DAYS_MAX))?;
        if referral.receiver.retained.len() >= CLAIMS_MAX {
            return Err(Refusal::ReferralIsFull { what: "claims", limit: CLAIMS_MAX as u64 });
        }
        acknowledged(referral, ask.because, pen);
        let (categories, ground, until) = (self.categories.clone(), self.ground, self.until);
        pen.tell(referral, RetentionClaimed { because: ask.because, categories, ground, until });
        pen.because(ask.because);
        Ok(())
    }
}

/// It has heard that `because` asks for an erasure.
pub(crate) fn acknowledge(referral: &ReferralState, because: EventId, pen: &mut Pen<'_, '_>) {
    pen.tell(referral, WithdrawalAcknowledged { because });
    pen.because(because);
}

/// The acknowledgement of `because`, unless it was written.
fn acknowledged(referral: &ReferralState, because: EventId, pen: &mut Pen<'_, '_>) {
    if referral.unacknowledged(pen.ctx.now.day()).any(|ask| ask.because == because) {
        acknowledge(referral, because, pen);
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::log::ErasureOutcome::Shredded;
    use crate::referral::CLAIMS_MAX;
    use crate::referral::erasure::ErasureStanding;
    use crate::story::*;
    use crate::words::{Category, EndedBy, RetentionGround};

    #[test]
    fn one_more_claim_than_a_referral_holds_is_refused_and_not_answered_as_if_it_counted() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Person, note: None });
        story.mail();
        let claim = |days| ClaimRetention {
            referral,
            because: None,
            categories: vec![Category::Identity],
            ground: RetentionGround::LegalClaims,
            until: TODAY.plus(days),
        };
        for days in 1..=CLAIMS_MAX as u32 {
            story.given(SOUTH, claim(days));
        }
        assert_eq!(story.refusal(SOUTH, claim(90)), "REFERRAL_IS_FULL");
    }

    #[test]
    fn nothing_is_erased_or_kept_without_a_withdrawal() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let because = story.event(SOUTH, "ConsentReleased");
        let report = ReportErasure { referral, because, keys: Vec::new(), outcome: Shredded };
        assert_eq!(story.refusal(SOUTH, report), "NOTHING_TO_ERASE");
        let (categories, ground) = (vec![Category::Identity], RetentionGround::LegalClaims);
        let claim = ClaimRetention { referral, because: None, categories, ground, until: TODAY.plus(30) };
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
        story.given(SOUTH, ClaimRetention { referral, because: None, categories, ground, until });
        story.mail();
        let state = story.referral(NORTH, referral);
        assert_eq!(state.erasure_standing(because, TODAY), ErasureStanding::Retained { ground, until });
        assert_eq!(state.erasure_standing(because, TODAY.plus(31)), ErasureStanding::Acknowledged);
    }

    #[test]
    fn what_was_not_acknowledged_yet_is_before_it_is_erased_or_kept() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, RequestCancellation { referral, note: None });
        story.mail();
        // By its own agreement the end is there, and no letter has called for an acknowledgement.
        story.given(SOUTH, AgreeCancellation { referral });
        let because = story.event(SOUTH, "CancellationRequested");
        let report = ReportErasure { referral, because, keys: Vec::new(), outcome: Shredded };
        assert_eq!(
            story.clone().when(SOUTH, report).unwrap(),
            ["WithdrawalAcknowledged", "Erased", "ThreadKeyReplaced"]
        );
        let (categories, ground) = (vec![Category::Identity], RetentionGround::LegalClaims);
        let claim = ClaimRetention { referral, because: None, categories, ground, until: TODAY.plus(30) };
        assert_eq!(story.when(SOUTH, claim).unwrap(), ["WithdrawalAcknowledged", "RetentionClaimed"]);
    }

    #[test]
    fn a_peer_with_many_emergencies_does_not_have_it_erase_for_ever() {
        use crate::event::Event;
        use crate::event::consent::{ConsentWithdrawn, EmergencyDeclared, EmergencyReviewed};
        use crate::event::log::Erased;
        use crate::ids::{EventId, StaffId};
        use crate::world::{Applied, Party};
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let mut state = story.referral(SOUTH, referral).clone();
        let sample = story.offices[&SOUTH].log[0].applied;
        let apply = |state: &mut crate::referral::ReferralState, author, id: u32, event: Event| {
            let mut bytes = [0xEE; 16];
            bytes[..4].copy_from_slice(&id.to_le_bytes());
            let applied = Applied { event_id: EventId(bytes), author, ..sample };
            state.apply(&applied, &event);
            EventId(bytes)
        };
        let mut id = 0;
        for _ in 0..256 {
            id += 2;
            let declared = EmergencyDeclared {
                ground: crate::words::EmergencyGround::VitalInterests,
                categories: vec![Category::Health],
                first: StaffId([1; 8]),
                second: StaffId([2; 8]),
                review_by: story.now,
            };
            let emergency = apply(&mut state, Party::Sender, id, declared.into());
            let reviewed = EmergencyReviewed { emergency, upheld: false, told_on: TODAY };
            apply(&mut state, Party::Sender, id + 1, reviewed.into());
        }
        let chain = state.sender.consent.as_ref().expect("released").head;
        apply(&mut state, Party::Sender, 9_001, ConsentWithdrawn { chain, by: EndedBy::Person }.into());
        let mut written = 0_u32;
        for _tick in 0..20 {
            let due: Vec<_> = state.erasures_due(Party::Receiver, TODAY).collect();
            for due in due {
                written += 1;
                let erased = Erased { because: due.ask.because, keys: Vec::new(), outcome: Shredded };
                apply(&mut state, Party::Receiver, 20_000 + written, erased.into());
            }
        }
        assert_eq!(state.erasures_due(Party::Receiver, TODAY).count(), 0, "after {written} reports");
    }
}
