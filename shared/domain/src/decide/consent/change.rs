//! The person narrows or renews a consent: in her case, and in every thread where it was released, in one commit.

use super::{end_thread, tell, threads_of};
use crate::case::{CaseState, Consent};
use crate::command::{NarrowConsent, RenewConsent};
use crate::consent::{CONSENT_DAYS_MAX, ConsentInForce, Scope, Standing};
use crate::decide::check::{ascending, case, shareable};
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{ConsentChanged, ConsentScope};
use crate::event::consent::{ConsentNarrowed, ConsentRenewed};
use crate::ids::EventId;
use crate::refusal::Refusal;
use crate::sets::{Categories, Purposes};
use crate::time::Day;
use crate::words::EndedBy;
use crate::world::World;

impl Decision for NarrowConsent {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = case(world)?;
        let (consent, in_force) = in_force(case, self.consent, pen.ctx.now.day())?;
        ascending("the purposes", &self.purposes)?;
        shareable(&self.categories)?;
        let before = in_force.scope();
        let (purposes, categories) = (Purposes::from(&self.purposes), Categories::from(&self.categories));
        let narrower = purposes.is_subset(before.purposes)
            && categories.is_subset(before.categories)
            && (before.onward || !self.onward)
            && self.until <= before.until;
        let now = Scope { purposes, categories, onward: self.onward, from: before.from, until: self.until };
        if !narrower || now == *before {
            return Err(Refusal::NotNarrower {});
        }
        pen.own(case.thread, changed(consent, now), Vec::new());
        for (link, chain, state) in threads_of(world, case, self.consent) {
            let released = state.and_then(|referral| referral.sender.consent.as_ref());
            if released.is_some_and(|released| released.standing != Standing::InForce) {
                continue;
            }
            // A thread was released no more than it needs; it never gets more by narrowing.
            let purposes =
                released.map_or(purposes, |released| released.scope.purposes.intersection(purposes));
            let offered = state.and_then(|referral| referral.sender.offer.as_ref());
            if offered.is_some_and(|offer| offer.purposes.intersection(purposes).is_empty()) {
                // Nothing that the thread is for is consented to any more: for it, this is a withdrawal.
                end_thread(pen, link, chain, state, EndedBy::Person);
                continue;
            }
            let (purposes, categories) = (purposes.to_vec(), self.categories.clone());
            tell(
                pen,
                link,
                ConsentNarrowed { chain, purposes, categories, onward: self.onward, until: self.until },
            );
        }
        Ok(())
    }
}

impl Decision for RenewConsent {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = case(world)?;
        let today = pen.ctx.now.day();
        let (consent, in_force) = in_force(case, self.consent, today)?;
        if !case.accepts(consent) {
            return Err(Refusal::GuardianMissing {});
        }
        let before = in_force.scope();
        if self.until <= before.until {
            return Err(Refusal::NotLonger { until: before.until });
        }
        let latest = today.plus(CONSENT_DAYS_MAX);
        if self.until > latest {
            return Err(Refusal::ConsentTooLong { latest });
        }
        pen.own(case.thread, changed(consent, Scope { until: self.until, ..*before }), Vec::new());
        for (link, chain, state) in threads_of(world, case, self.consent) {
            let released = state.and_then(|referral| referral.sender.consent.as_ref());
            if released.is_none_or(|released| released.standing == Standing::InForce) {
                tell(pen, link, ConsentRenewed { chain, until: self.until });
            }
        }
        Ok(())
    }
}

fn in_force(case: &CaseState, id: EventId, today: Day) -> Result<(&Consent, ConsentInForce), Refusal> {
    let consent = case.consent(id).ok_or(Refusal::NoConsent { consent: id })?;
    match consent.in_force(today) {
        Ok(in_force) => Ok((consent, in_force)),
        // What begins later can be changed before it begins.
        Err(Refusal::ConsentNotYet { from }) => Ok((consent, consent.in_force(from)?)),
        Err(refusal) => Err(refusal),
    }
}

fn changed(consent: &Consent, now: Scope) -> ConsentChanged {
    let scope = ConsentScope {
        recipient: consent.recipient,
        purposes: now.purposes.to_vec(),
        categories: now.categories.to_vec(),
        onward: now.onward,
        from: now.from,
        until: now.until,
    };
    ConsentChanged { consent: consent.id, scope }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::ids::{EventId, ThreadId};
    use crate::story::*;
    use crate::words::{Category, Purpose};

    fn narrowing(case: ThreadId, consent: EventId) -> NarrowConsent {
        NarrowConsent {
            case,
            consent,
            purposes: vec![Purpose::SafeReturn],
            categories: vec![Category::Triage, Category::Contact],
            onward: false,
            until: TODAY.plus(90),
        }
    }

    #[test]
    fn narrowing_reaches_the_holder_who_erases_what_was_taken_away() {
        let mut story = network();
        let (case, given, thread) = accepted(&mut story);
        assert_eq!(story.when(NORTH, narrowing(case, given)), Ok(vec!["ConsentChanged", "ConsentNarrowed"]));
        story.mail();
        let state = story.referral(SOUTH, thread);
        let chain = state.sender.consent.as_ref().unwrap();
        assert_eq!(chain.scope.categories.to_vec(), [Category::Triage, Category::Contact]);
        assert_eq!(chain.scope.until, TODAY.plus(90));
        let ask = state.erasure_due(TODAY).unwrap();
        assert_eq!(ask.categories.to_vec(), [Category::Identity, Category::Safety, Category::Travel]);
        assert!(state.may_read(Category::Contact, TODAY) && !state.may_read(Category::Identity, TODAY));
    }

    #[test]
    fn taking_away_what_a_referral_is_for_ends_it() {
        let mut story = network();
        let (case, given, thread) = accepted(&mut story);
        let away = NarrowConsent { purposes: vec![Purpose::SafeShelter], ..narrowing(case, given) };
        let ended = ["ConsentChanged", "ConsentWithdrawn", "ReferralWithdrawn"];
        assert_eq!(story.when(NORTH, away), Ok(ended.to_vec()));
        story.mail();
        assert!(!story.referral(SOUTH, thread).may_read(Category::Contact, TODAY));
    }

    #[test]
    fn narrowing_never_widens_and_must_change_something() {
        let mut story = network();
        let (case, given, _) = accepted(&mut story);
        let mut wider = narrowing(case, given);
        wider.categories.push(Category::Health);
        assert_eq!(story.refusal(NORTH, wider), "CONSENT_NOT_NARROWER");
        story.given(NORTH, narrowing(case, given));
        assert_eq!(story.refusal(NORTH, narrowing(case, given)), "CONSENT_NOT_NARROWER");
    }

    #[test]
    fn renewing_reaches_the_holder_and_lasts_at_most_twelve_months_from_then() {
        let mut story = network();
        let (case, consent, thread) = accepted(&mut story);
        let renew = |until| RenewConsent { case, consent, until };
        assert_eq!(story.refusal(NORTH, renew(TODAY.plus(180))), "CONSENT_NOT_LONGER");
        assert_eq!(story.refusal(NORTH, renew(TODAY.plus(367))), "CONSENT_TOO_LONG");
        story.given(NORTH, renew(TODAY.plus(366)));
        story.mail();
        let until = story.referral(SOUTH, thread).sender.consent.as_ref().unwrap().scope.until;
        assert_eq!(until, TODAY.plus(366));
        story.now = TODAY.plus(367).start();
        assert_eq!(story.refusal(NORTH, renew(TODAY.plus(400))), "CONSENT_EXPIRED");
    }
}
