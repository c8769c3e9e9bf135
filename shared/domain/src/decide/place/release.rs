//! The shelter releases a place: by a human's word, or by itself once the sender has given it up.

use super::{freed, kept, wrong};
use crate::command::ReleasePlace;
use crate::decide::check::{message_to, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::place::{HoldExpired, PlaceReleased};
use crate::referral::ReferralState;
use crate::referral::place::{PlacePhase, Stay};
use crate::words::PlaceReason;
use crate::world::World;

impl Decision for ReleasePlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let (request, stay) = kept(referral, "held or confirmed")?;
        let (Stay::Held { room, .. } | Stay::Confirmed(room)) = stay else {
            return Err(wrong(PlacePhase::At(stay), "held or confirmed"));
        };
        pen.tell_with(referral, PlaceReleased { request, reason: self.reason }, self.note.as_ref());
        freed(world, room, pen);
        Ok(())
    }
}

/// Releases, by itself, a place that is no longer wanted.
pub(crate) fn release_given_up(world: &World<'_>, referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let Some(request) = referral.place_to_release() else { return };
    let room =
        referral.receiver.place.as_ref().and_then(|place| place.stay).and_then(|(_, stay)| stay.room());
    let reason =
        referral.sender.place.as_ref().and_then(|wish| wish.given_up).unwrap_or(PlaceReason::JourneyEnded);
    pen.tell(referral, PlaceReleased { request, reason });
    if let Some(room) = room {
        freed(world, room, pen);
    }
}

/// Ends, by itself, a hold whose time has passed.
pub(crate) fn hold_ended(world: &World<'_>, referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let Ok((request, Stay::Held { room, .. })) = kept(referral, "held") else { return };
    pen.tell(referral, HoldExpired { request });
    freed(world, room, pen);
}
