//! Decisions about a shelter place: the wish is the sender's, everything else the shelter's.

mod address;
mod hold;
mod release;
mod stay;
mod wish;

pub(crate) use release::{hold_ended, release_given_up};

use super::Pen;
use super::office::tell_capacity;
use crate::ids::EventId;
use crate::referral::ReferralState;
use crate::referral::place::{PlacePhase, Request, Room, Stay};
use crate::refusal::Refusal;
use crate::world::World;

/// The newest request for a place.
fn requested(referral: &ReferralState) -> Result<&Request, Refusal> {
    referral.place_request().ok_or(Refusal::NoPlaceRequested {})
}

/// A refusal that says where the place stands.
fn wrong(phase: PlacePhase, needed: &'static str) -> Refusal {
    Refusal::WrongPlacePhase { phase: phase.word(), needed }
}

/// What the shelter last answered, and the request it answered: the room that it keeps, whatever was asked for since.
fn kept(referral: &ReferralState, needed: &'static str) -> Result<(EventId, Stay), Refusal> {
    requested(referral)?;
    let answered = referral.receiver.place.as_ref().and_then(|place| place.stay);
    answered.ok_or_else(|| wrong(referral.place(), needed))
}

/// Tells the network that the places of `room` are free again.
fn freed(world: &World<'_>, room: Room, pen: &mut Pen<'_, '_>) {
    tell_capacity(world.places, room.unit, -i32::from(room.places), pen);
}
