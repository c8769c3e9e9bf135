//! Commands about consent, and about the keys and data that follow from it.

use super::Text;
use crate::event::case::ConsentScope;
use crate::event::consent::GrantFault;
use crate::event::log::ErasureOutcome;
use crate::ids::{EventId, KeyId, OfficeId, StaffId, ThreadId};
use crate::section::Field;
use crate::time::Day;
use crate::words::{Category, ConsentForm, Disclosure, EmergencyGround, EndedBy, Purpose, RetentionGround};

/// Record that the person consented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveConsent {
    /// The case.
    pub case: ThreadId,
    /// What she agreed to.
    pub scope: ConsentScope,
    /// How.
    pub form: ConsentForm,
    /// What she was told: all seven.
    pub told: Vec<Disclosure>,
    /// Witness, interpreter, language, guardian: fields of category `office`.
    pub record: Vec<(Field, Text)>,
}

/// Record that the person said no: it ends every consent of hers to sharing with this recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefuseConsent {
    /// The case.
    pub case: ThreadId,
    /// To sharing with whom.
    pub recipient: OfficeId,
    /// Internal note.
    pub note: Option<Text>,
}

/// Record that she consents to less from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NarrowConsent {
    /// The case.
    pub case: ThreadId,
    /// The `ConsentGiven`.
    pub consent: EventId,
    /// What remains.
    pub purposes: Vec<Purpose>,
    /// What remains.
    pub categories: Vec<Category>,
    /// May refer onward.
    pub onward: bool,
    /// Not later than before.
    pub until: Day,
}

/// Record that she consents for longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewConsent {
    /// The case.
    pub case: ThreadId,
    /// The `ConsentGiven`.
    pub consent: EventId,
    /// The new last day, at most 12 months ahead.
    pub until: Day,
}

/// Record that she withdrew a consent. Needs no reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawConsent {
    /// The case.
    pub case: ThreadId,
    /// The `ConsentGiven`.
    pub consent: EventId,
    /// Who ended it.
    pub by: EndedBy,
}

/// Report that this office destroyed keys and ciphertexts of a referral; the desk says so after it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportErasure {
    /// The referral.
    pub referral: ThreadId,
    /// The withdrawal or expiry that asked for it.
    pub because: EventId,
    /// The section keys destroyed.
    pub keys: Vec<KeyId>,
    /// What was done.
    pub outcome: ErasureOutcome,
}

/// Keep categories on a legal ground after a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRetention {
    /// The referral.
    pub referral: ThreadId,
    /// What asks for the erasure; absent: the first that does.
    pub because: Option<EventId>,
    /// What is kept.
    pub categories: Vec<Category>,
    /// Why.
    pub ground: RetentionGround,
    /// Until when.
    pub until: Day,
}

/// Section keys in one entry, at most (DESIGN, the entry).
pub const KEYS_MAX: usize = 16;

/// Ask for lost section keys again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRegrant {
    /// The referral.
    pub referral: ThreadId,
    /// Which keys.
    pub keys: Vec<KeyId>,
}

/// Give the thread a fresh key of this office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplaceThreadKey {
    /// The referral.
    pub referral: ThreadId,
}

/// Report a grant that was not imported; the desk says so by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectGrant {
    /// The referral.
    pub referral: ThreadId,
    /// The entry that carried it.
    pub event: EventId,
    /// Which grant.
    pub category: Category,
    /// Why.
    pub fault: GrantFault,
}

/// Disclose without consent to save a life or under a duty to warn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscloseInEmergency {
    /// The referral in which the recipient is the other party.
    pub referral: ThreadId,
    /// The ground.
    pub ground: EmergencyGround,
    /// The least categories that serve it.
    pub categories: Vec<Category>,
    /// Who decided.
    pub first: StaffId,
    /// A second member of staff who agreed; another person.
    pub second: StaffId,
    /// Why; sealed for this office and the recipient.
    pub reason: Text,
}

/// Review an emergency disclosure, within 72 h.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewEmergency {
    /// The referral.
    pub referral: ThreadId,
    /// The declaration.
    pub emergency: EventId,
    /// Who reviews: neither of the two who decided.
    pub by: StaffId,
    /// It was justified.
    pub upheld: bool,
    /// The day the person was told.
    pub told_on: Day,
}

super::about!(
    case: GiveConsent, RefuseConsent, NarrowConsent, RenewConsent, WithdrawConsent;
    referral: ReportErasure, ClaimRetention, RequestRegrant, ReplaceThreadKey, RejectGrant, DiscloseInEmergency, ReviewEmergency;
    none:
);
