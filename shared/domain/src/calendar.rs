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

#[cfg(test)]
mod tests {

    use super::*;

    fn hours(days: u8, offset: i16) -> WorkingHours {
        WorkingHours {
            days,
            opens_minute: 540,
            closes_minute: 1_020,
            utc_offset_minutes: offset,
            holidays: Vec::new(),
        }
    }

    fn at(text: &str, days: u32, hours: Option<&WorkingHours>) -> String {
        let (year, month, day) = match text {
            "friday" => (2026, 11, 27),
            "sunday" => (2026, 11, 29),
            other => panic!("{other}"),
        };
        let now = Day::from_civil(year, month, day).start().plus(10 * HOUR);
        after_working_days(now, days, hours).to_string()
    }

    #[test]
    fn weekends_do_not_count() {
        assert_eq!(at("friday", 3, None), "2026-12-02T17:00:00Z");
        assert_eq!(at("sunday", 3, None), "2026-12-02T17:00:00Z");
        assert_eq!(at("friday", 1, Some(&hours(0x60, 0))), "2026-11-28T17:00:00Z", "open at weekends only");
    }

    #[test]
    fn closing_time_is_local() {
        assert_eq!(at("friday", 1, Some(&hours(0x1f, 330))), "2026-11-30T11:30:00Z");
        assert_eq!(at("friday", 1, Some(&hours(0x1f, -300))), "2026-11-30T22:00:00Z");
    }

    #[test]
    fn a_calendar_that_never_opens_counts_plain_days() {
        assert_eq!(at("friday", 3, Some(&hours(0, 0))), "2026-11-30T17:00:00Z");
    }

    #[test]
    fn a_peers_absurd_calendar_gives_a_time_all_the_same() {
        let mut absurd = hours(0x7f, i16::MIN);
        absurd.closes_minute = u16::MAX;
        absurd.holidays = (0..3_000).map(|day| Day(20_780 + day)).collect();
        let far = after_working_days(Day(20_780).start(), 3, Some(&absurd));
        assert!(far > Day(20_780).start());
        let _extreme = after_working_days(Timestamp(u64::MAX), u32::MAX, Some(&absurd));
        let _begin = after_working_days(Timestamp(0), 1, Some(&hours(0x7f, i16::MAX)));
    }

    #[test]
    fn an_offer_never_ends_before_it_is_to_be_acknowledged() {
        let rules = DeadlineRules::default();
        let mut closed = hours(0x1f, 0);
        closed.holidays = (0..30).map(|day| Day(20_780 + day)).collect();
        let deadlines = rules.deadlines(Urgency::Normal, Day(20_780).start(), Some(&closed));
        assert!(deadlines.acknowledge_by < deadlines.expires_at);
    }
}
