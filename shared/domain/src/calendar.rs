//! Deadlines: defaults by urgency, working days of the receiving office. Times are absolute once an offer is made.

use crate::event::notice::WorkingHours;
use crate::event::referral::Deadlines;
use crate::time::{DAY, Day, HOUR, Timestamp};
use crate::words::Urgency;

/// How long things may take; each network and office can set its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadlineRules {
    /// For urgency `normal`.
    pub normal: UrgencyRule,
    /// For urgency `urgent`.
    pub urgent: UrgencyRule,
    /// For urgency `emergency`.
    pub emergency: UrgencyRule,
    /// How long a place is held unless agreed, in seconds.
    pub hold_seconds: u64,
}

/// The deadlines of one urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrgencyRule {
    /// A human has seen the offer.
    pub acknowledge: Span,
    /// First contact with the person, in seconds.
    pub contact_seconds: u64,
    /// The offer ends, in seconds.
    pub expire_seconds: u64,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// By the clock, in seconds.
    Clock(u64),
    /// In working days of the receiving office.
    WorkingDays(u32),
}

impl Default for DeadlineRules {
    fn default() -> Self {
        Self {
            normal: UrgencyRule {
                acknowledge: Span::WorkingDays(3),
                contact_seconds: 14 * DAY,
                expire_seconds: 14 * DAY,
            },
            urgent: UrgencyRule {
                acknowledge: Span::Clock(24 * HOUR),
                contact_seconds: 72 * HOUR,
                expire_seconds: 72 * HOUR,
            },
            emergency: UrgencyRule {
                acknowledge: Span::Clock(4 * HOUR),
                contact_seconds: 24 * HOUR,
                expire_seconds: 24 * HOUR,
            },
            hold_seconds: 24 * HOUR,
        }
    }
}

impl DeadlineRules {
    /// The rule for `urgency`.
    #[must_use]
    pub const fn of(&self, urgency: Urgency) -> &UrgencyRule {
        match urgency {
            Urgency::Normal => &self.normal,
            Urgency::Urgent => &self.urgent,
            Urgency::Emergency => &self.emergency,
        }
    }

    /// Absolute deadlines of an offer made at `now` to an office that works `hours`.
    #[must_use]
    pub fn deadlines(&self, urgency: Urgency, now: Timestamp, hours: Option<&WorkingHours>) -> Deadlines {
        let rule = self.of(urgency);
        let acknowledge_by = match rule.acknowledge {
            Span::Clock(seconds) => now.plus(seconds),
            Span::WorkingDays(days) => after_working_days(now, days, hours),
        };
        let expires_at = now.plus(rule.expire_seconds).max(acknowledge_by.plus(HOUR));
        Deadlines { acknowledge_by, contact_by: now.plus(rule.contact_seconds), expires_at }
    }
}

/// The close of business of the `days`-th working day after the one that holds `now`. Without published hours: Monday to
/// Friday, 9 to 17 UTC. A calendar that never opens counts plain days.
#[must_use]
pub fn after_working_days(now: Timestamp, days: u32, hours: Option<&WorkingHours>) -> Timestamp {
    let (mask, closes, offset) = match hours {
        Some(hours) => (
            hours.days & 0x7f,
            i64::from(hours.closes_minute.min(1_440)),
            i64::from(hours.utc_offset_minutes),
        ),
        None => (0x1f, 17 * 60, 0),
    };
    let local = i64::try_from(now.0).unwrap_or(i64::MAX / 2).saturating_add(offset * 60).max(0);
    let mut day = Timestamp(local.unsigned_abs()).day();
    let mut left = days;
    for _ in 0..CALENDAR_DAYS_MAX {
        if left == 0 {
            break;
        }
        day = day.plus(1);
        if mask == 0 || is_working_day(day, mask, hours) {
            left -= 1;
        }
    }
    let closing = i64::try_from(day.start().0).unwrap_or(i64::MAX / 2) + closes * 60 - offset * 60;
    Timestamp(closing.max(0).unsigned_abs())
}

/// A run of closed days longer than this ends the search.
const CALENDAR_DAYS_MAX: u32 = 400;

fn is_working_day(day: Day, mask: u8, hours: Option<&WorkingHours>) -> bool {
    let open = mask & (1 << day.weekday()) != 0;
    open && hours.is_none_or(|hours| hours.holidays.binary_search(&day).is_err())
}
