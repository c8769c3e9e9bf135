//! The one table of crossings: what holds when the two parties acted before hearing of each other.
//!
//! Each row looks at the two halves only, never at an order of arrival; the first row that applies says how the referral
//! ended. A fact about the person (she was met, she was served) stands over every word between offices.

use super::{Answer, ReceiverHalf, SenderEnd, SenderHalf};
use crate::event::referral::ReferralKind;
use crate::words::{DeclineReason, EndedBy, Outcome};

/// How a referral ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// She was met: the receiver is the responsible office.
    HandedOver,
    /// The offer was entered in error.
    EnteredInError,
    /// The service ended.
    Completed(Outcome),
    /// Taken back; an accept is void.
    Withdrawn(EndedBy),
    /// Both parties agreed to cancel.
    Cancelled,
    /// Declined.
    Declined(DeclineReason),
    /// No accept in time; a late one is void.
    Expired,
    /// The journey was closed without a reception.
    JourneyOver,
}

/// A row: its meaning, and how the referral ended when it applies.
pub struct Crossing {
    /// The row in words.
    pub says: &'static str,
    /// What it looks at.
    ending: fn(&SenderHalf, &ReceiverHalf) -> Option<Ending>,
}

/// The rows; the first that applies wins.
pub const CROSSINGS: &[Crossing] = &[
    Crossing {
        says: "reception stands over abort, withdrawal, revocation, cancellation and expiry: she has been met",
        ending: received,
    },
    Crossing { says: "an offer entered in error voids every answer to it", ending: in_error },
    Crossing {
        says: "a completed service stands over withdrawal and cancellation: it was given",
        ending: completed,
    },
    Crossing { says: "a withdrawal voids an accept, a decline and a cancellation", ending: withdrawn },
    Crossing { says: "what both parties cancel is cancelled once", ending: cancelled },
    Crossing { says: "a decline stands over an expiry: it is an answer", ending: declined },
    Crossing { says: "the sender's expiry voids a late accept", ending: expired },
    Crossing { says: "a journey closed without reception ends its hand-over", ending: journey_over },
];

/// How the referral ended, if it has.
#[must_use]
pub fn settled(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    CROSSINGS.iter().find_map(|row| (row.ending)(sender, receiver))
}

fn received(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let hand_over = sender.offer.as_ref().is_some_and(|offer| offer.kind == ReferralKind::HandOver);
    // Nobody becomes responsible without having accepted, and the sender having confirmed that.
    let agreed = sender.confirmed.is_some_and(|confirmed| Some(confirmed.accept) == receiver.accepted());
    (hand_over && agreed && receiver.received_at().is_some()).then_some(Ending::HandedOver)
}

fn in_error(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    matches!(sender.end, Some(SenderEnd::InError { .. })).then_some(Ending::EnteredInError)
}

fn completed(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let service = sender.offer.as_ref().is_some_and(|offer| offer.kind == ReferralKind::Service);
    receiver.completed.filter(|_| service).map(Ending::Completed)
}

fn withdrawn(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    match sender.end {
        Some(SenderEnd::Withdrawn { by, .. }) => Some(Ending::Withdrawn(by)),
        Some(SenderEnd::Expired { .. } | SenderEnd::InError { .. }) | None => None,
    }
}

fn cancelled(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let (ours, theirs) = (sender.cancel, receiver.cancel);
    let agreed = (ours.requested.is_some() && (theirs.agreed.is_some() || theirs.requested.is_some()))
        || (theirs.requested.is_some() && ours.agreed.is_some());
    // She has left: that is a fact about her, and only an abort answers it.
    (agreed && !sender.departed()).then_some(Ending::Cancelled)
}

fn declined(_: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    match receiver.answer {
        Some(Answer::Declined { reason, .. }) => Some(Ending::Declined(reason)),
        Some(Answer::Accepted { .. }) | None => None,
    }
}

fn expired(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    matches!(sender.end, Some(SenderEnd::Expired { .. })).then_some(Ending::Expired)
}

fn journey_over(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let ours = sender.journey.as_ref().is_some_and(|journey| journey.half.closed.is_some());
    let theirs = receiver.journey.as_ref().is_some_and(|journey| journey.half.closed.is_some());
    (ours || theirs).then_some(Ending::JourneyOver)
}
