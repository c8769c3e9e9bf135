//! Notices to the network: no personal data.

use serde::{Deserialize, Serialize};

use crate::ids::{KemPublic, UnitId};
use crate::time::{Day, Timestamp};
use crate::words::{Admits, Purpose, UnitKind};

/// When staff answer; deadlines in working days follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// Bit 0 Monday … bit 6 Sunday.
    pub days: u8,
    /// Minutes after local midnight.
    pub opens_minute: u16,
    /// Minutes after local midnight.
    pub closes_minute: u16,
    /// Local time minus UTC.
    pub utc_offset_minutes: i16,
    /// Days closed, ascending.
    pub holidays: Vec<Day>,
}

/// What an office offers and when it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeProfile {
    /// ISO 639-1 codes.
    pub languages: Vec<String>,
    /// Services offered.
    pub services: Vec<Purpose>,
    /// Working hours.
    pub hours: WorkingHours,
}

/// The key to which offers and letters are sealed; its secret is destroyed on a stated day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxKey {
    /// The public key.
    pub key: KemPublic,
    /// First day of use.
    pub from: Day,
    /// Last day on which it may be wrapped to.
    pub until: Day,
    /// The day its secret is destroyed.
    pub destroyed_on: Day,
}

/// Places in one unit of a shelter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityNotice {
    /// The unit.
    pub unit: UnitId,
    /// What it is.
    pub kind: UnitKind,
    /// Who may stay.
    pub admits: Admits,
    /// Places free.
    pub available: u16,
    /// Places in all.
    pub maximum: u16,
    /// When counted.
    pub as_of: Timestamp,
}
