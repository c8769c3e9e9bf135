//! Where a referral stands: a function of its two halves.

use super::crossing::{Ending, settled};
use super::{Answer, ReferralState};
use crate::event::referral::ReferralKind;
use crate::ids::{EventId, OfficeId};
use crate::time::Timestamp;
use crate::world::Party;

/// Where a referral stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No offer yet.
    Drafted,
    /// Offered; not known to be delivered.
    Offered,
    /// The receiver's node has it.
    Delivered,
    /// A human there has seen it.
    Acknowledged,
    /// The receiver waits for an answer.
    InformationRequested,
    /// The receiver accepts; the sender has not confirmed.
    Accepted,
    /// The sender has confirmed the accept; nothing is disclosed yet.
    Confirmed,
    /// The consented sections were disclosed.
    Disclosed,
    /// An appointment is fixed.
    ServiceScheduled(Timestamp),
    /// The service has begun.
    InProgress,
    /// One party wants to cancel.
    CancellationRequested,
    /// It has ended.
    Ended(Ending),
}

impl Phase {
    /// In the field's words.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        use crate::words::EndedBy;
        match self {
            Self::Drafted => "drafted",
            Self::Offered => "offered",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::InformationRequested => "information_requested",
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
            Self::Disclosed => "disclosed",
            Self::ServiceScheduled(_) => "service_scheduled",
            Self::InProgress => "in_progress",
            Self::CancellationRequested => "cancellation_requested",
            Self::Ended(Ending::HandedOver) => "handed_over",
            Self::Ended(Ending::EnteredInError) => "entered_in_error",
            Self::Ended(Ending::Completed(_)) => "completed",
            Self::Ended(Ending::Withdrawn(EndedBy::Sender)) => "withdrawn_by_sender",
            Self::Ended(Ending::Withdrawn(EndedBy::Person)) => "withdrawn_by_person",
            Self::Ended(Ending::Cancelled) => "cancelled",
            Self::Ended(Ending::Declined(_)) => "declined",
            Self::Ended(Ending::Expired) => "expired",
            Self::Ended(Ending::JourneyOver) => "journey_over",
        }
    }
}

impl ReferralState {
    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let (sender, receiver) = (&self.sender, &self.receiver);
        if sender.offer.is_none() {
            return Phase::Drafted;
        }
        if let Some(ending) = settled(sender, receiver) {
            return Phase::Ended(ending);
        }
        if [Party::Sender, Party::Receiver].into_iter().any(|party| self.wants_to_cancel(party).is_some()) {
            return Phase::CancellationRequested;
        }
        match receiver.answer {
            Some(Answer::Accepted { .. }) => self.phase_after_accept(),
            Some(Answer::Declined { .. }) | None => self.phase_before_answer(),
        }
    }

    fn phase_before_answer(&self) -> Phase {
        let receiver = &self.receiver;
        if self.open_questions().next().is_some() {
            Phase::InformationRequested
        } else if receiver.acknowledged.is_some() || !receiver.questions.is_empty() {
            Phase::Acknowledged
        } else if receiver.key.is_some() {
            Phase::Delivered
        } else {
            Phase::Offered
        }
    }

    fn phase_after_accept(&self) -> Phase {
        let receiver = &self.receiver;
        if !self.is_confirmed() {
            Phase::Accepted
        } else if receiver.started.is_some() {
            Phase::InProgress
        } else if let Some(at) = receiver.scheduled {
            Phase::ServiceScheduled(at)
        } else if self.sender.disclosed.is_some() {
            Phase::Disclosed
        } else {
            Phase::Confirmed
        }
    }

    /// The sender has confirmed the receiver's accept.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let accept = self.receiver.accepted();
        self.sender.confirmed.is_some_and(|confirmed| Some(confirmed.accept) == accept)
    }

    /// The request of `party` to cancel, unless the other declined it.
    #[must_use]
    pub fn wants_to_cancel(&self, party: Party) -> Option<EventId> {
        let (ours, theirs) = (&self.sender.cancel, &self.receiver.cancel);
        match party {
            Party::Sender => ours.wanted(theirs),
            Party::Receiver => theirs.wanted(ours),
        }
    }

    /// It has ended, one way or another.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        settled(&self.sender, &self.receiver).is_some()
    }

    /// The accept counts for nothing, because the sender ended the referral before it confirmed it.
    #[must_use]
    pub fn accept_is_void(&self) -> bool {
        self.receiver.accepted().is_some()
            && !self.is_confirmed()
            && matches!(
                settled(&self.sender, &self.receiver),
                Some(Ending::Withdrawn(_) | Ending::Expired | Ending::EnteredInError)
            )
    }

    /// Questions that wait for an answer, oldest first.
    pub fn open_questions(&self) -> impl Iterator<Item = EventId> {
        let questions = self.receiver.questions.iter().map(|question| question.event);
        questions.filter(|question| !self.sender.answered.contains(question))
    }

    /// Whether it is a hand-over that has not ended.
    #[must_use]
    pub fn is_open_hand_over(&self) -> bool {
        self.kind() == Some(ReferralKind::HandOver) && !self.has_ended()
    }

    /// The office that answers for the person as far as this thread says: the sender, until the receiver of a hand-over
    /// confirms her reception; then the receiver. Always exactly one. See [`responsible`](crate::responsible).
    #[must_use]
    pub fn responsible(&self) -> OfficeId {
        match settled(&self.sender, &self.receiver) {
            Some(Ending::HandedOver) => self.to,
            Some(_) | None => self.from,
        }
    }
}
