//! A shelter place in a referral, as both of its parties are shown it.

use serde::{Deserialize, Serialize};
use waymark_domain::event::Event;
use waymark_domain::event::case::LinkSide;
use waymark_domain::ids::{EventId, OfficeId, ThreadId, UnitId};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::place::{PlacePhase, Stay};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{PlaceReason, UnitKind};
use waymark_domain::world::Party;

use crate::convert::change::etag_text;
use crate::convert::value::{day_text, instant, text_if_any};
use crate::convert::words::Word as _;
use crate::serve::{Told, link_side, party_of, side_of};
use crate::v1;

/// The kinds of event that are about a place.
const KINDS: std::ops::RangeInclusive<u16> = 96..=108;

/// What the state of a referral does not keep of its place, and a person wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceExtras {
    /// The newest `AddressReleased`.
    pub address: Option<EventId>,
    /// When this office last wrote or received something about the place.
    pub changed_at: Timestamp,
}

impl PlaceExtras {
    /// Takes one event of the thread.
    pub fn take(&mut self, told: &Told, event: &Event) {
        if !KINDS.contains(&event.kind()) {
            return;
        }
        self.changed_at = told.recorded_at;
        if let (Event::AddressReleased(_), Party::Receiver) = (event, told.author) {
            self.address = Some(told.event_id);
        }
    }
}

/// A place that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFacts {
    /// Version of the referral.
    pub etag: u64,
    /// The request.
    pub request: EventId,
    /// This office's side.
    pub side: LinkSide,
    /// The other party.
    pub other: OfficeId,
    /// Number of its [`v1::PlacePhase`].
    pub phase: i32,
    /// The kind of unit asked for.
    pub kind: UnitKind,
    /// The unit held.
    pub unit: Option<UnitId>,
    /// How many places of it.
    pub places: u16,
    /// The sender wants this one.
    pub chosen: bool,
    /// First night.
    pub from: Day,
    /// How many nights.
    pub nights: u16,
    /// How many persons.
    pub persons: u8,
    /// Until when it is held.
    pub held_until: Option<Timestamp>,
    /// Why it was refused, released or given up.
    pub reason: Option<PlaceReason>,
    /// Last day on which the address may be read.
    pub address_until: Option<Day>,
    /// What the state does not keep.
    pub extras: PlaceExtras,
}

impl PlaceFacts {
    /// The place of `referral` as the office `me` sees it; none when none was asked for.
    #[must_use]
    pub fn of(referral: &ReferralState, me: OfficeId, etag: u64, extras: PlaceExtras) -> Option<Self> {
        let request = referral.place_request()?;
        let standing = referral.place();
        let party = side_of(referral, me);
        let room = match standing {
            PlacePhase::At(stay) => stay.room(),
            PlacePhase::None | PlacePhase::Requested | PlacePhase::GivenUp(_) => None,
        };
        Some(Self {
            etag,
            request: request.event,
            side: link_side(party),
            other: referral.office(party.other()),
            phase: phase(standing)?.into(),
            kind: request.kind,
            unit: room.map(|room| room.unit),
            places: room.map_or(0, |room| room.places),
            chosen: referral.sender.place.as_ref().is_some_and(|wish| wish.chosen),
            from: request.from,
            nights: request.nights,
            persons: request.persons,
            held_until: held_until(standing),
            reason: reason(standing),
            address_until: referral.receiver.place.as_ref().and_then(|place| place.address?.until),
            extras,
        })
    }

    /// As a message.
    #[must_use]
    pub fn message(&self, referral: ThreadId) -> v1::Place {
        v1::Place {
            referral: referral.to_string(),
            etag: etag_text(self.etag),
            request: self.request.to_string(),
            side: party_of(self.side).number(),
            other_office: self.other.to_string(),
            phase: self.phase,
            kind: self.kind.number(),
            unit: text_if_any(self.unit),
            chosen: self.chosen,
            places: self.places.into(),
            from_on: self.from.to_string(),
            nights: self.nights.into(),
            persons: self.persons.into(),
            held_until: self.held_until.map(instant),
            reason: self.reason.map_or(0, |reason| reason.number()),
            address_until_on: day_text(self.address_until),
            address_event: text_if_any(self.extras.address.filter(|_| self.address_until.is_some())),
            changed_at: Some(instant(self.extras.changed_at)),
        }
    }
}

const fn phase(place: PlacePhase) -> Option<v1::PlacePhase> {
    Some(match place {
        PlacePhase::None => return None,
        PlacePhase::Requested => v1::PlacePhase::Requested,
        PlacePhase::GivenUp(_) => v1::PlacePhase::GivenUp,
        PlacePhase::At(Stay::Held { .. }) => v1::PlacePhase::Held,
        PlacePhase::At(Stay::Confirmed(_)) => v1::PlacePhase::Confirmed,
        PlacePhase::At(Stay::CheckedIn(_)) => v1::PlacePhase::CheckedIn,
        PlacePhase::At(Stay::CheckedOut) => v1::PlacePhase::CheckedOut,
        PlacePhase::At(Stay::Refused(_)) => v1::PlacePhase::Refused,
        PlacePhase::At(Stay::Released(_)) => v1::PlacePhase::Released,
        PlacePhase::At(Stay::Expired) => v1::PlacePhase::Expired,
        PlacePhase::At(Stay::NoShow) => v1::PlacePhase::NoShow,
    })
}

const fn held_until(place: PlacePhase) -> Option<Timestamp> {
    match place {
        PlacePhase::At(Stay::Held { until, .. }) => Some(until),
        PlacePhase::At(_) | PlacePhase::None | PlacePhase::Requested | PlacePhase::GivenUp(_) => None,
    }
}

const fn reason(place: PlacePhase) -> Option<PlaceReason> {
    match place {
        PlacePhase::GivenUp(reason) | PlacePhase::At(Stay::Refused(reason) | Stay::Released(reason)) => {
            Some(reason)
        }
        PlacePhase::At(_) | PlacePhase::None | PlacePhase::Requested => None,
    }
}
