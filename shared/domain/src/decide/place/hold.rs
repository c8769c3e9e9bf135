//! The shelter holds a place for a time, says that there is none, or confirms. It never holds more than it has.

use super::{kept, requested, wrong};
use crate::command::{ConfirmPlace, HoldPlace, RefusePlace};
use crate::decide::check::{between, confirmed, going_on, message_to, received};
use crate::decide::office::tell_capacity;
use crate::decide::{Decided, Decision, Pen};
use crate::event::place::{PlaceConfirmed, PlaceHeld, PlaceRefused};
use crate::referral::ReferralState;
use crate::referral::place::{PlacePhase, Stay};
use crate::refusal::Refusal;
use crate::time::{DAY, HOUR};
use crate::world::World;

/// A hold lasts at least and at most this long.
const HOLD_SECONDS: (u64, u64) = (HOUR, 60 * DAY);

impl Decision for HoldPlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        going_on(referral)?;
        let request = requested(referral)?;
        awaits(referral)?;
        let now = pen.ctx.now;
        let until = self.until.unwrap_or(now.plus(world.office.rules.hold_seconds));
        between("the end of the hold", until, now.plus(HOLD_SECONDS.0), now.plus(HOLD_SECONDS.1))?;
        let unit = world.places.units.get(&self.unit).ok_or(Refusal::NoUnit { unit: self.unit })?;
        if unit.kind != request.kind {
            return Err(Refusal::WrongUnit { unit: self.unit });
        }
        let (places, free) = (u16::from(request.persons), world.places.free(self.unit));
        if places > free {
            return Err(Refusal::NoCapacity { unit: self.unit, free });
        }
        pen.tell(referral, PlaceHeld { request: request.event, unit: self.unit, places, until });
        pen.because(request.event);
        tell_capacity(world.places, self.unit, i32::from(places), pen);
        Ok(())
    }
}

/// The newest request waits for a place: it was not answered, or what was held has lapsed, and no room is kept any more for an
/// earlier one.
fn awaits(referral: &ReferralState) -> Decided {
    if let Some(stay) = referral.occupied() {
        return Err(wrong(PlacePhase::At(stay), "requested, and no room taken"));
    }
    let given_up = referral.sender.place.as_ref().is_some_and(|wish| wish.given_up.is_some());
    match referral.place() {
        PlacePhase::Requested | PlacePhase::At(Stay::Expired | Stay::Released(_)) if !given_up => Ok(()),
        phase => Err(wrong(phase, "requested")),
    }
}

impl Decision for RefusePlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        going_on(referral)?;
        let request = requested(referral)?.event;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        match referral.place() {
            PlacePhase::Requested => {}
            phase => return Err(wrong(phase, "requested")),
        }
        pen.tell_with(referral, PlaceRefused { request, reason: self.reason }, self.note.as_ref());
        pen.because(request);
        Ok(())
    }
}

impl Decision for ConfirmPlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        confirmed(referral)?;
        let (request, stay) = kept(referral, "held")?;
        let Stay::Held { until, .. } = stay else { return Err(wrong(PlacePhase::At(stay), "held")) };
        if pen.ctx.now > until {
            return Err(Refusal::HoldExpired { until });
        }
        if referral.place_to_release().is_some() {
            return Err(wrong(PlacePhase::At(stay), "still wanted"));
        }
        pen.tell(referral, PlaceConfirmed { request });
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::Event;
    use crate::refusal::Refusal;
    use crate::story::*;
    use crate::time::{DAY, HOUR};
    use crate::words::{PlaceReason, UnitKind};

    fn hold(referral: crate::ids::ThreadId) -> HoldPlace {
        HoldPlace { referral, unit: UNIT, until: None }
    }

    #[test]
    fn a_place_is_held_for_a_day_then_confirmed() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        assert_eq!(story.place(NORTH, referral), "held");
        assert_eq!(story.pass(23 * HOUR), Vec::<&str>::new());
        story.given(HARBOUR, ConfirmPlace { referral });
        story.mail();
        assert_eq!(story.place(NORTH, referral), "confirmed");
    }

    #[test]
    fn a_shelter_never_holds_more_than_it_has() {
        let mut story = network();
        let cases: Vec<_> = (0..3).map(|_| open_case(&mut story)).collect();
        let threads: Vec<_> = cases.iter().map(|case| sheltered(&mut story, *case, HARBOUR)).collect();
        for thread in &threads {
            story.given(NORTH, request(*thread));
        }
        story.mail();
        story.given(HARBOUR, hold(threads[0]));
        story.given(HARBOUR, hold(threads[1]));
        let full = Refusal::NoCapacity { unit: UNIT, free: 0 };
        assert_eq!(story.when(HARBOUR, hold(threads[2])), Err(full.clone()));
        assert_eq!(story.when(HARBOUR, capacity(1)), Err(Refusal::NoCapacity { unit: UNIT, free: 0 }));
        story.given(HARBOUR, ReleasePlace { referral: threads[0], reason: PlaceReason::Other, note: None });
        assert!(story.when(HARBOUR, hold(threads[2])).is_ok());
    }

    #[test]
    fn she_who_is_in_a_room_takes_no_second_one_whatever_crosses() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral });
        story.mail();
        // North has not heard that she is there, gives up and asks again.
        story.given(HARBOUR, CheckInToShelter { referral });
        story.given(NORTH, GiveUpPlace { referral, reason: PlaceReason::Other, note: None });
        story.given(NORTH, request(referral));
        story.mail();
        assert_eq!(story.refusal(HARBOUR, hold(referral)), "WRONG_PLACE_PHASE");
        assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 1, "her bed counts");
        story.given(HARBOUR, CheckOutOfShelter { referral });
        assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 2);
        assert!(story.when(HARBOUR, hold(referral)).is_ok());
    }

    #[test]
    fn while_she_is_in_a_room_none_is_asked_for() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral });
        story.given(HARBOUR, CheckInToShelter { referral });
        story.mail();
        assert_eq!(story.refusal(NORTH, request(referral)), "WRONG_PLACE_PHASE");
    }

    #[test]
    fn the_network_is_told_what_is_free() {
        let mut story = network();
        let case = open_case(&mut story);
        place_held(&mut story, case);
        let told = |story: &Story| {
            let log = &story.offices[&SOUTH].log;
            log.iter().rev().find_map(|entry| match &entry.event {
                Event::CapacityNotice(notice) => Some((notice.available, notice.maximum)),
                _other => None,
            })
        };
        assert_eq!(told(&story), Some((1, 2)));
        assert_eq!(story.pass(25 * HOUR).iter().filter(|name| **name == "HoldExpired").count(), 1);
        story.mail();
        assert_eq!(told(&story), Some((2, 2)));
    }

    #[test]
    fn a_hold_that_ended_is_not_confirmed_but_may_be_held_again() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.now = story.now.plus(24 * HOUR + 1);
        assert_eq!(story.refusal(HARBOUR, ConfirmPlace { referral }), "HOLD_EXPIRED");
        story.pass(0);
        story.mail();
        assert_eq!(story.place(NORTH, referral), "expired");
        assert!(story.when(HARBOUR, hold(referral)).is_ok());
    }

    #[test]
    fn the_unit_is_this_offices_and_of_the_kind_asked_for() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        assert_eq!(story.refusal(HARBOUR, hold(referral)), "NO_PLACE_REQUESTED");
        story.given(NORTH, RequestPlace { kind: UnitKind::Family, ..request(referral) });
        story.mail();
        assert_eq!(story.refusal(HARBOUR, hold(referral)), "WRONG_UNIT");
        let elsewhere = HoldPlace { unit: crate::ids::UnitId([8; 16]), ..hold(referral) };
        assert_eq!(story.refusal(HARBOUR, elsewhere), "NO_UNIT");
        assert_eq!(story.refusal(NORTH, hold(referral)), "NOT_THE_RECEIVER");
        let late = HoldPlace { until: Some(START.plus(61 * DAY)), ..hold(referral) };
        assert_eq!(story.refusal(HARBOUR, late), "TIME_OUT_OF_RANGE");
    }

    #[test]
    fn a_place_can_be_refused() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        story.given(NORTH, request(referral));
        assert_eq!(story.refusal(NORTH, request(referral)), "WRONG_PLACE_PHASE");
        story.mail();
        story.given(HARBOUR, RefusePlace { referral, reason: PlaceReason::NotSuitable, note: None });
        story.mail();
        assert_eq!(story.place(NORTH, referral), "refused");
        assert!(story.when(NORTH, request(referral)).is_ok(), "and asked for again");
    }
}
