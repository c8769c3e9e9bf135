//! A referral: offer, answer, disclosure, service. Each half has one writer.

use serde::{Deserialize, Serialize};

use crate::ids::{Country, EventId, KemPublic, ThreadId};
use crate::time::Timestamp;
use crate::words::{Category, DeclineReason, EndedBy, NotDisclosed, Outcome, Purpose, Urgency};

/// What is referred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferralKind {
    /// A service; responsibility stays.
    Service,
    /// A return case: the receiver is to become the responsible office.
    HandOver,
}

/// Absolute times fixed in the offer from the receiver's published hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// A human has seen it.
    pub acknowledge_by: Timestamp,
    /// First contact with the person.
    pub contact_by: Timestamp,
    /// The offer ends; earlier than the inbox key it is wrapped to.
    pub expires_at: Timestamp,
}

/// An offer without identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralOffered {
    /// Service or hand-over.
    pub kind: ReferralKind,
    /// The `ConsentReleased` of this thread.
    pub consent: EventId,
    /// What is asked for.
    pub purposes: Vec<Purpose>,
    /// How soon.
    pub urgency: Urgency,
    /// By when.
    pub deadlines: Deadlines,
    /// The sender's fresh key for this thread.
    pub thread_key: KemPublic,
    /// For the gates: the person is a minor.
    pub minor: bool,
}

/// An answer to the receiver's question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionAnswered {
    /// The `QuestionAsked`.
    pub question: EventId,
}

/// The accept stands; disclosure may follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptConfirmed {
    /// The `ReferralAccepted`.
    pub accept: EventId,
    /// The red line travels with the person: countries whose embassies and authorities are never recipients; ascending.
    pub barred: Vec<Country>,
}

/// No accept in time; the receiver's late accept is void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferExpired {
    /// An accept that came too late.
    pub late_accept: Option<EventId>,
}

/// The consented sections, sealed for the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionsDisclosed {
    /// Which, in the order of the sections.
    pub categories: Vec<Category>,
}

/// What was asked for is not disclosed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureRefused {
    /// The `DisclosureRequested`.
    pub request: EventId,
    /// Which.
    pub categories: Vec<Category>,
    /// Why.
    pub reason: NotDisclosed,
}

/// The sender takes the referral back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralWithdrawn {
    /// At whose wish.
    pub by: EndedBy,
}

/// A new referral replaces this one; linked at the sender only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralRedirected {
    /// The new thread.
    pub to: ThreadId,
}

/// Which deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deadline {
    /// A human acknowledgement.
    Acknowledge,
    /// First contact.
    Contact,
    /// The answer to a withdrawal or an end: erased, or kept on a legal ground.
    Erasure,
}

/// A deadline passed without the answer it wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineMissed {
    /// Which.
    pub deadline: Deadline,
}

/// Half of a deadline has passed without the answer it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineReminded {
    /// Which.
    pub deadline: Deadline,
}

/// A missed deadline goes to the coordinators of both offices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineEscalated {
    /// Which.
    pub deadline: Deadline,
}

/// A human at the receiver has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralAcknowledged {}

/// The receiver asks; the text is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionAsked {}

/// The receiver accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralAccepted {}

/// The receiver declines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralDeclined {
    /// Why.
    pub reason: DeclineReason,
}

/// The receiver asks for more categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureRequested {
    /// Which.
    pub categories: Vec<Category>,
}

/// The receiver has reached the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonContacted {
    /// When.
    pub at: Timestamp,
}

/// An appointment or start is fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceScheduled {
    /// When.
    pub at: Timestamp,
}

/// The service has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStarted {}

/// The service has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCompleted {
    /// How.
    pub outcome: Outcome,
}

/// A party wants to cancel after acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationRequested {}

/// The other party agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationAgreed {}

/// The other party declines to cancel: the referral goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationDeclined {
    /// The `CancellationRequested`.
    pub request: EventId,
}

/// A working message; the text is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSent {}
