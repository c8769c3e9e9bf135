//! Commands about the office itself: notices to the network.

use crate::event::notice;
use crate::ids::UnitId;
use crate::words::{Admits, UnitKind};

/// Tell the network what this office offers and when it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishProfile {
    /// The profile.
    pub profile: notice::OfficeProfile,
}

/// Tell the network this office's next inbox key; its secret is in the vault already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishInboxKey {
    /// The key and its days.
    pub key: notice::InboxKey,
}

/// Tell the network how many places a unit has. What is free is counted here, not told by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishCapacity {
    /// The unit.
    pub unit: UnitId,
    /// What it is.
    pub kind: UnitKind,
    /// Who may stay.
    pub admits: Admits,
    /// Places in all.
    pub maximum: u16,
    /// Places taken by persons who did not come through a referral.
    pub taken_otherwise: u16,
}

super::about!(case: ; referral: ; none: PublishProfile, PublishInboxKey, PublishCapacity);
