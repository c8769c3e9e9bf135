//! The receiver's half of a referral: answers, service, its part of place and journey, what it did with the data.

use super::journey::{JourneyHalf, ReceiverJourney};
use super::place::PlaceAnswer;
use super::sender::{Cancel, Emergency, LIST_MAX, take_emergency};
use crate::anomaly::{Anomalies, Anomaly, once, push, push_newest};
use crate::event::Event;
use crate::event::log::Erased;
use crate::ids::{EventId, KemPublic};
use crate::sets::Categories;
use crate::time::{Day, Timestamp};
use crate::words::{DeclineReason, Outcome, RetentionGround};
use crate::world::Applied;

/// A thread has at most so many claims.
pub const CLAIMS_MAX: usize = 32;

/// What the receiver wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiverHalf {
    /// The first `ThreadKey` (the delivery), and the key to which sections are wrapped now.
    pub key: Option<(EventId, KemPublic)>,
    /// It has destroyed the secret of that key.
    pub key_gone: bool,
    /// A human has seen the offer.
    pub acknowledged: Option<Timestamp>,
    /// Its questions.
    pub questions: Vec<Question>,
    /// Its answer to the offer.
    pub answer: Option<Answer>,
    /// The disclosures it asked for.
    pub requests: Vec<(EventId, Categories)>,
    /// It reached the person.
    pub contacted: Option<Timestamp>,
    /// The newest appointment.
    pub scheduled: Option<Timestamp>,
    /// The service began.
    pub started: Option<Timestamp>,
    /// The service ended.
    pub completed: Option<Outcome>,
    /// Cancelling.
    pub cancel: Cancel,
    /// When it declined, or agreed to cancel: from then on it has to erase by its own word.
    pub ended_at: Option<Timestamp>,
    /// The withdrawals and expiries whose arrival it confirmed.
    pub told: Vec<EventId>,
    /// How many of `told` it had written when it met her.
    pub told_at_reception: usize,
    /// How many of `told` it had written when it ended the service.
    pub told_at_completion: usize,
    /// It had agreed to cancel when it met her.
    pub agreed_at_reception: bool,
    /// The withdrawals and expiries after which it destroyed what it held.
    pub erased: Vec<EventId>,
    /// What it claimed to keep on a legal ground.
    pub retained: Vec<Retention>,
    /// Emergency disclosures.
    pub emergencies: Vec<Emergency>,
    /// The place it gives.
    pub place: Option<Box<PlaceAnswer>>,
    /// Its part of the journey.
    pub journey: Option<Box<ReceiverJourney>>,
    /// What did not fit.
    pub anomalies: Anomalies,
}

/// A question to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The `QuestionAsked`.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
}

/// The receiver's answer to the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It accepts.
    Accepted {
        /// The `ReferralAccepted`.
        event: EventId,
        /// When.
        at: Timestamp,
    },
    /// It declines.
    Declined {
        /// The `ReferralDeclined`.
        event: EventId,
        /// Why.
        reason: DeclineReason,
    },
}

/// What is kept on a legal ground after a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The `RetentionClaimed`.
    pub event: EventId,
    /// The withdrawal.
    pub because: EventId,
    /// What.
    pub categories: Categories,
    /// Why.
    pub ground: RetentionGround,
    /// Until when.
    pub until: Day,
}

impl ReceiverHalf {
    /// Its accept.
    #[must_use]
    pub const fn accepted(&self) -> Option<EventId> {
        match self.answer {
            Some(Answer::Accepted { event, .. }) => Some(event),
            Some(Answer::Declined { .. }) | None => None,
        }
    }

    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        let (id, at) = (applied.event_id, applied.claimed_at);
        if matches!(event, Event::ReferralDeclined(_) | Event::CancellationAgreed(_)) {
            self.ended_at = Some(at);
        }
        match event {
            Event::ThreadKey(body) => once(&mut self.key, (id, body.key)),
            Event::ThreadKeyReplaced(body) => {
                let (_, key) = self.key.as_mut().ok_or(Anomaly::OutOfOrder)?;
                *key = body.key;
                self.key_gone = false;
                Ok(())
            }
            Event::ReferralAcknowledged(_) => once(&mut self.acknowledged, at),
            Event::QuestionAsked(_) => push(&mut self.questions, Question { event: id, at }, LIST_MAX),
            Event::ReferralAccepted(_) => once(&mut self.answer, Answer::Accepted { event: id, at }),
            Event::ReferralDeclined(body) => {
                once(&mut self.answer, Answer::Declined { event: id, reason: body.reason })
            }
            Event::DisclosureRequested(body) => {
                push(&mut self.requests, (id, (&body.categories).into()), LIST_MAX)
            }
            Event::PersonContacted(body) => {
                self.contacted.get_or_insert(body.at);
                Ok(())
            }
            Event::ServiceScheduled(body) => self.serve(|half| {
                half.scheduled = Some(body.at);
                Ok(())
            }),
            Event::ServiceStarted(_) => self.serve(|half| once(&mut half.started, at)),
            Event::ServiceCompleted(body) => self.serve(|half| {
                once(&mut half.completed, body.outcome)?;
                half.told_at_completion = half.told.len();
                Ok(())
            }),
            Event::CancellationRequested(_)
            | Event::CancellationAgreed(_)
            | Event::CancellationDeclined(_) => self.cancel.take(applied, event),
            Event::WithdrawalAcknowledged(body) => push(&mut self.told, body.because, LIST_MAX),
            Event::Erased(body) => {
                self.erased(body);
                Ok(())
            }
            Event::RetentionClaimed(body) => {
                let categories = (&body.categories).into();
                let (because, ground, until) = (body.because, body.ground, body.until);
                let claim = Retention { event: id, because, categories, ground, until };
                push(&mut self.retained, claim, CLAIMS_MAX)
            }
            Event::EmergencyDeclared(_) | Event::EmergencyDisclosed(_) | Event::EmergencyReviewed(_) => {
                take_emergency(&mut self.emergencies, applied, event)
            }
            Event::PlaceHeld(_)
            | Event::PlaceRefused(_)
            | Event::PlaceConfirmed(_)
            | Event::PlaceReleased(_)
            | Event::HoldExpired(_)
            | Event::AddressReleased(_)
            | Event::CheckedIn(_)
            | Event::CheckedOut(_)
            | Event::PlaceNoShow(_) => self.place.get_or_insert_default().take(applied, event),
            // These say something to people; no rule depends on them.
            Event::MessageSent(_)
            | Event::EntryInError(_)
            | Event::RegrantRequested(_)
            | Event::GrantRejected(_) => Ok(()),
            other => self.take_journey(applied, other),
        }
    }

    fn erased(&mut self, body: &Erased) {
        // No key of its own was wrapped to for an address that it released itself.
        let address = self.place.as_ref().and_then(|place| place.address);
        self.key_gone |= address.is_none_or(|address| address.event != body.because);
        push_newest(&mut self.erased, body.because, LIST_MAX);
    }

    fn take_journey(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if !JourneyHalf::concerns(event) && !ReceiverJourney::concerns(event) {
            return Err(Anomaly::WrongThread);
        }
        let before = self.received_at();
        let taken = self.journey.get_or_insert_default().take(applied, event);
        if before.is_none() && self.received_at().is_some() {
            self.told_at_reception = self.told.len();
            self.agreed_at_reception = self.cancel.agreed.is_some();
        }
        taken
    }

    /// Whether it had acknowledged `end` among the first `many` of what it acknowledged.
    pub(super) fn told_of(&self, end: EventId, many: usize) -> bool {
        self.told.iter().take(many).any(|told| *told == end)
    }

    /// A step of the service: only after the accept, and not after its end.
    fn serve(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Anomaly>) -> Result<(), Anomaly> {
        if self.accepted().is_none() {
            return Err(Anomaly::OutOfOrder);
        }
        if self.completed.is_some() {
            return Err(Anomaly::AfterEnd);
        }
        step(self)
    }

    /// When she was met, as the receiver says: the transfer of responsibility in a hand-over.
    #[must_use]
    pub fn received_at(&self) -> Option<Timestamp> {
        self.journey.as_ref().and_then(|journey| journey.received).map(|(_, at)| at)
    }
}
