//! `proto/WIRE.md` says what the code does: its tables and its worked example are written from here.
//! `UPDATE=1 cargo test -p waymark-seal --test wire` rewrites them; the difference is reviewed.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod example;
mod source;
mod tables;

use std::fs;
use std::path::PathBuf;

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/WIRE.md")
}

/// The part of the document between the marks of `name`.
fn part<'a>(document: &'a str, name: &str) -> (&'a str, &'a str, &'a str) {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->\n"));
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no begin of {name}"));
    let (inside, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no end of {name}"));
    (before, inside, after)
}

fn check(name: &str, expected: &str) {
    let path = document();
    let text = fs::read_to_string(&path).unwrap();
    let (before, inside, after) = part(&text, name);
    if inside == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE").is_some(),
        "WIRE.md differs from the code in `{name}`: review the change and run with UPDATE=1\n\nexpected:\n{expected}"
    );
    let marks = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->\n"));
    fs::write(&path, format!("{before}{}{expected}{}{after}", marks.0, marks.1)).unwrap();
}

#[test]
fn every_type_that_a_table_names_is_explained() {
    let text = fs::read_to_string(document()).unwrap();
    let tables = source::public_parts() + &source::contents();
    let types = source::types_named(&tables);
    assert!(
        types.contains("Timestamp") && types.contains("GateVerdict") && types.contains("RiskRow"),
        "{types:?}"
    );
    for name in types {
        let explained = text.contains(&format!("| {name} |")) || text.contains(&format!("`{name}`"));
        let generic = text.contains(&format!("`{name}<"));
        assert!(explained || generic, "{name} is used and never explained");
    }
}

/// One test, since all parts are written to one file.
#[test]
fn the_document_says_what_the_code_does() {
    check("prefixes", &tables::prefixes());
    check("limits", &tables::limits());
    check("kinds", &tables::kinds());
    check("public parts", &source::public_parts());
    check("contents", &source::contents());
    check("words", &source::words());
    check("verdicts", &source::verdicts());
    check("example", &example::text());
}
