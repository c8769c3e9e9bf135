//! `waymark office profile`: tells the network what this office offers and when it answers.

use std::str::FromStr;

use clap::Args;
use waymark_api::v1;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Tell the network what this office offers and when it answers
#[derive(Args)]
#[command(
    after_help = "Example:\n  waymark office profile --language bg,en --service safe_return --workday monday,tuesday,wednesday,thursday,friday \\\n      --opens 09:00 --closes 17:00 --utc-offset +02:00"
)]
pub(crate) struct Profile {
    /// Language spoken, two small letters. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "CODE")]
    language: Vec<String>,
    /// Service offered. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>())]
    service: Vec<v1::Purpose>,
    /// Day on which staff answer. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Weekday>())]
    workday: Vec<v1::Weekday>,
    /// When they begin, local time.
    #[arg(long, value_name = "HH:MM")]
    opens: Clock,
    /// When they end, local time.
    #[arg(long, value_name = "HH:MM")]
    closes: Clock,
    /// Local time minus UTC.
    #[arg(long, value_name = "+HH:MM", default_value = "+00:00", allow_hyphen_values = true)]
    utc_offset: Offset,
    /// Day on which the office is closed. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "DAY")]
    holiday: Vec<DayArg>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Profile {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let hours = v1::WorkingHours {
            days: numbers(&self.workday),
            opens_minute: self.opens.0,
            closes_minute: self.closes.0,
            utc_offset_minutes: self.utc_offset.0,
            holidays: self.holiday.iter().map(|day| day.text(change.now())).collect(),
        };
        let profile =
            v1::Profile { languages: self.language, services: numbers(&self.service), hours: Some(hours) };
        let request = v1::PublishProfileRequest { options: change.options(), profile: Some(profile) };
        let answer = tool.node().await?.offices().publish_profile(request).await;
        change.done(answer, "The profile is published. Deadlines of offers to this office follow from it.")
    }
}

/// Minutes after local midnight; 24:00 is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock(u32);

impl FromStr for Clock {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        minutes(text)
            .filter(|minutes| *minutes <= 1440)
            .map(Self)
            .ok_or("not a time of day: expected for example 09:00")
    }
}

/// Local time minus UTC, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offset(i32);

impl FromStr for Offset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rest), _) => (1, rest),
            (None, Some(rest)) => (-1, rest),
            (None, None) => (1, text),
        };
        let minutes =
            minutes(rest).and_then(|minutes| i32::try_from(minutes).ok()).filter(|minutes| *minutes <= 840);
        minutes.map(|minutes| Self(sign * minutes)).ok_or("not an offset: expected for example +02:00")
    }
}

fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_and_offsets_are_read_strictly() {
        assert_eq!("09:30".parse(), Ok(Clock(570)));
        assert_eq!("24:00".parse(), Ok(Clock(1440)));
        for text in ["9:00", "09:60", "25:00", "0900", "", "+9:00"] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
        assert_eq!(
            ["+02:00", "-03:30", "00:00"].map(|text| text.parse()),
            [Ok(Offset(120)), Ok(Offset(-210)), Ok(Offset(0))]
        );
        for text in ["+15:00", "2", "+2:00", "++02:00"] {
            assert!(text.parse::<Offset>().is_err(), "{text}");
        }
    }
}
