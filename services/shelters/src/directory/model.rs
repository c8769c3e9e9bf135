//! The directory: organisations, their services, and where those are given.
//!
//! Identifiers are those of the source; they are unique in one directory only. Texts are as the source writes them,
//! cleaned. Only [`read`](super::read()) makes a [`Directory`], so that none exists with the street of a shelter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use waymark_domain::time::Timestamp;
use waymark_domain::words::Purpose;

use super::country::Country;
use super::fault::Place;
use super::language::LanguageCode;
use super::source::SourceName;

/// A directory, free of what it must not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub(super) name: SourceName,
    pub(super) imported_at: Timestamp,
    pub(super) country: Option<Country>,
    pub(super) files: Vec<String>,
    pub(super) organisations: Vec<Organisation>,
    pub(super) services: Vec<Service>,
    pub(super) locations: Vec<Location>,
}

impl Directory {
    /// The name under which it is kept.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// When it was imported.
    #[must_use]
    pub fn imported_at(&self) -> Timestamp {
        self.imported_at
    }

    /// The country of services that state none.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// The files it was read from; [`Origin::file`] counts in them.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The organisations, by identifier.
    #[must_use]
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// The services, by identifier.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The locations, by identifier.
    #[must_use]
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }
}

/// Where something was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Number of the file in [`Directory::files`].
    pub file: u32,
    /// Where in it.
    pub place: Place,
}

/// Who gives services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Identifier in the source.
    pub id: String,
    /// Name.
    pub name: String,
    /// Other name.
    pub alternate_name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Public address for mail.
    pub email: Option<String>,
    /// Web page.
    pub website: Option<String>,
    /// Postal addresses that stand at no location (HSDS 1.1).
    pub addresses: Vec<Address>,
    /// Telephone numbers of the organisation as a whole.
    pub phones: Vec<Phone>,
    /// Where it was read.
    pub origin: Origin,
}

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Identifier in the source.
    pub id: String,
    /// Name.
    pub name: String,
    /// Other name.
    pub alternate_name: Option<String>,
    /// The organisation that gives it, when the source knows it.
    pub organisation: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Web page.
    pub url: Option<String>,
    /// Public address for mail.
    pub email: Option<String>,
    /// Is it given now?
    pub status: Status,
    /// What is said of interpreters.
    pub interpretation: Option<String>,
    /// How to come to it.
    pub application: Option<String>,
    /// How long one waits.
    pub wait_time: Option<String>,
    /// Accreditations.
    pub accreditations: Option<String>,
    /// What is new for a short time.
    pub alert: Option<String>,
    /// Who may use it.
    pub eligibility: Eligibility,
    /// What it costs.
    pub cost: Cost,
    /// Documents to bring.
    pub documents: Vec<String>,
    /// Where the people it serves live.
    pub areas: Vec<ServiceArea>,
    /// Languages spoken; not those that need an interpreter.
    pub languages: Vec<Language>,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// When it is open.
    pub schedules: Vec<Schedule>,
    /// Names of the taxonomy terms that the source gives it.
    pub terms: Vec<String>,
    /// What it is for, where terms or name make that evident.
    pub purposes: Vec<Purpose>,
    /// Identifiers of the locations where it is given.
    pub locations: Vec<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// Is a service given now?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// The source does not say.
    NotStated,
    /// Yes.
    Active,
    /// Not now.
    Inactive,
    /// No more.
    Defunct,
    /// Not for a while.
    TemporarilyClosed,
}

impl Status {
    /// Every status but [`Status::NotStated`], with the word of HSDS.
    pub const WORDS: [(Self, &'static str); 4] = [
        (Self::Active, "active"),
        (Self::Inactive, "inactive"),
        (Self::Defunct, "defunct"),
        (Self::TemporarilyClosed, "temporarily closed"),
    ];
}

/// Who may use a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligibility {
    /// In words.
    pub text: Option<String>,
    /// Youngest age in whole years.
    pub minimum_age: Option<u8>,
    /// Oldest age in whole years.
    pub maximum_age: Option<u8>,
}

/// What a service costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// In words.
    pub text: Option<String>,
    /// Prices.
    pub options: Vec<CostOption>,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostOption {
    /// For whom or when.
    pub option: Option<String>,
    /// Amount, in decimal.
    pub amount: Option<String>,
    /// Currency, ISO 4217.
    pub currency: Option<String>,
    /// What the amount buys.
    pub amount_description: Option<String>,
    /// First day of the price, `YYYY-MM-DD`.
    pub valid_from: Option<String>,
    /// Last day of the price, `YYYY-MM-DD`.
    pub valid_to: Option<String>,
}

/// Where the people live that a service is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceArea {
    /// Name.
    pub name: Option<String>,
    /// More of it.
    pub description: Option<String>,
}

/// A language as the source names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// Its code, where it is known.
    pub code: Option<LanguageCode>,
    /// Its name in the source.
    pub name: Option<String>,
}

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// The number as the source writes it.
    pub number: String,
    /// Extension.
    pub extension: Option<String>,
    /// Kind, as the source names it (`voice`, `text`, `fax`).
    pub kind: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Languages spoken there.
    pub languages: Vec<Language>,
}

/// When something is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The days of every week, Monday in the lowest bit; 0 when the rule is another.
    pub days: u8,
    /// Opening time, in minutes after midnight.
    pub opens: Option<u16>,
    /// Closing time, in minutes after midnight; before the opening time when it is past midnight or an error of the
    /// source.
    pub closes: Option<u16>,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    pub valid_to: Option<String>,
    /// In words.
    pub description: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// Parts of the iCalendar rule by HSDS column, as the source writes them.
    pub rule: BTreeMap<String, String>,
}

/// How much of a location may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Privacy {
    /// All.
    Public,
    /// A shelter is there: town, region and country only.
    StreetWithheld,
    /// The source marks it confidential: the country only.
    Confidential,
}

/// What kind of location it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LocationKind {
    /// A building.
    Physical,
    /// A letter box.
    Postal,
    /// Telephone or web.
    Virtual,
}

/// Where services are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Identifier in the source.
    pub id: String,
    /// The organisation that keeps it, when the source knows it.
    pub organisation: Option<String>,
    /// How much of it may be told; the rest is not here.
    pub privacy: Privacy,
    /// What kind of location it is.
    pub kind: LocationKind,
    /// Name.
    pub name: Option<String>,
    /// Other name.
    pub alternate_name: Option<String>,
    /// What is there.
    pub description: Option<String>,
    /// How to get there.
    pub transportation: Option<String>,
    /// Web page of a virtual location.
    pub url: Option<String>,
    /// On the map.
    pub point: Option<Point>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// When it is open.
    pub schedules: Vec<Schedule>,
    /// Languages spoken there.
    pub languages: Vec<Language>,
    /// What is said for people with disabilities.
    pub accessibility: Vec<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// A point in WGS 84, in millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// North of the equator.
    pub latitude: i32,
    /// East of Greenwich.
    pub longitude: i32,
}

/// An address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Is it for letters only?
    pub postal: bool,
    /// Street, house, floor; `None` where it is withheld or unknown.
    pub street: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// State or province.
    pub province: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<Country>,
}
