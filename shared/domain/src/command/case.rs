//! Commands about a case in its own office.

use super::Text;
use crate::ids::{Country, EventId, KeyId, ThreadId};
use crate::section::Content;
use crate::words::{CaseOutcome, Category, ErasureReason};

/// Open a case. The person is a code until identity is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenCase {
    /// She is, or is presumed, a minor.
    pub minor: bool,
    /// Countries whose embassies and authorities may never be a recipient: the country of origin of a person who seeks
    /// international protection.
    pub barred: Vec<Country>,
    /// Internal note.
    pub note: Option<Text>,
}

/// Write or rewrite a section of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSection {
    /// The case.
    pub case: ThreadId,
    /// Which.
    pub category: Category,
    /// The content; its fields belong to the category.
    pub content: Content,
}

/// Change what the red lines must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSafeguards {
    /// The case.
    pub case: ThreadId,
    /// She is, or is presumed, a minor.
    pub minor: bool,
    /// See [`OpenCase::barred`].
    pub barred: Vec<Country>,
}

/// Close a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseCase {
    /// The case.
    pub case: ThreadId,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// Internal note.
    pub note: Option<Text>,
}

/// Open a closed case again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReopenCase {
    /// The case.
    pub case: ThreadId,
    /// Internal note.
    pub note: Option<Text>,
}

/// Erase a closed case, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderCaseErasure {
    /// The case.
    pub case: ThreadId,
    /// Why.
    pub reason: ErasureReason,
}

/// Report that this office destroyed keys and ciphertexts of a case; the desk says so after it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportCaseErasure {
    /// The case.
    pub case: ThreadId,
    /// The order that asked for it.
    pub because: EventId,
    /// The section keys of the case that were destroyed.
    pub keys: Vec<KeyId>,
}

super::about!(
    case: RecordSection, SetSafeguards, CloseCase, ReopenCase, OrderCaseErasure, ReportCaseErasure;
    referral: ;
    none: OpenCase
);
