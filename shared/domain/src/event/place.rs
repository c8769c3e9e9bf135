//! A shelter place. Only the shelter's office holds and confirms.

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, UnitId};
use crate::time::{Day, Timestamp};
use crate::words::{PlaceReason, UnitKind};

/// A place is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRequested {
    /// The kind of unit.
    pub kind: UnitKind,
    /// First night.
    pub from: Day,
    /// How many nights.
    pub nights: u16,
    /// How many persons.
    pub persons: u8,
}

/// The requester no longer needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceGivenUp {
    /// Why.
    pub reason: PlaceReason,
}

/// The requester wants this place; places held elsewhere are given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceChosen {
    /// The `PlaceRequested`.
    pub request: EventId,
}

/// A place is held until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceHeld {
    /// The `PlaceRequested`.
    pub request: EventId,
    /// Where.
    pub unit: UnitId,
    /// How many places of the unit.
    pub places: u16,
    /// Until when.
    pub until: Timestamp,
}

/// No place is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRefused {
    /// The `PlaceRequested`.
    pub request: EventId,
    /// Why.
    pub reason: PlaceReason,
}

/// The held place is hers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceConfirmed {
    /// The `PlaceRequested`.
    pub request: EventId,
}

/// The place is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceReleased {
    /// The `PlaceRequested`.
    pub request: EventId,
    /// Why.
    pub reason: PlaceReason,
}

/// The hold ended unconfirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldExpired {
    /// The `PlaceRequested`.
    pub request: EventId,
}

/// The address, sealed, for a limited time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressReleased {
    /// The `PlaceRequested`.
    pub request: EventId,
    /// Until when it may be read.
    pub until: Day,
}

/// She has arrived at the shelter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedIn {
    /// The `PlaceRequested`.
    pub request: EventId,
}

/// She has left the shelter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedOut {
    /// The `PlaceRequested`.
    pub request: EventId,
}

/// She did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceNoShow {
    /// The `PlaceRequested`.
    pub request: EventId,
}
