//! Writes a directory as Open Referral HSDS 3.0 JSON.
//!
//! Two forms: services with everything inside them ([`to_hsds_services`], what the API of HSDS gives), and tables
//! ([`to_hsds_tables`], which hold also what no service names). What a directory does not tell, neither can tell;
//! locations withheld bear an attribute that says so, and are withheld again where that is read.
//!
//! HSDS 3.0 needs UUIDs: an identifier of the source that is none is replaced by one made of it, the same each time. A
//! service whose status the source does not state is written as active, since HSDS needs a status; a needed text that
//! is unknown is written empty.

mod fields;
mod ids;
mod tables;

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::model::{Directory, Location, Organisation, Service};
use fields::Fields;
use ids::Ids;
pub use tables::to_hsds_tables;

/// An object of HSDS.
type Object = Map<String, Value>;

/// The services as an array of full services (`service_full` of HSDS 3.0), each with its organisation and locations.
#[must_use]
pub fn to_hsds_services(directory: &Directory) -> Value {
    let fields = Fields::new(directory);
    let organisations: HashMap<&str, &Organisation> = directory
        .organisations()
        .iter()
        .map(|organisation| (organisation.id.as_str(), organisation))
        .collect();
    let locations: HashMap<&str, &Location> =
        directory.locations().iter().map(|location| (location.id.as_str(), location)).collect();
    let services = directory.services().iter().map(|service| {
        let mut object = full_service(&fields, service);
        let organisation = service.organisation.as_deref().and_then(|id| organisations.get(id));
        if let Some(organisation) = organisation {
            object.insert("organization".to_owned(), full_organisation(&fields, organisation));
        }
        let places = service.locations.iter().filter_map(|id| locations.get(id.as_str()));
        let places = places.map(|location| {
            let mut pair = Object::new();
            pair.insert("id".to_owned(), fields.ids.pair(&service.id, &location.id).into());
            pair.insert("location".to_owned(), full_location(&fields, location));
            Value::Object(pair)
        });
        put(&mut object, "service_at_locations", places.collect());
        Value::Object(object)
    });
    Value::Array(services.collect())
}

fn full_service(fields: &Fields, service: &Service) -> Object {
    let id = fields.ids.entity("services", &service.id);
    let mut object = fields.service(service);
    put(&mut object, "phones", fields.phones(&id, &service.phones));
    put(&mut object, "schedules", fields.schedules(&id, &service.schedules));
    put(&mut object, "languages", fields.languages(&id, &service.languages));
    put(&mut object, "service_areas", fields.areas(&id, &service.areas));
    put(&mut object, "cost_options", fields.costs(&id, &service.cost.options));
    put(
        &mut object,
        "required_documents",
        fields.texts(&id, "required_documents", "document", &service.documents),
    );
    put(&mut object, "attributes", service.terms.iter().map(|term| fields.term(&id, term)).collect());
    object
}

fn full_organisation(fields: &Fields, organisation: &Organisation) -> Value {
    let id = fields.ids.entity("organizations", &organisation.id);
    let mut object = fields.organisation(organisation);
    put(&mut object, "phones", fields.phones(&id, &organisation.phones));
    put(&mut object, "locations", fields.letter_boxes(&id, organisation));
    Value::Object(object)
}

fn full_location(fields: &Fields, location: &Location) -> Value {
    let id = fields.ids.entity("locations", &location.id);
    let mut object = fields.location(location);
    put(&mut object, "addresses", fields.addresses(&id, &location.addresses));
    put(&mut object, "phones", fields.phones(&id, &location.phones));
    put(&mut object, "schedules", fields.schedules(&id, &location.schedules));
    put(&mut object, "languages", fields.languages(&id, &location.languages));
    put(
        &mut object,
        "accessibility",
        fields.texts(&id, "accessibility", "description", &location.accessibility),
    );
    put(&mut object, "attributes", fields.privacy(&id, location.privacy).into_iter().collect());
    Value::Object(object)
}

/// Puts an array in, unless it is empty.
fn put(object: &mut Object, key: &str, elements: Vec<Value>) {
    if !elements.is_empty() {
        object.insert(key.to_owned(), Value::Array(elements));
    }
}
