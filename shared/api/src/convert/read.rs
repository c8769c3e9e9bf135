//! Reading a message field by field: every fault is noted with its path, and no value leaves while one is.

use core::fmt::Display;
use core::str::FromStr;

use waymark_domain::command::Text;
use waymark_domain::ids::{Country, EventId, OfficeId, StaffId, ThreadId, UnitId};
use waymark_domain::section::TEXT_MAX;
use waymark_domain::time::{DAY, Day, Timestamp};

use super::words::Word;
use crate::error::{Fault, Rejected, Violation};

/// Rows of a repeated field, at most, where nothing smaller is stated.
pub const ROWS_MAX: usize = 64;
/// The last instant that a message may state: the end of 2099.
pub const LATEST: Timestamp = Timestamp(4_102_444_799);
/// Local time is at most this many minutes from UTC (14 hours).
pub const OFFSET_MINUTES_MAX: i32 = 840;

/// An identifier and what stands in its place while a fault is noted.
pub trait Identifier: FromStr + Display + Copy + PartialEq {
    /// Stands where none could be read; never let out.
    const PLACEHOLDER: Self;
}

macro_rules! identifiers {
    ($($id:ident[$len:literal])+) => {$(
        impl Identifier for $id {
            const PLACEHOLDER: Self = Self([0; $len]);
        }
    )+};
}
identifiers!(OfficeId[16] ThreadId[16] EventId[16] UnitId[16] StaffId[8]);

/// Reads fields and notes faults. A reading method always answers; where it noted a fault, with a placeholder.
#[derive(Debug, Default)]
pub struct Reader {
    path: Vec<String>,
    violations: Vec<Violation>,
}

impl Reader {
    /// What `body` reads, if it noted no fault.
    ///
    /// # Errors
    /// [`Rejected`] with every fault noted, in the order of the message.
    pub fn read<T>(body: impl FnOnce(&mut Self) -> T) -> Result<T, Rejected> {
        let mut reader = Self::default();
        let value = body(&mut reader);
        if reader.violations.is_empty() { Ok(value) } else { Err(Rejected { violations: reader.violations }) }
    }

    /// Notes that `field` is at fault.
    pub fn note(&mut self, field: &str, fault: Fault) {
        let mut path = self.path.join(".");
        if !path.is_empty() && !field.is_empty() {
            path.push('.');
        }
        path.push_str(field);
        self.violations.push(Violation { field: path, fault });
    }

    /// Reads a message inside `field`.
    pub fn within<T>(&mut self, field: &str, body: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(field.to_owned());
        let value = body(self);
        self.path.pop();
        value
    }

    /// A message that must be there; notes its absence and then answers none.
    pub fn present<T>(&mut self, field: &str, message: Option<T>) -> Option<T> {
        if message.is_none() {
            self.note(field, Fault::Missing);
        }
        message
    }

    /// An identifier.
    pub fn id<I: Identifier>(&mut self, field: &str, text: &str) -> I {
        if text.is_empty() {
            self.note(field, Fault::Missing);
            return I::PLACEHOLDER;
        }
        self.id_if_any(field, text).unwrap_or(I::PLACEHOLDER)
    }

    /// An identifier, or none for an empty text.
    pub fn id_if_any<I: Identifier>(&mut self, field: &str, text: &str) -> Option<I> {
        if text.is_empty() {
            return None;
        }
        let id = text.parse().ok();
        if id.is_none() {
            self.note(field, Fault::NotAnId);
        }
        id
    }

    /// A word.
    pub fn word<W: Word>(&mut self, field: &str, number: i32) -> W {
        if number == 0 {
            self.note(field, Fault::Missing);
        }
        self.word_if_any(field, number).unwrap_or(W::PLACEHOLDER)
    }

    /// A word, or none for the unspecified one.
    pub fn word_if_any<W: Word>(&mut self, field: &str, number: i32) -> Option<W> {
        let word = W::from_number(number);
        if word.is_none() && number != 0 {
            self.note(field, Fault::UnknownWord);
        }
        word
    }

    /// Words, each at most once, in ascending order whatever the order of the message. May be empty.
    pub fn words<W: Word + Ord>(&mut self, field: &str, numbers: &[i32]) -> Vec<W> {
        let mut words = Vec::with_capacity(numbers.len().min(ROWS_MAX));
        for (position, &number) in numbers.iter().take(ROWS_MAX).enumerate() {
            let word = self.word(&format!("{field}[{position}]"), number);
            if words.contains(&word) && W::from_number(number).is_some() {
                self.note(&format!("{field}[{position}]"), Fault::Repeated);
            }
            words.push(word);
        }
        self.at_most(field, numbers.len(), ROWS_MAX);
        words.sort_unstable();
        words
    }

    /// At least one word, otherwise like [`Reader::words`].
    pub fn some_words<W: Word + Ord>(&mut self, field: &str, numbers: &[i32]) -> Vec<W> {
        if numbers.is_empty() {
            self.note(field, Fault::Missing);
        }
        self.words(field, numbers)
    }

    /// Values of an enumeration that only the contract knows, such as phases. May be empty.
    pub fn values<E: TryFrom<i32>>(&mut self, field: &str, numbers: &[i32]) -> Vec<E> {
        self.at_most(field, numbers.len(), ROWS_MAX);
        let mut values = Vec::with_capacity(numbers.len().min(ROWS_MAX));
        for (position, &number) in numbers.iter().take(ROWS_MAX).enumerate() {
            match E::try_from(number) {
                Ok(value) if number != 0 => values.push(value),
                _ => self.note(&format!("{field}[{position}]"), Fault::UnknownWord),
            }
        }
        values
    }

    /// A text for a section, not empty.
    pub fn text(&mut self, field: &str, text: String) -> Text {
        if text.trim().is_empty() {
            self.note(field, Fault::Missing);
        }
        Text(self.text_within(field, text, TEXT_MAX))
    }

    /// A text for a section, or none when it is empty.
    pub fn text_if_any(&mut self, field: &str, text: String) -> Option<Text> {
        let text = self.text_within(field, text, TEXT_MAX);
        (!text.trim().is_empty()).then_some(Text(text))
    }

    /// A text of at most `max` bytes.
    pub fn text_within(&mut self, field: &str, text: String, max: usize) -> String {
        if text.len() > max {
            self.note(field, Fault::TooLong { max });
            return String::new();
        }
        text
    }

    /// A number from `min` to `max`.
    pub fn number<N>(&mut self, field: &str, number: u32, min: N, max: N) -> N
    where
        N: Copy + Into<u32> + TryFrom<u32>,
    {
        match N::try_from(number) {
            Ok(fits) if (min.into()..=max.into()).contains(&number) => fits,
            _ => {
                self.note(field, Fault::OutOfRange { min: min.into().into(), max: max.into().into() });
                min
            }
        }
    }

    /// Local time minus UTC, in minutes.
    pub fn offset_minutes(&mut self, field: &str, minutes: i32) -> i16 {
        let max = OFFSET_MINUTES_MAX;
        match i16::try_from(minutes) {
            Ok(fits) if (-max..=max).contains(&minutes) => fits,
            _ => {
                self.note(field, Fault::OutOfRange { min: (-max).into(), max: max.into() });
                0
            }
        }
    }

    /// A day.
    pub fn day(&mut self, field: &str, text: &str) -> Day {
        if text.is_empty() {
            self.note(field, Fault::Missing);
        }
        self.day_if_any(field, text).unwrap_or_default()
    }

    /// A day, or none for an empty text.
    pub fn day_if_any(&mut self, field: &str, text: &str) -> Option<Day> {
        if text.is_empty() {
            return None;
        }
        let day = parse_day(text);
        if day.is_none() {
            self.note(field, Fault::NotADay);
        }
        day
    }

    /// An instant.
    pub fn instant(&mut self, field: &str, instant: Option<prost_types::Timestamp>) -> Timestamp {
        if instant.is_none() {
            self.note(field, Fault::Missing);
        }
        self.instant_if_any(field, instant).unwrap_or_default()
    }

    /// An instant, or none when absent. Parts of a second are dropped.
    pub fn instant_if_any(
        &mut self,
        field: &str,
        instant: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        let instant = instant?;
        let seconds = u64::try_from(instant.seconds).ok().filter(|seconds| *seconds <= LATEST.0);
        let well_formed = (0..1_000_000_000).contains(&instant.nanos);
        if seconds.is_none() || !well_formed {
            self.note(field, Fault::NotAnInstant);
            return None;
        }
        seconds.map(Timestamp)
    }

    /// Notes an end that lies before its beginning; silent when one of them could not be read.
    pub fn ordered<T: Ord + Default>(&mut self, first: &'static str, begins: T, field: &str, ends: T) {
        if begins != T::default() && ends != T::default() && ends < begins {
            self.note(field, Fault::Before { other: first });
        }
    }

    /// Languages: two small letters each (ISO 639-1), each at most once.
    pub fn languages(&mut self, field: &str, languages: Vec<String>, max: usize) -> Vec<String> {
        self.at_most(field, languages.len(), max);
        for (position, language) in languages.iter().take(max).enumerate() {
            let two_letters =
                language.len() == 2 && language.bytes().all(|letter| letter.is_ascii_lowercase());
            if !two_letters {
                self.note(&format!("{field}[{position}]"), Fault::NotALanguage);
            } else if languages.iter().take(position).any(|before| before == language) {
                self.note(&format!("{field}[{position}]"), Fault::Repeated);
            }
        }
        languages
    }

    /// A country (ISO 3166-1 alpha-2), or none for an empty text.
    pub fn country_if_any(&mut self, field: &str, text: &str) -> Option<Country> {
        if text.is_empty() {
            return None;
        }
        let country = text.parse().ok();
        if country.is_none() {
            self.note(field, Fault::NotACountry);
        }
        country
    }

    /// Countries (ISO 3166-1 alpha-2), each at most once, in ascending order whatever the order of the message.
    pub fn countries(&mut self, field: &str, countries: &[String], max: usize) -> Vec<Country> {
        self.at_most(field, countries.len(), max);
        let mut read = Vec::with_capacity(countries.len().min(max));
        for (position, text) in countries.iter().take(max).enumerate() {
            match text.parse() {
                Ok(country) if read.contains(&country) => {
                    self.note(&format!("{field}[{position}]"), Fault::Repeated)
                }
                Ok(country) => read.push(country),
                Err(_) => self.note(&format!("{field}[{position}]"), Fault::NotACountry),
            }
        }
        read.sort_unstable();
        read
    }

    /// Notes a repeated field with more than `max` rows.
    pub fn at_most(&mut self, field: &str, rows: usize, max: usize) {
        if rows > max {
            self.note(field, Fault::TooMany { max });
        }
    }
}

/// `YYYY-MM-DD` from 1970 to 2099, as a day that exists.
fn parse_day(text: &str) -> Option<Day> {
    let well_formed = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !well_formed {
        return None;
    }
    let year: u32 = text.get(..4)?.parse().ok()?;
    let month: u32 = text.get(5..7)?.parse().ok()?;
    let of_month: u32 = text.get(8..)?.parse().ok()?;
    let last = (LATEST.0 / DAY) as u32;
    let day = days_before(year, month)?.checked_add(of_month.checked_sub(1)?).map(Day)?;
    // The only judge of what exists is the domain's calendar.
    (day.0 <= last && day.to_string() == text).then_some(day)
}

/// Days from 1970-01-01 to the first of a month.
fn days_before(year: u32, month: u32) -> Option<u32> {
    const IN_MONTHS: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let whole_years = year.checked_sub(1970)?;
    let months = IN_MONTHS.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let leap = |year: u32| year / 4 - year / 100 + year / 400;
    let leap_days = leap(year - 1) - leap(1969);
    let this_year = u32::from(month > 2 && leap(year) > leap(year - 1));
    Some(whole_years * 365 + leap_days + months + this_year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_domain::words::Purpose;

    #[test]
    fn every_day_until_2099_reads_back_from_its_text() {
        for day in (0..=47_481).map(Day) {
            assert_eq!(parse_day(&day.to_string()), Some(day));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_not_read() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-01",
            "2100-01-01",
            "1969-12-31",
            "20260101",
            "2026-01-00",
            "2026-01-+1",
            "２０２６-01-01",
            " 2026-01-01",
            "0000-00-00",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let rejected = Reader::read(|reader| {
            reader.within("scope", |reader| {
                reader.id::<OfficeId>("recipient", "nobody");
                reader.some_words::<Purpose>("purposes", &[1, 1, 99]);
                reader.day("until_on", "");
            });
            reader.instant("at", Some(prost_types::Timestamp { seconds: -1, nanos: 0 }));
        })
        .unwrap_err();
        let told: Vec<_> = rejected.violations.iter().map(|v| (v.field.as_str(), v.fault)).collect();
        assert_eq!(
            told,
            [
                ("scope.recipient", Fault::NotAnId),
                ("scope.purposes[1]", Fault::Repeated),
                ("scope.purposes[2]", Fault::UnknownWord),
                ("scope.until_on", Fault::Missing),
                ("at", Fault::NotAnInstant),
            ]
        );
    }
}
