//! The sender's plan of a journey: day, decision, documents, legs, place, clearance, departure.

use super::{JourneyHalf, LEGS_MAX};
use crate::anomaly::{Anomaly, once, push};
use crate::event::Event;
use crate::event::journey::LegBooked;
use crate::ids::EventId;
use crate::time::{Day, Timestamp};
use crate::words::{AbortReason, GoNoGo};
use crate::world::Applied;

/// What the sender of a hand-over wrote of its journey.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SenderJourney {
    /// The day planned.
    pub proposed: Option<Day>,
    /// The decision on it.
    pub decided: Option<GoNoGo>,
    /// The last day on which all documents are valid.
    pub documents: Option<Day>,
    /// The legs, ascending by number.
    pub legs: Vec<LegBooked>,
    /// When each of them was last booked.
    pub legs_at: Vec<Timestamp>,
    /// The place for the first nights.
    pub shelter: Option<Shelter>,
    /// Guardian and best-interests decision.
    pub safeguarded: Option<Day>,
    /// All gates were green, and nothing was planned anew since.
    pub cleared: Option<EventId>,
    /// She has left.
    pub departed: Option<(EventId, Timestamp)>,
    /// The journey was aborted.
    pub aborted: Option<AbortReason>,
    /// What both parties may write.
    pub half: JourneyHalf,
}

/// The place for the first nights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelter {
    /// First night.
    pub from: Day,
    /// Last night.
    pub until: Day,
    /// With people of her own choice.
    pub private: bool,
}

impl SenderJourney {
    /// Whether `event` is one that only the sender writes.
    #[must_use]
    pub fn concerns(event: &Event) -> bool {
        matches!(
            event,
            Event::JourneyProposed(_)
                | Event::JourneyDecided(_)
                | Event::DocumentsReady(_)
                | Event::LegBooked(_)
                | Event::PlaceArranged(_)
                | Event::MinorSafeguarded(_)
                | Event::JourneyCleared(_)
                | Event::Departed(_)
                | Event::JourneyAborted(_)
        )
    }

    pub(in crate::referral) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if JourneyHalf::concerns(event) {
            return self.half.take(applied, event);
        }
        if let Event::JourneyAborted(body) = event {
            return once(&mut self.aborted, body.reason);
        }
        if self.departed.is_some() || self.half.closed.is_some() {
            return Err(Anomaly::AfterEnd);
        }
        self.plan(applied, event)
    }

    fn plan(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if let Event::JourneyProposed(body) = event {
            (self.proposed, self.decided, self.cleared) = (Some(body.depart_on), None, None);
            // Another day, other legs, and perhaps fewer.
            self.legs.clear();
            self.legs_at.clear();
            (1..=LEGS_MAX).for_each(|leg| self.half.forget_escort(leg));
            return Ok(());
        }
        if self.proposed.is_none() {
            return Err(Anomaly::OutOfOrder);
        }
        if let Event::JourneyCleared(_) = event {
            self.cleared = Some(applied.event_id);
            return Ok(());
        }
        if let Event::Departed(_) = event {
            self.cleared.ok_or(Anomaly::OutOfOrder)?;
            self.departed = Some((applied.event_id, applied.written_by()));
            return Ok(());
        }
        // Whatever is planned anew is cleared anew.
        self.cleared = None;
        if let Event::JourneyDecided(body) = event {
            self.decided = Some(body.verdict);
        } else if let Event::DocumentsReady(body) = event {
            self.documents = Some(body.valid_until);
        } else if let Event::LegBooked(body) = event {
            return self.book(applied.written_by(), body);
        } else if let Event::PlaceArranged(body) = event {
            self.shelter = Some(Shelter { from: body.from, until: body.until, private: body.private });
        } else if let Event::MinorSafeguarded(body) = event {
            self.safeguarded = Some(body.decided_on);
        }
        Ok(())
    }

    fn book(&mut self, at: Timestamp, leg: &LegBooked) -> Result<(), Anomaly> {
        if !(1..=LEGS_MAX).contains(&leg.number) {
            return Err(Anomaly::TooMany);
        }
        let mut booked = self.legs.iter_mut().zip(&mut self.legs_at);
        if let Some((booked, booked_at)) = booked.find(|(booked, _)| booked.number == leg.number) {
            *booked_at = at;
            booked.clone_from(leg);
            // Where and when she travels is sealed: whoever was to go with her may not be free then.
            self.half.forget_escort(leg.number);
            return Ok(());
        }
        if self.legs.last().map_or(0, |last| last.number) + 1 != leg.number {
            return Err(Anomaly::OutOfOrder);
        }
        push(&mut self.legs, leg.clone(), usize::from(LEGS_MAX))?;
        push(&mut self.legs_at, at, usize::from(LEGS_MAX))
    }

    /// The day on which she is to arrive.
    #[must_use]
    pub fn arrives_on(&self) -> Option<Day> {
        self.legs.last().map(|leg| leg.arrives_on)
    }

    /// When the leg `number` was last booked.
    #[must_use]
    pub fn booked_at(&self, number: u8) -> Option<Timestamp> {
        let mut booked = self.legs.iter().zip(&self.legs_at);
        booked.find(|(leg, _)| leg.number == number).map(|(_, at)| *at)
    }

    /// The leg booked as `number`.
    #[must_use]
    pub fn leg(&self, number: u8) -> Option<&LegBooked> {
        self.legs.iter().find(|leg| leg.number == number)
    }
}
