//! What rows of their own tell about organisations, services and locations: telephones, hours, addresses and so on.

use std::collections::{BTreeMap, HashSet};

use super::values::{age, amount, country, currency, date, read, time};
use super::{Names, Unredacted, is_hidden, says_hidden};
use crate::directory::fault::{Effect, Reason};
use crate::directory::hours::{codes, day, days, shown};
use crate::directory::intake::Intake;
use crate::directory::language::LanguageCode;
use crate::directory::limits::{CELL_BYTES_MAX, PARTS_MAX};
use crate::directory::link::Tables;
use crate::directory::model::{Address, CostOption, Language, Phone, Schedule, ServiceArea};
use crate::directory::row::Row;
use crate::directory::table::Table;

/// Columns of a schedule that are parts of its iCalendar rule.
const RULE: [&str; 10] =
    ["freq", "interval", "byday", "byweekno", "bymonthday", "byyearday", "dtstart", "until", "count", "wkst"];

/// Adds `value` unless it is there; false when the list is full.
fn add<T: PartialEq>(list: &mut Vec<T>, value: T) -> bool {
    let there = list.contains(&value);
    let full = list.len() >= PARTS_MAX;
    if !there && !full {
        list.push(value);
    }
    there || !full
}

/// Reports a row that found a list full.
fn check(intake: &mut Intake<'_>, row: &Row, added: bool) {
    if !added {
        intake.row_fault(row, Reason::TooManyParts, Effect::ValueLeftOut);
    }
}

/// Ties services to locations, and services to the terms of a taxonomy.
pub(super) fn links(intake: &mut Intake<'_>, tables: &mut Tables, names: &mut Names, whole: &mut Unredacted) {
    let mut tied: HashSet<(String, String)> = HashSet::new();
    for row in tables.remove(&Table::ServicesAtLocation).unwrap_or_default() {
        let (Some(service), Some(location)) = (row.text("service_id"), row.text("location_id")) else {
            continue;
        };
        let pair = (service, location);
        if let Some(service) = whole.services.get_mut(&pair.0).filter(|_| !tied.contains(&pair)) {
            service.locations.push(pair.1.clone());
            tied.insert(pair.clone());
        }
        if let Some(id) = row.text("id") {
            names.at_location.insert(id, pair);
        }
    }
    for (table, column) in [(Table::Attributes, "link_id"), (Table::ServiceTaxonomy, "service_id")] {
        for row in tables.remove(&table).unwrap_or_default() {
            let term = row.cell("taxonomy_term_id").and_then(|id| names.terms.get(id)).cloned();
            let service = row.cell(column).and_then(|id| whole.services.get_mut(id));
            if let (Some(term), Some(service)) = (term.or_else(|| row.text("taxonomy_detail")), service) {
                check(intake, &row, add(&mut service.terms, term));
            }
        }
    }
}

/// Takes the other tables in.
pub(super) fn details(
    intake: &mut Intake<'_>,
    tables: &mut Tables,
    names: &mut Names,
    whole: &mut Unredacted,
) {
    type Take = fn(&mut Intake<'_>, &Row, &mut Names, &mut Unredacted);
    // Languages go before telephones, which hold theirs.
    let takers: [(Table, Take); 9] = [
        (Table::Languages, language),
        (Table::Phones, phone),
        (Table::Schedules, schedule),
        (Table::Addresses, address),
        (Table::Eligibility, eligibility),
        (Table::ServiceAreas, area),
        (Table::CostOptions, cost),
        (Table::Documents, document),
        (Table::Accessibility, accessibility),
    ];
    for (table, take) in takers {
        for row in tables.remove(&table).unwrap_or_default() {
            take(intake, &row, names, whole);
        }
    }
}

/// The identifier of the service that a row belongs to, itself or by way of a service at a location.
fn service_of<'r>(row: &'r Row, names: &'r Names) -> Option<&'r str> {
    let at_location = row.cell("service_at_location_id").and_then(|id| names.at_location.get(id));
    row.cell("service_id").or(at_location.map(|(service, _)| service.as_str()))
}

fn language(intake: &mut Intake<'_>, row: &Row, names: &mut Names, whole: &mut Unredacted) {
    let by_code = read(intake, row, "code", "a language of ISO 639", LanguageCode::parse);
    // A name that is not known is kept as it is; no fault, since HSDS lets anything stand there.
    let code = by_code.or_else(|| row.cell("name").and_then(LanguageCode::parse));
    let language = Language { code, name: row.text("name") };
    if language.code.is_none() && language.name.is_none() {
        return intake.row_fault(row, Reason::Missing("name"), Effect::RowLeftOut);
    }
    let mut fits = true;
    if let Some(service) = row.cell("service_id").and_then(|id| whole.services.get_mut(id)) {
        fits &= add(&mut service.languages, language.clone());
    }
    if let Some(location) = row.cell("location_id").and_then(|id| whole.locations.get_mut(id)) {
        fits &= add(&mut location.languages, language.clone());
    }
    if let Some(phone) = row.cell("phone_id") {
        fits &= add(names.at_phone.entry(phone.to_owned()).or_default(), language);
    }
    check(intake, row, fits);
}

fn phone(intake: &mut Intake<'_>, row: &Row, names: &mut Names, whole: &mut Unredacted) {
    if is_hidden(row, whole) {
        return intake.row_fault(row, Reason::MarkedConfidential, Effect::RowLeftOut);
    }
    let Some(text) = row.cell("number") else { return };
    let number = text.trim_matches('"').trim();
    if !number.chars().any(char::is_numeric) {
        let reason = Reason::Odd {
            column: "number",
            value: crate::directory::clean::quoted(text),
            wanted: "a number",
        };
        return intake.row_fault(row, reason, Effect::RowLeftOut);
    }
    let mut languages = row.cell("id").and_then(|id| names.at_phone.get(id)).cloned().unwrap_or_default();
    if let Some(name) = row.cell("language") {
        add(&mut languages, Language { code: LanguageCode::parse(name), name: Some(name.to_owned()) });
    }
    let phone = Phone {
        number: number.to_owned(),
        extension: row.text("extension"),
        kind: row.text("type"),
        description: row.text("description"),
        languages,
    };
    let mut fits = true;
    if let Some(service) = service_of(row, names).and_then(|id| whole.services.get_mut(id)) {
        fits &= add(&mut service.phones, phone.clone());
    }
    if let Some(location) = row.cell("location_id").and_then(|id| whole.locations.get_mut(id)) {
        fits &= add(&mut location.phones, phone.clone());
    }
    if let Some(organisation) = row.cell("organization_id").and_then(|id| whole.organisations.get_mut(id)) {
        fits &= add(&mut organisation.phones, phone);
    }
    check(intake, row, fits);
}

fn schedule(intake: &mut Intake<'_>, row: &Row, names: &mut Names, whole: &mut Unredacted) {
    let (opens, closes) = (time(intake, row, "opens_at"), time(intake, row, "closes_at"));
    if let (Some(opens), Some(closes)) = (opens, closes)
        && closes <= opens
    {
        let reason = Reason::ClosesBeforeOpening { opens: shown(opens), closes: shown(closes) };
        intake.row_fault(row, reason, Effect::Kept);
    }
    let mut rule: BTreeMap<String, String> =
        RULE.iter().filter_map(|part| Some(((*part).to_owned(), row.text(part)?))).collect();
    let mut bits = read(intake, row, "weekday", "a day of the week", day).unwrap_or(0);
    let every_week =
        |name: &str, plain: &str| rule.get(name).is_none_or(|value| value.eq_ignore_ascii_case(plain));
    if bits == 0 && every_week("freq", "WEEKLY") && every_week("interval", "1") {
        bits = rule.get("byday").and_then(|list| days(list)).unwrap_or(0);
    }
    // A rule that says no more than the days is told by them.
    if rule.get("byday").is_none_or(|list| *list == codes(bits))
        && rule.keys().all(|part| part == "freq" || part == "byday")
    {
        rule.clear();
    }
    let schedule = Schedule {
        days: bits,
        opens,
        closes,
        valid_from: date(intake, row, "valid_from"),
        valid_to: date(intake, row, "valid_to"),
        description: row.text("description"),
        notes: row.text("notes"),
        rule,
    };
    let mut fits = true;
    if let Some(service) = service_of(row, names).and_then(|id| whole.services.get_mut(id)) {
        fits &= add(&mut service.schedules, schedule.clone());
    }
    if let Some(location) = row.cell("location_id").and_then(|id| whole.locations.get_mut(id)) {
        fits &= add(&mut location.schedules, schedule);
    }
    check(intake, row, fits);
}

fn address(intake: &mut Intake<'_>, row: &Row, _: &mut Names, whole: &mut Unredacted) {
    let lines: Vec<&str> = ["address_1", "address_2", "address_3", "address_4"]
        .iter()
        .filter_map(|line| row.cell(line))
        .collect();
    let owner = row.cell("location_id").or(row.cell("organization_id")).map(str::to_owned);
    if is_hidden(row, whole) || lines.iter().any(|line| says_hidden(line)) {
        whole.hidden.extend(owner);
    }
    let kind = read(intake, row, "address_type", "a type of address of HSDS", |text| {
        let known =
            ["physical", "postal", "mailing", "virtual"].iter().any(|kind| text.eq_ignore_ascii_case(kind));
        (known || says_hidden(text)).then(|| text.to_ascii_lowercase())
    });
    let address = Address {
        postal: kind.as_deref().is_some_and(|kind| kind == "postal" || kind == "mailing"),
        street: (!lines.is_empty()).then(|| lines.join("\n")),
        city: row.text("city"),
        region: row.text("region"),
        province: row.text("state_province"),
        postal_code: row.text("postal_code"),
        country: country(intake, row, "country"),
    };
    if address == (Address { postal: address.postal, ..Address::default() }) {
        return;
    }
    let mut fits = true;
    if let Some(location) = row.cell("location_id").and_then(|id| whole.locations.get_mut(id)) {
        fits &= add(&mut location.addresses, address);
    } else if let Some(organisation) =
        row.cell("organization_id").and_then(|id| whole.organisations.get_mut(id))
    {
        fits &= add(&mut organisation.addresses, address);
    }
    check(intake, row, fits);
}

fn eligibility(intake: &mut Intake<'_>, row: &Row, _: &mut Names, whole: &mut Unredacted) {
    let (minimum_age, maximum_age) = (age(intake, row, "minimum_age"), age(intake, row, "maximum_age"));
    let Some(service) = row.cell("service_id").and_then(|id| whole.services.get_mut(id)) else { return };
    let told = &mut service.eligibility;
    told.minimum_age = told.minimum_age.or(minimum_age);
    told.maximum_age = told.maximum_age.or(maximum_age);
    let Some(more) = row.text("eligibility") else { return };
    let text = told.text.take().map_or(more.clone(), |text| format!("{text}; {more}"));
    let fits = text.len() <= CELL_BYTES_MAX;
    told.text = if fits { Some(text) } else { text.get(..text.len() - more.len() - 2).map(str::to_owned) };
    check(intake, row, fits);
}

fn area(intake: &mut Intake<'_>, row: &Row, _: &mut Names, whole: &mut Unredacted) {
    let area = ServiceArea { name: row.text("name"), description: row.text("description") };
    let told = area.name.is_some() || area.description.is_some();
    if let Some(service) = row.cell("service_id").and_then(|id| whole.services.get_mut(id)).filter(|_| told) {
        check(intake, row, add(&mut service.areas, area));
    }
}

fn cost(intake: &mut Intake<'_>, row: &Row, _: &mut Names, whole: &mut Unredacted) {
    let option = CostOption {
        option: row.text("option"),
        amount: amount(intake, row, "amount"),
        currency: currency(intake, row, "currency"),
        amount_description: row.text("amount_description"),
        valid_from: date(intake, row, "valid_from"),
        valid_to: date(intake, row, "valid_to"),
    };
    if let Some(service) = row.cell("service_id").and_then(|id| whole.services.get_mut(id)) {
        check(intake, row, add(&mut service.cost.options, option));
    }
}

fn document(intake: &mut Intake<'_>, row: &Row, _: &mut Names, whole: &mut Unredacted) {
    if let (Some(text), Some(service)) =
        (row.text("document"), row.cell("service_id").and_then(|id| whole.services.get_mut(id)))
    {
        check(intake, row, add(&mut service.documents, text));
    }
}

fn accessibility(intake: &mut Intake<'_>, row: &Row, _: &mut Names, whole: &mut Unredacted) {
    let told: Vec<&str> = ["description", "details"].iter().filter_map(|column| row.cell(column)).collect();
    if let Some(location) =
        row.cell("location_id").and_then(|id| whole.locations.get_mut(id)).filter(|_| !told.is_empty())
    {
        check(intake, row, add(&mut location.accessibility, told.join("\n")));
    }
}
