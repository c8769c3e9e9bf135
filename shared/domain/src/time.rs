//! Time as an argument: seconds and days since 1970-01-01 UTC. Nothing here reads a clock.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Seconds in a day.
pub const DAY: u64 = 86_400;
/// Seconds in an hour.
pub const HOUR: u64 = 3_600;

/// An instant, in seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This instant moved later by `seconds`.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The day (UTC) that holds this instant.
    #[must_use]
    pub const fn day(self) -> Day {
        Day((self.0 / DAY) as u32)
    }

    /// This instant on the clock of a place that is `offset_minutes` ahead of UTC.
    #[must_use]
    pub const fn local(self, offset_minutes: i16) -> Self {
        Self(self.0.saturating_add_signed(offset_minutes as i64 * 60))
    }
}

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Day(pub u32);

impl Day {
    /// Midnight UTC at which the day begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as u64 * DAY)
    }

    /// Midnight UTC at which the day has ended.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        Timestamp((self.0 as u64 + 1) * DAY)
    }

    /// This day moved later by `days`.
    #[must_use]
    pub const fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Year, month (1–12), day of month (1–31) in the proleptic Gregorian calendar.
    #[must_use]
    pub const fn civil(self) -> (i64, u32, u32) {
        // Days to civil date: eras of 400 years, years that begin in March.
        let shifted = self.0 as i64 + 719_468;
        let era = shifted / 146_097;
        let of_era = shifted % 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * from_march + 2) / 5 + 1) as u32;
        let month = (if from_march < 10 { from_march + 3 } else { from_march - 9 }) as u32;
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// The day of this date in the proleptic Gregorian calendar; days before 1970 are day 0.
    #[must_use]
    pub const fn from_civil(year: i64, month: u32, day: u32) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let from_march = (if month > 2 { month - 3 } else { month + 9 }) as i64;
        let of_year = (153 * from_march + 2) / 5 + day as i64 - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        let days = era * 146_097 + of_era - 719_468;
        if days < 0 { Self(0) } else { Self(days as u32) }
    }

    /// The same day of the month `months` later, or the last day of that month when it is shorter.
    #[must_use]
    pub const fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = self.civil();
        let counted = year * 12 + (month - 1) as i64 + months as i64;
        let (year, month) = (counted.div_euclid(12), counted.rem_euclid(12) as u32 + 1);
        let next =
            if month == 12 { Self::from_civil(year + 1, 1, 1) } else { Self::from_civil(year, month + 1, 1) };
        let first = Self::from_civil(year, month, 1);
        let length = next.0 - first.0;
        first.plus(if day > length { length - 1 } else { day - 1 })
    }

    /// Monday = 0 … Sunday = 6. The first day, 1970-01-01, was a Thursday.
    #[must_use]
    pub const fn weekday(self) -> u32 {
        (self.0 + 3) % 7
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0 % DAY;
        write!(f, "{}T{:02}:{:02}:{:02}Z", self.day(), second / HOUR, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_print_as_dates() {
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Day(11_016).to_string(), "2000-02-29");
        assert_eq!(Day(20_781).to_string(), "2026-11-24");
        assert_eq!(Day(20_781).weekday(), 1);
        assert_eq!(Timestamp(1_795_500_061).day(), Day(20_781));
    }

    #[test]
    fn every_day_reads_back_from_its_date() {
        for day in (0..60_000).map(Day) {
            let (year, month, of_month) = day.civil();
            assert_eq!(Day::from_civil(year, month, of_month), day);
        }
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_of_a_shorter_month() {
        assert_eq!(Day::from_civil(2026, 1, 31).plus_months(1).to_string(), "2026-02-28");
        assert_eq!(Day::from_civil(2027, 11, 30).plus_months(3).to_string(), "2028-02-29");
        assert_eq!(Day::from_civil(2026, 11, 24).plus_months(12).to_string(), "2027-11-24");
    }
}
