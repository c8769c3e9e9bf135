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
const AHEAD_DAYS_MAX: u32 = 366;

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
