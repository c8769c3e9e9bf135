//! The shelter holds a place for a time, says that there is none, or confirms. It never holds more than it has.

use super::{kept, requested, wrong};
use crate::command::{ConfirmPlace, HoldPlace, RefusePlace};
use crate::decide::check::{between, confirmed, going_on, note, received};
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

/// The newest request waits for a place: it was not answered, or what was held has lapsed.
fn awaits(referral: &ReferralState) -> Decided {
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
        note(self.note.as_ref())?;
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
