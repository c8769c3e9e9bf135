//! Files as they should not be: each fault is named with file, place and reason, and the rest goes in.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use waymark_domain::time::Timestamp;
use waymark_shelters::directory::limits::{CELL_BYTES_MAX, JSON_DEPTH_MAX, ROWS_MAX};
use waymark_shelters::directory::{
    Effect, Place, ReadOptions, Reading, Reason, Report, Source, Unreadable, read_quietly,
};

fn options() -> ReadOptions {
    ReadOptions { name: "bad".parse().unwrap(), imported_at: Timestamp(1), country: None }
}

fn files(files: &[(&str, &[u8])]) -> Result<Reading, Unreadable> {
    let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    read_quietly(Source::Files(files), &options())
}

/// Reads one file beside a good one, so that there is always something to keep.
fn beside_good(name: &str, bytes: &[u8]) -> (Reading, Vec<String>) {
    let good: (&str, &[u8]) = ("organizations.csv", b"id,name\no1,Good\n");
    let reading = files(&[good, (name, bytes)]).unwrap();
    let told = reading.report.faults.iter().map(ToString::to_string).collect();
    (reading, told)
}

fn services(reading: &Reading) -> Vec<&str> {
    reading.directory.services().iter().map(|service| service.id.as_str()).collect()
}

fn nothing(result: Result<Reading, Unreadable>) -> Report {
    match result {
        Err(Unreadable::Nothing(report)) => *report,
        other => panic!("expected nothing: {other:?}"),
    }
}

#[test]
fn empty_files_are_called_empty() {
    for bytes in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b"  \r\n"] {
        for name in ["services.csv", "services.json"] {
            let report = nothing(files(&[(name, bytes)]));
            assert_eq!(
                report.faults[0].to_string(),
                format!("{name}, whole file: the file is empty (file left out)")
            );
        }
    }
    let header_only = nothing(files(&[("services.csv", b"id,name\n")]));
    assert_eq!(header_only.faults, []);
}

#[test]
fn wrong_headers_say_what_is_missing_and_what_is_there() {
    let (_, told) = beside_good("services.csv", b"identifier,title\n1,a\n");
    assert_eq!(
        told,
        ["services.csv, line 1: the header has no column `id`; it reads: identifier,title (file left out)"]
    );
    let (_, told) = beside_good("phones.csv", b"number,kind\n1,a\n");
    assert_eq!(
        told,
        ["phones.csv, line 1: the header has no column `location_id`; it reads: number,kind (file left out)"]
    );
    let (_, told) = beside_good("notes.csv", b"id,name\n1,a\n");
    assert_eq!(told, ["notes.csv, whole file: no table of HSDS is called `notes.csv` (file left out)"]);
    let (reading, told) = beside_good("services.csv", b"id,name,NAME\n1,a,b\n");
    assert_eq!(
        told,
        ["services.csv, line 1: the header names `name` twice; the first is read (value left out)"]
    );
    assert_eq!(reading.directory.services()[0].name, "a");
}

#[test]
fn headers_may_have_marks_capitals_blanks_and_other_delimiters() {
    for bytes in [
        &b"\xEF\xBB\xBFid,name\n1,a\n"[..],
        b"\xEF\xBB\xBF\"ID\",\"Name\"\n1,a\n",
        b" Id ; NAME \r\n1;a\r\n",
        b"id\tname\r1\ta\r",
        b"\xFF\xFEi\0d\0,\0n\0a\0m\0e\0\n\x001\0,\0a\0\n\0",
    ] {
        let (reading, told) = beside_good("services.csv", bytes);
        assert_eq!((services(&reading), told.len()), (vec!["1"], 0), "{bytes:?}");
    }
}

#[test]
fn bytes_that_are_not_text_are_named() {
    let (_, told) = beside_good("services.csv", b"id,name\n1,\0\n");
    assert_eq!(told, ["services.csv, whole file: the file is not text: it holds zero bytes (file left out)"]);
    let (reading, told) = beside_good("services.csv", b"id,name\n1,Caf\xE9\n2,\xD0\x96\n");
    assert_eq!(told, ["services.csv, line 2: not UTF-8; read as Latin-1 (kept)"]);
    let names: Vec<_> = reading.directory.services().iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["Café", "Ж"]);
}

#[test]
fn rows_that_do_not_fit_the_header_are_left_out_one_by_one() {
    let text = b"id,name,url\n1,a,\n2,b\n3,c,,,\n4,d,,x\n\n,,\n,e,\n5,,\n6,f,\n";
    let (reading, told) = beside_good("services.csv", text);
    assert_eq!(services(&reading), ["1", "3", "6"]);
    assert_eq!(
        told,
        [
            "services.csv, line 3: 2 cells where the header has 3 (row left out)",
            "services.csv, line 5: 4 cells where the header has 3 (row left out)",
            "services.csv, line 8: no `id` (row left out)",
            "services.csv, line 9: no `name` (row left out)",
        ]
    );
    assert_eq!((reading.report.rows_read(), reading.report.rows_left_out()), (8, 4));
    let rows: Vec<_> = reading.report.faults.iter().map(|fault| fault.place.clone()).collect();
    assert_eq!(rows[2], Place::Line { line: 8, row: 5 });
}

#[test]
fn a_quote_never_closed_costs_its_row_only() {
    let (reading, told) = beside_good("services.csv", b"id,name\n1,\"a\n2,b\n3,c\n");
    assert_eq!(services(&reading), ["2", "3"]);
    assert_eq!(told, ["services.csv, line 2: a quotation mark is never closed (row left out)"]);
    let (reading, told) = beside_good("services.csv", b"id,name\n1,\"a\n2,\"b\"\n3,c\n");
    assert_eq!(services(&reading), ["2", "3"]);
    assert_eq!(told, ["services.csv, line 2: text follows a closing quotation mark (row left out)"]);
    let endless = format!("id,name\n1,\"a\n{}", "b\",\"c\n".repeat(1_000));
    let (_, told) = beside_good("services.csv", endless.as_bytes());
    assert!(told.last().unwrap().ends_with("(rest of the file left out)"), "{told:?}");
    assert!(told.len() < 100, "{}", told.len());
}

#[test]
fn long_cells_are_left_out_in_csv_and_json() {
    let long = "x".repeat(CELL_BYTES_MAX + 1);
    let (reading, told) = beside_good("services.csv", format!("id,name\n1,{long}\n2,b\n").as_bytes());
    assert_eq!(services(&reading), ["2"]);
    assert_eq!(told, ["services.csv, line 2: the cell `name` is longer than 65536 bytes (row left out)"]);
    let json = format!(
        r#"[{{"id":"1","name":"{long}","status":"active"}},{{"id":"2","name":"b","status":"active"}}]"#
    );
    let (reading, told) = beside_good("services.json", json.as_bytes());
    assert_eq!(services(&reading), ["2"]);
    assert_eq!(told, ["services.json, /0: the cell `name` is longer than 65536 bytes (row left out)"]);
}

#[test]
fn duplicates_keep_the_first_and_name_where_it_was() {
    let (reading, told) = beside_good("services.csv", b"id,name\n1,a\n2,b\n1,c\n");
    assert_eq!(services(&reading), ["1", "2"]);
    assert_eq!(reading.directory.services()[0].name, "a");
    assert_eq!(told, ["services.csv, line 4: `1` was read before, at services.csv, line 2 (row left out)"]);
    let json = br#"[{"id":"1","name":"a","status":"active"},{"id":"1","name":"b","status":"active"}]"#;
    let (reading, told) = beside_good("x.json", json);
    assert_eq!(services(&reading), ["1"]);
    assert_eq!(told, ["x.json, /1: `1` was read before, at x.json, /0 (row left out)"]);
}

#[test]
fn objects_repeated_inside_others_are_one_and_differences_are_told() {
    let json = br#"[
        {"id":"1","name":"a","status":"active","organization":{"id":"o","name":"Org","description":"d"}},
        {"id":"2","name":"b","status":"active","organization":{"id":"o","name":"Org","email":"a@b.example"}},
        {"id":"3","name":"c","status":"active","organization":{"id":"o","name":"Other"}}]"#;
    let reading = files(&[("x.json", json)]).unwrap();
    let [organisation] = reading.directory.organisations() else { panic!("one") };
    assert_eq!((organisation.name.as_str(), organisation.email.as_deref()), ("Org", Some("a@b.example")));
    let told: Vec<_> = reading.report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "x.json, /2/organization: `o` differs in `name` from x.json, /0/organization; the first is kept (kept)"
        ]
    );
}

#[test]
fn references_that_lead_nowhere_are_told() {
    let reading = files(&[
        ("organizations.csv", b"id,name\no1,Org\n"),
        ("services.csv", b"id,name,organization_id\n1,a,o1\n2,b,o9\n"),
        ("locations.csv", b"id,name\nl1,Place\n"),
        ("services_at_location.csv", b"id,service_id,location_id\nx1,1,l1\nx2,1,l9\nx3,9,l1\nx4,1,\n"),
        ("phones.csv", b"service_id,service_at_location_id,number\n1,,11\n9,,12\n,,13\n,x1,14\n,x2,15\n"),
        ("languages.csv", b"service_id,language\n1,English\n9,English\n"),
    ])
    .unwrap();
    let told: Vec<_> = reading.report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "services_at_location.csv, line 5: no `location_id` (row left out)",
            "services_at_location.csv, line 3: `location_id` names `l9`, which is not in locations (row left out)",
            "services_at_location.csv, line 4: `service_id` names `9`, which is not in services (row left out)",
            "phones.csv, line 3: `service_id` names `9`, which is not in services (row left out)",
            "phones.csv, line 4: belongs to no organisation, service or location (row left out)",
            "phones.csv, line 6: `service_at_location_id` names `x2`, which is not in service_at_location (row left out)",
            "services.csv, line 3: `organization_id` names `o9`, which is not in organizations (kept)",
            "languages.csv, line 3: `service_id` names `9`, which is not in services (row left out)",
        ]
    );
    let service = &reading.directory.services()[0];
    assert_eq!(service.phones.iter().map(|phone| phone.number.as_str()).collect::<Vec<_>>(), ["11", "14"]);
    assert_eq!(reading.directory.services()[1].organisation, None);
}

#[test]
fn odd_values_are_told_and_left_out() {
    let (reading, told) = beside_good(
        "services.csv",
        b"id,name,url,email,status,minimum_age,maximum_age\n1,a,javascript:alert(1),x,open,old,200\n2,b,www.a.example,,Inactive,16.5,\n",
    );
    assert_eq!(
        told,
        [
            "services.csv, line 2: `url` is `javascript:alert(1)`, not a link to the web (value left out)",
            "services.csv, line 2: `email` is `x`, not an address for mail (value left out)",
            "services.csv, line 2: `status` is `open`, not a status of HSDS (value left out)",
            "services.csv, line 2: `minimum_age` is `old`, not an age in years (value left out)",
            "services.csv, line 2: `maximum_age` is `200`, not an age in years (value left out)",
        ]
    );
    let [one, two] = reading.directory.services() else { panic!("two") };
    assert_eq!((&one.url, &one.email), (&None, &None));
    assert_eq!((two.url.as_deref(), two.eligibility.minimum_age), (Some("http://www.a.example"), Some(16)));
}

#[test]
fn broken_json_gives_what_stands_before_the_break() {
    let (reading, told) = beside_good("x.json", br#"[{"id":"1","name":"a","status":"active"},{"id":"2","na"#);
    assert_eq!(services(&reading), ["1"]);
    assert_eq!(
        told,
        ["x.json, /1: not JSON: EOF while parsing a string at line 1 column 54 (rest of the file left out)"]
    );
    let (reading, told) = beside_good("x.json", br#"{"id":"1","name":"a","status":"active"} x"#);
    assert_eq!(services(&reading), ["1"]);
    assert_eq!(
        told,
        ["x.json, whole file: not JSON: trailing characters at line 1 column 41 (file left out)"]
    );
    for bytes in [&b"nope"[..], b"12", b"\"x\"", b"null", b"{", b"[", b"{]", b"[1,2"] {
        let (reading, told) = beside_good("x.json", bytes);
        assert!(services(&reading).is_empty() && !told.is_empty(), "{bytes:?}");
    }
}

#[test]
fn deep_json_is_refused_before_it_is_parsed() {
    let deep = format!("{{\"id\":\"1\",\"x\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let (_, told) = beside_good("x.json", deep.as_bytes());
    assert_eq!(told, ["x.json, whole file: nested deeper than 64 levels at line 1 (file left out)"]);
    let allowed = format!("{}{}", "[".repeat(JSON_DEPTH_MAX), "]".repeat(JSON_DEPTH_MAX));
    let (_, told) = beside_good("x.json", allowed.as_bytes());
    assert_eq!(told, ["x.json, /0: `element` is an array, not an object (row left out)"]);
}

#[test]
fn json_of_another_shape_is_told() {
    let json = br#"[{"colour":"red"},7,{"id":"1","name":{"en":"a"},"status":"active"},
        {"id":"2","name":"b","status":"active","phones":"none","organization":[],"languages":[5]}]"#;
    let (reading, told) = beside_good("x.json", json);
    assert_eq!(services(&reading), ["2"]);
    assert_eq!(
        told,
        [
            "x.json, /0: neither organisation, service, location nor service at a location of HSDS (row left out)",
            "x.json, /1: `element` is a number, not an object (row left out)",
            "x.json, /2: `name` is an object, not a plain value (value left out)",
            "x.json, /2: no `name` (row left out)",
            "x.json, /3/organization: `organization` is an array, not an object (value left out)",
            "x.json, /3/phones: `phones` is a text, not an array (value left out)",
            "x.json, /3/languages/0: `element` is a number, not an object (row left out)",
        ]
    );
    let (reading, told) =
        beside_good("x.json", br#"{"services.csv":[{"id":"1","name":"a"}],"colours.csv":[{}]}"#);
    assert_eq!(services(&reading), ["1"]);
    assert_eq!(told, ["x.json, /colours.csv: no table of HSDS is called `colours.csv` (value left out)"]);
    let page = br#"{"total_items":1,"page_number":1,"contents":[{"id":"1","name":"a","status":"active"}]}"#;
    assert_eq!(services(&beside_good("page.json", page).0), ["1"]);
    let plain = br#"{"organizations":[{"id":"o2","name":"x"}],"services":[{"id":"1","name":"a"}]}"#;
    assert_eq!(services(&beside_good("plain.json", plain).0), ["1"]);
}

#[test]
fn the_row_after_the_millionth_is_not_read() {
    let mut text = String::from("service_id,language\n");
    (0..ROWS_MAX).for_each(|_| text.push_str("1,English\n"));
    let reading = files(&[
        ("a.json", br#"{"id":"1","name":"a","status":"active"}"#),
        ("languages.csv", text.as_bytes()),
        ("phones.csv", b"service_id,number\n1,2\n"),
    ])
    .unwrap();
    assert_eq!(reading.report.rows_read(), ROWS_MAX);
    let [fault, other] = &reading.report.faults[..] else { panic!("two faults") };
    assert_eq!(other.to_string(), "phones.csv, whole file: more than 1000000 rows (file left out)");
    assert_eq!((&fault.reason, fault.effect), (&Reason::TooManyRows, Effect::RestLeftOut));
    assert_eq!(fault.place, Place::Line { line: ROWS_MAX + 1, row: ROWS_MAX });
    assert_eq!(reading.directory.services()[0].phones, []);
}

#[test]
fn a_file_too_large_is_named_and_the_others_go_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("organizations.csv"), "id,name\no1,Good\n").unwrap();
    std::fs::File::create(folder.path().join("services.csv")).unwrap().set_len((256 << 20) + 1).unwrap();
    let reading = read_quietly(Source::Path(folder.path().to_owned()), &options()).unwrap();
    let told: Vec<_> = reading.report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "services.csv, whole file: the file has 268435457 bytes; at most 268435456 are read (file left out)"
        ]
    );
    assert_eq!(reading.directory.organisations().len(), 1);
}

#[test]
fn names_and_values_cannot_carry_control_characters_out() {
    let reading = files(&[
        ("dir/\u{1b}[2Jorganizations.csv", b"id,name\no1,Good\n"),
        ("services.csv", b"id,name,url\n1,\x1b]0;title\x07red,\x1b[31mx\n"),
        ("phones.csv", b"service_id,number\n\"9\n8\",1\n"),
        ("locations.csv", b"id,name\n\"1\n2\",a\n\"1\n2\",b\n"),
    ])
    .unwrap();
    let told: Vec<_> = reading.report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|line| !line.contains(char::is_control)), "{told:?}");
    assert_eq!(reading.directory.services()[0].name, "]0;titlered");
    assert!(reading.directory.files().iter().all(|name| !name.contains(char::is_control)));
}

#[test]
fn one_service_cannot_have_telephones_without_end() {
    let rows: String = (0..2_000).map(|number| format!("1,{number}\n")).collect();
    let long = format!("service_id,eligibility\n{}", format!("1,{}\n", "x".repeat(40_000)).repeat(3));
    let reading = files(&[
        ("services.csv", b"id,name\n1,a\n"),
        ("phones.csv", format!("service_id,number\n{rows}").as_bytes()),
        ("eligibility.csv", long.as_bytes()),
    ])
    .unwrap();
    let service = &reading.directory.services()[0];
    assert_eq!((service.phones.len(), service.eligibility.text.as_ref().unwrap().len()), (500, 40_000));
    let told = reading.report.faults.iter().filter(|fault| fault.reason == Reason::TooManyParts);
    assert_eq!(told.count(), 1_500 + 2);
}
