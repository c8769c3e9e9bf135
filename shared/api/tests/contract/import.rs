//! The messages of an import: each in its place, each within its limits.

use waymark_api::convert::directory::{import, piece};
use waymark_api::error::{Fault, Rejected};
use waymark_api::v1::import_directory_request::Part;
use waymark_api::v1::{DirectoryFormat, ImportDirectoryRequest, ImportPiece, ImportSource, MutationOptions};

fn source(name: &str) -> ImportSource {
    ImportSource { source: name.into(), format: DirectoryFormat::HsdsCsv.into(), country: "US".into() }
}

fn first(source: ImportSource) -> ImportDirectoryRequest {
    ImportDirectoryRequest { options: None, part: Some(Part::Source(source)) }
}

fn next(file: &str, bytes: usize) -> ImportDirectoryRequest {
    let data = vec![0; bytes];
    ImportDirectoryRequest {
        options: None,
        part: Some(Part::Piece(ImportPiece { file: file.into(), data, last: true })),
    }
}

#[test]
fn an_import_begins_with_its_source() {
    let asked = import(first(source("hsds-3.0"))).expect("is valid");
    assert_eq!((asked.source.as_str(), asked.format), ("hsds-3.0", DirectoryFormat::HsdsCsv));
    let early = import(next("services.csv", 1)).expect_err("a piece before the source");
    assert_eq!(early.violations.first().map(|violation| violation.fault), Some(Fault::OutOfPlace));
    assert!(import(ImportDirectoryRequest::default()).is_err());
}

#[test]
fn pieces_follow_and_nothing_else() {
    assert!(piece(next("services.csv", 1024 * 1024)).is_ok());
    assert_eq!(piece(first(source("a"))).expect_err("a second source").violations.len(), 2);
    let mut with_options = next("services.csv", 1);
    with_options.options = Some(MutationOptions::default());
    assert_eq!(piece(with_options), Err(Rejected::one("options", Fault::OutOfPlace)));
    assert!(piece(ImportDirectoryRequest::default()).is_err());
}

#[test]
fn names_are_plain_and_pieces_bounded() {
    let long = "x".repeat(65);
    for bad in ["", "a b", "../a", "é", long.as_str()] {
        assert_eq!(import(first(source(bad))), Err(Rejected::one("source.source", Fault::NotAName)), "{bad}");
    }
    let long = "x".repeat(129);
    for bad in ["", ".", "..", "a/b", "a\\b", "a\0", "a\n", long.as_str()] {
        assert_eq!(piece(next(bad, 1)), Err(Rejected::one("piece.file", Fault::NotAName)), "{bad}");
    }
    let large = piece(next("a", 1024 * 1024 + 1)).expect_err("more than 1 MiB");
    assert_eq!(large, Rejected::one("piece.data", Fault::TooLong { max: 1024 * 1024 }));
    let unknown = ImportSource { format: 99, country: "usa".into(), ..source("a") };
    assert_eq!(import(first(unknown)).expect_err("neither format nor country").violations.len(), 2);
}
