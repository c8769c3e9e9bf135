//! The sender plans: a day, the decision, documents, the place for the first nights, safeguards for a minor.

use crate::command::{ArrangePlace, DecideJourney, ProposeJourney, RecordDocuments, SafeguardMinor};
use crate::decide::check::{confirmed, day_between, hand_over, planning, sent};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{
    DocumentsReady, JourneyDecided, JourneyProposed, MinorSafeguarded, PlaceArranged,
};
use crate::ids::OfficeId;
use crate::referral::ReferralState;
use crate::referral::journey::{Assessment, JourneyPhase, keeps_place};
use crate::refusal::Refusal;
use crate::time::Day;
use crate::words::GoNoGo;
use crate::world::World;

/// How far ahead a journey is planned.
pub(super) const AHEAD_DAYS_MAX: u32 = 366;

impl Decision for ProposeJourney {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        hand_over(referral)?;
        confirmed(referral)?;
        let today = pen.ctx.now.day();
        day_between("the day of departure", self.depart_on, today, today.plus(AHEAD_DAYS_MAX))?;
        let phase = referral.journey_phase();
        if phase != JourneyPhase::None && !phase.is_planning() {
            return Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "still planned" });
        }
        pen.tell(referral, JourneyProposed { depart_on: self.depart_on });
        Ok(())
    }
}

impl Decision for DecideJourney {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        if self.verdict == GoNoGo::Go {
            let ours = referral.sender.journey.as_ref().and_then(|journey| journey.half.risk);
            let theirs = referral.receiver.journey.as_ref().and_then(|journey| journey.half.risk);
            says_go("origin", ours)?;
            says_go("destination", theirs)?;
        }
        pen.tell(referral, JourneyDecided { verdict: self.verdict });
        Ok(())
    }
}

fn says_go(side: &'static str, assessment: Option<Assessment>) -> Decided {
    match assessment.map(|assessment| assessment.verdict) {
        None => Err(Refusal::NotAssessed { side }),
        Some(GoNoGo::Go) => Ok(()),
        Some(GoNoGo::NoGo | GoNoGo::Postponed) => Err(Refusal::AssessedNoGo { side }),
    }
}

impl Decision for RecordDocuments {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        let today = pen.ctx.now.day();
        day_between("the last day of the documents", self.valid_until, today, today.plus(20 * 366))?;
        pen.tell(referral, DocumentsReady { valid_until: self.valid_until });
        Ok(())
    }
}

impl Decision for ArrangePlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        let now = pen.ctx.now;
        day_between("the first night", self.from, now.day(), now.day().plus(AHEAD_DAYS_MAX))?;
        day_between("the last night", self.until, self.from, self.from.plus(AHEAD_DAYS_MAX))?;
        if let Some(thread) = self.shelter {
            let shelter = world.linked.iter().find(|linked| linked.thread == thread);
            let shelter = shelter.ok_or(Refusal::NotLinked { referral: thread })?;
            if !keeps_place(shelter, self.from, self.until, now) {
                let phase = shelter.place().word();
                return Err(Refusal::WrongPlacePhase {
                    phase,
                    needed: "held or confirmed for all these nights",
                });
            }
        }
        let private = self.shelter.is_none();
        pen.tell(referral, PlaceArranged { from: self.from, until: self.until, private });
        Ok(())
    }
}

impl Decision for SafeguardMinor {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        let today = pen.ctx.now.day();
        day_between("the day of the decision", self.decided_on, Day(today.0.saturating_sub(366)), today)?;
        pen.tell(referral, MinorSafeguarded { decided_on: self.decided_on });
        Ok(())
    }
}

/// A hand-over sent by `me` whose journey is still planned.
pub(super) fn planned<'w>(world: &World<'w>, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    let referral = sent(world, me)?;
    hand_over(referral)?;
    confirmed(referral)?;
    planning(referral)?;
    Ok(referral)
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::refusal::Refusal;
    use crate::story::*;
    use crate::words::GoNoGo;

    #[test]
    fn go_needs_both_sides_to_say_go() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let go = DecideJourney { referral, verdict: GoNoGo::Go };
        assert_eq!(story.refusal(NORTH, go.clone()), "NO_JOURNEY");
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY.plus(3) });
        assert_eq!(story.when(NORTH, go.clone()), Err(Refusal::NotAssessed { side: "origin" }));
        story.given(NORTH, assess(referral, GoNoGo::Go));
        story.mail();
        story.given(SOUTH, assess(referral, GoNoGo::Postponed));
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "risk_assessed");
        assert_eq!(story.when(NORTH, go.clone()), Err(Refusal::AssessedNoGo { side: "destination" }));
        story.given(SOUTH, assess(referral, GoNoGo::Go));
        story.mail();
        story.given(NORTH, go);
        assert_eq!(story.journey(NORTH, referral), "go");
    }

    #[test]
    fn a_journey_not_to_go_or_postponed_may_be_proposed_again() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        for (verdict, word) in [(GoNoGo::NoGo, "no_go"), (GoNoGo::Postponed, "postponed")] {
            story.given(NORTH, DecideJourney { referral, verdict });
            story.mail();
            assert_eq!(story.journey(SOUTH, referral), word);
            story.given(NORTH, ProposeJourney { referral, depart_on: TODAY.plus(20) });
            assert_eq!(story.journey(NORTH, referral), "proposed");
        }
    }

    #[test]
    fn a_journey_that_is_proposed_anew_has_its_legs_booked_anew() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY.plus(1) });
        story.mail();
        let legs =
            |story: &Story| story.referral(SOUTH, referral).sender.journey.as_ref().unwrap().legs.len();
        assert_eq!(legs(&story), 0);
        let direct = LegPlan { arrives_at: START.plus(20 * crate::time::HOUR), ..leg(1, NORTH) };
        story.given(NORTH, BookLeg { referral, leg: direct, itinerary: Vec::new() });
        story.given(NORTH, DecideJourney { referral, verdict: GoNoGo::Go });
        assert_eq!(
            story.refusal(NORTH, ClearJourney { referral }),
            "GATES_RED",
            "its escort is named anew too"
        );
        story.now = START.plus(crate::time::HOUR);
        story.given(NORTH, NameEscort { referral, leg: 1, name: "an escort".into() });
        story.given(NORTH, ClearJourney { referral });
        story.mail();
        assert_eq!(legs(&story), 1);
    }

    #[test]
    fn a_journey_belongs_to_an_accepted_hand_over() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        let proposing = |referral| ProposeJourney { referral, depart_on: TODAY };
        assert_eq!(story.refusal(NORTH, proposing(referral)), "WRONG_PHASE");
        let case = open_case(&mut story);
        let service = sheltered(&mut story, case, HARBOUR);
        assert_eq!(story.refusal(NORTH, proposing(service)), "NOT_A_HAND_OVER");
    }
}
