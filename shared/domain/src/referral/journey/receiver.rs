//! The receiver's part of a journey: reception, follow-ups.

use super::JourneyHalf;
use crate::anomaly::{Anomaly, once, push};
use crate::event::Event;
use crate::ids::EventId;
use crate::time::{Day, Timestamp};
use crate::words::FollowUpOutcome;
use crate::world::Applied;

/// What the receiver of a hand-over wrote of its journey.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiverJourney {
    /// Somebody will meet her, on that day.
    pub reception: Option<Day>,
    /// She was met: the `ReceptionConfirmed`, and when.
    pub received: Option<(EventId, Timestamp)>,
    /// The days of the follow-ups, ascending.
    pub follow_ups: Vec<Day>,
    /// The newest follow-up whose day was noted to have come; 0 is none.
    pub follow_up_due: u8,
    /// The follow-ups recorded, by number.
    pub followed_up: Vec<(u8, FollowUpOutcome)>,
    /// What both parties may write.
    pub half: JourneyHalf,
}

/// More follow-ups than this are not scheduled.
const FOLLOW_UPS_MAX: usize = 32;

impl ReceiverJourney {
    /// Whether `event` is one that only the receiver writes.
    #[must_use]
    pub fn concerns(event: &Event) -> bool {
        matches!(
            event,
            Event::ReceptionArranged(_)
                | Event::ReceptionConfirmed(_)
                | Event::FollowUpsScheduled(_)
                | Event::FollowUpDue(_)
                | Event::FollowUpRecorded(_)
        )
    }

    pub(in crate::referral) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if let Event::ReceptionArranged(body) = event {
            self.reception = Some(body.meets_on);
        } else if let Event::ReceptionConfirmed(body) = event {
            return once(&mut self.received, (applied.event_id, body.at));
        } else if let Event::FollowUpsScheduled(body) = event {
            self.received.ok_or(Anomaly::OutOfOrder)?;
            if body.due_on.len() > FOLLOW_UPS_MAX {
                return Err(Anomaly::TooMany);
            }
            self.follow_ups.clone_from(&body.due_on);
        } else if let Event::FollowUpDue(body) = event {
            if usize::from(body.number) > self.follow_ups.len() {
                return Err(Anomaly::OutOfOrder);
            }
            if body.number <= self.follow_up_due {
                return Err(Anomaly::Repeated);
            }
            self.follow_up_due = body.number;
        } else if let Event::FollowUpRecorded(body) = event {
            if body.number == 0 || usize::from(body.number) > self.follow_ups.len() {
                return Err(Anomaly::OutOfOrder);
            }
            if self.followed_up.iter().any(|(number, _)| *number == body.number) {
                return Err(Anomaly::Repeated);
            }
            return push(&mut self.followed_up, (body.number, body.outcome), FOLLOW_UPS_MAX);
        } else if matches!(event, Event::JourneyClosed(_)) && self.received.is_none() {
            // Before she is met the sender answers for her: nobody else ends her journey.
            return Err(Anomaly::OutOfOrder);
        } else {
            return self.half.take(applied, event);
        }
        Ok(())
    }

    /// The next follow-up: its number and its day.
    #[must_use]
    pub fn next_follow_up(&self) -> Option<(u8, Day)> {
        let recorded = |number: u8| self.followed_up.iter().any(|(done, _)| *done == number);
        let ended = self.followed_up.iter().any(|(_, outcome)| *outcome == FollowUpOutcome::Ended);
        let numbered = (1u8..).zip(self.follow_ups.iter().copied());
        if ended { None } else { numbered.into_iter().find(|(number, _)| !recorded(*number)) }
    }

    /// The first day on which a follow-up counts: midway from the one before it, or from the reception, to its own. The first one
    /// may be made on the evening of the reception; a year's is not made after a week.
    #[must_use]
    pub fn follow_up_from(&self, number: u8) -> Option<Day> {
        let due_on = |number: u8| self.follow_ups.get(usize::from(number).checked_sub(1)?).copied();
        let own = due_on(number)?;
        let before = due_on(number - 1).or(self.received.map(|(_, at)| at.day()))?;
        Some(before.plus(own.0.saturating_sub(before.0) / 2))
    }
}
