//! Disclosure without consent, to save a life or under a duty to warn: the least categories, two members of staff, a review
//! within 72 hours, the person told. Never an override of a consent; the red lines hold here too.

use crate::basis::is_vital;
use crate::case::CaseState;
use crate::command::{DiscloseInEmergency, ReviewEmergency};
use crate::decide::check::{
    case, day_between, not_refused, party, peer, red_lines, shareable, text, thread_key,
};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{BasisOn, SectionDraft, Source};
use crate::event::consent::{EmergencyDeclared, EmergencyDisclosed, EmergencyReviewed};
use crate::ids::{EventId, OfficeId, StaffId};
use crate::referral::{EMERGENCIES_MAX, REVIEW_SECONDS, ReferralState, two_decided};
use crate::refusal::Refusal;
use crate::words::{Category, EmergencyGround, Institution};
use crate::world::World;

impl Decision for DiscloseInEmergency {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let me = pen.ctx.me;
        let (referral, side) = party(world, me)?;
        let case = case(world)?;
        let to = referral.office(side.other());
        may_be_told(world, case, me, to, self.ground)?;
        if !two_decided(self.first, self.second) {
            return Err(Refusal::SecondStaffMissing {});
        }
        if referral.emergencies(side).len() >= EMERGENCIES_MAX {
            return Err(Refusal::ReferralIsFull { what: "emergencies", limit: EMERGENCIES_MAX as u64 });
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
        thread_key(world, me, referral)?;
        let declared = EmergencyDeclared {
            ground: self.ground,
            categories: self.categories.clone(),
            first: self.first,
            second: self.second,
            review_by: pen.ctx.now.plus(REVIEW_SECONDS),
        };
        let emergency = pen.tell(referral, declared);
        disclose_declared(referral, case, emergency, self.categories.clone(), message(&self.reason), pen);
        Ok(())
    }
}

/// That nothing bars `to` from what saves her: it takes part, no red line is crossed, and she did not say no.
pub(crate) fn may_be_told(
    world: &World<'_>,
    case: &CaseState,
    me: OfficeId,
    to: OfficeId,
    ground: EmergencyGround,
) -> Decided {
    let recipient = peer(world, me, to)?;
    red_lines(&case.barred, recipient)?;
    not_refused(Some(case), to)?;
    match recipient.institution {
        Institution::Authority | Institution::Embassy if ground != EmergencyGround::DutyToWarn => {
            Err(Refusal::AuthorityNotNamed { office: to })
        }
        Institution::Authority
        | Institution::Embassy
        | Institution::Ngo
        | Institution::Shelter
        | Institution::Clinic
        | Institution::LegalAid
        | Institution::International => Ok(()),
    }
}

/// Discloses, under an emergency that was declared, what the case holds of `categories`, and why.
pub(crate) fn disclose_declared(
    referral: &ReferralState,
    case: &CaseState,
    emergency: EventId,
    categories: Vec<Category>,
    reason: SectionDraft,
    pen: &mut Pen<'_, '_>,
) {
    let source = |category| SectionDraft { category, source: Source::OfCase(case.thread) };
    let sections = categories.iter().copied().map(source).chain([reason]).collect();
    let disclosed = EmergencyDisclosed { emergency, categories };
    pen.share(referral, disclosed, BasisOn::Emergency(emergency), sections);
}

impl Decision for ReviewEmergency {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        let mut own = referral.emergencies(side).iter();
        let emergency = own.find(|emergency| emergency.event == self.emergency);
        let emergency = emergency.ok_or(Refusal::NoEmergency {})?;
        match emergency.reviewed {
            Some((_, upheld)) if upheld == self.upheld => return Err(Refusal::AlreadyDone {}),
            Some((_, true)) => return Err(Refusal::ReviewedOtherwise { verdict: "upheld" }),
            Some((_, false)) => return Err(Refusal::ReviewedOtherwise { verdict: "turned down" }),
            None => {}
        }
        if [emergency.first, emergency.second, StaffId::NOBODY].contains(&self.by) {
            return Err(Refusal::ReviewerDecided {});
        }
        // Nobody is told of what was not declared yet.
        let (declared_on, today) = (emergency.declared_on, pen.ctx.now.day());
        day_between("the day she was told", self.told_on, declared_on, today.max(declared_on))?;
        let (emergency, upheld, told_on) = (self.emergency, self.upheld, self.told_on);
        pen.tell(referral, EmergencyReviewed { emergency, upheld, told_on });
        pen.because(emergency);
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::anomaly::Anomaly;
    use crate::command::*;
    use crate::draft::BasisOn;
    use crate::event::consent::{EmergencyDeclared, GrantFault, GrantRejected};
    use crate::event::referral::ReferralKind::Service;
    use crate::ids::{EventId, StaffId, ThreadId};
    use crate::referral::EMERGENCIES_MAX;
    use crate::refusal::Refusal;
    use crate::story::*;
    use crate::time::Day;
    use crate::words::{Category, EmergencyGround, Institution};
    use crate::world::Standing;

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

    /// A third member of staff reviews.
    fn review(referral: ThreadId, emergency: EventId, upheld: bool) -> ReviewEmergency {
        ReviewEmergency { referral, emergency, by: StaffId([3; 8]), upheld, told_on: TODAY }
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
        let review = |upheld| review(referral, declared, upheld);
        story.given(NORTH, review(false));
        story.mail();
        let ask = story.referral(SOUTH, referral).erasure_due(TODAY).unwrap();
        assert_eq!(ask.categories.to_vec(), [Category::Health], "not upheld: the recipient erases");
        assert_eq!(story.refusal(NORTH, review(false)), "ALREADY_DONE");
        let otherwise = story.when(NORTH, review(true)).unwrap_err();
        assert_eq!(otherwise, Refusal::ReviewedOtherwise { verdict: "turned down" });
    }

    #[test]
    fn neither_of_the_two_who_decided_reviews_it_and_she_is_told_after_it_was_declared() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let declared = story.given(NORTH, emergency(referral))[0].event_id;
        for by in [StaffId([1; 8]), StaffId([2; 8]), StaffId::NOBODY] {
            let own = ReviewEmergency { by, ..review(referral, declared, true) };
            assert_eq!(story.refusal(NORTH, own), "REVIEW_BY_WHO_DECIDED");
        }
        for told_on in [Day(TODAY.0 - 1), TODAY.plus(1)] {
            let told = ReviewEmergency { told_on, ..review(referral, declared, true) };
            assert_eq!(story.refusal(NORTH, told), "DAY_OUT_OF_RANGE");
        }
        story.given(NORTH, review(referral, declared, true));
        story.mail();
    }

    #[test]
    fn one_more_emergency_than_a_referral_holds_is_refused_and_not_answered_as_if_it_counted() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        for _ in 0..EMERGENCIES_MAX {
            story.given(NORTH, emergency(referral));
        }
        assert_eq!(story.refusal(NORTH, emergency(referral)), "REFERRAL_IS_FULL");
        story.mail();
        assert_eq!(story.referral(SOUTH, referral).sender.anomalies.count, 0);
    }

    /// `SOUTH` says that it could not open what was disclosed; gives how often that was disclosed in the end.
    fn times_disclosed(story: &mut Story, referral: ThreadId) -> usize {
        let event = story.event(NORTH, "EmergencyDisclosed");
        let rejected = GrantRejected { event, category: Category::Health, fault: GrantFault::Unopenable };
        story.writes(SOUTH, referral, rejected);
        story.mail();
        story.offices[&NORTH].log.iter().filter(|entry| entry.event.name() == "EmergencyDisclosed").count()
    }

    #[test]
    fn what_could_not_be_opened_is_disclosed_again_only_to_whom_it_may_be_told_by_then() {
        let declared = || {
            let mut story = network();
            let (case, _, referral) = accepted(&mut story);
            story.given(NORTH, emergency(referral));
            story.mail();
            (story, case, referral)
        };
        let (mut story, _, referral) = declared();
        assert_eq!(times_disclosed(&mut story, referral), 2);
        let (mut story, case, referral) = declared();
        story.given(NORTH, RefuseConsent { case, recipient: SOUTH, note: None });
        story.mail();
        assert_eq!(times_disclosed(&mut story, referral), 1, "she said no");
        let (mut story, _, referral) = declared();
        let north = story.offices.get_mut(&NORTH).unwrap();
        north.view.offices.get_mut(&SOUTH).unwrap().standing = Standing::Suspended;
        assert_eq!(times_disclosed(&mut story, referral), 1, "it is suspended");
        let (mut story, case, referral) = declared();
        let north = story.offices.get_mut(&NORTH).unwrap();
        let south = north.view.offices.get_mut(&SOUTH).unwrap();
        south.institution = Institution::Embassy;
        let country = south.country;
        north.cases.get_mut(&case).unwrap().barred.push(country);
        assert_eq!(times_disclosed(&mut story, referral), 1, "a red line");
    }

    #[test]
    fn what_a_peer_declares_without_two_people_is_no_emergency() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        for (first, second) in [([1; 8], [1; 8]), ([1; 8], [0; 8]), ([0; 8], [2; 8])] {
            let declared = EmergencyDeclared {
                ground: EmergencyGround::VitalInterests,
                categories: vec![Category::Health],
                first: StaffId(first),
                second: StaffId(second),
                review_by: START.plus(60),
            };
            story.writes(NORTH, referral, declared);
        }
        story.mail();
        let sender = &story.referral(SOUTH, referral).sender;
        assert_eq!((sender.emergencies.len(), sender.anomalies.count), (0, 3));
        assert!(sender.anomalies.first.iter().all(|(_, anomaly)| *anomaly == Anomaly::DecidedAlone));
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
        story.given(NORTH, review(referral, emergency, false));
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
