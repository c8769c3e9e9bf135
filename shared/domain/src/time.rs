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
}
