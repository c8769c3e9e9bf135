//! A shelter place in a referral, as both of its parties are shown it.

use serde::{Deserialize, Serialize};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::place::{PlacePhase, Stay};
use waymark_domain::time::Timestamp;
use waymark_domain::words::PlaceReason;
use waymark_domain::world::Party;

use crate::convert::change::etag_text;
use crate::convert::value::{day_text, instant, text_if_any};
use crate::convert::words::Word as _;
use crate::serve::{Told, side_of};
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

/// Where a place stands, as the contract says it; none when none was asked for.
#[must_use]
pub fn phase(place: PlacePhase) -> Option<v1::PlacePhase> {
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

/// The place of `referral` as `me` is shown it; none when none was asked for.
#[must_use]
pub fn place_message(referral: &ReferralState, me: OfficeId, etag: u64, extras: &PlaceExtras) -> Option<v1::Place> {
    let request = referral.place_request()?;
    let standing = referral.place();
    let side = side_of(referral, me);
    let room = match standing {
        PlacePhase::At(stay) => stay.room(),
        PlacePhase::None | PlacePhase::Requested | PlacePhase::GivenUp(_) => None,
    };
    let address_until = referral.receiver.place.as_ref().and_then(|place| place.address_until);
    Some(v1::Place {
        referral: referral.thread.to_string(),
        etag: etag_text(etag),
        request: request.event.to_string(),
        side: side.number(),
        other_office: referral.office(side.other()).to_string(),
        phase: phase(standing)?.into(),
        kind: request.kind.number(),
        unit: text_if_any(room.map(|room| room.unit)),
        chosen: referral.sender.place.as_ref().is_some_and(|wish| wish.chosen),
        places: room.map_or(0, |room| room.places.into()),
        from_on: request.from.to_string(),
        nights: request.nights.into(),
        persons: request.persons.into(),
        held_until: held_until(standing).map(instant),
        reason: reason(standing).map_or(0, |reason| reason.number()),
        address_until_on: day_text(address_until),
        address_event: text_if_any(extras.address.filter(|_| address_until.is_some())),
        changed_at: Some(instant(extras.changed_at)),
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
        PlacePhase::GivenUp(reason) | PlacePhase::At(Stay::Refused(reason) | Stay::Released(reason)) => Some(reason),
        PlacePhase::At(_) | PlacePhase::None | PlacePhase::Requested => None,
    }
}
