//! A shelter place in a referral: `requested → held(until) → confirmed → checked_in → checked_out`, and its exits.
//!
//! The shelter's office is the only writer of everything but the wish, so its own order decides hold × expiry.

use super::{ReceiverHalf, ReferralState, SenderHalf};
use crate::anomaly::Anomaly;
use crate::event::Event;
use crate::ids::{EventId, UnitId};
use crate::time::{Day, Timestamp};
use crate::words::{PlaceReason, UnitKind};
use crate::world::Applied;

/// The sender's newest wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlaceWish {
    /// What it asks for.
    pub request: Option<Request>,
    /// It gave the place up.
    pub given_up: Option<PlaceReason>,
    /// It wants this one.
    pub chosen: bool,
}

/// A request for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The `PlaceRequested`.
    pub event: EventId,
    /// The kind of unit.
    pub kind: UnitKind,
    /// First night.
    pub from: Day,
    /// How many nights.
    pub nights: u16,
    /// How many persons.
    pub persons: u8,
}

impl Request {
    /// The last night.
    #[must_use]
    pub fn last_night(&self) -> Day {
        self.from.plus(u32::from(self.nights.saturating_sub(1)))
    }

    /// Whether a night is in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.last_night() && other.from <= self.last_night()
    }
}

impl PlaceWish {
    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if let Event::PlaceRequested(body) = event {
            let (kind, from, nights, persons) = (body.kind, body.from, body.nights, body.persons);
            let request = Request { event: applied.event_id, kind, from, nights, persons };
            *self = Self { request: Some(request), given_up: None, chosen: false };
            return Ok(());
        }
        if self.request.is_none() {
            return Err(Anomaly::OutOfOrder);
        }
        if self.given_up.is_some() {
            return Err(Anomaly::AfterEnd);
        }
        if let Event::PlaceGivenUp(body) = event {
            self.given_up = Some(body.reason);
            self.chosen = false;
        } else {
            self.chosen = true;
        }
        Ok(())
    }
}

/// The shelter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlaceAnswer {
    /// The request it answers, and how it stands.
    pub stay: Option<(EventId, Stay)>,
    /// The newest release of the address.
    pub address: Option<Address>,
}

/// An address that the shelter released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The `AddressReleased`.
    pub event: EventId,
    /// The last day on which it may be read; none once she has no place there any more.
    pub until: Option<Day>,
}

/// How a place stands at the shelter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Stay {
    /// Held.
    Held {
        /// Where and how many.
        room: Room,
        /// Until when.
        until: Timestamp,
    },
    /// Confirmed.
    Confirmed(Room),
    /// She is there.
    CheckedIn(Room),
    /// She has left.
    CheckedOut,
    /// There was none.
    Refused(PlaceReason),
    /// It was released.
    Released(PlaceReason),
    /// The hold ended unconfirmed.
    Expired,
    /// She did not come.
    NoShow,
}

/// Places in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Room {
    /// The unit.
    pub unit: UnitId,
    /// How many places.
    pub places: u16,
}

impl Stay {
    /// The room that it takes.
    #[must_use]
    pub const fn room(&self) -> Option<Room> {
        match self {
            Self::Held { room, .. } | Self::Confirmed(room) | Self::CheckedIn(room) => Some(*room),
            Self::CheckedOut | Self::Refused(_) | Self::Released(_) | Self::Expired | Self::NoShow => None,
        }
    }

    /// The next step at the shelter, or nothing when `event` does not follow.
    #[must_use]
    pub fn step(self, event: &Event) -> Option<Self> {
        match (self, event) {
            (Self::Held { room, .. }, Event::PlaceConfirmed(_)) => Some(Self::Confirmed(room)),
            (Self::Held { .. }, Event::HoldExpired(_)) => Some(Self::Expired),
            (Self::Held { .. } | Self::Confirmed(_), Event::PlaceReleased(body)) => {
                Some(Self::Released(body.reason))
            }
            (Self::Confirmed(room), Event::CheckedIn(_)) => Some(Self::CheckedIn(room)),
            (Self::Confirmed(_), Event::PlaceNoShow(_)) => Some(Self::NoShow),
            (Self::CheckedIn(_), Event::CheckedOut(_)) => Some(Self::CheckedOut),
            (_other_stay, _other_event) => None,
        }
    }
}

impl PlaceAnswer {
    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        let request = request_of(event).ok_or(Anomaly::WrongThread)?;
        let stay = self.stay.filter(|(answered, _)| *answered == request).map(|(_, stay)| stay);
        let next = if let Event::PlaceHeld(body) = event {
            if self.stay.is_some_and(|(_, stay)| stay.room().is_some()) {
                return Err(Anomaly::Repeated);
            }
            let room = Room { unit: body.unit, places: body.places };
            Some(Stay::Held { room, until: body.until })
        } else if let Event::PlaceRefused(body) = event {
            stay.is_none().then_some(Stay::Refused(body.reason))
        } else if let Event::AddressReleased(body) = event {
            return self.release_address(stay, applied.event_id, body.until);
        } else {
            stay.and_then(|stay| stay.step(event))
        };
        let next = next.ok_or(Anomaly::OutOfOrder)?;
        if next.room().is_none()
            && let Some(address) = self.address.as_mut()
        {
            address.until = None;
        }
        self.stay = Some((request, next));
        Ok(())
    }

    fn release_address(&mut self, stay: Option<Stay>, event: EventId, until: Day) -> Result<(), Anomaly> {
        match stay {
            Some(Stay::Confirmed(_) | Stay::CheckedIn(_)) => {
                self.address = Some(Address { event, until: Some(until) });
                Ok(())
            }
            Some(_) | None => Err(Anomaly::OutOfOrder),
        }
    }
}

/// The request that a shelter's entry answers.
#[must_use]
pub fn request_of(event: &Event) -> Option<EventId> {
    match event {
        Event::PlaceHeld(body) => Some(body.request),
        Event::PlaceRefused(body) => Some(body.request),
        Event::PlaceConfirmed(body) => Some(body.request),
        Event::PlaceReleased(body) => Some(body.request),
        Event::HoldExpired(body) => Some(body.request),
        Event::AddressReleased(body) => Some(body.request),
        Event::CheckedIn(body) => Some(body.request),
        Event::CheckedOut(body) => Some(body.request),
        Event::PlaceNoShow(body) => Some(body.request),
        _not_of_a_shelter => None,
    }
}

/// Where the place stands for both parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlacePhase {
    /// None was asked for.
    None,
    /// Asked for, not answered.
    Requested,
    /// Given up before it was answered.
    GivenUp(PlaceReason),
    /// As the shelter says.
    At(Stay),
}

impl PlacePhase {
    /// In the field's words.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Requested => "requested",
            Self::GivenUp(_) => "given_up",
            Self::At(Stay::Held { .. }) => "held",
            Self::At(Stay::Confirmed(_)) => "confirmed",
            Self::At(Stay::CheckedIn(_)) => "checked_in",
            Self::At(Stay::CheckedOut) => "checked_out",
            Self::At(Stay::Refused(_)) => "refused",
            Self::At(Stay::Released(_)) => "released",
            Self::At(Stay::Expired) => "expired",
            Self::At(Stay::NoShow) => "no_show",
        }
    }
}

impl ReferralState {
    /// The newest request for a place.
    #[must_use]
    pub fn place_request(&self) -> Option<&Request> {
        self.sender.place.as_ref()?.request.as_ref()
    }

    /// Where the place of the newest request stands.
    #[must_use]
    pub fn place(&self) -> PlacePhase {
        place_of(&self.sender, &self.receiver)
    }

    /// The room that the shelter keeps now, whichever request it answered with it.
    #[must_use]
    pub fn occupied(&self) -> Option<Stay> {
        let (_, stay) = self.receiver.place.as_ref()?.stay?;
        stay.room().map(|_| stay)
    }

    /// The sender has given up a place that the shelter still keeps: it is to be released.
    #[must_use]
    pub fn place_to_release(&self) -> Option<EventId> {
        let given_up = self.sender.place.as_ref().is_some_and(|wish| wish.given_up.is_some());
        let (request, stay) = self.receiver.place.as_ref()?.stay?;
        let kept = matches!(stay, Stay::Held { .. } | Stay::Confirmed(_));
        let newest = self.place_request().is_some_and(|newest| newest.event == request);
        (kept && (given_up || !newest || self.has_ended())).then_some(request)
    }
}

fn place_of(sender: &SenderHalf, receiver: &ReceiverHalf) -> PlacePhase {
    let Some(wish) = sender.place.as_ref() else { return PlacePhase::None };
    let Some(request) = wish.request else { return PlacePhase::None };
    let stay = receiver.place.as_ref().and_then(|place| place.stay);
    match (stay, wish.given_up) {
        (Some((answered, stay)), _) if answered == request.event => PlacePhase::At(stay),
        (_, Some(reason)) => PlacePhase::GivenUp(reason),
        (_, None) => PlacePhase::Requested,
    }
}
