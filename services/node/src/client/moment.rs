//! Days and times as arguments: absolute, or counted from the moment of the call.

use core::str::FromStr;

use jiff::fmt::temporal::Pieces;
use waymark_api::v1;
use waymark_domain::time::{DAY, HOUR, Timestamp};

/// A day: `2026-09-01`, `today`, `+30d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DayArg {
    /// This one.
    On(String),
    /// So many days from today (UTC).
    After(u32),
}

impl DayArg {
    /// The day as the contract writes it.
    pub(crate) fn text(&self, now: Timestamp) -> String {
        match self {
            Self::On(day) => day.clone(),
            Self::After(days) => now.day().plus(*days).to_string(),
        }
    }

    /// The day, or an empty text when none is given.
    pub(crate) fn text_if_any(day: Option<&Self>, now: Timestamp) -> String {
        day.map(|day| day.text(now)).unwrap_or_default()
    }
}

impl FromStr for DayArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "today" {
            return Ok(Self::After(0));
        }
        if let Some(days) = text.strip_prefix('+').and_then(|rest| rest.strip_suffix('d')) {
            let days = whole(days).filter(|days| *days <= 36_600).and_then(|days| u32::try_from(days).ok());
            return days.map(Self::After).ok_or("not a number of days: expected for example +30d");
        }
        match text.parse::<jiff::civil::Date>() {
            Ok(day) if day.to_string() == text => Ok(Self::On(text.to_owned())),
            _ => Err("not a day: expected for example 2026-09-01, today or +30d"),
        }
    }
}

/// A time: RFC 3339 with its offset, `now`, `+2h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeArg {
    /// This one.
    At {
        /// Seconds since 1970.
        seconds: i64,
        /// Local time minus UTC.
        offset_minutes: i32,
    },
    /// So many seconds after the call.
    After(i64),
}

impl TimeArg {
    /// The instant.
    pub(crate) fn instant(self, now: Timestamp) -> prost_types::Timestamp {
        let seconds = match self {
            Self::At { seconds, .. } => seconds,
            Self::After(seconds) => i64::try_from(now.0).unwrap_or(i64::MAX).saturating_add(seconds),
        };
        prost_types::Timestamp { seconds, nanos: 0 }
    }

    /// The instant with the local time of the place, as its offset states it.
    pub(crate) fn zoned(self, now: Timestamp) -> v1::ZonedInstant {
        let utc_offset_minutes = match self {
            Self::At { offset_minutes, .. } => offset_minutes,
            Self::After(_) => 0,
        };
        v1::ZonedInstant { at: Some(self.instant(now)), utc_offset_minutes }
    }
}

impl FromStr for TimeArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str =
            "not a time: expected for example 2026-09-01T08:00:00+02:00, now, +30m, +2h or +3d";
        if text == "now" {
            return Ok(Self::After(0));
        }
        if let Some(rest) = text.strip_prefix('+') {
            return after(rest).map(Self::After).ok_or(EXPECTED);
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| EXPECTED)?;
        let offset = Pieces::parse(text).ok().and_then(|pieces| pieces.to_numeric_offset());
        let offset_minutes = offset.map_or(0, |offset| offset.seconds() / 60);
        Ok(Self::At { seconds: instant.as_second(), offset_minutes })
    }
}

fn after(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        'm' => 60,
        'h' => HOUR,
        'd' => DAY,
        _ => return None,
    };
    let count = whole(text.strip_suffix(unit)?).filter(|count| *count <= 10_000_000)?;
    i64::try_from(count * seconds).ok()
}

fn whole(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_500_061);

    #[test]
    fn days_are_absolute_or_counted_from_today() {
        let text = |day: &str| day.parse::<DayArg>().map(|day| day.text(NOW));
        assert_eq!(text("2026-09-01"), Ok("2026-09-01".to_owned()));
        assert_eq!(text("today"), Ok("2026-11-24".to_owned()));
        assert_eq!(text("+7d"), Ok("2026-12-01".to_owned()));
        for day in
            ["", "2026-02-30", "20260901", "2026-09-01T08:00:00Z", "+d", "+-1d", "+99999d", "7d", "yesterday"]
        {
            assert!(text(day).is_err(), "{day}");
        }
    }

    #[test]
    fn a_time_keeps_the_offset_that_it_states() {
        let zoned = |time: &str| time.parse::<TimeArg>().map(|time| time.zoned(NOW));
        let flight = zoned("2026-09-01T08:00:00+02:00").expect("a time");
        assert_eq!((flight.at.map(|at| at.seconds), flight.utc_offset_minutes), (Some(1_788_242_400), 120));
        assert_eq!(zoned("2026-09-01T06:00:00Z").expect("a time").utc_offset_minutes, 0);
        assert_eq!(zoned("+2h").expect("a time").at.map(|at| at.seconds), Some(1_795_507_261));
        for time in
            ["", "2026-09-01", "2026-09-01T08:00:00", "+2", "+2y", "+h", "tomorrow", "+99999999999999999999d"]
        {
            assert!(zoned(time).is_err(), "{time}");
        }
    }
}
