//! No input makes the readers panic, and what they keep can be kept, found, written out and read again.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value};
use waymark_domain::time::Timestamp;
use waymark_shelters::directory::{
    Directories, Effect, Query, ReadOptions, Source, Unreadable, read_quietly, to_hsds_services,
    to_hsds_tables,
};

const TABLES: [&str; 12] = [
    "organizations.csv",
    "services.csv",
    "locations.csv",
    "services_at_location.csv",
    "addresses.csv",
    "phones.csv",
    "regular_schedules.csv",
    "languages.csv",
    "attributes.csv",
    "taxonomy_terms.csv",
    "contacts.csv",
    "metadata.csv",
];

const COLUMNS: [&str; 24] = [
    "id",
    "name",
    "organization_id",
    "service_id",
    "location_id",
    "link_id",
    "taxonomy_term_id",
    "number",
    "weekday",
    "opens_at",
    "closes_at",
    "status",
    "latitude",
    "longitude",
    "country",
    "address_1",
    "location_type",
    "confidential",
    "language",
    "value",
    "url",
    "freq",
    "byday",
    "contact_id",
];

const KEYS: [&str; 20] = [
    "id",
    "name",
    "status",
    "organization",
    "services",
    "locations",
    "location",
    "service",
    "service_at_locations",
    "addresses",
    "phones",
    "schedules",
    "languages",
    "attributes",
    "taxonomy_term",
    "contacts",
    "contents",
    "services.csv",
    "location_type",
    "address_1",
];

fn options() -> ReadOptions {
    ReadOptions { name: "any".parse().unwrap(), imported_at: Timestamp(1), country: None }
}

/// Reads, and checks what must hold of every reading.
fn check(files: Vec<(String, Vec<u8>)>) -> Result<(), TestCaseError> {
    let reading = match read_quietly(Source::Files(files), &options()) {
        Ok(reading) => reading,
        Err(Unreadable::Nothing(_)) => return Ok(()),
        Err(fault) => return Err(TestCaseError::fail(fault.to_string())),
    };
    let report = &reading.report;
    let left_out = report.faults.iter().filter(|fault| fault.effect == Effect::RowLeftOut).count() as u64;
    prop_assert_eq!(left_out, report.rows_left_out());
    prop_assert!(report.rows_left_out() <= report.rows_read());
    for fault in &report.faults {
        prop_assert!(!fault.to_string().contains(char::is_control), "{fault}");
    }
    let directory = &reading.directory;
    let ids: BTreeSet<_> = directory.services().iter().map(|service| &service.id).collect();
    prop_assert_eq!(ids.len(), directory.services().len());
    for service in directory.services() {
        prop_assert!(
            service.locations.iter().all(|id| directory.locations().iter().any(|place| place.id == *id))
        );
    }
    for written in [to_hsds_services(directory), to_hsds_tables(directory)] {
        let again = read_quietly(
            Source::Files(vec![("again.json".to_owned(), written.to_string().into_bytes())]),
            &options(),
        );
        let services = again.map_or(0, |again| again.directory.services().len());
        prop_assert_eq!(services, directory.services().len());
    }
    Ok(())
}

/// Cells that are likely to mean something, and some that mean nothing.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c1-3]",
        1 => prop::sample::select(vec!["", "9:00", "17:00", "Monday", "active", "confidential", "true", "UA", "uk", "shelter"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => any::<String>().prop_map(|text| text.chars().take(8).collect()),
    ]
}

fn table() -> impl Strategy<Value = (String, Vec<u8>)> {
    let columns = prop::sample::subsequence(COLUMNS.to_vec(), 2..COLUMNS.len());
    (prop::sample::select(TABLES.to_vec()), columns, vec(vec(cell(), COLUMNS.len()), 0..6), any::<bool>())
        .prop_map(|(name, columns, rows, quoted)| {
            let line = |cells: Vec<String>| {
                let quote = |cell: &String| {
                    if quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
                };
                cells.iter().take(columns.len()).map(quote).collect::<Vec<_>>().join(",")
            };
            let header = columns.join(",");
            let body: Vec<String> = rows.into_iter().map(line).collect();
            (name.to_owned(), format!("{header}\n{}\n", body.join("\n")).into_bytes())
        })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => cell().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        let keyed = vec((prop::sample::select(KEYS.to_vec()), inner.clone()), 0..6);
        prop_oneof![
            1 => vec(inner, 0..4).prop_map(Value::Array),
            3 => keyed.prop_map(|pairs| Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    })
}

/// A service with anything inside.
fn service() -> impl Strategy<Value = Value> {
    (cell(), cell(), json()).prop_map(|(id, name, inside)| {
        let mut map = match inside {
            Value::Object(map) => map,
            other => Map::from_iter([("phones".to_owned(), other)]),
        };
        map.insert("id".to_owned(), id.into());
        map.insert("name".to_owned(), name.into());
        map.insert("status".to_owned(), "active".into());
        map.remove("service");
        map.remove("location");
        Value::Object(map)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200), name in prop::sample::select(TABLES.to_vec())) {
        check(vec![(name.to_owned(), bytes.clone()), ("x.json".to_owned(), bytes.clone()), ("x".to_owned(), bytes)])?;
    }

    #[test]
    fn no_names_make_a_reader_panic(name in "\\PC{0,12}", ending in "(\\.csv|\\.json|)") {
        check(vec![(format!("{name}{ending}"), b"id,name\n1,a\n".to_vec())])?;
    }

    #[test]
    fn no_tables_make_a_reader_panic(tables in vec(table(), 1..6)) {
        check(tables)?;
    }

    #[test]
    fn no_json_makes_a_reader_panic(value in json()) {
        check(vec![("services.json".to_owned(), value.to_string().into_bytes())])?;
    }

    #[test]
    fn no_services_make_a_reader_panic(services in vec(service(), 1..4)) {
        check(vec![("x.json".to_owned(), Value::Array(services).to_string().into_bytes())])?;
    }

    #[test]
    fn cut_and_flipped_files_are_read_as_far_as_they_go(
        tables in vec(table(), 1..4), at in any::<prop::sample::Index>(), flip in any::<u8>(), cut in any::<bool>()
    ) {
        let mut tables = tables;
        let bytes = &mut tables[0].1;
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= flip }
        check(tables)?;
    }

    #[test]
    fn pages_hold_each_service_once_in_one_order(names in vec("[a-d]{1,3}( [a-d]{1,3})?", 1..40), size in 1_usize..9, text in "[a-d]?") {
        let rows: String = names.iter().enumerate().map(|(at, name)| format!("{at},{name}\n")).collect();
        let file = ("services.csv".to_owned(), format!("id,name\n{rows}").into_bytes());
        let directory = read_quietly(Source::Files(vec![file]), &options()).unwrap().directory;
        let data = tempfile::tempdir().unwrap();
        let (directories, _) = Directories::open(data.path()).unwrap();
        directories.put(directory).unwrap();
        let snapshot = directories.snapshot();
        let mut query = Query { text, page_size: size, ..Query::default() };
        let whole: Vec<String> = snapshot.search(&Query { page_size: 200, ..query.clone() }).unwrap()
            .services.iter().map(|entry| entry.key().to_string()).collect();
        let mut paged = Vec::new();
        loop {
            let found = snapshot.search(&query).unwrap();
            prop_assert_eq!(found.total, whole.len());
            paged.extend(found.services.iter().map(|entry| entry.key().to_string()));
            match found.next {
                Some(token) => query.page_token = token,
                None => break,
            }
        }
        prop_assert_eq!(paged, whole);
    }
}
