//! Directories on disk and found again: durable, replaced as a whole, in a stable order.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use std::fs;

use waymark_domain::time::Timestamp;
use waymark_domain::words::Purpose;
use waymark_shelters::directory::country::Country;
use waymark_shelters::directory::language::LanguageCode;
use waymark_shelters::directory::{
    Directories, Directory, Query, QueryFault, ReadOptions, ServiceKey, Snapshot, Source, StoreFault,
    read_quietly,
};

fn directory(name: &str, files: &[(&str, &str)]) -> Directory {
    let options = ReadOptions { name: name.parse().unwrap(), imported_at: Timestamp(7), country: None };
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    read_quietly(Source::Files(files), &options).unwrap().directory
}

fn named(name: &str, services: &[&str]) -> Directory {
    let rows: String = services.iter().enumerate().map(|(at, name)| format!("{at},{name}\n")).collect();
    directory(name, &[("services.csv", &format!("id,name\n{rows}"))])
}

fn names(snapshot: &Snapshot, query: &Query) -> Vec<String> {
    let found = snapshot.search(query).unwrap();
    assert_eq!(found.total, found.services.len());
    found.services.iter().map(|entry| entry.service().name.clone()).collect()
}

fn text(text: &str) -> Query {
    Query { text: text.to_owned(), ..Query::default() }
}

#[test]
fn directories_are_read_back_as_they_were() {
    let data = tempfile::tempdir().unwrap();
    let (directories, faults) = Directories::open(data.path()).unwrap();
    assert!(faults.is_empty() && directories.snapshot().books().is_empty());
    let one = directory(
        "one.v1",
        &[
            ("services.csv", "id,name,organization_id,status\ns1,Help,o1,active\n"),
            ("organizations.csv", "id,name\no1,Org\n"),
            ("schedules.csv", "service_id,weekday,opens_at,closes_at\ns1,1,9:00,17:00\n"),
        ],
    );
    let kept = directories.put(one.clone()).unwrap();
    assert!(!kept.replaced);
    directories.put(named("two", &["B"])).unwrap();
    let (again, faults) = Directories::open(data.path()).unwrap();
    assert!(faults.is_empty());
    let snapshot = again.snapshot();
    assert_eq!(snapshot.books().len(), 2);
    assert_eq!(snapshot.books()[0].directory(), &one);
    assert_eq!(snapshot.books()[0].etag(), kept.etag);
    let entry = snapshot.service(&ServiceKey::parse("one.v1/s1").unwrap()).unwrap();
    assert_eq!((entry.hours().as_str(), entry.key().to_string().as_str()), ("Mon 09:00–17:00", "one.v1/s1"));
    assert_eq!(entry.organisation().unwrap().name, "Org");
    assert!(snapshot.service(&ServiceKey::parse("two/s1").unwrap()).is_none());
}

#[test]
fn importing_again_replaces_and_removing_forgets() {
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = Directories::open(data.path()).unwrap();
    let first = directories.put(named("x", &["A", "B"])).unwrap();
    let before = directories.snapshot();
    let second = directories.put(named("x", &["C"])).unwrap();
    assert!(second.replaced && first.etag != second.etag);
    assert_eq!(names(&directories.snapshot(), &Query::default()), ["C"]);
    assert_eq!(names(&before, &Query::default()), ["A", "B"], "a snapshot stays as it was");
    assert_eq!(
        directories.put(named("x", &["C"])).unwrap().etag,
        second.etag,
        "the same content, the same version"
    );
    let name = "x".parse().unwrap();
    assert!(directories.remove(&name).unwrap());
    assert!(!directories.remove(&name).unwrap());
    assert!(Directories::open(data.path()).unwrap().0.snapshot().books().is_empty());
}

#[test]
fn damaged_files_are_named_and_the_others_serve() {
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = Directories::open(data.path()).unwrap();
    directories.put(named("good", &["A"])).unwrap();
    directories.put(named("other", &["B"])).unwrap();
    let folder = data.path().join("directory");
    let bytes = fs::read(folder.join("good.postcard")).unwrap();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(folder.join("good.postcard"), damaged).unwrap();
        let (opened, faults) = Directories::open(data.path()).unwrap();
        assert_eq!((opened.snapshot().books().len(), faults.len()), (1, 1), "byte {at}");
    }
    for cut in 0..bytes.len() {
        fs::write(folder.join("good.postcard"), &bytes[..cut]).unwrap();
        let (_, faults) = Directories::open(data.path()).unwrap();
        assert!(matches!(&faults[..], [StoreFault::Stored { name, .. }] if name == "good"), "cut at {cut}");
    }
    fs::write(folder.join("good.postcard"), [&bytes[..], b"x"].concat()).unwrap();
    let (_, faults) = Directories::open(data.path()).unwrap();
    assert_eq!(faults[0].to_string(), "directory good: the stored file is damaged");
    fs::write(folder.join("good.postcard"), &bytes).unwrap();
    fs::copy(folder.join("good.postcard"), folder.join("third.postcard")).unwrap();
    let (opened, faults) = Directories::open(data.path()).unwrap();
    assert_eq!(opened.snapshot().books().len(), 2);
    assert_eq!(faults[0].to_string(), "directory third: the stored file holds good");
}

#[test]
fn a_disk_that_refuses_leaves_the_former_directory() {
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = Directories::open(data.path()).unwrap();
    directories.put(named("x", &["A"])).unwrap();
    let unfinished = data.path().join("directory/x.tmp");
    fs::create_dir(&unfinished).unwrap();
    let fault = directories.put(named("x", &["B"])).unwrap_err();
    assert!(fault.to_string().starts_with("directory x: cannot write the file: "), "{fault}");
    assert_eq!(names(&directories.snapshot(), &Query::default()), ["A"]);
    fs::remove_dir(&unfinished).unwrap();
    fs::write(&unfinished, "half").unwrap();
    let (again, faults) = Directories::open(data.path()).unwrap();
    assert!(faults.is_empty() && !unfinished.exists(), "what was left unfinished is cleared away");
    assert_eq!(names(&again.snapshot(), &Query::default()), ["A"]);
}

fn several() -> (tempfile::TempDir, Directories) {
    let data = tempfile::tempdir().unwrap();
    let (directories, _) = Directories::open(data.path()).unwrap();
    let one = directory(
        "one",
        &[
            ("organizations.csv", "id,name\no1,Łódź Legal Aid\n"),
            (
                "services.csv",
                "id,organization_id,name,description,status\n\
             s1,o1,Advice for workers,,active\n\
             s2,o1,Łódź helpdesk,,active\n\
             s3,,Other,\"Legal advice in Łódź, among other things that this long text tells at some length.\",\n\
             s4,o1,Closed advice,,defunct\n\
             s5,,Юридична допомога,,active\n",
            ),
            ("locations.csv", "id,name\nl1,Office\n"),
            ("services_at_location.csv", "service_id,location_id\ns1,l1\n"),
            ("addresses.csv", "location_id,city,country\nl1,Łódź,Poland\n"),
            ("languages.csv", "service_id,location_id,language\ns1,,Ukrainian\n,l1,pl\ns5,,uk-UA\n"),
            ("service_areas.csv", "service_id,service_area\ns5,Харків\n"),
        ],
    );
    directories.put(one).unwrap();
    directories.put(named("two", &["Lodz helpdesk", "Shelter"])).unwrap();
    (data, directories)
}

#[test]
fn text_is_found_whatever_its_case_and_marks_best_first() {
    let (_data, directories) = several();
    let snapshot = directories.snapshot();
    let found = names(&snapshot, &text("lodz"));
    assert_eq!(found, ["Łódź helpdesk", "Lodz helpdesk", "Advice for workers", "Other"]);
    assert_eq!(names(&snapshot, &text("ŁÓDŹ HELP")).len(), 2);
    assert_eq!(names(&snapshot, &text("юрид допом")), ["Юридична допомога"]);
    assert_eq!(names(&snapshot, &text("elpdesk")), [""; 0], "words are found by their beginning");
    assert_eq!(names(&snapshot, &text("  ")).len(), 6, "the defunct service is not offered");
    let all = Query { with_inactive: true, ..Query::default() };
    assert_eq!(names(&snapshot, &all).len(), 7);
}

#[test]
fn filters_are_purpose_language_country_and_place() {
    let (_data, directories) = several();
    let snapshot = directories.snapshot();
    let legal = Query { purposes: vec![Purpose::Legal, Purpose::Tracing], ..Query::default() };
    assert_eq!(names(&snapshot, &legal), ["Юридична допомога"]);
    let speaks = |codes: &[&str]| Query {
        languages: codes.iter().map(|code| LanguageCode::parse(code).unwrap()).collect(),
        ..Query::default()
    };
    assert_eq!(names(&snapshot, &speaks(&["uk"])), ["Advice for workers", "Юридична допомога"]);
    assert_eq!(names(&snapshot, &speaks(&["pl"])), ["Advice for workers"], "spoken at its location");
    assert_eq!(names(&snapshot, &speaks(&["pl", "uk"])).len(), 2);
    let there = |country: &str| Query { country: Country::parse(country), ..Query::default() };
    assert_eq!(names(&snapshot, &there("PL")), ["Advice for workers"]);
    assert!(names(&snapshot, &there("DE")).is_empty());
    let place = |place: &str| Query { place: place.to_owned(), ..Query::default() };
    assert_eq!(names(&snapshot, &place("lodz")), ["Advice for workers"]);
    assert_eq!(names(&snapshot, &place("ХАРКІВ")), ["Юридична допомога"]);
}

#[test]
fn page_tokens_are_bound_to_filters_and_content() {
    let (_data, directories) = several();
    let snapshot = directories.snapshot();
    let first = Query { page_size: 2, ..Query::default() };
    let token = snapshot.search(&first).unwrap().next.unwrap();
    let next = |query: &Query| directories.snapshot().search(query).map(|found| found.services.len());
    let second = Query { page_token: token.clone(), ..first.clone() };
    assert_eq!(next(&second), Ok(2));
    assert_eq!(next(&Query { page_size: 5, ..second.clone() }), Ok(4), "the size of a page may change");
    assert_eq!(next(&Query { text: "a".to_owned(), ..second.clone() }), Err(QueryFault::PageToken));
    for bad in ["x", "-", "2-", "99999999999999999999-0", "2-0000000000000000", &"9".repeat(10_000)] {
        let query = Query { page_token: bad.to_owned(), ..first.clone() };
        assert_eq!(next(&query), Err(QueryFault::PageToken), "{bad}");
    }
    directories.put(named("two", &["Changed"])).unwrap();
    assert_eq!(next(&second), Err(QueryFault::PageToken));
    assert_eq!(next(&text(&"x".repeat(201))), Err(QueryFault::TooLong));
    let many = Query { page_size: usize::MAX, ..Query::default() };
    assert_eq!(next(&many), Ok(5));
}
