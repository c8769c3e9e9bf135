//! Clock times, days and dates as directories write them, and schedules in words.

use super::model::Schedule;

/// The days of a week, Monday first: iCalendar code and the name shown.
const DAYS: [(&str, &str); 7] =
    [("MO", "Mon"), ("TU", "Tue"), ("WE", "Wed"), ("TH", "Thu"), ("FR", "Fri"), ("SA", "Sat"), ("SU", "Sun")];

/// Minutes after midnight of `9:00`, `09:00:00`, `10:00Z`, `10:00+02:00`, `9 am`, `9:30 PM` or `24:00`. A zone is read
/// over: hours are local to the place.
pub(crate) fn clock(text: &str) -> Option<u16> {
    let lower = text.trim().to_ascii_lowercase();
    let (time, afternoon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(time), _) => (time.trim_end(), Some(false)),
        (_, Some(time)) => (time.trim_end(), Some(true)),
        (None, None) => (lower.as_str(), None),
    };
    let time = time.split(['z', '+']).next()?.split('-').next()?.trim_end();
    let mut parts = time.split(':');
    let hour: u16 = digits(parts.next()?)?;
    let minute: u16 = parts.next().map_or(Some(0), digits)?;
    let second: u16 = parts.next().map_or(Some(0), |part| digits(part.split('.').next()?))?;
    if parts.next().is_some() || minute > 59 || second > 59 || (afternoon.is_none() && !time.contains(':')) {
        return None;
    }
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    let minutes = hour * 60 + minute;
    (hour <= 24 && minutes <= 24 * 60).then_some(minutes)
}

fn digits(text: &str) -> Option<u16> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The bit of a day written as name (`Monday`, `Mon`), number (1 is Monday) or iCalendar code.
pub(crate) fn day(text: &str) -> Option<u8> {
    let lower = text.trim().to_ascii_lowercase();
    if let Ok(number) = lower.parse::<u8>() {
        return (1..=7).contains(&number).then(|| 1 << (number - 1));
    }
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = NAMES.iter().position(|name| lower.len() >= 2 && name.starts_with(&lower))?;
    Some(1 << at)
}

/// The bits of a list of iCalendar codes (`MO,WE`); `None` when it holds anything else, as `1MO`.
pub(crate) fn days(list: &str) -> Option<u8> {
    list.split(',').try_fold(0, |bits, code| {
        let at = DAYS.iter().position(|(known, _)| code.trim().eq_ignore_ascii_case(known))?;
        Some(bits | 1 << at)
    })
}

/// The iCalendar codes of the bits.
pub(crate) fn codes(bits: u8) -> String {
    named(bits, |(code, _)| code).join(",")
}

fn named(bits: u8, name: impl Fn(&(&'static str, &'static str)) -> &'static str) -> Vec<&'static str> {
    DAYS.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, day)| name(day)).collect()
}

/// Is it a day written `YYYY-MM-DD` that exists?
pub(crate) fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut number = |width: usize| {
        let part = parts
            .next()
            .filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<u32>().ok()
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=length).contains(&day)
}

/// A time as `09:30`.
pub(crate) fn shown(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Schedules in words: `Mon, Tue 09:00–17:00; Wed closed`. Days of the same hours are told together.
#[must_use]
pub(crate) fn in_words(schedules: &[Schedule]) -> String {
    let mut lines: Vec<(u8, String)> = Vec::new();
    for schedule in schedules {
        let hours = match (schedule.opens, schedule.closes) {
            (Some(opens), Some(closes)) => format!("{}–{}", shown(opens), shown(closes)),
            (Some(opens), None) => format!("from {}", shown(opens)),
            (None, Some(closes)) => format!("until {}", shown(closes)),
            (None, None) if schedule.days != 0 => "no hours".to_owned(),
            (None, None) => String::new(),
        };
        let words = schedule.description.as_deref().unwrap_or_default();
        let text = [hours.as_str(), words]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        match lines.iter_mut().find(|(days, told)| *days != 0 && schedule.days != 0 && *told == text) {
            Some((days, _)) => *days |= schedule.days,
            None if text.is_empty() => {}
            None => lines.push((schedule.days, text)),
        }
    }
    let told = lines.into_iter().map(|(days, text)| match named(days, |(_, name)| name).join(", ") {
        names if names.is_empty() => text,
        names => format!("{names} {text}"),
    });
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_times_are_read_in_every_usual_form() {
        for (text, minutes) in [
            ("9:00", 540),
            ("09:30", 570),
            ("10:00:00", 600),
            ("10:00Z", 600),
            ("10:00+02:00", 600),
            ("10:00:00.000-05:00", 600),
            ("9 am", 540),
            ("12:15 AM", 15),
            ("12:15pm", 735),
            ("24:00", 1440),
            ("0:30", 30),
        ] {
            assert_eq!(clock(text), Some(minutes), "{text}");
        }
        for text in [
            "", "9", "25:00", "24:01", "9:60", "9:5:99", "13 pm", "0 am", "noon", "1:2:3:4", ":", "٣:٠٠",
            "999:00",
        ] {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[test]
    fn days_have_names_numbers_and_codes() {
        for text in ["Monday", "mon", "MO", "1", " monday "] {
            assert_eq!(day(text), Some(1), "{text}");
        }
        assert_eq!(day("Sunday"), Some(64));
        for text in ["", "m", "0", "8", "mondays", "255", "256"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(days("TH,FR"), Some(0b001_1000));
        assert_eq!(days("1MO"), None);
        assert_eq!(codes(0b001_1000), "TH,FR");
    }

    #[test]
    fn dates_exist() {
        for text in ["2024-02-29", "2000-02-29", "1969-12-31"] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "2023-02-29",
            "1900-02-29",
            "2023-13-01",
            "2023-00-01",
            "2023-1-1",
            "2023-04-31",
            "",
            "2023-01-00",
            "x",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn hours_are_told_together() {
        let open = |days, opens, closes| Schedule { days, opens, closes, ..Schedule::default() };
        let week = [open(1, Some(540), Some(1020)), open(2, Some(540), Some(1020)), open(64, None, None)];
        assert_eq!(in_words(&week), "Mon, Tue 09:00–17:00; Sun no hours");
        assert_eq!(in_words(&[]), "");
    }
}
