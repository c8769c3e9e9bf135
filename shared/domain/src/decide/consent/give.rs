//! The person consents to sharing with one recipient, or says no.

use crate::command::{GiveConsent, RefuseConsent};
use crate::consent::CONSENT_DAYS_MAX;
use crate::decide::check::{ascending, day_between, fields, note, open_case, peer, red_lines, shareable};
use crate::decide::pen::{given, office_note};
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{ConsentGiven, ConsentRefused};
use crate::refusal::Refusal;
use crate::section::Field;
use crate::time::Day;
use crate::words::{Category, ConsentForm, Disclosure};
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
        let case = open_case(world)?;
        note(self.note.as_ref())?;
        pen.own(case.thread, ConsentRefused { recipient: self.recipient }, office_note(self.note.as_ref()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::refusal::Refusal;
    use crate::section::Field;
    use crate::story::*;
    use crate::words::{Category, ConsentForm, Disclosure, EndedBy};

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
}
