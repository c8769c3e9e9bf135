//! Makes organisations, services and locations of rows that are linked. What comes out may still tell too much; only
//! [`redact`](super::place_privacy::redact) makes a directory of it.

mod attach;
mod entities;
mod values;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::fold::words;
use super::intake::Intake;
use super::link::Tables;
use super::model::{Language, Location, Organisation, Service};
use super::row::Row;
use super::table::Table;

/// Words that, standing alone as a value, mark something as not to be shown.
const HIDDEN: [&str; 14] = [
    " confidential ",
    " confidential address ",
    " confidential location ",
    " address confidential ",
    " location confidential ",
    " undisclosed ",
    " undisclosed location ",
    " undisclosed address ",
    " redacted ",
    " withheld ",
    " address withheld ",
    " hidden ",
    " private ",
    " not public ",
];

/// The word by which this office marks a location of which town, region and country may be told.
pub(super) const STREET_WITHHELD: &str = "street withheld";

/// What rows make, before anything is withheld.
#[derive(Default)]
pub(super) struct Unredacted {
    pub organisations: BTreeMap<String, Organisation>,
    pub services: BTreeMap<String, Service>,
    pub locations: BTreeMap<String, Location>,
    /// Identifiers of what the source marks as not to be shown, of any kind.
    pub hidden: HashSet<String>,
    /// Identifiers of locations marked with [`STREET_WITHHELD`].
    pub street_withheld: HashSet<String>,
}

/// What rows name without being kept themselves.
#[derive(Default)]
struct Names {
    /// Service and location of a service at a location.
    at_location: HashMap<String, (String, String)>,
    /// Names of taxonomy terms.
    terms: HashMap<String, String>,
    /// Languages spoken at a telephone.
    at_phone: HashMap<String, Vec<Language>>,
}

/// Makes the directory of the rows.
pub(super) fn assemble(intake: &mut Intake<'_>, mut tables: Tables) -> Unredacted {
    let mut names = Names::default();
    for row in tables.remove(&Table::TaxonomyTerms).unwrap_or_default() {
        if let (Some(id), Some(name)) = (row.text("id"), row.text("name")) {
            names.terms.insert(id, name);
        }
    }
    let mut whole = marks(&tables, &names.terms);
    entities::make(intake, &mut tables, &mut whole);
    attach::links(intake, &mut tables, &mut names, &mut whole);
    attach::details(intake, &mut tables, &mut names, &mut whole);
    whole
}

/// What attributes mark as not to be shown.
fn marks(tables: &Tables, terms: &HashMap<String, String>) -> Unredacted {
    let mut whole = Unredacted::default();
    for row in tables.get(&Table::Attributes).into_iter().flatten() {
        let Some(target) = row.text("link_id") else { continue };
        let term = row.cell("taxonomy_term_id").and_then(|id| terms.get(id)).map(String::as_str);
        let told = [row.cell("value"), row.cell("link_type"), term];
        if told.iter().flatten().any(|text| words(text).trim() == STREET_WITHHELD) {
            whole.street_withheld.insert(target);
        } else if told.iter().flatten().any(|text| says_hidden(text)) {
            whole.hidden.insert(target);
        }
    }
    whole
}

/// Does a value, standing alone, say that something is not to be shown?
fn says_hidden(text: &str) -> bool {
    HIDDEN.contains(&words(text).as_str())
}

/// Does the source mark this row as not to be shown?
fn is_hidden(row: &Row, whole: &Unredacted) -> bool {
    let by_kind =
        ["location_type", "address_type"].iter().any(|column| row.cell(column).is_some_and(says_hidden));
    by_kind
        || row.cell("confidential").is_some()
        || row.cell("id").is_some_and(|id| whole.hidden.contains(id))
}
