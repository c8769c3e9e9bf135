//! A referral thread: two halves, each the fold of one writer's entries in that writer's order.
//!
//! Nothing in a half depends on the other, so entries of the two may arrive in any interleaving and give the same state.
//! Everything that concerns both (phase, place, journey, who is responsible, what is to be erased) is a pure function of the
//! two halves: see [`phase`], [`crossing`], [`place`], [`journey`] and [`erasure`].

pub mod crossing;
pub mod erasure;
pub mod journey;
pub mod phase;
pub mod place;
mod receiver;
mod sender;

pub use crossing::{Ending, settled};
pub use phase::Phase;
pub use receiver::{Answer, CLAIMS_MAX, Question, ReceiverHalf, Retention};
pub use sender::{
    Cancel, Confirmed, EMERGENCIES_MAX, Emergency, Marks, Offer, REVIEW_SECONDS, Refused, SenderEnd,
    SenderHalf, Step, two_decided,
};

use crate::anomaly::Anomaly;
use crate::event::referral::ReferralKind;
use crate::event::{Event, Writer};
use crate::ids::{EventId, KemPublic, OfficeId, ThreadId};
use crate::time::Timestamp;
use crate::world::{Applied, Party};

/// A referral, as any holder of its entries knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralState {
    /// The thread.
    pub thread: ThreadId,
    /// The office that offered it.
    pub from: OfficeId,
    /// The office to which it was offered.
    pub to: OfficeId,
    /// What `from` wrote.
    pub sender: SenderHalf,
    /// What `to` wrote.
    pub receiver: ReceiverHalf,
}

impl ReferralState {
    /// A thread of which nothing was applied yet. The writer of its first entry is the sender, its audience the receiver.
    #[must_use]
    pub fn new(thread: ThreadId, from: OfficeId, to: OfficeId) -> Self {
        Self { thread, from, to, sender: SenderHalf::default(), receiver: ReceiverHalf::default() }
    }

    /// Which party `office` is.
    #[must_use]
    pub fn party(&self, office: OfficeId) -> Option<Party> {
        if office == self.from {
            Some(Party::Sender)
        } else if office == self.to {
            Some(Party::Receiver)
        } else {
            None
        }
    }

    /// The office that is `party`.
    #[must_use]
    pub const fn office(&self, party: Party) -> OfficeId {
        match party {
            Party::Sender => self.from,
            Party::Receiver => self.to,
        }
    }

    /// Takes one event of the thread. What does not fit is recorded in its writer's half and changes nothing.
    pub fn apply(&mut self, applied: &Applied, event: &Event) {
        let writer = event.rule().writer;
        let allowed = match applied.author {
            Party::Sender => matches!(writer, Writer::Sender | Writer::Either),
            Party::Receiver => matches!(writer, Writer::Receiver | Writer::Either),
        };
        let taken = match (allowed, applied.author) {
            (false, _) => {
                Err(if writer == Writer::Own { Anomaly::WrongThread } else { Anomaly::WrongWriter })
            }
            (true, Party::Sender) => self.sender.take(applied, event),
            (true, Party::Receiver) => self.receiver.take(applied, event),
        };
        if let Err(anomaly) = taken {
            match applied.author {
                Party::Sender => self.sender.anomalies.record(applied.event_id, anomaly),
                Party::Receiver => self.receiver.anomalies.record(applied.event_id, anomaly),
            }
        }
    }

    /// Service or hand-over, once offered.
    #[must_use]
    pub fn kind(&self) -> Option<ReferralKind> {
        self.sender.offer.as_ref().map(|offer| offer.kind)
    }

    /// The emergencies that `party` declared.
    #[must_use]
    pub fn emergencies(&self, party: Party) -> &[Emergency] {
        match party {
            Party::Sender => &self.sender.emergencies,
            Party::Receiver => &self.receiver.emergencies,
        }
    }

    /// The entries because of which `party` has erased something.
    #[must_use]
    pub fn erased(&self, party: Party) -> &[EventId] {
        match party {
            Party::Sender => &self.sender.erased,
            Party::Receiver => &self.receiver.erased,
        }
    }

    /// Emergency disclosures of `party` that wait for their review, with the time by which it is due.
    pub fn reviews_due(&self, party: Party) -> impl Iterator<Item = (EventId, Timestamp)> {
        let open = self.emergencies(party).iter().filter(|emergency| emergency.reviewed.is_none());
        open.map(|emergency| (emergency.event, emergency.review_by))
    }

    /// The key to which `party` wants sections of this thread wrapped.
    #[must_use]
    pub fn thread_key(&self, party: Party) -> Option<KemPublic> {
        match party {
            Party::Sender => self.sender.key,
            Party::Receiver => self.receiver.key.filter(|_| !self.receiver.key_gone).map(|(_, key)| key),
        }
    }

    /// The entry of `party`'s that a reply of the other answers when it answers nothing in particular.
    #[must_use]
    pub fn opening(&self, party: Party) -> Option<EventId> {
        match party {
            Party::Sender => self.sender.offer.as_ref().map(|offer| offer.event),
            Party::Receiver => self.receiver.key.map(|(event, _)| event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::journey::{ReceiverJourney, SenderJourney};
    use super::*;
    use crate::event::journey::LegBooked;

    #[test]
    fn an_open_referral_with_a_journey_is_small() {
        let halves = size_of::<ReferralState>() + size_of::<SenderJourney>() + size_of::<ReceiverJourney>();
        let two_legs = 2 * size_of::<LegBooked>();
        assert!(halves + two_legs <= 1_536, "{halves} + {two_legs}");
    }
}
