//! Consent as released to one recipient, and the keys of a thread.

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, KemPublic, KeyId, StaffId};
use crate::time::{Day, Timestamp};
use crate::words::{Category, EmergencyGround, EndedBy, Purpose};

/// The part of a consent that its recipient must know; first of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentReleased {
    /// Ascending, not empty.
    pub purposes: Vec<Purpose>,
    /// Ascending, not empty.
    pub categories: Vec<Category>,
    /// The recipient may refer onward.
    pub onward: bool,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

/// Less holds from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentNarrowed {
    /// The `ConsentReleased`.
    pub chain: EventId,
    /// What remains.
    pub purposes: Vec<Purpose>,
    /// What remains.
    pub categories: Vec<Category>,
    /// May refer onward.
    pub onward: bool,
    /// Not later than before.
    pub until: Day,
}

/// The same holds for longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRenewed {
    /// The `ConsentReleased`.
    pub chain: EventId,
    /// The new last day.
    pub until: Day,
}

/// Nothing holds from now on; holders erase and answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentWithdrawn {
    /// The `ConsentReleased`.
    pub chain: EventId,
    /// Who ended it.
    pub by: EndedBy,
}

/// The last day has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentExpired {
    /// The `ConsentReleased`.
    pub chain: EventId,
}

/// The recipient's fresh key for this thread, written on delivery of the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadKey {
    /// The key.
    pub key: KemPublic,
}

/// A new key of the writer for this thread; the old one is lost or spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadKeyReplaced {
    /// The new key.
    pub key: KemPublic,
}

/// Section keys were lost; please wrap them again to the thread key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegrantRequested {
    /// Which keys.
    pub keys: Vec<KeyId>,
}

/// Section keys are wrapped again: the consented sections as the case holds them now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionsRegranted {
    /// The `RegrantRequested`.
    pub request: EventId,
    /// Which, in the order of the sections.
    pub categories: Vec<Category>,
}

/// Why a grant was not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantFault {
    /// No consent in force names category and recipient.
    OutsideConsent,
    /// It names another office.
    WrongRecipient,
    /// The key is not the one committed to.
    CommitmentMismatch,
    /// It does not open with the key it names.
    Unopenable,
    /// The consent had ended when it arrived.
    Late,
}

/// A grant was not imported, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRejected {
    /// The entry that carried it.
    pub event: EventId,
    /// Which grant.
    pub category: Category,
    /// Why.
    pub fault: GrantFault,
}

/// A withdrawal or expiry has arrived: access is locked, erasure follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalAcknowledged {
    /// The `ConsentWithdrawn`, `ConsentNarrowed` or `ConsentExpired`.
    pub because: EventId,
}

/// An emergency: what follows is disclosed without consent, decided by two members of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyDeclared {
    /// The ground.
    pub ground: EmergencyGround,
    /// The least categories that serve it; ascending, not empty.
    pub categories: Vec<Category>,
    /// Who decided: a pseudonym that only the own office resolves.
    pub first: StaffId,
    /// Who agreed: another person.
    pub second: StaffId,
    /// By when it is reviewed: at most 72 h.
    pub review_by: Timestamp,
}

/// The sections disclosed in an emergency, and the reason as a section of `coordination` beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyDisclosed {
    /// The `EmergencyDeclared`.
    pub emergency: EventId,
    /// Which, in the order of the sections; without that of the reason, which comes last.
    pub categories: Vec<Category>,
}

/// An emergency disclosure was reviewed and the person told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyReviewed {
    /// The `EmergencyDeclared`.
    pub emergency: EventId,
    /// It was justified; otherwise the recipient erases.
    pub upheld: bool,
    /// The day the person was told.
    pub told_on: Day,
}
