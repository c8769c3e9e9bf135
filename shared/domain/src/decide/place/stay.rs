//! She comes to the shelter, leaves it, or does not come.

use super::{freed, kept, wrong};
use crate::command::{CheckInToShelter, CheckOutOfShelter, ReportNoShow};
use crate::decide::check::{day_between, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::place::{CheckedIn, CheckedOut, PlaceNoShow};
use crate::referral::place::{PlacePhase, Stay};
use crate::world::World;

impl Decision for CheckInToShelter {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "confirmed")?;
        let Stay::Confirmed(_) = stay else { return Err(wrong(PlacePhase::At(stay), "confirmed")) };
        pen.tell(referral, CheckedIn { request });
        Ok(())
    }
}

impl Decision for CheckOutOfShelter {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "checked_in")?;
        let Stay::CheckedIn(room) = stay else { return Err(wrong(PlacePhase::At(stay), "checked_in")) };
        pen.tell(referral, CheckedOut { request });
        freed(world, room, pen);
        Ok(())
    }
}

impl Decision for ReportNoShow {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "confirmed")?;
        let Stay::Confirmed(room) = stay else { return Err(wrong(PlacePhase::At(stay), "confirmed")) };
        let first_night = referral.place_request().map(|request| request.from).unwrap_or_default();
        let today = pen.ctx.now.day();
        day_between("today", today, first_night, today.max(first_night))?;
        pen.tell(referral, PlaceNoShow { request });
        freed(world, room, pen);
        Ok(())
    }
}
