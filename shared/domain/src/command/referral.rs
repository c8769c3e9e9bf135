//! Commands about a referral.

use super::{About, Text};
use crate::event::referral::ReferralKind;
use crate::ids::{EventId, OfficeId, ThreadId};
use crate::section::Triage;
use crate::time::Timestamp;
use crate::words::{Category, DeclineReason, EndedBy, NotDisclosed, Outcome, Purpose};

/// Offer a referral to one office. Urgency is the triage's; deadlines follow from it and from the receiver's calendar.
#[derive(Clone, PartialEq, Eq)]
pub struct OfferReferral {
    /// The case.
    pub case: ThreadId,
    /// To whom.
    pub to: OfficeId,
    /// Service or hand-over.
    pub kind: ReferralKind,
    /// What is asked for; all under the consent.
    pub purposes: Vec<Purpose>,
    /// What the offer tells: no identity.
    pub triage: Triage,
    /// The `ConsentGiven` that names the receiver.
    pub consent: EventId,
    /// Ends the offer earlier or later than the default.
    pub expires_at: Option<Timestamp>,
}

impl core::fmt::Debug for OfferReferral {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OfferReferral")
            .field("case", &self.case)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// Offer to another office instead; the old thread ends and both are linked here only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectReferral {
    /// The referral that is replaced.
    pub referral: ThreadId,
    /// The new offer.
    pub offer: OfferReferral,
}

impl About for RedirectReferral {
    fn case(&self) -> Option<ThreadId> {
        Some(self.offer.case)
    }
    fn referral(&self) -> Option<ThreadId> {
        Some(self.referral)
    }
}

/// Say that a human has seen the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcknowledgeReferral {
    /// The referral.
    pub referral: ThreadId,
}

/// Ask the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskQuestion {
    /// The referral.
    pub referral: ThreadId,
    /// The question; sealed.
    pub text: Text,
}

/// Answer the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerQuestion {
    /// The referral.
    pub referral: ThreadId,
    /// The `QuestionAsked`.
    pub question: EventId,
    /// The answer; sealed.
    pub text: Text,
}

/// Accept; opens a case at this office, or links one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptReferral {
    /// The referral.
    pub referral: ThreadId,
    /// A case of this office that it belongs to; otherwise one is opened.
    pub case: Option<ThreadId>,
    /// A message to the sender; sealed.
    pub note: Option<Text>,
}

impl About for AcceptReferral {
    fn case(&self) -> Option<ThreadId> {
        self.case
    }
    fn referral(&self) -> Option<ThreadId> {
        Some(self.referral)
    }
}

/// Decline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclineReferral {
    /// The referral.
    pub referral: ThreadId,
    /// Why.
    pub reason: DeclineReason,
    /// A message to the sender; sealed. Needed for `other`.
    pub note: Option<Text>,
}

/// Ask for more categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDisclosure {
    /// The referral.
    pub referral: ThreadId,
    /// Which.
    pub categories: Vec<Category>,
    /// Why; sealed.
    pub note: Option<Text>,
}

/// Disclose consented categories; after the accept this happens by itself, later it is for what was rewritten or added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscloseSections {
    /// The referral.
    pub referral: ThreadId,
    /// Which.
    pub categories: Vec<Category>,
}

/// Refuse to disclose what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefuseDisclosure {
    /// The referral.
    pub referral: ThreadId,
    /// The `DisclosureRequested`.
    pub request: EventId,
    /// Why.
    pub reason: NotDisclosed,
    /// A message to the receiver; sealed.
    pub note: Option<Text>,
}

/// Record that the receiver reached the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordContact {
    /// The referral.
    pub referral: ThreadId,
    /// When.
    pub at: Timestamp,
}

/// Fix an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleService {
    /// The referral.
    pub referral: ThreadId,
    /// When.
    pub at: Timestamp,
    /// A message to the sender; sealed.
    pub note: Option<Text>,
}

/// Begin the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartService {
    /// The referral.
    pub referral: ThreadId,
}

/// End the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteService {
    /// The referral.
    pub referral: ThreadId,
    /// How.
    pub outcome: Outcome,
    /// A message to the sender; sealed.
    pub note: Option<Text>,
}

/// Take the referral back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawReferral {
    /// The referral.
    pub referral: ThreadId,
    /// At whose wish.
    pub by: EndedBy,
    /// A message to the receiver; sealed.
    pub note: Option<Text>,
}

/// Ask to cancel after acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestCancellation {
    /// The referral.
    pub referral: ThreadId,
    /// Why; sealed.
    pub note: Option<Text>,
}

/// Agree to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreeCancellation {
    /// The referral.
    pub referral: ThreadId,
}

/// Decline to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclineCancellation {
    /// The referral.
    pub referral: ThreadId,
    /// Why; sealed.
    pub note: Option<Text>,
}

/// Send a working message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessage {
    /// The referral.
    pub referral: ThreadId,
    /// The message; sealed.
    pub text: Text,
}

/// Mark an entry of this office as entered in error; of the offer itself, it ends the referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkInError {
    /// The referral.
    pub referral: ThreadId,
    /// The entry.
    pub entry: EventId,
    /// A message to the other party; sealed.
    pub note: Option<Text>,
}

super::about!(
    case: OfferReferral;
    referral: AcknowledgeReferral, AskQuestion, AnswerQuestion, DeclineReferral, RequestDisclosure, DiscloseSections,
        RefuseDisclosure, RecordContact, ScheduleService, StartService, CompleteService, WithdrawReferral, RequestCancellation,
        AgreeCancellation, DeclineCancellation, SendMessage, MarkInError;
    none:
);
