//! Real directories, read whole: every row is in or in the report. Skipped with a note where the folder of real data is
//! not beside the repository.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use waymark_domain::time::Timestamp;
use waymark_domain::words::Purpose;
use waymark_shelters::directory::country::Country;
use waymark_shelters::directory::language::LanguageCode;
use waymark_shelters::directory::model::Status;
use waymark_shelters::directory::{
    Book, Effect, Place, Privacy, Query, ReadOptions, Reading, Reason, Report, Source, Told, Unreadable,
    read, read_quietly,
};

fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(part);
    if !path.exists() {
        eprintln!("skipped: no real data at ../shared/data/{part}");
        return None;
    }
    Some(path)
}

fn options(name: &str) -> ReadOptions {
    ReadOptions { name: name.parse().unwrap(), imported_at: Timestamp(1_795_500_061), country: None }
}

fn reading(path: &Path) -> Reading {
    read_quietly(Source::Path(path.to_owned()), &options("real")).unwrap()
}

/// Faults by file and kind.
fn kinds(report: &Report) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for fault in &report.faults {
        let reason = format!("{:?}", fault.reason);
        let kind = reason.split([' ', '(', '{']).next().unwrap().to_owned();
        *kinds.entry(format!("{} {kind} {}", fault.file, fault.effect.words())).or_insert(0) += 1;
    }
    kinds
}

fn counted(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

#[test]
fn illinois_legal_aid_goes_in_but_for_28_rows_and_the_report_names_each() {
    let Some(path) = shared("illinois-legal-aid") else { return };
    let Reading { directory, report } = reading(&path);
    assert_eq!(directory.services().len(), 429, "430 rows, of which one has neither identifier nor name");
    assert_eq!(directory.organisations().len(), 33);
    assert_eq!(directory.locations().len(), 520);
    let rows: Vec<_> =
        report.files.iter().map(|file| (&*file.file, file.rows_read, file.rows_left_out)).collect();
    assert_eq!(
        rows,
        [
            ("locations.csv", 520, 0),
            ("organizations.csv", 33, 0),
            ("phones.csv", 982, 27),
            ("postal_addresses.csv", 33, 0),
            ("regular_schedules.csv", 2492, 0),
            ("services.csv", 430, 1),
        ]
    );
    assert_eq!((report.rows_read(), report.rows_left_out()), (4490, 28));
    assert_eq!(
        kinds(&report),
        counted(&[
            ("locations.csv Dangling kept", 448),
            ("phones.csv Missing row left out", 19),
            ("phones.csv Odd row left out", 8),
            ("regular_schedules.csv ClosesBeforeOpening kept", 29),
            ("services.csv Dangling kept", 340),
            ("services.csv Missing row left out", 1),
        ])
    );
    let no_id = report.faults.iter().find(|fault| fault.reason == Reason::Missing("id")).unwrap();
    assert_eq!(no_id.place, Place::Line { line: 651, row: 430 });
    assert_eq!(no_id.to_string(), "services.csv, line 651: no `id` (row left out)");
}

#[test]
fn illinois_legal_aid_keeps_what_its_cells_say() {
    let Some(path) = shared("illinois-legal-aid") else { return };
    let Reading { directory, report } = reading(&path);
    let service = directory.services().iter().find(|service| service.id == "132741").unwrap();
    assert_eq!(service.name, "North Lawndale legal clinic");
    let application = service.application.as_deref().unwrap();
    assert!(application.starts_with("Telephone\n\n    Walk-inAll clinics are walk-in only"), "{application}");
    assert_eq!(service.cost.text.as_deref(), Some("Free to eligible persons/entities"));
    assert_eq!(service.organisation.as_deref(), Some("25231"));
    assert_eq!(service.status, Status::NotStated);
    assert_eq!(service.origin.place, Place::Line { line: 3, row: 2 });
    assert_eq!(directory.files()[service.origin.file as usize], "services.csv");
    let hotline = directory.services().iter().find(|service| service.id == "101806").unwrap();
    assert_eq!(hotline.phones[0].number, "844-RIGHTS-9 (844-744-4879)");
    assert!(directory.services().iter().all(|service| service.purposes.contains(&Purpose::Legal)));
    let benefits =
        directory.services().iter().filter(|service| service.purposes.contains(&Purpose::Financial));
    assert_eq!(benefits.count(), 6);
    let hours: usize = directory.locations().iter().map(|location| location.schedules.len()).sum();
    assert_eq!(hours, 2492);
    let addresses: Vec<_> =
        directory.organisations().iter().flat_map(|organisation| &organisation.addresses).collect();
    assert_eq!(addresses.len(), 33);
    assert!(addresses.iter().any(|address| address.street.as_deref() == Some("P.O. Box 571Geneva")));
    // Thirteen locations are shelters or programmes on domestic violence by their name.
    assert_eq!((report.streets_withheld, report.confidential), (13, 0));
    let cairo = directory.locations().iter().filter(|location| location.privacy == Privacy::StreetWithheld);
    assert!(cairo.clone().all(|location| location.name.is_none() && location.addresses.is_empty()));
}

#[test]
fn illinois_legal_aid_is_searched_in_stable_pages() {
    let Some(path) = shared("illinois-legal-aid") else { return };
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = waymark_shelters::directory::Directories::open(data.path()).unwrap();
    directories.put(reading(&path).directory).unwrap();
    let snapshot = directories.snapshot();
    let mut query = Query { text: "seniors".to_owned(), page_size: 7, ..Query::default() };
    let mut names = Vec::new();
    loop {
        let found = snapshot.search(&query).unwrap();
        assert_eq!(found.total, 29);
        names.extend(found.services.iter().map(|entry| entry.service().name.clone()));
        let Some(next) = found.next else { break };
        query.page_token = next;
    }
    assert_eq!(names.len(), 29);
    assert!(names.iter().all(|name| name.to_lowercase().contains("seniors")));
    assert!(
        names.is_sorted_by_key(|name| name.to_lowercase().replace(['-', '(', ')'], " ").trim().to_owned())
    );
    let shriver = Query { text: "SHRIVER".to_owned(), ..Query::default() };
    assert_eq!(snapshot.search(&shriver).unwrap().total, 1, "by the name of its organisation");
    let us = Query { country: Country::parse("US"), ..Query::default() };
    assert_eq!(snapshot.search(&us).unwrap().total, 0, "this directory states no country");
    let books: &[std::sync::Arc<Book>] = snapshot.books();
    assert_eq!(books[0].services().count(), 429);
}

#[test]
fn the_country_of_the_import_is_that_of_services_that_state_none() {
    let Some(path) = shared("illinois-legal-aid") else { return };
    let us = ReadOptions { country: Country::parse("US"), ..options("illinois") };
    let directory = read_quietly(Source::Path(path), &us).unwrap().directory;
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = waymark_shelters::directory::Directories::open(data.path()).unwrap();
    directories.put(directory).unwrap();
    let query = Query { country: Country::parse("US"), ..Query::default() };
    assert_eq!(directories.snapshot().search(&query).unwrap().total, 429);
}

#[test]
fn the_tables_of_hsds_3_go_in_and_their_loose_ends_are_told() {
    let Some(path) = shared("hsds-3.0/csv") else { return };
    let Reading { directory, report } = reading(&path);
    assert_eq!(
        (directory.services().len(), directory.organisations().len(), directory.locations().len()),
        (1, 1, 1)
    );
    assert_eq!((report.rows_read(), report.rows_left_out(), report.files.len()), (21, 1, 21));
    assert_eq!(
        kinds(&report),
        counted(&[
            ("attributes.csv Dangling row left out", 1),
            ("contacts.csv Dangling kept", 2),
            ("locations.csv Dangling kept", 1),
            ("locations.csv Odd value left out", 1),
            ("metadata.csv Dangling kept", 1),
            ("organizations.csv Dangling kept", 1),
            ("taxonomy_terms.csv Dangling kept", 2),
        ])
    );
    counselling(&directory);
    assert!(!format!("{directory:?}").contains("Persona"), "named contacts are not kept");
}

/// What every form of the example says of its one service.
fn counselling(directory: &waymark_shelters::directory::Directory) {
    let [service] = directory.services() else { panic!("one service") };
    assert_eq!(service.name, "Community Counselling");
    assert_eq!(service.purposes, [Purpose::EmotionalSupport]);
    assert_eq!(service.status, Status::Active);
    assert_eq!((service.eligibility.minimum_age, service.eligibility.maximum_age), (Some(12), Some(100)));
    assert_eq!(service.phones[0].number, "+44 1234 234567", "the quotation marks of the source are dropped");
    assert_eq!(service.phones[0].extension.as_deref(), Some("100"));
    assert_eq!(service.phones[0].languages[0].code, LanguageCode::parse("ur"));
    assert_eq!(service.phones.len(), 1, "repeated inside other objects, but one");
    assert_eq!((service.schedules.len(), service.languages.len(), service.areas.len()), (1, 1, 1));
    assert_eq!((service.schedules[0].opens, service.schedules[0].days), (Some(600), 0b001_1000));
    assert_eq!(service.cost.options[0].currency.as_deref(), Some("GBP"));
    assert_eq!(service.documents.len(), 1);
    assert_eq!(service.locations, ["3a19ff88-4620-4d17-9830-ac1d859eb5d5"]);
    let [location] = directory.locations() else { panic!("one location") };
    assert_eq!(location.addresses[0].country, Country::parse("US"));
    assert_eq!(location.addresses[0].street.as_deref(), Some("1-30 Main Street\nMyVillage"));
    assert_eq!(location.point, None, "a latitude of 100 is none");
    assert_eq!(location.accessibility.len(), 1);
}

#[test]
fn the_json_examples_of_hsds_3_say_the_same_in_four_forms() {
    for (file, rows, left_out) in [
        ("organization_full.json", 53, 5),
        ("service_full.json", 53, 5),
        ("service_at_location_full.json", 53, 5),
        ("tabular.json", 21, 1),
    ] {
        let Some(path) = shared(&format!("hsds-3.0/examples/{file}")) else { return };
        let Reading { directory, report } = reading(&path);
        counselling(&directory);
        assert_eq!(directory.organisations().len(), 1, "{file}");
        assert_eq!((report.rows_read(), report.rows_left_out()), (rows, left_out), "{file}");
        assert!(!format!("{directory:?}").contains("Persona"), "{file}");
        let places = report.faults.iter().all(|fault| matches!(&fault.place, Place::Pointer(_)));
        assert!(places, "{file}: every fault of JSON has its pointer");
    }
}

#[test]
fn a_folder_of_json_unites_its_files_and_tells_the_duplicates() {
    let Some(path) = shared("hsds-3.0/examples") else { return };
    let Reading { directory, report } = reading(&path);
    assert_eq!(
        (directory.services().len(), directory.organisations().len(), directory.locations().len()),
        (1, 1, 1)
    );
    let duplicates: Vec<_> =
        report.faults.iter().filter(|fault| matches!(fault.reason, Reason::Duplicate { .. })).collect();
    assert_eq!(duplicates.len(), 4);
    assert!(
        duplicates.iter().all(|fault| fault.effect == Effect::RowLeftOut && &*fault.file == "tabular.json")
    );
    assert_eq!((report.rows_read(), report.rows_left_out()), (190, 21));
    assert_eq!(directory.locations()[0].name.as_deref(), Some("MyCity Civic Center"));
}

#[test]
fn a_location_alone_is_a_directory_too() {
    let Some(path) = shared("hsds-3.0/examples/location.json") else { return };
    let Reading { directory, report } = reading(&path);
    assert_eq!((directory.services().len(), directory.locations().len()), (0, 1));
    assert_eq!(report.rows_read(), 10);
}

#[test]
fn schemas_are_told_from_data_and_a_folder_of_folders_names_them() {
    let Some(path) = shared("hsds-3.0/schema") else { return };
    let Err(Unreadable::Nothing(report)) = read_quietly(Source::Path(path), &options("x")) else {
        panic!("nothing")
    };
    assert_eq!(report.faults.len(), 22);
    assert!(report.faults.iter().all(|fault| fault.reason == Reason::JsonSchema));
    let above = shared("hsds-3.0").unwrap();
    let fault = read_quietly(Source::Path(above), &options("x")).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the directory holds no .csv or .json file; it holds the folders csv, examples, schema"
    );
}

#[test]
fn progress_is_told_and_the_listener_may_end_it() {
    let Some(path) = shared("illinois-legal-aid") else { return };
    let (mut last, mut told, mut faults) = (None, 0, 0);
    let reading =
        read(Source::Path(path.clone()), &options("x"), &mut |what| {
            match what {
                Told::Progress(progress) => {
                    assert!(last.is_none_or(
                        |(rows, bytes)| rows <= progress.rows_read && bytes <= progress.bytes_read
                    ));
                    last = Some((progress.rows_read, progress.bytes_read));
                    assert_eq!(progress.bytes_total, 221_665);
                    told += 1;
                }
                Told::Fault(_) => faults += 1,
            }
            ControlFlow::Continue(())
        });
    assert_eq!((last, told), (Some((4490, 221_665)), 16));
    assert_eq!(faults, reading.unwrap().report.faults.len());
    let mut rows = 0;
    let ended = read(Source::Path(path), &options("x"), &mut |what| {
        let Told::Progress(progress) = what else { return ControlFlow::Continue(()) };
        rows = progress.rows_read;
        if rows >= 1000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((ended.unwrap_err(), rows), (Unreadable::Stopped, 1000));
}

#[test]
fn the_invented_directory_needs_no_real_data() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/directory");
    let Reading { directory, report } = reading(&path);
    assert_eq!(report.faults, []);
    assert_eq!(directory.services().len(), 12);
    assert_eq!(directory.organisations().len(), 6);
    assert_eq!((report.confidential, report.streets_withheld), (1, 1));
    let known: std::collections::BTreeSet<_> =
        directory.services().iter().flat_map(|s| s.purposes.clone()).collect();
    assert_eq!(known.len(), 12, "every purpose but identification: {known:?}");
    assert!(directory.organisations().iter().all(|organisation| organisation.name.contains("invented")));
}

#[test]
fn codes_agree_with_the_lists_of_iso() {
    let Some(folder) = shared("codes") else { return };
    let table = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let languages = table("language-codes-full.csv");
    let mut known = 0;
    for line in languages.lines().skip(1) {
        let cells: Vec<_> = line.split("\",\"").map(|cell| cell.trim_matches('"')).collect();
        let [bibliographic, terminological, two, ..] = cells[..] else { continue };
        if two.is_empty() {
            continue;
        }
        known += 1;
        let code = LanguageCode::parse(two);
        assert_eq!(code.as_ref().map(LanguageCode::code), Some(two));
        assert_eq!(LanguageCode::parse(bibliographic), code, "{bibliographic}");
        assert!(terminological.is_empty() || LanguageCode::parse(terminological) == code, "{terminological}");
    }
    assert_eq!(known, 183);
}
