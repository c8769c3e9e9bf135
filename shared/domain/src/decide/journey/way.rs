//! On the way: legs begin and are confirmed by their escort, she checks in, she arrives.

use crate::command::{ConfirmLeg, RecordArrival, RecordCheckIn, StartLeg};
use crate::decide::check::{booked_leg, message_to, party, past, under_way};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{Arrived, CheckInRecorded, LegConfirmed, LegStarted};
use crate::ids::OfficeId;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::world::{Party, World};

impl Decision for StartLeg {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = escorting(world, self.leg, pen.ctx.me)?;
        past("the beginning of the leg", self.at, pen.ctx.now)?;
        if referral.leg_started(self.leg).is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        if self.leg > 1 && referral.leg_confirmed(self.leg - 1).is_none() {
            return Err(Refusal::LegNotConfirmed { leg: self.leg - 1 });
        }
        pen.tell(referral, LegStarted { leg: self.leg, at: self.at });
        Ok(())
    }
}

impl Decision for ConfirmLeg {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = escorting(world, self.leg, pen.ctx.me)?;
        past("the end of the leg", self.at, pen.ctx.now)?;
        if referral.leg_confirmed(self.leg).is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        if referral.leg_started(self.leg).is_none() {
            return Err(Refusal::WrongJourneyPhase {
                phase: referral.journey_phase().word(),
                needed: "on this leg",
            });
        }
        pen.tell(referral, LegConfirmed { leg: self.leg, at: self.at });
        Ok(())
    }
}

/// The referral under way, when this office escorts `leg`, or an office outside the thread does.
fn escorting<'w>(world: &World<'w>, leg: u8, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    let (referral, _) = party(world, me)?;
    under_way(referral)?;
    booked_leg(referral, leg)?;
    let booked = referral.sender.journey.as_ref().and_then(|journey| journey.leg(leg));
    let other_party =
        booked.is_some_and(|booked| booked.escorting != me && referral.party(booked.escorting).is_some());
    if other_party { Err(Refusal::NotTheEscort { leg }) } else { Ok(referral) }
}

impl Decision for RecordCheckIn {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        under_way(referral)?;
        booked_leg(referral, self.leg)?;
        past("the time of the check-in", self.at, pen.ctx.now)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        if referral.leg_started(self.leg).is_none() {
            return Err(Refusal::WrongJourneyPhase {
                phase: referral.journey_phase().word(),
                needed: "on this leg",
            });
        }
        let number = referral.check_in_number(self.leg, self.at);
        pen.tell_with(referral, CheckInRecorded { leg: self.leg, number, at: self.at }, self.note.as_ref());
        Ok(())
    }
}

impl Decision for RecordArrival {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        under_way(referral)?;
        past("the arrival", self.at, pen.ctx.now)?;
        if referral.arrived_at().is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        // The receiver may see her before it hears of the last leg; the sender has its escorts' word.
        let legs = referral.sender.journey.iter().flat_map(|journey| &journey.legs).map(|leg| leg.number);
        let unconfirmed = legs.into_iter().find(|leg| referral.leg_confirmed(*leg).is_none());
        if let (Party::Sender, Some(leg)) = (side, unconfirmed) {
            return Err(Refusal::LegNotConfirmed { leg });
        }
        pen.tell(referral, Arrived { at: self.at });
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::time::{HOUR, Timestamp};

    fn on_first_leg(story: &mut Story) -> crate::ids::ThreadId {
        let (.., referral) = departed(story);
        story.now = leg(1, NORTH).departs_at;
        story.given(NORTH, StartLeg { referral, leg: 1, at: story.now });
        story.mail();
        referral
    }

    fn check_in(referral: crate::ids::ThreadId, at: Timestamp) -> RecordCheckIn {
        RecordCheckIn { referral, leg: 1, at, note: None }
    }

    #[test]
    fn the_escorting_office_begins_and_confirms_a_leg_in_order() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        let now = story.now;
        assert_eq!(story.journey(SOUTH, referral), "in_transit");
        assert_eq!(story.refusal(SOUTH, ConfirmLeg { referral, leg: 1, at: now }), "NOT_THE_ESCORT");
        assert_eq!(story.refusal(SOUTH, StartLeg { referral, leg: 2, at: now }), "LEG_NOT_CONFIRMED");
        assert_eq!(story.refusal(NORTH, StartLeg { referral, leg: 3, at: now }), "NO_LEG");
        story.given(NORTH, ConfirmLeg { referral, leg: 1, at: now });
        story.mail();
        story.given(SOUTH, StartLeg { referral, leg: 2, at: now });
        assert_eq!(story.refusal(NORTH, RecordArrival { referral, at: now }), "LEG_NOT_CONFIRMED");
        story.given(SOUTH, RecordArrival { referral, at: now });
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "arrived");
    }

    #[test]
    fn a_missed_check_in_is_an_alarm_on_both_sides_and_a_late_one_clears_it() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        story.now = story.now.plus(50 * 60);
        story.given(NORTH, check_in(referral, story.now));
        story.mail();
        assert!(!story.pass(HOUR).contains(&"CheckInMissed"), "the first hour is answered");
        let alarms = story.pass(40 * 60);
        assert_eq!(alarms.iter().filter(|name| **name == "CheckInMissed").count(), 2, "each side raises it");
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "missed_check_in");
        assert_eq!(story.referral(SOUTH, referral).alarm().unwrap().missed.number, 2);
        story.given(SOUTH, check_in(referral, story.now));
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "in_transit");
        let history = &story.offices[&NORTH].log;
        assert!(history.iter().any(|entry| entry.event.name() == "CheckInMissed"), "it stays in the history");
    }

    #[test]
    fn the_end_of_the_leg_clears_an_alarm_and_nothing_more_is_awaited() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        story.pass(2 * HOUR);
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "missed_check_in");
        story.given(NORTH, ConfirmLeg { referral, leg: 1, at: story.now });
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "in_transit");
        assert!(!story.pass(24 * HOUR).contains(&"CheckInMissed"));
    }

    #[test]
    fn nobody_checks_in_before_the_leg_has_begun() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        assert_eq!(story.refusal(NORTH, check_in(referral, story.now)), "WRONG_JOURNEY_PHASE");
    }
}
