//! What the projection keeps of a unit and of a place: small, without personal data.

use serde::{Deserialize, Serialize};
use waymark_api::convert::change::etag_text;
use waymark_api::convert::value::instant;
use waymark_api::convert::words::Word as _;
use waymark_api::serve::place::PlaceFacts;
use waymark_api::serve::rows::Key;
use waymark_api::v1;
use waymark_domain::ids::{OfficeId, ThreadId, UnitId};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::place::Stay;
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Admits, UnitKind};

/// What a row is about. Units come first, by office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Subject {
    Unit(OfficeId, UnitId),
    Place(ThreadId),
}

impl Key for Subject {
    const LOWEST: Self = Self::Unit(OfficeId::LOWEST, UnitId::LOWEST);

    fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Unit(office, unit) => {
                bytes.push(0);
                (*office, *unit).put(bytes);
            }
            Self::Place(referral) => {
                bytes.push(1);
                referral.put(bytes);
            }
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match u8::take(bytes)? {
            0 => <(OfficeId, UnitId)>::take(bytes).map(|(office, unit)| Self::Unit(office, unit)),
            1 => ThreadId::take(bytes).map(Self::Place),
            _ => None,
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ShelterRow {
    Unit(UnitRow),
    Place(PlaceRow),
}

impl ShelterRow {
    pub(crate) const fn unit(&self) -> Option<&UnitRow> {
        if let Self::Unit(unit) = self { Some(unit) } else { None }
    }

    pub(crate) const fn place(&self) -> Option<&PlaceRow> {
        if let Self::Place(place) = self { Some(place) } else { None }
    }
}

/// A unit of a shelter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnitRow {
    pub kind: UnitKind,
    pub admits: Admits,
    pub maximum: u16,
    /// Places free as published; of an own unit as counted by its places.
    pub available: u16,
    pub as_of: Timestamp,
    /// What is counted of an own unit.
    pub own: Option<OwnUnit>,
}

/// What this office knows of its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnUnit {
    /// Places taken by persons who did not come through a referral.
    pub taken_otherwise: u16,
    pub taken: Taken,
}

/// Places that referrals take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// Held or confirmed.
    pub held: u16,
    /// In use.
    pub occupied: u16,
}

impl Taken {
    pub(crate) const fn all(self) -> u16 {
        self.held.saturating_add(self.occupied)
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            held: self.held.saturating_add(other.held),
            occupied: self.occupied.saturating_add(other.occupied),
        }
    }

    pub(crate) const fn minus(self, other: Self) -> Self {
        Self {
            held: self.held.saturating_sub(other.held),
            occupied: self.occupied.saturating_sub(other.occupied),
        }
    }
}

impl UnitRow {
    /// The same unit, with so much of it taken, as counted at `now`.
    pub(crate) fn counted(self, taken: Taken, now: Timestamp) -> Self {
        let Some(own) = self.own else { return self };
        let available = self.maximum.saturating_sub(own.taken_otherwise).saturating_sub(taken.all());
        Self { available, as_of: now, own: Some(OwnUnit { taken, ..own }), ..self }
    }

    pub(crate) fn message(&self, office: OfficeId, unit: UnitId, version: u64) -> v1::Unit {
        let taken = self.own.map(|own| own.taken).unwrap_or_default();
        v1::Unit {
            unit: unit.to_string(),
            office: office.to_string(),
            etag: self.own.map(|_| etag_text(version)).unwrap_or_default(),
            kind: self.kind.number(),
            admits: self.admits.number(),
            available: self.available.into(),
            maximum: self.maximum.into(),
            as_of: Some(instant(self.as_of)),
            held: taken.held.into(),
            occupied: taken.occupied.into(),
        }
    }
}

/// A place asked for in a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlaceRow {
    pub facts: PlaceFacts,
    /// What it takes of a unit of this office, also for a request that the sender has replaced.
    pub room: Option<(UnitId, Taken)>,
}

/// What a referral takes of a unit of its receiver.
pub(crate) fn room_of(referral: &ReferralState) -> Option<(UnitId, Taken)> {
    let (_, stay) = referral.receiver.place.as_ref()?.stay?;
    let room = stay.room()?;
    let taken = match stay {
        Stay::CheckedIn(_) => Taken { held: 0, occupied: room.places },
        Stay::Held { .. }
        | Stay::Confirmed(_)
        | Stay::CheckedOut
        | Stay::Refused(_)
        | Stay::Released(_)
        | Stay::Expired
        | Stay::NoShow => Taken { held: room.places, occupied: 0 },
    };
    Some((room.unit, taken))
}
