//! What is written out is HSDS 3.0: checked against its own schemas where they are at hand, and read again.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use waymark_domain::time::Timestamp;
use waymark_shelters::directory::{
    Directory, ReadOptions, Source, read_quietly, to_hsds_services, to_hsds_tables,
};

fn read(source: Source) -> Directory {
    let options = ReadOptions { name: "export".parse().unwrap(), imported_at: Timestamp(1), country: None };
    read_quietly(source, &options).unwrap().directory
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn invented() -> Directory {
    read(Source::Path(here("deploy/directory")))
}

fn json(value: &Value) -> Source {
    Source::Files(vec![("export.json".to_owned(), value.to_string().into_bytes())])
}

/// A directory as a text in which nothing depends on where things were read.
fn content(directory: &Directory) -> Value {
    to_hsds_tables(directory)
}

#[test]
fn both_forms_are_read_again_as_they_were() {
    let first = invented();
    for written in [to_hsds_services(&first), to_hsds_tables(&first)] {
        let again = read(json(&written));
        assert_eq!(content(&again), content(&first));
    }
}

#[test]
fn the_same_directory_is_written_the_same() {
    assert_eq!(to_hsds_services(&invented()).to_string(), to_hsds_services(&invented()).to_string());
}

#[test]
fn identifiers_that_are_no_uuids_are_replaced_the_same_everywhere() {
    let files = [
        ("organizations.csv", "id,name\n1,Org\n"),
        ("services.csv", "id,name,organization_id\n1,Help,1\n"),
        ("locations.csv", "id,name,organization_id\n1,Office,1\n"),
        ("services_at_location.csv", "service_id,location_id\n1,1\n"),
        ("phones.csv", "service_id,number,extension\n1,+1,x7\n"),
        ("postal_addresses.csv", "organization_id,address_1\n1,PO Box 1\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let directory = read(Source::Files(files.to_vec()));
    let tables = to_hsds_tables(&directory);
    let services = to_hsds_services(&directory);
    assert_eq!(services[0]["id"], tables["services.csv"][0]["id"]);
    assert_eq!(services[0]["organization"]["id"], tables["organizations.csv"][0]["id"]);
    assert_eq!(tables["services.csv"][0]["organization_id"], tables["organizations.csv"][0]["id"]);
    assert_eq!(services[0]["service_at_locations"][0]["location"]["name"], "Office");
    assert_eq!(services[0]["phones"][0]["number"], "+1 ext. x7");
    assert_eq!(services[0]["organization"]["locations"][0]["addresses"][0]["address_1"], "PO Box 1");
    assert_eq!(tables["locations.csv"].as_array().unwrap().len(), 2);
    let again = read(json(&tables));
    assert_eq!((again.services().len(), again.organisations().len(), again.locations().len()), (1, 1, 2));
}

#[test]
fn what_is_written_fits_the_schemas_of_hsds() {
    let folder = here("../shared/data/hsds-3.0/schema");
    if !folder.exists() {
        eprintln!("skipped: no schemas at ../shared/data/hsds-3.0/schema");
        return;
    }
    let schemas = Schemas::load(&folder);
    let mut sources = vec![here("deploy/directory")];
    sources.extend(["illinois-legal-aid", "hsds-3.0/csv"].map(|part| here("../shared/data").join(part)));
    for source in sources {
        let services = to_hsds_services(&read(Source::Path(source.clone())));
        let mut checked = 0;
        for service in services.as_array().unwrap() {
            schemas.check("service.json", service, "", &mut checked);
        }
        assert!(
            checked > services.as_array().unwrap().len() * 2,
            "{checked} objects of {}",
            source.display()
        );
    }
}

/// The schemas by file name: enough of JSON Schema for those of HSDS.
struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    fn load(folder: &Path) -> Self {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let pairs = files.map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
        });
        Self(pairs.collect())
    }

    fn check(&self, schema: &str, value: &Value, at: &str, checked: &mut usize) {
        *checked += 1;
        let schema = &self.0[schema];
        let object = value.as_object().unwrap_or_else(|| panic!("{at}: no object"));
        for key in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(key.as_str().unwrap()), "{at}: no {key}");
        }
        for (key, value) in object {
            let at = format!("{at}/{key}");
            let property = schema["properties"].get(key).unwrap_or_else(|| panic!("{at}: not of HSDS"));
            if let Some(inner) = property["$ref"].as_str() {
                self.check(inner, value, &at, checked);
            } else if let Some(inner) = property["items"]["$ref"].as_str() {
                value.as_array().unwrap().iter().for_each(|value| self.check(inner, value, &at, checked));
            } else {
                plain(property, value, &at);
            }
        }
    }
}

fn plain(property: &Value, value: &Value, at: &str) {
    let fits = match property["type"].as_str().unwrap() {
        "string" => value.is_string(),
        "number" => value.is_number(),
        other => panic!("{at}: {other}"),
    };
    assert!(fits, "{at}: {value}");
    if let Some(words) = property["enum"].as_array() {
        assert!(words.contains(value), "{at}: {value}");
    }
    let text = value.as_str().unwrap_or_default();
    match property["format"].as_str() {
        Some("uuid") => {
            let parts: Vec<_> = text.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{at}: {text}");
            assert!(text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit()), "{at}: {text}");
        }
        Some("email") => assert!(text.contains('@'), "{at}: {text}"),
        Some("uri") => assert!(text.contains("://"), "{at}: {text}"),
        Some(_) | None => {}
    }
}
