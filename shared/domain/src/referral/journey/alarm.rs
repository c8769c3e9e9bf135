//! The watch over her while she is on the way: what is awaited next, when its absence is an alarm, what clears it.
//!
//! | awaited | due |
//! |---|---|
//! | a check-in, where the leg has an interval | one interval after she was last heard of on the leg |
//! | the beginning of a leg | at the end of the day on which it departs |
//! | the end of a leg | at the end of the day on which it arrives |
//! | that she is met | two hours after the end of the last leg |
//!
//! Each party raises one alarm for one silence, however many intervals it lasts. A check-in newer than the one from which the
//! alarm was counted clears it, and so does the end of the leg; it stays in the history. Nothing that a party writes keeps the
//! other from raising its own.

use super::{JourneyHalf, Way};
use crate::referral::ReferralState;
use crate::time::{HOUR, Timestamp};
use crate::words::WayStep;
use crate::world::Party;

/// Something that is awaited of her, or of whoever is with her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// What.
    pub what: Sign,
    /// On which leg; a reception: after the last.
    pub leg: u8,
    /// When it is due.
    pub due_at: Timestamp,
    /// When its absence is an alarm.
    pub alarm_at: Timestamp,
}

/// What can be awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The check-in of this number.
    CheckIn(u16),
    /// A step.
    Step(WayStep),
}

/// A check-in may be late by a quarter of the interval, at most this many seconds, before it is missed.
const GRACE_MAX_SECONDS: u64 = 15 * 60;
/// At the end of her way she is met within this time.
const RECEPTION_SECONDS: u64 = 2 * HOUR;

impl ReferralState {
    /// The alarm that is open now: what is awaited, and either party has said that it did not come.
    #[must_use]
    pub fn alarm(&self) -> Option<Awaited> {
        let raised = |awaited: &Awaited| self.journey_halves().any(|(_, half)| self.is_raised(half, awaited));
        self.awaited().find(raised)
    }

    fn awaited(&self) -> impl Iterator<Item = Awaited> {
        [self.awaited_check_in(), self.awaited_step()].into_iter().flatten()
    }

    /// What `party` has not yet raised an alarm about, and will if nobody is heard of: the earliest.
    #[must_use]
    pub fn watched(&self, party: Party) -> Option<Awaited> {
        let raised =
            |awaited: &Awaited| self.journey_half(party).is_some_and(|half| self.is_raised(half, awaited));
        self.awaited().filter(|awaited| !raised(awaited)).min_by_key(|awaited| awaited.alarm_at)
    }

    /// The check-in that is awaited on the present leg.
    #[must_use]
    pub fn awaited_check_in(&self) -> Option<Awaited> {
        let Some(Way::On(leg)) = self.way() else { return None };
        let interval = self.interval_seconds(leg);
        if interval == 0 {
            return None;
        }
        let due_at = self.last_sign(leg)?.plus(interval);
        let alarm_at = due_at.plus((interval / 4).min(GRACE_MAX_SECONDS));
        Some(Awaited { what: Sign::CheckIn(self.check_in_number(leg, due_at)), leg, due_at, alarm_at })
    }

    /// The step that is awaited next.
    fn awaited_step(&self) -> Option<Awaited> {
        let (step, leg, due_at) = match self.way()? {
            Way::Before(leg) => (WayStep::LegStart, leg, self.booked(leg)?.departs_on.end()),
            Way::On(leg) => (WayStep::LegEnd, leg, self.booked(leg)?.arrives_on.end()),
            Way::AtEnd | Way::Arrived => {
                let by = self.at_end_since()?.plus(RECEPTION_SECONDS);
                (WayStep::Reception, self.last_leg().unwrap_or_default(), by)
            }
        };
        Some(Awaited { what: Sign::Step(step), leg, due_at, alarm_at: due_at })
    }

    /// Whether `half` has an alarm about `awaited` that nothing has cleared since.
    fn is_raised(&self, half: &JourneyHalf, awaited: &Awaited) -> bool {
        match awaited.what {
            // What is awaited now is due one interval after she was last heard of: an alarm that was due earlier is cleared.
            Sign::CheckIn(_) => half
                .leg(awaited.leg)
                .and_then(|run| run.missed)
                .is_some_and(|missed| awaited.due_at <= missed.due_at),
            // An alarm that was written before the step was due says nothing of it.
            Sign::Step(step) => half.step_missed.is_some_and(|missed| {
                (missed.step, missed.leg) == (step, awaited.leg) && awaited.due_at <= missed.at
            }),
        }
    }

    /// The number of the check-in that one at `at` on `leg` is: the next that was due, or is due next.
    #[must_use]
    pub fn check_in_number(&self, leg: u8, at: Timestamp) -> u16 {
        let interval = self.interval_seconds(leg);
        if interval == 0 {
            let newest = self.newest_check_in(leg).map_or(0, |check_in| check_in.number);
            return newest.saturating_add(1);
        }
        let departed = self.departure().map_or(Timestamp::default(), |(_, at)| at);
        let began = self.leg_started(leg).map_or(at, |began| began.max(departed));
        let elapsed = at.0.saturating_sub(began.0);
        u16::try_from(elapsed.div_ceil(interval).max(1)).unwrap_or(u16::MAX)
    }

    fn interval_seconds(&self, leg: u8) -> u64 {
        self.booked(leg).map_or(0, |booked| u64::from(booked.check_in_minutes) * 60)
    }
}
