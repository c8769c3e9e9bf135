//! Where she is between departure and reception: what the escorts of the legs say, and nobody else.
//!
//! Kept apart from what was decided about the journey ([`JourneyPhase`](super::JourneyPhase)): who aborts it, or changes her mind
//! on the way, is still on the way. That ends when the receiver has met her, or when the office that is responsible for her closes
//! the journey.

use super::{CheckIn, JourneyHalf};
use crate::event::journey::LegBooked;
use crate::referral::ReferralState;
use crate::referral::crossing::{Ending, settled};
use crate::time::Timestamp;
use crate::world::{CLOCKS_APART_SECONDS, Party};

/// Where she is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// She waits for this leg to begin.
    Before(u8),
    /// On this leg.
    On(u8),
    /// Every leg has ended.
    AtEnd,
    /// Somebody says that she has arrived.
    Arrived,
}

impl ReferralState {
    /// Where she is, from departure until she is met or the journey is closed.
    #[must_use]
    pub fn way(&self) -> Option<Way> {
        let journey = self.sender.journey.as_deref()?;
        journey.departed?;
        if journey.half.closed.is_some() || settled(&self.sender, &self.receiver) == Some(Ending::HandedOver)
        {
            return None;
        }
        if self.arrived_at().is_some() {
            return Some(Way::Arrived);
        }
        let mut legs = journey.legs.iter().map(|leg| leg.number);
        // A leg that began before the one before it has ended does not hide that one.
        Some(match legs.find(|leg| self.leg_confirmed(*leg).is_none()) {
            None => Way::AtEnd,
            Some(leg) if self.leg_started(leg).is_some() => Way::On(leg),
            Some(leg) => Way::Before(leg),
        })
    }

    /// Whether she is between departure and reception, whatever was decided about the journey meanwhile.
    #[must_use]
    pub fn is_on_the_way(&self) -> bool {
        self.way().is_some()
    }

    /// Whether `party` may say when `leg` began and ended: it escorts it, or an office outside the thread does. After an exit on
    /// the way the sender may too: she may have come back to it.
    #[must_use]
    pub fn speaks_for(&self, leg: u8, party: Party) -> bool {
        match self.booked(leg).map(|booked| self.party(booked.escorting)) {
            Some(Some(escort)) => escort == party || (party == Party::Sender && self.turned_back()),
            Some(None) => true,
            None => false,
        }
    }

    /// When `leg` began, as its escort says.
    #[must_use]
    pub fn leg_started(&self, leg: u8) -> Option<Timestamp> {
        self.voices(leg).filter_map(|half| half.leg(leg)?.started).min()
    }

    /// When `leg` ended, as its escort says.
    #[must_use]
    pub fn leg_confirmed(&self, leg: u8) -> Option<Timestamp> {
        self.voices(leg).filter_map(|half| half.leg(leg)?.confirmed).min()
    }

    /// When she arrived, as either party saw it.
    #[must_use]
    pub fn arrived_at(&self) -> Option<Timestamp> {
        self.journey_halves().filter_map(|(_, half)| half.arrived).min()
    }

    /// The newest check-in on `leg`, with whichever party.
    #[must_use]
    pub fn newest_check_in(&self, leg: u8) -> Option<CheckIn> {
        self.journey_halves().filter_map(|(_, half)| half.leg(leg)?.check_in).max()
    }

    /// Whether either party named the escort of `leg` after it was last booked.
    #[must_use]
    pub fn has_escort(&self, leg: u8) -> bool {
        let booked_at = self.sender.journey.as_ref().and_then(|journey| journey.booked_at(leg));
        booked_at.is_some_and(|booked_at| {
            let mut named = self.journey_halves().filter_map(|(_, half)| half.leg(leg)?.escort);
            named.any(|named| booked_at <= named.plus(CLOCKS_APART_SECONDS))
        })
    }

    /// When she was last heard of on `leg`, which has begun: no earlier than her departure.
    pub(super) fn last_sign(&self, leg: u8) -> Option<Timestamp> {
        let began = self.leg_started(leg)?.max(self.departure()?.1);
        Some(self.newest_check_in(leg).map_or(began, |check_in| check_in.at.max(began)))
    }

    /// Since when she is at the end of the last leg.
    pub(super) fn at_end_since(&self) -> Option<Timestamp> {
        let last = self.last_leg().and_then(|leg| self.leg_confirmed(leg));
        Some(self.arrived_at().or(last).unwrap_or_default().max(self.departure()?.1))
    }

    /// The number of the last leg.
    pub(crate) fn last_leg(&self) -> Option<u8> {
        self.sender.journey.as_ref()?.legs.last().map(|leg| leg.number)
    }

    pub(super) fn booked(&self, leg: u8) -> Option<&LegBooked> {
        self.sender.journey.as_ref()?.leg(leg)
    }

    pub(super) fn journey_half(&self, party: Party) -> Option<&JourneyHalf> {
        match party {
            Party::Sender => self.sender.journey.as_ref().map(|journey| &journey.half),
            Party::Receiver => self.receiver.journey.as_ref().map(|journey| &journey.half),
        }
    }

    pub(super) fn journey_halves(&self) -> impl Iterator<Item = (Party, &JourneyHalf)> {
        let both = [Party::Sender, Party::Receiver].into_iter();
        both.filter_map(|party| Some((party, self.journey_half(party)?)))
    }

    fn voices(&self, leg: u8) -> impl Iterator<Item = &JourneyHalf> {
        self.journey_halves().filter(move |(party, _)| self.speaks_for(leg, *party)).map(|(_, half)| half)
    }

    /// The journey was aborted, or she changed her mind.
    fn turned_back(&self) -> bool {
        let aborted = self.sender.journey.as_ref().is_some_and(|journey| journey.aborted.is_some());
        aborted || self.journey_halves().any(|(_, half)| half.mind_changed.is_some())
    }
}
