//! What a directory must not tell is nowhere: not in memory, not on disk, not in what is written out.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use waymark_domain::time::Timestamp;
use waymark_shelters::directory::{
    Directories, Privacy, ReadOptions, Reading, Source, read_quietly, to_hsds_services, to_hsds_tables,
};

/// Planted where an address may stand; must be found nowhere.
const STREET: &str = "77 Canary Lane";
const CODE: &str = "CN9 9RY";
const TOWN: &str = "Canaryville";

fn options() -> ReadOptions {
    ReadOptions { name: "private".parse().unwrap(), imported_at: Timestamp(1), country: None }
}

fn read(files: &[(&str, String)]) -> Reading {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes())).collect();
    read_quietly(Source::Files(files), &options()).unwrap()
}

/// Everything that leaves the reader: the model, the stored file, both exports, the faults.
fn everything(reading: &Reading) -> String {
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = Directories::open(data.path()).unwrap();
    directories.put(reading.directory.clone()).unwrap();
    let stored = std::fs::read(data.path().join("directory/private.postcard")).unwrap();
    format!(
        "{:?}\n{:?}\n{}\n{}\n{}",
        reading.directory,
        reading.report,
        String::from_utf8_lossy(&stored),
        to_hsds_services(&reading.directory),
        to_hsds_tables(&reading.directory)
    )
}

/// A directory of one service at one location, with the address planted wherever one may stand.
fn planted(service: &str, organisation: &str, location: &str, mark: &str) -> Reading {
    let told = format!("Come to {STREET}.");
    read(&[
        ("organizations.csv", format!("id,name,description\no1,{organisation},\"{told}\"\n")),
        (
            "services.csv",
            format!(
                "id,organization_id,name,description,application_process\ns1,o1,{service},\"{told}\",\"{told}\"\n"
            ),
        ),
        (
            "locations.csv",
            format!(
                "id,organization_id,name,description,transportation,latitude,longitude,location_type\n\
                 l1,o1,{location},{told},Bus to {STREET},12.345678,21.5,{mark}\n"
            ),
        ),
        ("services_at_location.csv", "id,service_id,location_id\nx,s1,l1\n".to_owned()),
        (
            "physical_addresses.csv",
            format!("id,location_id,address_1,city,postal_code,country\na,l1,{STREET},{TOWN},{CODE},PL\n"),
        ),
        ("postal_addresses.csv", format!("id,organization_id,address_1,postal_code\nb,o1,{STREET},{CODE}\n")),
        (
            "phones.csv",
            "service_id,location_id,number,description\ns1,,+1,\ns1,l1,+2,At 77 Canary Lane\n".to_owned(),
        ),
    ])
}

fn assert_street_is_nowhere(reading: &Reading) {
    let everything = everything(reading);
    for secret in [STREET, CODE, "Canary Lane", "12345678", "12.345678"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
}

#[test]
fn the_street_of_a_shelter_is_kept_nowhere() {
    for (service, organisation, location) in [
        ("Emergency shelter", "Org", "House"),
        ("A safe house for women", "Org", ""),
        ("Притулок для жінок", "Org", "House"),
        ("Help", "Harbour Refuge", "House"),
        ("Help", "Org", "Domestic violence programme"),
        ("Help", "Frauenhaus Musterstadt", "House"),
    ] {
        let reading = planted(service, organisation, location, "");
        assert_street_is_nowhere(&reading);
        let place = &reading.directory.locations()[0];
        assert_eq!(place.privacy, Privacy::StreetWithheld, "{service} {organisation} {location}");
        assert_eq!(place.addresses[0].city.as_deref(), Some(TOWN), "the town may be told");
        assert_eq!(reading.report.streets_withheld, 1);
        assert!(
            reading.report.faults.iter().any(|fault| fault.reason.to_string().contains("told the address"))
        );
    }
}

#[test]
fn of_a_confidential_location_only_the_country_is_kept() {
    for mark in ["redacted", "confidential", "hidden"] {
        let reading = planted("Help", "Org", "House", mark);
        assert_street_is_nowhere(&reading);
        assert!(!everything(&reading).contains(TOWN), "{mark}");
        let place = &reading.directory.locations()[0];
        assert_eq!(
            (place.privacy, place.name.as_deref(), place.phones.len()),
            (Privacy::Confidential, None, 0)
        );
        assert_eq!(place.addresses[0].country.unwrap().code(), "PL");
        assert_eq!(reading.report.confidential, 1);
    }
}

#[test]
fn every_mark_that_publishers_use_is_understood() {
    let address = format!(r#""addresses":[{{"id":"a","address_1":"{STREET}","city":"{TOWN}","country":"PL""#);
    let attribute = |value: &str| format!(r#""attributes":[{{"id":"t","value":"{value}"}}]"#);
    let term =
        r#""attributes":[{"id":"t","taxonomy_term":{"id":"tt","name":"Confidential address"}}]"#.to_owned();
    for location in [
        format!(r#"{address}}}],{}"#, attribute("confidential")),
        format!(r#"{address}}}],{term}"#),
        format!(r#"{address}}}],"confidential":true"#),
        format!(r#"{address}}}],"confidential":false,"is_hidden":1"#),
        format!(r#"{address}}}],"private":"yes""#),
        format!(r#"{address},"is_private":true}}]"#),
        format!(r#"{address},"address_type":"confidential"}}]"#),
        format!(r#"{address},{}}}]"#, attribute("redacted")),
        format!(r#"{address}}}, {{"id":"b","address_1":"Undisclosed location"}}]"#),
    ] {
        let json = format!(r#"{{"id":"l1","name":"House","location_type":"physical",{location}}}"#);
        let reading = read(&[("x.json", json.clone())]);
        assert_eq!(reading.directory.locations()[0].privacy, Privacy::Confidential, "{json}");
        let everything = everything(&reading);
        assert!(!everything.contains(STREET) && !everything.contains(TOWN), "{json}");
    }
    let json =
        format!(r#"{{"id":"l1","name":"House","location_type":"physical","hidden":"no",{address}}}]}}"#);
    assert_eq!(read(&[("x.json", json)]).directory.locations()[0].privacy, Privacy::Public);
}

#[test]
fn a_service_or_organisation_marked_confidential_hides_where_it_is() {
    for (service, organisation) in [("true", ""), ("", "true")] {
        let reading = read(&[
            ("organizations.csv", format!("id,name,confidential\no1,Org,{organisation}\n")),
            ("services.csv", format!("id,organization_id,name,is_confidential\ns1,o1,Help,{service}\n")),
            ("locations.csv", "id,organization_id,name\nl1,o1,House\n".to_owned()),
            ("services_at_location.csv", "id,service_id,location_id\nx,s1,l1\n".to_owned()),
            ("physical_addresses.csv", format!("location_id,address_1,city\nl1,{STREET},{TOWN}\n")),
            ("postal_addresses.csv", format!("organization_id,address_1\no1,{STREET}\n")),
        ]);
        assert_street_is_nowhere(&reading);
        assert_eq!(reading.directory.locations()[0].privacy, Privacy::Confidential);
    }
}

#[test]
fn places_of_an_organisation_that_shelters_somewhere_unsaid_are_withheld() {
    let organisation = ("organizations.csv", "id,name\no1,Org\n".to_owned());
    let services =
        ("services.csv", "id,organization_id,name\ns1,o1,Night shelter\ns2,o1,Legal aid\n".to_owned());
    let locations = ("locations.csv", "id,organization_id,name\nl1,o1,One\nl2,o1,Two\n".to_owned());
    let addresses = (
        "addresses.csv",
        format!("location_id,address_1,city\nl1,{STREET},{TOWN}\nl2,5 Open Square,{TOWN}\n"),
    );
    let unsaid = read(&[organisation.clone(), services.clone(), locations.clone(), addresses.clone()]);
    assert!(unsaid.directory.locations().iter().all(|place| place.privacy == Privacy::StreetWithheld));
    let links = ("services_at_location.csv", "service_id,location_id\ns1,l1\ns2,l2\n".to_owned());
    let said = read(&[organisation, services, locations, addresses, links]);
    assert_street_is_nowhere(&said);
    let told: Vec<_> = said.directory.locations().iter().map(|place| place.privacy).collect();
    assert_eq!(told, [Privacy::StreetWithheld, Privacy::Public]);
    assert_eq!(said.directory.locations()[1].addresses[0].street.as_deref(), Some("5 Open Square"));
}

#[test]
fn named_contacts_are_never_kept() {
    let json = r#"{"id":"s1","name":"Help","status":"active","contacts":[{"id":"c","name":"Canary Person",
        "email":"canary@person.example","phones":[{"id":"p","number":"+48 555 0199"}]}],
        "service_at_locations":[{"id":"x","location":{"id":"l1","location_type":"physical","addresses":[
        {"id":"a","attention":"Canary Person","address_1":"1 Open Square"}]}}]}"#;
    let reading = read(&[("x.json", json.to_owned())]);
    let everything = everything(&reading);
    for secret in ["Canary", "canary", "555 0199"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    assert!(everything.contains("1 Open Square"));
    let marked = read(&[
        ("services.csv", "id,name\ns1,Help\n".to_owned()),
        ("phones.csv", "service_id,number,is_private\ns1,+1,true\ns1,+2,false\n".to_owned()),
    ]);
    let numbers: Vec<_> =
        marked.directory.services()[0].phones.iter().map(|phone| phone.number.as_str()).collect();
    assert_eq!(numbers, ["+2"]);
}

#[test]
fn what_is_written_out_is_withheld_again_where_it_is_read() {
    for mark in ["", "redacted"] {
        let first = planted("Emergency shelter", "Org", "House", mark);
        for written in [to_hsds_services(&first.directory), to_hsds_tables(&first.directory)] {
            let again = read(&[("x.json", written.to_string())]);
            let privacy = |reading: &Reading| {
                let places =
                    reading.directory.locations().iter().filter(|place| place.organisation.is_some());
                places.map(|place| place.privacy).max()
            };
            let kept = again.directory.locations().iter().map(|place| place.privacy).max();
            assert_eq!(kept, privacy(&first), "{mark}");
        }
    }
}
