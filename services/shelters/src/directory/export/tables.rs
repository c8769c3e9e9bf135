//! A directory as the tables of HSDS 3.0 in one JSON object, keyed by file name: everything, whether a service names it
//! or not.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;
use super::{full_location, full_organisation, full_service};
use crate::directory::model::Directory;

/// Inner arrays, the table they are and the column that names their owner.
const INNER: [(&str, &str); 9] = [
    ("accessibility", "accessibility.csv"),
    ("addresses", "addresses.csv"),
    ("attributes", "attributes.csv"),
    ("cost_options", "cost_options.csv"),
    ("languages", "languages.csv"),
    ("phones", "phones.csv"),
    ("required_documents", "required_documents.csv"),
    ("schedules", "schedules.csv"),
    ("service_areas", "service_areas.csv"),
];

/// Tables by file name.
type Tables = BTreeMap<&'static str, Vec<Value>>;

/// The whole directory as tables.
#[must_use]
pub fn to_hsds_tables(directory: &Directory) -> Value {
    let fields = Fields::new(directory);
    let mut tables = Tables::new();
    for organisation in directory.organisations() {
        let id = fields.ids.entity("organizations", &organisation.id);
        let mut object = full_organisation(&fields, organisation);
        let boxes = take(&mut object, "locations");
        spread(&mut tables, "organizations.csv", object, "organization_id", &id);
        for mut letter_box in boxes {
            let own = text(&letter_box, "id");
            set(&mut letter_box, "organization_id", &id);
            spread(&mut tables, "locations.csv", letter_box, "location_id", &own);
        }
    }
    for location in directory.locations() {
        let id = fields.ids.entity("locations", &location.id);
        let mut object = full_location(&fields, location);
        if let Some(organisation) = &location.organisation {
            set(&mut object, "organization_id", &fields.ids.entity("organizations", organisation));
        }
        spread(&mut tables, "locations.csv", object, "location_id", &id);
    }
    for service in directory.services() {
        let id = fields.ids.entity("services", &service.id);
        let mut object = Value::Object(full_service(&fields, service));
        if let Some(organisation) = &service.organisation {
            set(&mut object, "organization_id", &fields.ids.entity("organizations", organisation));
        }
        spread(&mut tables, "services.csv", object, "service_id", &id);
        for location in &service.locations {
            let mut pair = Value::Object(super::Object::new());
            set(&mut pair, "id", &fields.ids.pair(&service.id, location));
            set(&mut pair, "service_id", &id);
            set(&mut pair, "location_id", &fields.ids.entity("locations", location));
            tables.entry("service_at_location.csv").or_default().push(pair);
        }
    }
    let terms = tables.entry("taxonomy_terms.csv").or_default();
    terms.sort_by_key(|term| text(term, "id"));
    terms.dedup();
    tables.retain(|_, rows| !rows.is_empty());
    tables.into_iter().map(|(name, rows)| (name.to_owned(), Value::Array(rows))).collect()
}

/// Takes the inner arrays of an object into tables of their own, with the column `owner`.
fn spread(tables: &mut Tables, table: &'static str, mut object: Value, owner: &'static str, id: &str) {
    for (key, inner) in INNER {
        for mut row in take(&mut object, key) {
            let term = row.as_object_mut().and_then(|row| row.remove("taxonomy_term"));
            if let Some(term) = term {
                set(&mut row, "taxonomy_term_id", &text(&term, "id"));
                tables.entry("taxonomy_terms.csv").or_default().push(term);
            }
            set(&mut row, if key == "attributes" { "link_id" } else { owner }, id);
            let own = text(&row, "id");
            spread(tables, inner, row, "phone_id", &own);
        }
    }
    tables.entry(table).or_default().push(object);
}

fn take(object: &mut Value, key: &str) -> Vec<Value> {
    match object.as_object_mut().and_then(|object| object.remove(key)) {
        Some(Value::Array(elements)) => elements,
        Some(_) | None => Vec::new(),
    }
}

fn set(object: &mut Value, key: &str, value: &str) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value.into());
    }
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
