//! A closed case is erased, for good: ordered by somebody or by the calendar, reported by the node once keys and bodies are gone.
//!
//! It waits for whatever still has to be told, done or kept: what this office has shared is withdrawn first, so that others erase too.

use crate::case::{CasePhase, CaseState};
use crate::command::{OrderCaseErasure, ReportCaseErasure};
use crate::decide::check::{case, within};
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{CaseErased, CaseErasureOrdered};
use crate::event::consent::ThreadKeyReplaced;
use crate::ids::OfficeId;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::time::{Day, Timestamp};
use crate::world::{Party, Standing, World};

/// Keys named in one entry.
const ERASED_KEYS_MAX: usize = 256;

impl Decision for OrderCaseErasure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = case(world)?;
        let (me, now) = (pen.ctx.me, pen.ctx.now);
        if case.phase == CasePhase::Open {
            return Err(Refusal::CaseNotClosed {});
        }
        no_consent_holds(case, now.day())?;
        for referral in world.linked {
            nothing_is_open(referral, me, now)?;
        }
        pen.own(case.thread, CaseErasureOrdered { reason: self.reason }, Vec::new());
        Ok(())
    }
}

/// That no consent of the case is in force, or will be.
fn no_consent_holds(case: &CaseState, today: Day) -> Decided {
    match case.consents.iter().find(|consent| consent.may_hold(today)) {
        Some(consent) => {
            let (recipient, until) = (consent.recipient, consent.scope.until);
            Err(Refusal::ConsentStillHolds { recipient, until })
        }
        None => Ok(()),
    }
}

/// That a referral of the case has ended, and that this office has nothing of it to review, to keep or to erase.
fn nothing_is_open(referral: &ReferralState, me: OfficeId, now: Timestamp) -> Decided {
    let (today, thread) = (now.day(), referral.thread);
    let Some(side) = referral.party(me) else { return Ok(()) };
    if !referral.has_ended() {
        return Err(Refusal::ReferralStillOpen { referral: thread });
    }
    if referral.emergencies(side).iter().any(|emergency| emergency.reviewed.is_none()) {
        return Err(Refusal::ReviewStillOpen { referral: thread });
    }
    // What another office keeps, it keeps whatever becomes of this case.
    let retained = referral.retained().filter(|kept| side == Party::Receiver && today <= kept.until);
    if let Some(kept) = retained {
        return Err(Refusal::StillRetained { referral: thread, until: kept.until });
    }
    if referral.erasures_due(side, today).next().is_some() {
        return Err(Refusal::ErasureStillDue { referral: thread });
    }
    Ok(())
}

impl Decision for ReportCaseErasure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = world.case.ok_or(Refusal::NoCase {})?;
        match case.phase {
            CasePhase::ErasureOrdered(erasure) if erasure.order == self.because => {}
            CasePhase::Erased(_) => return Err(Refusal::AlreadyDone {}),
            CasePhase::Unknown | CasePhase::Open | CasePhase::Closed(_) | CasePhase::ErasureOrdered(_) => {
                return Err(Refusal::NothingToErase {});
            }
        }
        within("the keys", self.keys.len(), 0, ERASED_KEYS_MAX)?;
        let (because, keys) = (self.because, self.keys.clone());
        pen.own(case.thread, CaseErased { because, keys }, Vec::new());
        pen.because(self.because);
        let me = pen.ctx.me;
        for referral in world.linked.iter().filter(|referral| may_hear_more(world, referral, me)) {
            let key = pen.ctx.ids.thread_key(referral.thread);
            pen.tell(referral, ThreadKeyReplaced { key });
        }
        Ok(())
    }
}

/// The secret of the thread went with the keys. An office with which something was agreed may still have to say what saves her.
fn may_hear_more(world: &World<'_>, referral: &ReferralState, me: OfficeId) -> bool {
    let Some(side) = referral.party(me) else { return false };
    let had_key = side == Party::Sender || referral.receiver.key.is_some();
    // A key discloses nothing: also who is frozen or suspended may have to say what saves her.
    let other = world.office.offices.get(&referral.office(side.other()));
    had_key && referral.is_confirmed() && other.is_some_and(|other| other.standing != Standing::Left)
}

#[cfg(test)]
mod tests {

    use crate::case::CasePhase;
    use crate::command::*;
    use crate::event::log::ErasureOutcome::Shredded;
    use crate::event::referral::ReferralKind::Service;
    use crate::ids::{EventId, OfficeId, StaffId, ThreadId};
    use crate::story::*;
    use crate::words::{
        CaseOutcome, Category, DeclineReason, EmergencyGround, EndedBy, ErasureReason, RetentionGround,
    };

    fn close(story: &mut Story, office: OfficeId, case: ThreadId) {
        story.given(office, CloseCase { case, outcome: CaseOutcome::EndedByPerson, note: None });
    }

    fn order(case: ThreadId) -> OrderCaseErasure {
        OrderCaseErasure { case, reason: ErasureReason::Asked }
    }

    fn withdraw(story: &mut Story, case: ThreadId, consent: EventId) {
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        story.mail();
    }

    /// `office` does all that it has to erase in a referral.
    fn erases(story: &mut Story, office: OfficeId, referral: ThreadId) {
        let state = story.referral(office, referral);
        let side = state.party(office).unwrap();
        for due in state.erasures_due(side, story.now.day()).collect::<Vec<_>>() {
            let because = due.ask.because;
            story.given(office, ReportErasure { referral, because, keys: Vec::new(), outcome: Shredded });
        }
        story.mail();
    }

    #[test]
    fn a_case_is_erased_when_nobody_else_may_have_anything_of_it_and_the_node_says_that_it_is_done() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        assert_eq!(story.refusal(NORTH, order(case)), "CASE_NOT_CLOSED");
        withdraw(&mut story, case, consent);
        close(&mut story, NORTH, case);
        erases(&mut story, NORTH, referral);
        assert_eq!(story.when(NORTH, order(case)), Ok(vec!["CaseErasureOrdered"]));
        let because = story.event(NORTH, "CaseErasureOrdered");
        let report = |because| ReportCaseErasure { case, because, keys: Vec::new() };
        assert_eq!(story.refusal(NORTH, report(EventId([9; 16]))), "NOTHING_TO_ERASE");
        assert_eq!(story.when(NORTH, report(because)).unwrap()[0], "CaseErased");
        assert_eq!(story.refusal(NORTH, report(because)), "ALREADY_DONE");
    }

    #[test]
    fn what_was_not_ordered_is_not_reported_as_erased() {
        let mut story = network();
        let case = open_case(&mut story);
        close(&mut story, NORTH, case);
        let report = ReportCaseErasure { case, because: EventId([9; 16]), keys: Vec::new() };
        assert_eq!(story.refusal(NORTH, report), "NOTHING_TO_ERASE");
    }

    #[test]
    fn once_ordered_nothing_is_read_written_shared_or_opened_again() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        withdraw(&mut story, case, consent);
        close(&mut story, NORTH, case);
        erases(&mut story, NORTH, referral);
        story.given(NORTH, order(case));
        for command in [
            Command::from(ReopenCase { case, note: None }),
            order(case).into(),
            WithdrawConsent { case, consent, by: EndedBy::Person }.into(),
            DiscloseInEmergency {
                referral,
                ground: EmergencyGround::VitalInterests,
                categories: vec![Category::Health],
                first: StaffId([1; 8]),
                second: StaffId([2; 8]),
                reason: "She needs her medicine.".into(),
            }
            .into(),
        ] {
            let name = command.name();
            assert_eq!(story.refusal(NORTH, command), "CASE_ERASED", "{name}");
        }
        assert_eq!(story.refusal(NORTH, record(case, Category::Health)), "CASE_ERASED");
        let state = &story.offices[&NORTH].cases[&case];
        assert!(matches!(state.phase, CasePhase::ErasureOrdered(_)) && state.recorded.is_empty());
        assert!(!state.minor && state.barred.is_empty());
    }

    #[test]
    fn a_consent_that_holds_is_withdrawn_first_so_that_others_erase_too() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &[Category::Triage]);
        close(&mut story, NORTH, case);
        assert_eq!(story.refusal(NORTH, order(case)), "CONSENT_STILL_HOLDS");
        withdraw(&mut story, case, given);
        assert!(story.when(NORTH, order(case)).is_ok());
    }

    #[test]
    fn a_consent_whose_last_day_is_over_holds_nothing_up() {
        let mut story = network();
        let case = open_case(&mut story);
        consent(&mut story, case, SOUTH, &[Category::Triage]);
        close(&mut story, NORTH, case);
        story.now = TODAY.plus(400).start();
        assert!(story.when(NORTH, order(case)).is_ok());
    }

    #[test]
    fn a_service_that_goes_on_is_ended_first() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let referral = story.given(NORTH, offer(case, SOUTH, Service, given))[0].thread;
        story.mail();
        story.given(SOUTH, accept(referral));
        story.mail();
        let own = story.offices[&SOUTH].case_of(referral).unwrap().thread;
        close(&mut story, SOUTH, own);
        assert_eq!(story.refusal(SOUTH, order(own)), "REFERRAL_STILL_OPEN");
    }

    #[test]
    fn what_is_still_to_be_erased_here_comes_first() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        withdraw(&mut story, case, consent);
        close(&mut story, NORTH, case);
        assert_eq!(story.refusal(NORTH, order(case)), "ERASURE_STILL_DUE");
        let own = story.offices[&SOUTH].case_of(referral).unwrap().thread;
        close(&mut story, SOUTH, own);
        assert_eq!(story.refusal(SOUTH, order(own)), "ERASURE_STILL_DUE");
        erases(&mut story, SOUTH, referral);
        assert!(story.when(SOUTH, order(own)).is_ok());
    }

    #[test]
    fn what_the_law_obliges_this_office_to_keep_holds_up_its_own_case_and_no_other() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        withdraw(&mut story, case, consent);
        let (categories, ground) = (vec![Category::Identity], RetentionGround::LegalClaims);
        let until = TODAY.plus(30);
        story.given(SOUTH, ClaimRetention { referral, because: None, categories, ground, until });
        story.mail();
        erases(&mut story, SOUTH, referral);
        erases(&mut story, NORTH, referral);
        let own = story.offices[&SOUTH].case_of(referral).unwrap().thread;
        close(&mut story, SOUTH, own);
        close(&mut story, NORTH, case);
        assert_eq!(story.refusal(SOUTH, order(own)), "STILL_RETAINED");
        assert!(story.when(NORTH, order(case)).is_ok());
        story.now = until.plus(1).start();
        assert_eq!(story.refusal(SOUTH, order(own)), "ERASURE_STILL_DUE");
        erases(&mut story, SOUTH, referral);
        assert!(story.when(SOUTH, order(own)).is_ok());
    }

    #[test]
    fn an_emergency_disclosure_is_reviewed_before_its_reason_goes() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        let emergency = DiscloseInEmergency {
            referral,
            ground: EmergencyGround::VitalInterests,
            categories: vec![Category::Health],
            first: StaffId([1; 8]),
            second: StaffId([2; 8]),
            reason: "She needs her medicine.".into(),
        };
        let emergency = story.given(NORTH, emergency)[0].event_id;
        withdraw(&mut story, case, consent);
        close(&mut story, NORTH, case);
        erases(&mut story, NORTH, referral);
        assert_eq!(story.refusal(NORTH, order(case)), "REVIEW_STILL_OPEN");
        let by = StaffId([3; 8]);
        story.given(NORTH, ReviewEmergency { referral, emergency, by, upheld: true, told_on: TODAY });
        assert!(story.when(NORTH, order(case)).is_ok());
    }

    #[test]
    fn who_may_still_have_to_say_something_gets_a_fresh_key_and_who_declined_does_not() {
        let mut story = network();
        let (case, consent, first) = accepted(&mut story);
        let mut again = offer(case, SOUTH, Service, consent);
        again.purposes = vec![crate::words::Purpose::SocialInclusion];
        let second = story.given(NORTH, again)[0].thread;
        story.mail();
        story.given(
            SOUTH,
            DeclineReferral { referral: second, reason: DeclineReason::NoCapacity, note: None },
        );
        story.mail();
        withdraw(&mut story, case, consent);
        close(&mut story, NORTH, case);
        for referral in [first, second] {
            erases(&mut story, NORTH, referral);
        }
        story.given(NORTH, order(case));
        let because = story.event(NORTH, "CaseErasureOrdered");
        let written = story.given(NORTH, ReportCaseErasure { case, because, keys: Vec::new() });
        let keys: Vec<ThreadId> = written[1..].iter().map(|draft| draft.thread).collect();
        assert_eq!(keys, [first], "{written:?}");
        story.mail();
    }
}
