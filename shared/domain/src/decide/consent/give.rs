//! The person consents to sharing with one recipient, or says no. Her no ends what she consented to before; a consent that she gives
//! later lifts it.

use super::{end_thread, threads_of};
use crate::case::Consent;
use crate::command::{GiveConsent, RefuseConsent};
use crate::consent::{CONSENT_DAYS_MAX, Standing};
use crate::decide::check::{
    ascending, case, day_between, fields, note, open_case, peer, red_lines, shareable,
};
use crate::decide::pen::{given, office_note};
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{ConsentEnded, ConsentGiven, ConsentRefused};
use crate::refusal::Refusal;
use crate::section::Field;
use crate::time::Day;
use crate::words::{Category, ConsentForm, Disclosure, EndedBy};
use crate::world::World;

impl Decision for GiveConsent {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = open_case(world)?;
        let recipient = peer(world, pen.ctx.me, self.scope.recipient)?;
        red_lines(&case.barred, recipient)?;
        ascending("the purposes", &self.scope.purposes)?;
        shareable(&self.scope.categories)?;
        let today = pen.ctx.now.day();
        self.lasts(today)?;
        let held =
            case.consents.iter().find(|held| held.recipient == self.scope.recipient && held.may_hold(today));
        if let Some(held) = held {
            return Err(Refusal::ConsentStands { consent: held.id, until: held.scope.until });
        }
        self.is_informed()?;
        if case.minor && !self.records(Field::ConsentGuardian) {
            return Err(Refusal::GuardianMissing {});
        }
        let sections = if self.record.is_empty() {
            Vec::new()
        } else {
            vec![given(Category::Office, fields(Category::Office, &self.record)?)]
        };
        let mut told = self.told.clone();
        told.sort_unstable();
        told.dedup();
        pen.own(case.thread, ConsentGiven { scope: self.scope.clone(), form: self.form, told }, sections);
        Ok(())
    }
}

impl GiveConsent {
    fn lasts(&self, today: Day) -> Decided {
        let earliest = Day(today.0.saturating_sub(CONSENT_DAYS_MAX));
        day_between("the first day of the consent", self.scope.from, earliest, today.plus(CONSENT_DAYS_MAX))?;
        let latest = self.scope.from.plus(CONSENT_DAYS_MAX);
        if self.scope.until > latest {
            return Err(Refusal::ConsentTooLong { latest });
        }
        day_between("the last day of the consent", self.scope.until, today.max(self.scope.from), latest)
    }

    fn is_informed(&self) -> Decided {
        if let Some(missing) = Disclosure::ALL.iter().find(|disclosure| !self.told.contains(disclosure)) {
            return Err(Refusal::NotTold { disclosure: *missing });
        }
        match self.form {
            ConsentForm::OralWithWitness if !self.records(Field::ConsentWitness) => {
                Err(Refusal::WitnessMissing {})
            }
            ConsentForm::OralWithWitness | ConsentForm::Written => Ok(()),
        }
    }

    fn records(&self, field: Field) -> bool {
        self.record.iter().any(|(recorded, text)| *recorded == field && !text.0.trim().is_empty())
    }
}

impl Decision for RefuseConsent {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        // Also of a closed case: closing does not take her right to say no.
        let case = case(world)?;
        note(self.note.as_ref())?;
        let stands = |held: &&Consent| held.recipient == self.recipient && held.standing == Standing::InForce;
        for held in case.consents.iter().filter(stands) {
            let ended = ConsentEnded { consent: held.id, by: EndedBy::Person };
            pen.own(case.thread, ended, Vec::new());
            for (link, chain, state) in threads_of(world, case, held.id) {
                end_thread(pen, link, chain, state, EndedBy::Person);
            }
        }
        pen.own(case.thread, ConsentRefused { recipient: self.recipient }, office_note(self.note.as_ref()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::referral::ReferralKind;
    use crate::ids::ThreadId;
    use crate::refusal::Refusal;
    use crate::section::Field;
    use crate::story::*;
    use crate::words::{CaseOutcome, Category, ConsentForm, Disclosure, EndedBy, ErasureReason};

    const TRIAGE: [Category; 1] = [Category::Triage];

    #[test]
    fn all_seven_points_are_told_first() {
        let mut story = network();
        let case = open_case(&mut story);
        let mut giving = give_consent(case, SOUTH, &TRIAGE);
        giving.told.retain(|told| *told != Disclosure::Withdrawal);
        let refusal = Refusal::NotTold { disclosure: Disclosure::Withdrawal };
        assert_eq!(story.when(NORTH, giving), Err(refusal));
    }

    #[test]
    fn one_consent_for_each_recipient() {
        let mut story = network();
        let case = open_case(&mut story);
        let first = consent(&mut story, case, SOUTH, &TRIAGE);
        assert_eq!(story.refusal(NORTH, give_consent(case, SOUTH, &TRIAGE)), "CONSENT_STANDS");
        story.given(NORTH, WithdrawConsent { case, consent: first, by: EndedBy::Person });
        assert!(story.when(NORTH, give_consent(case, SOUTH, &TRIAGE)).is_ok());
    }

    #[test]
    fn an_oral_consent_has_a_witness_and_a_minors_a_guardian() {
        let mut story = network();
        let case = story.given(NORTH, OpenCase { minor: true, ..OpenCase::default() })[0].thread;
        let oral = GiveConsent { form: ConsentForm::OralWithWitness, ..give_consent(case, SOUTH, &TRIAGE) };
        assert_eq!(story.refusal(NORTH, oral.clone()), "CONSENT_WITHOUT_WITNESS");
        let mut record = vec![(Field::ConsentWitness, "a colleague".into())];
        let witnessed = GiveConsent { record: record.clone(), ..oral.clone() };
        assert_eq!(story.refusal(NORTH, witnessed), "CONSENT_WITHOUT_GUARDIAN");
        record.push((Field::ConsentGuardian, "an aunt".into()));
        assert!(story.when(NORTH, GiveConsent { record, ..oral }).is_ok());
    }

    #[test]
    fn a_consent_lasts_at_most_twelve_months() {
        let mut story = network();
        let case = open_case(&mut story);
        let mut giving = give_consent(case, SOUTH, &TRIAGE);
        giving.scope.until = TODAY.plus(367);
        assert_eq!(story.when(NORTH, giving), Err(Refusal::ConsentTooLong { latest: TODAY.plus(366) }));
    }

    #[test]
    fn lists_are_ascending_not_empty_and_shareable() {
        let mut story = network();
        let case = open_case(&mut story);
        let twice = give_consent(case, SOUTH, &[Category::Triage, Category::Triage]);
        assert_eq!(story.refusal(NORTH, twice), "NOT_ASCENDING");
        assert_eq!(story.refusal(NORTH, give_consent(case, SOUTH, &[])), "OUT_OF_BOUNDS");
        assert_eq!(
            story.refusal(NORTH, give_consent(case, SOUTH, &[Category::Office])),
            "CATEGORY_NEVER_SHARED"
        );
        assert_eq!(story.refusal(NORTH, give_consent(case, NORTH, &TRIAGE)), "OWN_OFFICE");
    }

    #[test]
    fn saying_no_is_recorded_and_needs_no_reason() {
        let mut story = network();
        let case = open_case(&mut story);
        story.given(NORTH, RefuseConsent { case, recipient: SOUTH, note: None });
        assert_eq!(story.offices[&NORTH].cases[&case].refused, [SOUTH]);
    }

    fn no(case: ThreadId) -> RefuseConsent {
        RefuseConsent { case, recipient: SOUTH, note: None }
    }

    #[test]
    fn her_no_ends_what_she_consented_to_before_in_every_thread_and_nothing_is_disclosed_after_it() {
        let mut story = network();
        let case = story.given(NORTH, OpenCase::default())[0].thread;
        story.given(NORTH, record(case, Category::Identity));
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let referral = story.given(NORTH, offer(case, SOUTH, ReferralKind::HandOver, given))[0].thread;
        story.mail();
        let told = ["ConsentEnded", "ConsentWithdrawn", "ReferralWithdrawn", "ConsentRefused"];
        assert_eq!(story.when(NORTH, no(case)), Ok(told.to_vec()));
        // Her word and the accept cross.
        story.given(SOUTH, accept(referral));
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "withdrawn_by_person");
        for name in ["AcceptConfirmed", "SectionsDisclosed"] {
            assert!(story.offices[&NORTH].log.iter().all(|entry| entry.event.name() != name), "{name}");
        }
        assert!(story.referral(SOUTH, referral).erasure_due(TODAY).is_some());
    }

    #[test]
    fn she_says_no_also_on_her_way_and_after_her_case_was_closed_and_not_once_it_is_erased() {
        let mut story = network();
        let (case, _, referral) = departed(&mut story);
        assert_eq!(
            story.when(NORTH, no(case)),
            Ok(vec!["ConsentEnded", "ConsentWithdrawn", "ConsentRefused"])
        );
        story.mail();
        story.given(SOUTH, ConfirmReception { referral, at: START });
        let mut story = network();
        let (case, _, referral) = accepted(&mut story);
        let outcome = CaseOutcome::Completed;
        story.given(NORTH, CloseCase { case, outcome, note: None });
        story.given(NORTH, no(case));
        story.mail();
        assert!(!story.referral(SOUTH, referral).may_read(Category::Contact, TODAY));
        let case = open_case(&mut story);
        story.given(NORTH, CloseCase { case, outcome, note: None });
        story.given(NORTH, OrderCaseErasure { case, reason: ErasureReason::Asked });
        assert_eq!(story.refusal(NORTH, no(case)), "CASE_ERASED");
    }

    #[test]
    fn a_no_that_a_log_holds_beside_a_consent_stops_every_offer_and_disclosure_until_she_consents_anew() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        story.offices.get_mut(&NORTH).unwrap().cases.get_mut(&case).unwrap().refused.push(SOUTH);
        assert_eq!(
            story.refusal(NORTH, offer(case, SOUTH, ReferralKind::Service, consent)),
            "PERSON_SAID_NO"
        );
        let disclose = DiscloseSections { referral, categories: vec![Category::Contact] };
        assert_eq!(story.refusal(NORTH, disclose), "PERSON_SAID_NO");
        story.given(NORTH, no(case));
        story.mail();
        let again = story.given(NORTH, give_consent(case, SOUTH, &TRIAGE))[0].event_id;
        assert!(
            story.when(NORTH, offer(case, SOUTH, ReferralKind::HandOver, again)).is_ok(),
            "her newest word is yes"
        );
    }
}
