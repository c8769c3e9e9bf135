//! OfficeService.

use waymark_domain::command::PublishProfile;
use waymark_domain::event::notice::{OfficeProfile, WorkingHours};
use waymark_domain::ids::Country;
use waymark_domain::time::Day;
use waymark_domain::words::{OfficeRole, Purpose};

use super::change::change;
use super::list::{Listed, Page, listed};
use super::read::Reader;
use super::words::numbers;
use crate::error::{Fault, Rejected};
use crate::v1;

/// Languages of a profile, at most.
const LANGUAGES_MAX: usize = 32;
/// Days closed, at most.
const HOLIDAYS_MAX: usize = 366;
/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Bit of each weekday in [`WorkingHours::days`].
const WEEKDAYS: [v1::Weekday; 7] = [
    v1::Weekday::Monday,
    v1::Weekday::Tuesday,
    v1::Weekday::Wednesday,
    v1::Weekday::Thursday,
    v1::Weekday::Friday,
    v1::Weekday::Saturday,
    v1::Weekday::Sunday,
];

change!(PublishProfileRequest => PublishProfileResponse {}; |message, _, reader| PublishProfile {
    profile: profile(reader, message.profile),
});

listed!(ListOfficesRequest);

/// Which offices are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfficeFilter {
    /// With one of these roles; empty: any.
    pub roles: Vec<OfficeRole>,
    /// That offer one of these; empty: any.
    pub services: Vec<Purpose>,
    /// There; none: anywhere.
    pub country: Option<Country>,
}

/// Reads which offices are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list(request: &v1::ListOfficesRequest) -> Result<(OfficeFilter, Page), Rejected> {
    Reader::read(|reader| {
        let filter = OfficeFilter {
            roles: reader.words("roles", &request.roles),
            services: reader.words("services", &request.services),
            country: reader.country_if_any("country", &request.country),
        };
        (filter, request.page(reader))
    })
}

/// What an office offers and when it answers, as a message.
#[must_use]
pub fn profile_message(profile: &OfficeProfile) -> v1::Profile {
    v1::Profile {
        languages: profile.languages.clone(),
        services: numbers(&profile.services),
        hours: Some(hours_message(&profile.hours)),
    }
}

fn hours_message(hours: &WorkingHours) -> v1::WorkingHours {
    let days = WEEKDAYS.iter().enumerate().filter(|(bit, _)| hours.days >> bit & 1 == 1);
    v1::WorkingHours {
        days: days.map(|(_, day)| i32::from(*day)).collect(),
        opens_minute: hours.opens_minute.into(),
        closes_minute: hours.closes_minute.into(),
        utc_offset_minutes: hours.utc_offset_minutes.into(),
        holidays: hours.holidays.iter().map(Day::to_string).collect(),
    }
}

fn profile(reader: &mut Reader, message: Option<v1::Profile>) -> OfficeProfile {
    let message = reader.present("profile", message).unwrap_or_default();
    reader.within("profile", |reader| OfficeProfile {
        languages: reader.languages("languages", message.languages, LANGUAGES_MAX),
        services: reader.words("services", &message.services),
        hours: hours(reader, message.hours),
    })
}

fn hours(reader: &mut Reader, message: Option<v1::WorkingHours>) -> WorkingHours {
    let message = reader.present("hours", message).unwrap_or_default();
    reader.within("hours", |reader| {
        let opens_minute = reader.number("opens_minute", message.opens_minute, 0, DAY_MINUTES - 1);
        WorkingHours {
            days: weekdays(reader, &message.days),
            opens_minute,
            closes_minute: reader.number(
                "closes_minute",
                message.closes_minute,
                opens_minute + 1,
                DAY_MINUTES,
            ),
            utc_offset_minutes: reader.offset_minutes("utc_offset_minutes", message.utc_offset_minutes),
            holidays: holidays(reader, &message.holidays),
        }
    })
}

fn weekdays(reader: &mut Reader, numbers: &[i32]) -> u8 {
    if numbers.is_empty() {
        reader.note("days", Fault::Missing);
    }
    let days: Vec<v1::Weekday> = reader.values("days", numbers);
    let mut bits = 0;
    for (position, day) in days.iter().enumerate() {
        let bit = WEEKDAYS.iter().position(|weekday| weekday == day).map_or(0, |bit| 1 << bit);
        if bits & bit != 0 {
            reader.note(&format!("days[{position}]"), Fault::Repeated);
        }
        bits |= bit;
    }
    bits
}

fn holidays(reader: &mut Reader, texts: &[String]) -> Vec<Day> {
    reader.at_most("holidays", texts.len(), HOLIDAYS_MAX);
    let mut days = Vec::with_capacity(texts.len().min(HOLIDAYS_MAX));
    for (position, text) in texts.iter().take(HOLIDAYS_MAX).enumerate() {
        let field = format!("holidays[{position}]");
        let day = reader.day(&field, text);
        if days.contains(&day) && day != Day::default() {
            reader.note(&field, Fault::Repeated);
        }
        days.push(day);
    }
    days.sort_unstable();
    days
}
