//! A case is closed, or opened again. While this office answers for the person and she is on a journey, it stays open.

use crate::command::{CloseCase, ReopenCase};
use crate::decide::check::{case, note, open_case};
use crate::decide::pen::office_note;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{CaseClosed, CaseReopened};
use crate::event::referral::ReferralWithdrawn;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::responsible::responsible_office;
use crate::words::{CaseOutcome, EndedBy};
use crate::world::World;

impl Decision for CloseCase {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = open_case(world)?;
        note(self.note.as_ref())?;
        let responsible = responsible_office(pen.ctx.me, case, world.linked) == pen.ctx.me;
        let journey = world.linked.iter().find(|referral| referral.has_open_journey());
        if let (true, Some(referral)) = (responsible, journey) {
            return Err(Refusal::JourneyOpen { referral: referral.thread });
        }
        let coming = world.linked.iter().find(|linked| linked.to == pen.ctx.me && linked.is_open_hand_over());
        if let Some(coming) = coming.filter(|coming| coming.is_confirmed()) {
            return Err(Refusal::HandOverOpen { referral: coming.thread });
        }
        if self.outcome == CaseOutcome::HandedOver && responsible {
            return Err(Refusal::NotHandedOver {});
        }
        pen.own(case.thread, CaseClosed { outcome: self.outcome }, office_note(self.note.as_ref()));
        // An offer would otherwise be accepted into a closed case, and she handed over out of one.
        let by = match self.outcome {
            CaseOutcome::EndedByPerson => EndedBy::Person,
            CaseOutcome::HandedOver
            | CaseOutcome::Completed
            | CaseOutcome::LostContact
            | CaseOutcome::EnteredInError => EndedBy::Sender,
        };
        let me = pen.ctx.me;
        for referral in world.linked.iter().filter(|referral| referral.from == me && is_open(referral)) {
            pen.tell(referral, ReferralWithdrawn { by });
        }
        Ok(())
    }
}

/// Nobody serves her under it yet.
fn is_open(referral: &ReferralState) -> bool {
    let waiting = referral.sender.confirmed.is_none() && !referral.has_ended();
    waiting || referral.is_open_hand_over()
}

impl Decision for ReopenCase {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = case(world)?;
        note(self.note.as_ref())?;
        if open_case(world).is_ok() {
            return Err(Refusal::CaseIsOpen {});
        }
        pen.own(case.thread, CaseReopened {}, office_note(self.note.as_ref()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::words::CaseOutcome;

    #[test]
    fn a_case_stays_open_while_this_office_is_responsible_and_she_is_on_a_journey() {
        let mut story = network();
        let (case, _, referral) = departed(&mut story);
        let close = |outcome| CloseCase { case, outcome, note: None };
        assert_eq!(story.refusal(NORTH, close(CaseOutcome::Completed)), "JOURNEY_OPEN");
        story.given(SOUTH, ConfirmReception { referral, at: START });
        assert_eq!(story.refusal(NORTH, close(CaseOutcome::HandedOver)), "JOURNEY_OPEN", "not heard yet");
        story.mail();
        assert!(story.when(NORTH, close(CaseOutcome::HandedOver)).is_ok());
        let own = story.offices[&SOUTH].case_of(referral).unwrap().thread;
        let closing = CloseCase { case: own, outcome: CaseOutcome::Completed, note: None };
        assert_eq!(story.refusal(SOUTH, closing), "JOURNEY_OPEN", "follow-ups are to come");
    }

    #[test]
    fn a_case_is_handed_over_only_when_somebody_has_met_her() {
        let mut story = network();
        let case = open_case(&mut story);
        let closing = CloseCase { case, outcome: CaseOutcome::HandedOver, note: None };
        assert_eq!(story.refusal(NORTH, closing), "NOT_HANDED_OVER");
    }

    #[test]
    fn what_nobody_has_answered_is_taken_back_when_the_case_closes() {
        let mut story = network();
        let (case, _, referral) = offered(&mut story);
        let closing = CloseCase { case, outcome: CaseOutcome::EndedByPerson, note: None };
        assert_eq!(story.when(NORTH, closing), Ok(vec!["CaseClosed", "ReferralWithdrawn"]));
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "withdrawn_by_person");
    }

    #[test]
    fn a_hand_over_agreed_on_is_taken_back_when_the_sender_closes_and_keeps_the_receivers_case_open() {
        let mut story = network();
        let (case, _, referral) = accepted(&mut story);
        let own = story.offices[&SOUTH].case_of(referral).unwrap().thread;
        let closing = |case| CloseCase { case, outcome: CaseOutcome::EndedByPerson, note: None };
        assert_eq!(story.refusal(SOUTH, closing(own)), "HAND_OVER_OPEN", "she may be at the door");
        assert_eq!(story.when(NORTH, closing(case)), Ok(vec!["CaseClosed", "ReferralWithdrawn"]));
        story.mail();
        assert!(story.when(SOUTH, closing(own)).is_ok());
    }

    #[test]
    fn a_closed_case_is_opened_again() {
        let mut story = network();
        let case = open_case(&mut story);
        assert_eq!(story.refusal(NORTH, ReopenCase { case, note: None }), "CASE_OPEN");
        story.given(
            NORTH,
            CloseCase { case, outcome: CaseOutcome::LostContact, note: Some("no answer".into()) },
        );
        assert_eq!(story.refusal(NORTH, record(case, crate::words::Category::Travel)), "CASE_CLOSED");
        story.given(NORTH, ReopenCase { case, note: None });
        assert!(story.when(NORTH, record(case, crate::words::Category::Travel)).is_ok());
    }
}
