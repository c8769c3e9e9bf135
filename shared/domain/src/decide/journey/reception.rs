//! The receiver arranges who meets her, and confirms that she was met: from that entry on it is the responsible office.

use super::book_leg::{named, place};
use crate::command::{ArrangeReception, ConfirmReception, Text};
use crate::decide::check::{confirmed, fields, future, hand_over, past, received, reply_key};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{FollowUpsScheduled, ReceptionArranged, ReceptionConfirmed};
use crate::referral::journey::JourneyPhase;
use crate::referral::{Ending, Phase};
use crate::refusal::Refusal;
use crate::section::Field;
use crate::time::Day;
use crate::words::Category;
use crate::world::World;

impl Decision for ArrangeReception {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        hand_over(referral)?;
        confirmed(referral)?;
        future("the reception", self.meets_at, pen.ctx.now)?;
        place("the place of reception", &self.place)?;
        let cause = reply_key(world, pen.ctx, referral)?;
        let details = fields(Category::Coordination, &self.details())?;
        let arranged = ReceptionArranged { meets_on: self.meets_at.day() };
        pen.reply(referral, arranged, cause, given(Category::Coordination, details));
        Ok(())
    }
}

impl ArrangeReception {
    /// What is sealed of it.
    fn details(&self) -> Vec<(Field, Text)> {
        let contact = self.contact.iter().map(|contact| (Field::ReceptionContact, contact.clone()));
        let place = (Field::ReceptionPlace, named(&self.place));
        let time = (Field::ReceptionTime, Text(self.meets_at.to_string()));
        [place, time].into_iter().chain(contact).collect()
    }
}

impl Decision for ConfirmReception {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        hand_over(referral)?;
        if referral.phase() == Phase::Ended(Ending::HandedOver) {
            return Err(Refusal::AlreadyDone {});
        }
        confirmed(referral)?;
        past("the reception", self.at, pen.ctx.now)?;
        // A journey that was never cleared cannot have begun. Whether or not the news of departure and of every leg has come,
        // from then on she may stand at the door, and somebody answers for her.
        let phase = referral.journey_phase();
        if phase.is_planning() && phase != JourneyPhase::Cleared {
            return Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "cleared or under way" });
        }
        let reception = pen.tell(referral, ReceptionConfirmed { at: self.at });
        pen.tell(referral, FollowUpsScheduled { due_on: follow_ups(self.at.day()) });
        pen.because(reception);
        Ok(())
    }
}

/// Day 1, week 1, months 1, 3, 6 and 12 after she was met.
fn follow_ups(met_on: Day) -> Vec<Day> {
    let months = [1, 3, 6, 12].map(|months| met_on.plus_months(months));
    [met_on.plus(1), met_on.plus(7)].into_iter().chain(months).collect()
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::draft::Source;
    use crate::event::Event;
    use crate::responsible::responsible_office;
    use crate::section::{Content, Field};
    use crate::story::*;
    use crate::time::Day;
    use crate::words::CaseOutcome;

    #[test]
    fn who_meets_her_and_where_is_sealed_and_only_the_day_is_public() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let written = story.given(SOUTH, arrange_reception(referral));
        let Event::ReceptionArranged(public) = &written[0].event else { panic!("another event") };
        assert_eq!(public.meets_on, arrange_reception(referral).meets_at.day());
        let Source::Given(Content::Fields(sealed)) = &written[0].sections[0].source else {
            panic!("not fields")
        };
        let of: Vec<_> = sealed.iter().map(|(field, _)| *field).collect();
        assert_eq!(of, [Field::ReceptionPlace, Field::ReceptionTime, Field::ReceptionContact]);
    }

    #[test]
    fn reception_moves_responsibility_and_schedules_the_follow_ups() {
        let mut story = network();
        let (case, _, referral) = departed(&mut story);
        assert_eq!(story.refusal(NORTH, ConfirmReception { referral, at: START }), "NOT_THE_RECEIVER");
        let written = story.when(SOUTH, ConfirmReception { referral, at: START });
        assert_eq!(written, Ok(vec!["ReceptionConfirmed", "FollowUpsScheduled"]));
        story.mail();
        for me in [NORTH, SOUTH] {
            let office = &story.offices[&me];
            let linked: Vec<_> = office.referrals.values().collect();
            let own = office.case_of(referral).unwrap();
            assert_eq!(responsible_office(me, own, &linked), SOUTH);
            assert_eq!(story.journey(me, referral), "handed_over");
        }
        let days = &story.referral(NORTH, referral).receiver.journey.as_ref().unwrap().follow_ups;
        let expected =
            [(2026, 11, 24), (2026, 11, 30), (2026, 12, 23), (2027, 2, 23), (2027, 5, 23), (2027, 11, 23)];
        assert_eq!(*days, expected.map(|(year, month, day)| Day::from_civil(year, month, day)));
        story.given(NORTH, CloseCase { case, outcome: CaseOutcome::HandedOver, note: None });
        assert_eq!(story.refusal(SOUTH, ConfirmReception { referral, at: START }), "ALREADY_DONE");
    }

    #[test]
    fn a_journey_that_was_never_cleared_ends_in_no_reception() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        assert_eq!(story.refusal(SOUTH, ConfirmReception { referral, at: START }), "WRONG_JOURNEY_PHASE");
    }

    #[test]
    fn giving_back_is_a_hand_over_of_its_own() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.mail();
        let own = story.offices[&SOUTH].case_of(referral).unwrap().thread;
        let given = story.given(SOUTH, give_consent(own, NORTH, &RETURN_CATEGORIES))[0].event_id;
        let kind = crate::event::referral::ReferralKind::HandOver;
        let back = story.given(SOUTH, offer(own, NORTH, kind, given))[0].thread;
        story.mail();
        let north = story.offices[&NORTH].case_of(referral).unwrap().thread;
        story.given(NORTH, AcceptReferral { referral: back, case: Some(north), note: None });
        story.mail();
        story.given(NORTH, ConfirmReception { referral: back, at: START });
        story.mail();
        for me in [NORTH, SOUTH] {
            let office = &story.offices[&me];
            let linked: Vec<_> = office.referrals.values().collect();
            assert_eq!(responsible_office(me, office.case_of(back).unwrap(), &linked), NORTH);
        }
    }

    #[test]
    fn nobody_becomes_responsible_without_having_accepted() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        assert_eq!(story.refusal(SOUTH, ConfirmReception { referral, at: START }), "WRONG_PHASE");
    }
}
