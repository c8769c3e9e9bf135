//! A service of the directory as an HSDS 3.0 `service` object. What is confidential has no name, town or address here.

use waymark_api::v1;

use crate::client::word::Vocabulary as _;
use crate::show::json::Json;

/// The service with what hangs on it.
pub(super) fn service(entry: &v1::DirectoryEntry) -> Json {
    let id = |part: &str, at: usize| Json::text(format!("{}-{part}-{}", entry.service, at + 1));
    let languages = entry.languages.iter().enumerate();
    let languages = languages.map(|(at, code)| members([("id", id("language", at)), ("code", text(code))]));
    let phones = entry.phones.iter().enumerate();
    let phones = phones.map(|(at, number)| members([("id", id("phone", at)), ("number", text(number))]));
    let locations = entry.locations.iter().enumerate().map(|(at, place)| {
        let location = location(place, &id("location", at), &id("address", at));
        members([("id", id("at", at)), ("location", location)])
    });
    let schedules = (!entry.hours.is_empty())
        .then(|| members([("id", id("schedule", 0)), ("description", text(&entry.hours))]));
    let attributes =
        entry.purposes.iter().filter_map(|number| v1::Purpose::try_from(*number).ok()).enumerate();
    let attributes = attributes.map(|(at, purpose)| {
        members([
            ("id", id("purpose", at)),
            ("label", Json::text("waymark purpose")),
            ("value", Json::text(purpose.word())),
        ])
    });
    members([
        ("id", Json::text(&entry.service)),
        ("name", text(&entry.name)),
        ("description", text(&entry.description)),
        ("url", text(&entry.url)),
        ("email", text(&entry.email)),
        ("status", Json::text("active")),
        ("eligibility_description", text(&entry.eligibility)),
        ("organization", members([("id", id("organization", 0)), ("name", text(&entry.organization))])),
        ("languages", Json::List(languages.collect())),
        ("phones", Json::List(phones.collect())),
        ("schedules", Json::List(schedules.into_iter().collect())),
        ("service_at_locations", Json::List(locations.collect())),
        ("attributes", Json::List(attributes.collect())),
    ])
}

fn location(place: &v1::DirectoryLocation, id: &Json, address_id: &Json) -> Json {
    let country = ("country", text(&place.country));
    let address = if place.confidential {
        members([("id", address_id.clone()), country, ("address_type", Json::text("physical"))])
    } else {
        members([
            ("id", address_id.clone()),
            ("address_1", text(&place.address)),
            ("city", text(&place.town)),
            ("state_province", text(&place.region)),
            country,
            ("address_type", Json::text("physical")),
        ])
    };
    let name = if place.confidential { Json::text("confidential") } else { text(&place.name) };
    members([
        ("id", id.clone()),
        ("location_type", Json::text("physical")),
        ("name", name),
        ("addresses", Json::List(vec![address])),
    ])
}

fn text(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { Json::text(text) }
}

/// The members in which something stands.
fn members<const N: usize>(members: [(&str, Json); N]) -> Json {
    let there = members.into_iter().filter(|(_, value)| !value.is_empty());
    Json::Object(there.map(|(key, value)| (key.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidential_location_tells_its_country_alone() {
        let place = v1::DirectoryLocation {
            name: "Haus am See".to_owned(),
            town: "Kleinstadt".to_owned(),
            region: "Nord".to_owned(),
            country: "DE".to_owned(),
            address: "Seeweg 1".to_owned(),
            confidential: true,
        };
        let entry = v1::DirectoryEntry {
            service: "s1".to_owned(),
            name: "Shelter".to_owned(),
            purposes: vec![v1::Purpose::SafeShelter.into()],
            locations: vec![place],
            ..v1::DirectoryEntry::default()
        };
        let told = service(&entry).to_string();
        assert!(told.contains(r#""country":"DE""#) && told.contains("safe_shelter"), "{told}");
        for hidden in ["Haus", "Kleinstadt", "Nord", "Seeweg"] {
            assert!(!told.contains(hidden), "{told}");
        }
    }
}
