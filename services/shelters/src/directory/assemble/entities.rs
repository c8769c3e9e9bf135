//! Organisations, services and locations, each from its own row.

use super::values::{age, email, point, read, url};
use super::{Unredacted, is_hidden};
use crate::directory::intake::Intake;
use crate::directory::link::Tables;
use crate::directory::model::{
    Cost, Eligibility, Location, LocationKind, Organisation, Origin, Privacy, Service, Status,
};
use crate::directory::row::Row;
use crate::directory::table::Table;

/// Makes them, and notes which are marked as not to be shown.
pub(super) fn make(intake: &mut Intake<'_>, tables: &mut Tables, whole: &mut Unredacted) {
    for table in [Table::Organisations, Table::Services, Table::Locations] {
        for row in tables.remove(&table).unwrap_or_default() {
            let Some(id) = row.text("id") else { continue };
            if is_hidden(&row, whole) {
                whole.hidden.insert(id.clone());
            }
            if table == Table::Organisations {
                whole.organisations.insert(id.clone(), organisation(intake, &row, id));
            } else if table == Table::Services {
                whole.services.insert(id.clone(), service(intake, &row, id));
            } else {
                whole.locations.insert(id.clone(), location(intake, &row, id));
            }
        }
    }
}

fn origin(row: &Row) -> Origin {
    Origin { file: u32::try_from(row.file).unwrap_or(u32::MAX), place: row.place.clone() }
}

fn organisation(intake: &mut Intake<'_>, row: &Row, id: String) -> Organisation {
    Organisation {
        id,
        name: row.text("name").unwrap_or_default(),
        alternate_name: row.text("alternate_name"),
        description: row.text("description"),
        email: email(intake, row, "email"),
        website: url(intake, row, "website"),
        addresses: Vec::new(),
        phones: Vec::new(),
        origin: origin(row),
    }
}

fn service(intake: &mut Intake<'_>, row: &Row, id: String) -> Service {
    Service {
        id,
        name: row.text("name").unwrap_or_default(),
        alternate_name: row.text("alternate_name"),
        organisation: row.text("organization_id"),
        description: row.text("description"),
        url: url(intake, row, "url"),
        email: email(intake, row, "email"),
        status: read(intake, row, "status", "a status of HSDS", status).unwrap_or(Status::NotStated),
        interpretation: row.text("interpretation_services"),
        application: row.text("application_process"),
        wait_time: row.text("wait_time"),
        accreditations: row.text("accreditations"),
        alert: row.text("alert"),
        eligibility: Eligibility {
            text: row.text("eligibility_description"),
            minimum_age: age(intake, row, "minimum_age"),
            maximum_age: age(intake, row, "maximum_age"),
        },
        cost: Cost { text: row.text("fees_description").or_else(|| row.text("fees")), options: Vec::new() },
        documents: Vec::new(),
        areas: Vec::new(),
        languages: Vec::new(),
        phones: Vec::new(),
        schedules: Vec::new(),
        terms: Vec::new(),
        purposes: Vec::new(),
        locations: Vec::new(),
        origin: origin(row),
    }
}

fn status(text: &str) -> Option<Status> {
    let plain = text.to_ascii_lowercase().replace(['_', '-'], " ");
    Status::WORDS.into_iter().find(|(_, word)| *word == plain).map(|(status, _)| status)
}

fn location(intake: &mut Intake<'_>, row: &Row, id: String) -> Location {
    Location {
        id,
        organisation: row.text("organization_id"),
        privacy: Privacy::Public,
        kind: kind(intake, row),
        name: row.text("name"),
        alternate_name: row.text("alternate_name"),
        description: row.text("description"),
        transportation: row.text("transportation"),
        url: url(intake, row, "url"),
        point: point(intake, row),
        addresses: Vec::new(),
        phones: Vec::new(),
        schedules: Vec::new(),
        languages: Vec::new(),
        accessibility: Vec::new(),
        origin: origin(row),
    }
}

fn kind(intake: &mut Intake<'_>, row: &Row) -> LocationKind {
    let kind = read(intake, row, "location_type", "a type of location of HSDS", |text| {
        match text.to_ascii_lowercase().as_str() {
            "physical" => Some(LocationKind::Physical),
            "postal" | "mailing" => Some(LocationKind::Postal),
            "virtual" => Some(LocationKind::Virtual),
            _ => super::says_hidden(text).then_some(LocationKind::Physical),
        }
    });
    kind.unwrap_or(LocationKind::Physical)
}
