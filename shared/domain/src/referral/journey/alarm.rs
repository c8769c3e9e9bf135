//! Check-ins on the way: when one is due, when its absence is an alarm, what clears it.
//!
//! Check-in `n` of a leg is due `n` intervals after the leg began, until its end is confirmed. An alarm is cleared by any
//! check-in of the same or a later number, or by the end of the leg; it stays in the history.

use super::{CheckIn, JourneyHalf, JourneyPhase, Missed};
use crate::event::journey::LegBooked;
use crate::referral::ReferralState;
use crate::time::Timestamp;

/// An open alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// The leg.
    pub leg: u8,
    /// The check-in that did not come.
    pub missed: Missed,
}

/// A check-in may be late by a quarter of the interval, at most this many seconds, before it is missed.
const GRACE_MAX_SECONDS: u64 = 15 * 60;

pub(super) fn open_alarm(either: [Option<&JourneyHalf>; 2], leg: u8) -> Option<Missed> {
    let runs = || either.into_iter().flatten().filter_map(|half| half.leg(leg));
    let missed = runs().filter_map(|run| run.missed).max()?;
    let cleared =
        runs().any(|run| run.confirmed.is_some() || run.check_in.is_some_and(|c| c.number >= missed.number));
    (!cleared).then_some(missed)
}

impl ReferralState {
    fn halves(&self) -> [Option<&JourneyHalf>; 2] {
        let sender = self.sender.journey.as_ref().map(|journey| &journey.half);
        [sender, self.receiver.journey.as_ref().map(|journey| &journey.half)]
    }

    /// The alarm that is open now.
    #[must_use]
    pub fn alarm(&self) -> Option<Alarm> {
        let JourneyPhase::MissedCheckIn(leg) = self.journey_phase() else { return None };
        open_alarm(self.halves(), leg).map(|missed| Alarm { leg, missed })
    }

    /// When `leg` began, as either party saw it.
    #[must_use]
    pub fn leg_started(&self, leg: u8) -> Option<Timestamp> {
        let runs = self.halves().into_iter().flatten().filter_map(|half| half.leg(leg));
        runs.filter_map(|run| run.started).min()
    }

    /// When the end of `leg` was confirmed.
    #[must_use]
    pub fn leg_confirmed(&self, leg: u8) -> Option<Timestamp> {
        let runs = self.halves().into_iter().flatten().filter_map(|half| half.leg(leg));
        runs.filter_map(|run| run.confirmed).min()
    }

    /// When she arrived, as either party saw it.
    #[must_use]
    pub fn arrived_at(&self) -> Option<Timestamp> {
        self.halves().into_iter().flatten().filter_map(|half| half.arrived).min()
    }

    /// Whether either party named the escort of `leg`.
    #[must_use]
    pub fn has_escort(&self, leg: u8) -> bool {
        self.halves().into_iter().flatten().any(|half| half.names_escort(leg))
    }

    /// The number of the check-in that one at `at` on `leg` is: the next that was due, or is due next.
    #[must_use]
    pub fn check_in_number(&self, leg: u8, at: Timestamp) -> u16 {
        let interval = self.booked(leg).map_or(0, interval_seconds);
        let began = self.leg_started(leg).unwrap_or(at);
        if interval == 0 {
            let newest = self.newest_check_in(leg).map_or(0, |check_in| check_in.number);
            return newest.saturating_add(1);
        }
        let elapsed = at.0.saturating_sub(began.0);
        u16::try_from(elapsed.div_ceil(interval).max(1)).unwrap_or(u16::MAX)
    }

    /// The newest check-in on `leg`.
    #[must_use]
    pub fn newest_check_in(&self, leg: u8) -> Option<CheckIn> {
        let runs = self.halves().into_iter().flatten().filter_map(|half| half.leg(leg));
        runs.filter_map(|run| run.check_in).max()
    }

    /// The check-in that is awaited on the present leg, and when its absence is an alarm.
    #[must_use]
    pub fn awaited_check_in(&self) -> Option<(u8, Missed, Timestamp)> {
        let (JourneyPhase::InTransit(leg) | JourneyPhase::MissedCheckIn(leg)) = self.journey_phase() else {
            return None;
        };
        let booked = self.booked(leg)?;
        let (interval, began) = (interval_seconds(booked), self.leg_started(leg)?);
        if interval == 0 || self.leg_confirmed(leg).is_some() {
            return None;
        }
        let missed = open_alarm(self.halves(), leg).map_or(0, |missed| missed.number);
        let heard = self.newest_check_in(leg).map_or(0, |check_in| check_in.number);
        let number = missed.max(heard).checked_add(1)?;
        let due_at = began.plus(interval.saturating_mul(u64::from(number)));
        let grace = (interval / 4).min(GRACE_MAX_SECONDS);
        Some((leg, Missed { number, due_at }, due_at.plus(grace)))
    }

    fn booked(&self, leg: u8) -> Option<&LegBooked> {
        self.sender.journey.as_ref()?.leg(leg)
    }
}

fn interval_seconds(leg: &LegBooked) -> u64 {
    u64::from(leg.check_in_minutes) * 60
}
