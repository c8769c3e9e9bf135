//! The columns of each table of HSDS 3.0, from the model.

use serde_json::{Value, json};

use super::{Ids, Object};
use crate::directory::hours::{codes, shown};
use crate::directory::model::{
    Address, CostOption, Directory, Language, Location, LocationKind, Organisation, Phone, Privacy, Schedule,
    Service, ServiceArea, Status,
};

/// Makes objects of HSDS.
pub(super) struct Fields {
    pub ids: Ids,
}

impl Fields {
    pub(super) fn new(directory: &Directory) -> Self {
        Self { ids: Ids::new(directory.name()) }
    }

    pub(super) fn organisation(&self, organisation: &Organisation) -> Object {
        object(json!({
            "id": self.ids.entity("organizations", &organisation.id),
            "name": organisation.name,
            "alternate_name": organisation.alternate_name,
            "description": organisation.description.as_deref().unwrap_or_default(),
            "email": organisation.email,
            "website": organisation.website,
        }))
    }

    pub(super) fn service(&self, service: &Service) -> Object {
        let status = Status::WORDS.into_iter().find(|(status, _)| *status == service.status);
        object(json!({
            "id": self.ids.entity("services", &service.id),
            "name": service.name,
            "alternate_name": service.alternate_name,
            "description": service.description,
            "url": service.url,
            "email": service.email,
            "status": status.map_or("active", |(_, word)| word),
            "interpretation_services": service.interpretation,
            "application_process": service.application,
            "fees_description": service.cost.text,
            "wait_time": service.wait_time,
            "accreditations": service.accreditations,
            "eligibility_description": service.eligibility.text,
            "minimum_age": service.eligibility.minimum_age,
            "maximum_age": service.eligibility.maximum_age,
            "alert": service.alert,
        }))
    }

    pub(super) fn location(&self, location: &Location) -> Object {
        object(json!({
            "id": self.ids.entity("locations", &location.id),
            "location_type": kind(location.kind),
            "url": location.url,
            "name": location.name,
            "alternate_name": location.alternate_name,
            "description": location.description,
            "transportation": location.transportation,
            "latitude": location.point.map(|point| f64::from(point.latitude) / 1e6),
            "longitude": location.point.map(|point| f64::from(point.longitude) / 1e6),
        }))
    }

    /// The attribute that says how much of a location is withheld.
    pub(super) fn privacy(&self, owner: &str, privacy: Privacy) -> Option<Value> {
        let value = match privacy {
            Privacy::Public => return None,
            Privacy::StreetWithheld => crate::directory::assemble::STREET_WITHHELD,
            Privacy::Confidential => "confidential",
        };
        let id = self.ids.part(owner, "attributes", 0);
        Some(json!({ "id": id, "link_type": "confidentiality", "link_entity": "location", "value": value }))
    }

    /// The attribute that gives a service a term.
    pub(super) fn term(&self, owner: &str, name: &str) -> Value {
        let term = self.ids.entity("taxonomy_terms", &format!("term {name}"));
        json!({
            "id": self.ids.entity("attributes", &format!("{owner} {name}")),
            "link_type": "taxonomy",
            "link_entity": "service",
            "taxonomy_term": { "id": term, "name": name, "description": "" },
        })
    }

    /// The postal addresses of an organisation, each at a location, since HSDS 3.0 has none of organisations.
    pub(super) fn letter_boxes(&self, owner: &str, organisation: &Organisation) -> Vec<Value> {
        let boxes = organisation.addresses.iter().enumerate().map(|(number, address)| {
            let id = self.ids.part(owner, "locations", number);
            let addresses = self.addresses(&id, core::slice::from_ref(address));
            json!({ "id": id, "location_type": "postal", "addresses": addresses })
        });
        boxes.collect()
    }

    pub(super) fn addresses(&self, owner: &str, addresses: &[Address]) -> Vec<Value> {
        self.each(owner, "addresses", addresses, |address| {
            let mut lines = address.street.as_deref().unwrap_or_default().splitn(2, '\n');
            json!({
                "address_1": lines.next().unwrap_or_default(),
                "address_2": lines.next(),
                "city": address.city.as_deref().unwrap_or_default(),
                "region": address.region,
                "state_province": address.province.as_deref().unwrap_or_default(),
                "postal_code": address.postal_code.as_deref().unwrap_or_default(),
                "country": address.country.as_ref().map_or("", |country| country.code()),
                "address_type": if address.postal { "postal" } else { "physical" },
            })
        })
    }

    pub(super) fn phones(&self, owner: &str, phones: &[Phone]) -> Vec<Value> {
        let mut written = self.each(owner, "phones", phones, |phone| {
            let extension: Option<u64> = phone.extension.as_deref().and_then(|digits| digits.parse().ok());
            // HSDS 3.0 lets an extension be a number only.
            let number = match (&phone.extension, extension) {
                (Some(text), None) => format!("{} ext. {text}", phone.number),
                _ => phone.number.clone(),
            };
            json!({
                "number": number,
                "extension": extension,
                "type": phone.kind,
                "description": phone.description,
            })
        });
        for (value, phone) in written.iter_mut().zip(phones) {
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let (Some(object), false) = (value.as_object_mut(), phone.languages.is_empty()) {
                object.insert("languages".to_owned(), Value::Array(self.languages(&id, &phone.languages)));
            }
        }
        written
    }

    pub(super) fn schedules(&self, owner: &str, schedules: &[Schedule]) -> Vec<Value> {
        self.each(owner, "schedules", schedules, |schedule| {
            let plain = schedule.rule.is_empty() && schedule.days != 0;
            let part = |name: &str| schedule.rule.get(name).cloned();
            let number = |name: &str| part(name).and_then(|text| text.parse::<u64>().ok());
            let word = |name: &str, known: &[&str]| {
                part(name).map(|text| text.to_ascii_uppercase()).filter(|text| known.contains(&text.as_str()))
            };
            json!({
                "valid_from": schedule.valid_from,
                "valid_to": schedule.valid_to,
                "dtstart": part("dtstart"),
                "until": part("until"),
                "count": number("count"),
                "wkst": word("wkst", &["MO", "TU", "WE", "TH", "FR", "SA", "SU"]),
                "freq": if plain { Some("WEEKLY".to_owned()) } else { word("freq", &["WEEKLY", "MONTHLY"]) },
                "interval": number("interval"),
                "byday": if plain { Some(codes(schedule.days)) } else { part("byday") },
                "byweekno": part("byweekno"),
                "bymonthday": part("bymonthday"),
                "byyearday": part("byyearday"),
                "description": schedule.description,
                "opens_at": schedule.opens.map(shown),
                "closes_at": schedule.closes.map(shown),
                "notes": schedule.notes,
            })
        })
    }

    pub(super) fn languages(&self, owner: &str, languages: &[Language]) -> Vec<Value> {
        self.each(owner, "languages", languages, |language| {
            json!({ "name": language.name, "code": language.code.as_ref().map(|code| code.code()) })
        })
    }

    pub(super) fn areas(&self, owner: &str, areas: &[ServiceArea]) -> Vec<Value> {
        self.each(
            owner,
            "service_areas",
            areas,
            |area| json!({ "name": area.name, "description": area.description }),
        )
    }

    pub(super) fn costs(&self, owner: &str, options: &[CostOption]) -> Vec<Value> {
        self.each(owner, "cost_options", options, |option| {
            let amount = option.amount.as_deref().and_then(|text| match text.parse::<u64>() {
                Ok(whole) => Some(Value::from(whole)),
                Err(_) => text.parse::<f64>().ok().map(Value::from),
            });
            json!({
                "valid_from": option.valid_from,
                "valid_to": option.valid_to,
                "option": option.option,
                "currency": option.currency,
                "amount": amount,
                "amount_description": option.amount_description,
            })
        })
    }

    /// A table of one text column.
    pub(super) fn texts(&self, owner: &str, table: &str, column: &str, texts: &[String]) -> Vec<Value> {
        self.each(owner, table, texts, |text| json!({ column: text }))
    }

    fn each<T>(&self, owner: &str, table: &str, parts: &[T], write: impl Fn(&T) -> Value) -> Vec<Value> {
        let numbered = parts.iter().enumerate().map(|(number, part)| {
            let mut written = object(write(part));
            written.insert("id".to_owned(), self.ids.part(owner, table, number).into());
            Value::Object(written)
        });
        numbered.collect()
    }
}

fn kind(kind: LocationKind) -> &'static str {
    match kind {
        LocationKind::Physical => "physical",
        LocationKind::Postal => "postal",
        LocationKind::Virtual => "virtual",
    }
}

/// The object, without keys that hold nothing.
fn object(value: Value) -> Object {
    match value {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Object::new(),
    }
}
