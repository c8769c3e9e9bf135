//! Commands about a shelter place, in the thread of a referral to the shelter.

use super::Text;
use crate::ids::{ThreadId, UnitId};
use crate::section::Field;
use crate::time::{Day, Timestamp};
use crate::words::{PlaceReason, UnitKind};

/// Ask for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPlace {
    /// The referral to the shelter.
    pub referral: ThreadId,
    /// The kind of unit.
    pub kind: UnitKind,
    /// First night.
    pub from: Day,
    /// How many nights.
    pub nights: u16,
    /// How many persons.
    pub persons: u8,
    /// A message to the shelter; sealed.
    pub note: Option<Text>,
}

/// Choose a held place; places held elsewhere for the same case are given up in the same commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoosePlace {
    /// The referral whose place is chosen.
    pub referral: ThreadId,
}

/// Give up a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveUpPlace {
    /// The referral.
    pub referral: ThreadId,
    /// Why.
    pub reason: PlaceReason,
    /// A message to the shelter; sealed.
    pub note: Option<Text>,
}

/// Hold a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldPlace {
    /// The referral.
    pub referral: ThreadId,
    /// Where.
    pub unit: UnitId,
    /// Until when; 24 h unless agreed.
    pub until: Option<Timestamp>,
}

/// Say that there is no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusePlace {
    /// The referral.
    pub referral: ThreadId,
    /// Why.
    pub reason: PlaceReason,
    /// A message to the referring office; sealed.
    pub note: Option<Text>,
}

/// Confirm a held place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmPlace {
    /// The referral.
    pub referral: ThreadId,
}

/// Release a held or confirmed place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePlace {
    /// The referral.
    pub referral: ThreadId,
    /// Why.
    pub reason: PlaceReason,
    /// A message to the referring office; sealed.
    pub note: Option<Text>,
}

/// Release the address to the referring office, for a limited time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseAddress {
    /// The referral.
    pub referral: ThreadId,
    /// Address and how to get in: fields of category `shelter`.
    pub address: Vec<(Field, Text)>,
    /// Until when it may be read.
    pub until: Day,
}

/// Record that she came to the shelter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInToShelter {
    /// The referral.
    pub referral: ThreadId,
}

/// Record that she left the shelter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOutOfShelter {
    /// The referral.
    pub referral: ThreadId,
}

/// Record that she did not come to the shelter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportNoShow {
    /// The referral.
    pub referral: ThreadId,
}

super::about!(
    case: ;
    referral: RequestPlace, ChoosePlace, GiveUpPlace, HoldPlace, RefusePlace, ConfirmPlace, ReleasePlace, ReleaseAddress,
        CheckInToShelter, CheckOutOfShelter, ReportNoShow;
    none:
);
