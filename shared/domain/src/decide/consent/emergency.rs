//! Disclosure without consent, to save a life or under a duty to warn: the least categories, two members of staff, a review
//! within 72 hours, the person told. Never an override of a consent; the red lines hold here too.

use crate::basis::is_vital;
use crate::case::CaseState;
use crate::command::{DiscloseInEmergency, ReviewEmergency};
use crate::decide::check::{case, day_between, party, peer, red_lines, shareable, text, thread_key};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{BasisOn, SectionDraft, Source};
use crate::event::consent::{EmergencyDeclared, EmergencyDisclosed, EmergencyReviewed};
use crate::ids::{EventId, StaffId};
use crate::referral::{REVIEW_SECONDS, ReferralState};
use crate::refusal::Refusal;
use crate::time::Day;
use crate::words::{Category, EmergencyGround, Institution};
use crate::world::World;

impl Decision for DiscloseInEmergency {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let me = pen.ctx.me;
        let (referral, side) = party(world, me)?;
        let case = case(world)?;
        let to = referral.office(side.other());
        let recipient = peer(world, me, to)?;
        red_lines(&case.barred, recipient)?;
        if case.says_no_to(to) {
            return Err(Refusal::PersonSaidNo { office: to });
        }
        let authority = matches!(recipient.institution, Institution::Authority | Institution::Embassy);
        if authority && self.ground != EmergencyGround::DutyToWarn {
            return Err(Refusal::AuthorityNotNamed { office: to });
        }
        if self.first == self.second || [self.first, self.second].contains(&StaffId::NOBODY) {
            return Err(Refusal::SecondStaffMissing {});
        }
        shareable(&self.categories)?;
        for category in &self.categories {
            if !is_vital(*category) {
                return Err(Refusal::CategoryNeverShared { category: *category });
            }
            if !case.recorded.contains(*category) {
                return Err(Refusal::NotRecorded { category: *category });
            }
        }
        text("the reason", &self.reason)?;
        let opening = thread_key(world, pen.ctx.me, referral)?;
        let declared = EmergencyDeclared {
            ground: self.ground,
            categories: self.categories.clone(),
            first: self.first,
            second: self.second,
            review_by: pen.ctx.now.plus(REVIEW_SECONDS),
        };
        let emergency = pen.reply(referral, declared, opening, message(&self.reason));
        disclose_declared(referral, case, emergency, self.categories.clone(), pen);
        Ok(())
    }
}

/// Discloses, under an emergency that was declared, what the case holds of `categories`.
pub(crate) fn disclose_declared(
    referral: &ReferralState,
    case: &CaseState,
    emergency: EventId,
    categories: Vec<Category>,
    pen: &mut Pen<'_, '_>,
) {
    let source = |category| SectionDraft { category, source: Source::OfCase(case.thread) };
    let sections = categories.iter().copied().map(source).collect();
    let disclosed = EmergencyDisclosed { emergency, categories };
    pen.share(referral, disclosed, BasisOn::Emergency(emergency), sections);
}

impl Decision for ReviewEmergency {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        let mut own = referral.emergencies(side).iter();
        let emergency = own.find(|emergency| emergency.event == self.emergency);
        let emergency = emergency.ok_or(Refusal::NoEmergency {})?;
        if emergency.reviewed.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        let today = pen.ctx.now.day();
        day_between("the day she was told", self.told_on, Day(today.0.saturating_sub(31)), today)?;
        let (emergency, upheld, told_on) = (self.emergency, self.upheld, self.told_on);
        pen.tell(referral, EmergencyReviewed { emergency, upheld, told_on });
        pen.because(emergency);
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::draft::BasisOn;
    use crate::event::referral::ReferralKind::Service;
    use crate::ids::{StaffId, ThreadId};
    use crate::story::*;
    use crate::words::{Category, EmergencyGround};

    fn emergency(referral: ThreadId) -> DiscloseInEmergency {
        DiscloseInEmergency {
            referral,
            ground: EmergencyGround::VitalInterests,
            categories: vec![Category::Health],
            first: StaffId([1; 8]),
            second: StaffId([2; 8]),
            reason: "She needs her medicine.".into(),
        }
    }

    #[test]
    fn two_members_of_staff_disclose_the_least_and_review_it() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let alone = DiscloseInEmergency { second: StaffId([1; 8]), ..emergency(referral) };
        assert_eq!(story.refusal(NORTH, alone), "EMERGENCY_WITHOUT_SECOND_STAFF");
        let drafts = story.given(NORTH, emergency(referral));
        let declared = drafts[0].event_id;
        assert_eq!(drafts[1].basis, BasisOn::Emergency(declared));
        let review = |upheld| ReviewEmergency { referral, emergency: declared, upheld, told_on: TODAY };
        story.given(NORTH, review(false));
        story.mail();
        let ask = story.referral(SOUTH, referral).erasure_due(TODAY).unwrap();
        assert_eq!(ask.categories.to_vec(), [Category::Health], "not upheld: the recipient erases");
        assert_eq!(story.refusal(NORTH, review(true)), "ALREADY_DONE");
    }

    #[test]
    fn what_was_disclosed_in_an_emergency_is_read_after_a_withdrawal_until_it_is_turned_down() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        let by = crate::words::EndedBy::Person;
        story.given(NORTH, WithdrawConsent { case, consent, by });
        let emergency = story.given(NORTH, emergency(referral))[0].event_id;
        story.mail();
        let reads = |story: &Story, category| story.referral(SOUTH, referral).may_read(category, TODAY);
        assert!(reads(&story, Category::Health) && !reads(&story, Category::Identity));
        assert_eq!(story.referral(NORTH, referral).reviews_due(crate::world::Party::Sender).count(), 1);
        story.given(NORTH, ReviewEmergency { referral, emergency, upheld: false, told_on: TODAY });
        story.mail();
        assert!(!reads(&story, Category::Health));
    }

    #[test]
    fn an_emergency_never_overrides_her_no() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        let by = crate::words::EndedBy::Person;
        story.given(NORTH, WithdrawConsent { case, consent, by });
        story.given(NORTH, RefuseConsent { case, recipient: SOUTH, note: None });
        assert_eq!(story.refusal(NORTH, emergency(referral)), "PERSON_SAID_NO");
        let ground = EmergencyGround::DutyToWarn;
        let warning = DiscloseInEmergency { ground, ..emergency(referral) };
        assert_eq!(story.refusal(NORTH, warning), "PERSON_SAID_NO");
    }

    #[test]
    fn what_cannot_save_a_life_is_not_disclosed_in_an_emergency() {
        let mut story = network();
        let (case, _, referral) = accepted(&mut story);
        story.given(NORTH, record(case, Category::Narrative));
        let telling = DiscloseInEmergency { categories: vec![Category::Narrative], ..emergency(referral) };
        assert_eq!(story.refusal(NORTH, telling), "CATEGORY_NEVER_SHARED");
    }

    #[test]
    fn red_line_an_authority_is_told_only_under_a_duty_to_warn() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, POLICE, &[Category::Triage]);
        let referral = story.given(NORTH, offer(case, POLICE, Service, given))[0].thread;
        story.mail();
        assert_eq!(story.refusal(NORTH, emergency(referral)), "RED_LINE_AUTHORITY_NOT_NAMED");
        let warning = DiscloseInEmergency { ground: EmergencyGround::DutyToWarn, ..emergency(referral) };
        assert!(story.when(NORTH, warning.clone()).is_ok());
        story.given(NORTH, SetSafeguards { case, minor: false, barred: vec![crate::ids::Country(*b"XN")] });
        assert_eq!(story.refusal(NORTH, warning), "RED_LINE_COUNTRY_OF_ORIGIN");
    }
}
