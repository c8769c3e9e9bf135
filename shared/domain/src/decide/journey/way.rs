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

/// The referral under way, when this office may speak for `leg`.
fn escorting<'w>(world: &World<'w>, leg: u8, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    let (referral, side) = party(world, me)?;
    under_way(referral)?;
    booked_leg(referral, leg)?;
    if referral.speaks_for(leg, side) { Ok(referral) } else { Err(Refusal::NotTheEscort { leg }) }
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
    use crate::event::journey::{
        Arrived, CheckInMissed, CheckInRecorded, LegConfirmed, LegStarted, StepMissed,
    };
    use crate::referral::journey::{Sign, Way};
    use crate::story::*;
    use crate::time::{DAY, HOUR, Timestamp};
    use crate::words::{AbortReason, CaseOutcome, WayStep};

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
        assert_eq!(story.referral(SOUTH, referral).alarm().unwrap().what, Sign::CheckIn(2));
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

    /// How many alarms each office wrote about one check-in, and how many about one step.
    fn alarms(written: &[&str]) -> [usize; 2] {
        ["CheckInMissed", "StepMissed"].map(|name| written.iter().filter(|event| **event == name).count())
    }

    #[test]
    fn silence_is_an_alarm_one_interval_after_she_was_last_heard_of() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        story.now = story.now.plus(5 * 60);
        story.given(NORTH, check_in(referral, story.now));
        story.mail();
        assert_eq!(alarms(&story.pass(75 * 60 - 1)), [0, 0]);
        assert_eq!(alarms(&story.pass(1)), [2, 0], "an hour and a quarter, not two");
    }

    #[test]
    fn one_alarm_covers_a_silence_of_many_intervals_also_after_days_without_power() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        assert_eq!(
            alarms(&story.pass(20 * DAY)),
            [2, 2],
            "each party one, and one that the leg has not ended"
        );
        story.mail();
        assert_eq!(alarms(&story.pass(20 * DAY)), [0, 0]);
        story.given(NORTH, check_in(referral, story.now));
        story.mail();
        assert_eq!(alarms(&story.pass(2 * HOUR)), [2, 0], "the next silence has its own");
    }

    #[test]
    fn nothing_that_the_other_party_writes_silences_or_floods_the_watch() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.now = leg(1, NORTH).departs_at;
        let (at, far) = (Timestamp(0), Timestamp(u64::MAX));
        // South escorts leg 2 only, and there are no more legs than two.
        for leg in [1, 2, 3, 16] {
            story.writes(SOUTH, referral, LegStarted { leg, at });
            story.writes(SOUTH, referral, LegConfirmed { leg, at });
            story.writes(SOUTH, referral, CheckInMissed { leg, number: u16::MAX, due_at: far });
            story.writes(SOUTH, referral, CheckInRecorded { leg, number: u16::MAX, at });
        }
        story.writes(SOUTH, referral, StepMissed { step: WayStep::LegStart, leg: 1, due_at: at });
        story.mail();
        assert_eq!(story.referral(NORTH, referral).alarm(), None, "nothing is overdue");
        assert_eq!(story.referral(NORTH, referral).way(), Some(Way::Before(1)));
        story.given(NORTH, StartLeg { referral, leg: 1, at: story.now });
        story.mail();
        assert_eq!(story.journey(NORTH, referral), "in_transit");
        assert_eq!(story.pass(75 * 60).iter().filter(|name| **name == "CheckInMissed").count(), 2);
        story.mail();
        assert_eq!(story.referral(NORTH, referral).alarm().unwrap().leg, 1);
        assert_eq!(alarms(&story.pass(DAY)), [0, 2], "and nothing more than that the leg has not ended");
    }

    #[test]
    fn what_is_dated_ahead_holds_off_the_alarm_no_longer_than_from_when_it_was_written() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        let ahead = Timestamp(u64::MAX);
        story.writes(SOUTH, referral, CheckInRecorded { leg: 1, number: 1, at: ahead });
        story.mail();
        assert_eq!(alarms(&story.pass(75 * 60)), [2, 0]);
    }

    #[test]
    fn a_clock_a_year_ahead_silences_only_its_own_office() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        let now = story.now;
        story.now = now.plus(366 * DAY);
        story.writes(SOUTH, referral, CheckInRecorded { leg: 1, number: 1, at: story.now });
        story.now = now;
        story.mail();
        assert_eq!(alarms(&story.pass(85 * 60)), [1, 0], "north waits for a check-in of next year");
    }

    #[test]
    fn who_turns_back_between_two_legs_is_watched_over_until_somebody_says_that_she_stays() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        story.given(NORTH, ConfirmLeg { referral, leg: 1, at: story.now });
        story.given(NORTH, AbortJourney { referral, reason: AbortReason::Health, note: None });
        let close = |stayed| CloseJourney { referral, stayed };
        assert_eq!(story.refusal(NORTH, close(false)), "STILL_ON_LEG");
        assert!(story.referral(NORTH, referral).is_on_the_way());
        story.given(NORTH, close(true));
        assert!(!story.referral(NORTH, referral).is_on_the_way());
    }

    #[test]
    fn a_leg_that_never_begins_or_never_ends_is_an_alarm_and_so_is_nobody_at_the_door() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        let alarm =
            |story: &Story| story.referral(SOUTH, referral).alarm().map(|alarm| (alarm.what, alarm.leg));
        let late = TODAY.end().0 - story.now.0;
        assert_eq!(alarms(&story.pass(late)), [0, 2]);
        assert_eq!(alarm(&story), Some((Sign::Step(WayStep::LegStart), 1)));
        story.mail();
        story.given(NORTH, StartLeg { referral, leg: 1, at: story.now });
        assert_eq!(
            alarms(&story.pass(0)),
            [0, 1],
            "north knows that it began, on the day on which it should have ended"
        );
        story.mail();
        assert_eq!(alarm(&story), Some((Sign::Step(WayStep::LegEnd), 1)));
        story.given(NORTH, ConfirmLeg { referral, leg: 1, at: story.now });
        story.mail();
        story.given(SOUTH, StartLeg { referral, leg: 2, at: story.now });
        story.given(SOUTH, ConfirmLeg { referral, leg: 2, at: story.now });
        story.mail();
        assert_eq!(alarm(&story), None);
        assert_eq!(alarms(&story.pass(2 * HOUR)), [0, 2]);
        assert_eq!(alarm(&story), Some((Sign::Step(WayStep::Reception), 2)));
        story.given(SOUTH, ConfirmReception { referral, at: story.now });
        assert_eq!(alarm(&story), None);
    }

    #[test]
    fn an_arrival_that_nobody_saw_is_an_alarm_within_two_hours() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        story.writes(SOUTH, referral, Arrived { at: Timestamp(0) });
        story.mail();
        assert_eq!(alarms(&story.pass(2 * HOUR)), [0, 2]);
        assert_eq!(story.journey(NORTH, referral), "arrived");
    }

    #[test]
    fn who_turns_back_on_the_way_is_watched_over_until_she_is_safe() {
        for called_off in [true, false] {
            let mut story = network();
            let (case, _, referral) = departed(&mut story);
            story.now = leg(1, NORTH).departs_at;
            story.given(NORTH, StartLeg { referral, leg: 1, at: story.now });
            story.mail();
            if called_off {
                story.given(NORTH, AbortJourney { referral, reason: AbortReason::Health, note: None });
            } else {
                story.given(SOUTH, ChangeMind { referral });
            }
            story.mail();
            let closing = CloseCase { case, outcome: CaseOutcome::EndedByPerson, note: None };
            assert_eq!(story.refusal(NORTH, closing.clone()), "JOURNEY_OPEN");
            let close = CloseJourney { referral, stayed: true };
            assert_eq!(story.refusal(NORTH, close.clone()), "STILL_ON_LEG");
            assert_eq!(alarms(&story.pass(75 * 60)), [2, 0], "the watch goes on");
            assert!(story.referral(NORTH, referral).alarm().is_some());
            story.given(SOUTH, check_in(referral, story.now));
            story.mail();
            assert!(story.referral(NORTH, referral).alarm().is_none());
            story.given(NORTH, ConfirmLeg { referral, leg: 1, at: story.now });
            story.given(NORTH, close);
            story.mail();
            assert_eq!(story.journey(SOUTH, referral), "stayed");
            assert_eq!(alarms(&story.pass(30 * DAY)), [0, 0]);
            assert!(story.when(NORTH, closing).is_ok());
        }
    }

    #[test]
    fn who_came_back_from_a_leg_that_the_other_office_escorts_is_known_to_be_safe_by_the_sender_too() {
        let mut story = network();
        let referral = on_first_leg(&mut story);
        story.given(NORTH, ConfirmLeg { referral, leg: 1, at: story.now });
        story.mail();
        story.given(SOUTH, StartLeg { referral, leg: 2, at: story.now });
        story.mail();
        let back = ConfirmLeg { referral, leg: 2, at: story.now };
        assert_eq!(story.refusal(NORTH, back.clone()), "NOT_THE_ESCORT");
        story.given(NORTH, ChangeMind { referral });
        story.given(NORTH, back);
        story.given(NORTH, CloseJourney { referral, stayed: true });
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "stayed");
    }

    #[test]
    fn nobody_checks_in_before_the_leg_has_begun() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        assert_eq!(story.refusal(NORTH, check_in(referral, story.now)), "WRONG_JOURNEY_PHASE");
    }
}
