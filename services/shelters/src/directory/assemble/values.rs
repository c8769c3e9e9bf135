//! Values that must have a form: read where they have it, reported and left out where not.

use crate::directory::clean::{is_email, link, quoted};
use crate::directory::country::Country;
use crate::directory::fault::{Effect, Reason};
use crate::directory::hours::{clock, is_date};
use crate::directory::intake::Intake;
use crate::directory::model::Point;
use crate::directory::row::Row;

/// Reads a cell with `parse`; reports it when it is filled and not `wanted`.
pub(super) fn read<T>(
    intake: &mut Intake<'_>,
    row: &Row,
    column: &'static str,
    wanted: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let text = row.cell(column)?;
    let value = parse(text);
    if value.is_none() {
        let reason = Reason::Odd { column, value: quoted(text), wanted };
        intake.row_fault(row, reason, Effect::ValueLeftOut);
    }
    value
}

/// A web link.
pub(super) fn url(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<String> {
    read(intake, row, column, "a link to the web", link)
}

/// An address for mail.
pub(super) fn email(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<String> {
    read(intake, row, column, "an address for mail", |text| is_email(text).then(|| text.to_owned()))
}

/// A day.
pub(super) fn date(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<String> {
    read(intake, row, column, "a day as YYYY-MM-DD", |text| {
        let day = text.split('T').next()?;
        is_date(day).then(|| day.to_owned())
    })
}

/// A clock time in minutes.
pub(super) fn time(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<u16> {
    read(intake, row, column, "a time of day", clock)
}

/// A country.
pub(super) fn country(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<Country> {
    read(intake, row, column, "a country of ISO 3166-1", Country::parse)
}

/// An age in whole years.
pub(super) fn age(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<u8> {
    read(intake, row, column, "an age in years", |text| {
        let years: f64 = text.parse().ok()?;
        (0.0..=150.0).contains(&years).then_some(years as u8)
    })
}

/// An amount of money, in decimal.
pub(super) fn amount(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<String> {
    read(intake, row, column, "an amount", |text| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let plain = digits > 0 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        (plain && text.matches('.').count() <= 1).then(|| text.to_owned())
    })
}

/// A currency, ISO 4217.
pub(super) fn currency(intake: &mut Intake<'_>, row: &Row, column: &'static str) -> Option<String> {
    read(intake, row, column, "a currency of ISO 4217", |text| {
        let code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        code.then(|| text.to_ascii_uppercase())
    })
}

/// A point on the map; both coordinates or none.
pub(super) fn point(intake: &mut Intake<'_>, row: &Row) -> Option<Point> {
    let degrees = |bound: f64| {
        move |text: &str| {
            let value: f64 = text.parse().ok()?;
            (-bound..=bound).contains(&value).then(|| (value * 1e6).round() as i32)
        }
    };
    let latitude = read(intake, row, "latitude", "degrees from -90 to 90", degrees(90.0));
    let longitude = read(intake, row, "longitude", "degrees from -180 to 180", degrees(180.0));
    Some(Point { latitude: latitude?, longitude: longitude? })
}
