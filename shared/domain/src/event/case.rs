//! A case in its own office: audience nobody.

use serde::{Deserialize, Serialize};

use super::referral::ReferralKind;
use crate::ids::{Country, EventId, KeyId, OfficeId, ThreadId};
use crate::time::Day;
use crate::words::{CaseOutcome, Category, ConsentForm, Disclosure, EndedBy, ErasureReason, Purpose};

/// A case was opened; the person is a code until identity is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// The person is (or is presumed) a minor.
    pub minor: bool,
    /// Red line: embassies and authorities of these countries are never recipients; ascending.
    pub barred: Vec<Country>,
    /// The accepted referral by which she came to this office; it is linked in the same commit.
    pub referral: Option<ThreadId>,
}

/// What the red lines must know has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeguardsChanged {
    /// The person is (or is presumed) a minor.
    pub minor: bool,
    /// See [`CaseOpened::barred`].
    pub barred: Vec<Country>,
}

/// A section of the case was written or rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionRecorded {
    /// Which.
    pub category: Category,
}

/// What one recipient may have, for what, until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentScope {
    /// The one recipient.
    pub recipient: OfficeId,
    /// For what; ascending, not empty.
    pub purposes: Vec<Purpose>,
    /// Which data; ascending, not empty.
    pub categories: Vec<Category>,
    /// The recipient may refer onward.
    pub onward: bool,
    /// First day.
    pub from: Day,
    /// Last day; at most 12 months after the first.
    pub until: Day,
}

/// The person consented; form, witness, interpreter and guardian are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentGiven {
    /// What she agreed to.
    pub scope: ConsentScope,
    /// How.
    pub form: ConsentForm,
    /// What she was told; all seven are required.
    pub told: Vec<Disclosure>,
}

/// The person said no; an ordinary outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRefused {
    /// To sharing with whom.
    pub recipient: OfficeId,
}

/// The person narrowed or renewed a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentChanged {
    /// The `ConsentGiven`.
    pub consent: EventId,
    /// What holds now.
    pub scope: ConsentScope,
}

/// The person withdrew a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEnded {
    /// The `ConsentGiven`.
    pub consent: EventId,
    /// Who ended it.
    pub by: EndedBy,
}

/// Which side of a referral this office is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkSide {
    /// It offered.
    Sender,
    /// It was offered.
    Receiver,
}

/// A referral thread belongs to this case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLinked {
    /// The thread.
    pub referral: ThreadId,
    /// The other party.
    pub other: OfficeId,
    /// This office's side.
    pub side: LinkSide,
    /// Service or hand-over.
    pub kind: ReferralKind,
    /// The `ConsentGiven` under which it was offered.
    pub consent: Option<EventId>,
    /// The `ConsentReleased` of the thread: first of the chain.
    pub released: Option<EventId>,
}

/// The case is closed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClosed {
    /// How it ended.
    pub outcome: CaseOutcome,
}

/// A closed case was opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReopened {}

/// A member of staff was shown a section of this thread: who, stands sealed in the entry's actor. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionShown {
    /// The entry that carries it.
    pub event: EventId,
    /// Which.
    pub category: Category,
}

/// A closed case is to be erased: from here on nothing of it is read, written or shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseErasureOrdered {
    /// Why.
    pub reason: ErasureReason,
}

/// Keys and bodies of the case are destroyed, and those of its referrals that this office still held. Written by the node alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseErased {
    /// The `CaseErasureOrdered`.
    pub because: EventId,
    /// The section keys of the case that were destroyed.
    pub keys: Vec<KeyId>,
}
