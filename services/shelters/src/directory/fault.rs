//! What was wrong with a file, a row or a value, where, and what became of it.
//!
//! A directory is public, so a fault may quote the value it speaks of, shortened and without control characters.

use core::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::limits::{
    CELL_BYTES_MAX, CELLS_MAX, FAULTS_LISTED_MAX, FILE_BYTES_MAX, IMPORT_BYTES_MAX, JSON_DEPTH_MAX,
    PARTS_MAX, ROWS_MAX,
};

/// Where something stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The file as a whole.
    WholeFile,
    /// A row of a CSV file.
    Line {
        /// The line on which the row begins, counted from 1.
        line: u64,
        /// The row, counted from 1 for the first after the header; 0 for the header.
        row: u64,
    },
    /// An object of a JSON file, as a JSON pointer (RFC 6901).
    Pointer(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WholeFile => f.write_str("whole file"),
            Self::Line { line, .. } => write!(f, "line {line}"),
            Self::Pointer(pointer) if pointer.is_empty() => f.write_str("the top"),
            Self::Pointer(pointer) => f.write_str(pointer),
        }
    }
}

/// What became of the thing at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing of the file went in.
    FileLeftOut,
    /// What stands after this place did not go in.
    RestLeftOut,
    /// The row did not go in.
    RowLeftOut,
    /// The row went in without the value.
    ValueLeftOut,
    /// It went in as it is.
    Kept,
}

impl Effect {
    /// The effect in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::FileLeftOut => "file left out",
            Self::RestLeftOut => "rest of the file left out",
            Self::RowLeftOut => "row left out",
            Self::ValueLeftOut => "value left out",
            Self::Kept => "kept",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file holds nothing.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than allowed.
    #[error("the file has {bytes} bytes; at most {FILE_BYTES_MAX} are read")]
    FileTooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The files together are larger than allowed.
    #[error("the files together have more than {IMPORT_BYTES_MAX} bytes")]
    ImportTooLarge,
    /// The system could not read the file.
    #[error("the file cannot be read: {0}")]
    Io(String),
    /// The bytes are no text.
    #[error("the file is not text: {0}")]
    NotText(&'static str),
    /// Bytes that are no UTF-8 were read as Windows-1252, the superset of Latin-1.
    #[error("not UTF-8; read as Latin-1")]
    ReadAsLatin1,
    /// No HSDS table has this name.
    #[error("no table of HSDS is called `{0}`")]
    UnknownTable(String),
    /// The first line does not name a needed column.
    #[error("the header has no column `{missing}`; it reads: {found}")]
    WrongHeader {
        /// The column needed.
        missing: &'static str,
        /// What the header holds.
        found: String,
    },
    /// The header names a column twice.
    #[error("the header names `{0}` twice; the first is read")]
    ColumnTwice(String),
    /// The import has too many rows.
    #[error("more than {ROWS_MAX} rows")]
    TooManyRows,
    /// A row has more cells than any table of HSDS.
    #[error("more than {CELLS_MAX} cells in a row")]
    TooManyCells,
    /// A row has not as many cells as the header.
    #[error("{found} cells where the header has {wanted}")]
    CellCount {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        wanted: usize,
    },
    /// A cell is longer than allowed.
    #[error("the cell `{column}` is longer than {CELL_BYTES_MAX} bytes")]
    CellTooLong {
        /// The column, or its number where it has no name.
        column: String,
    },
    /// A quotation mark opens a cell and none closes it.
    #[error("a quotation mark is never closed")]
    QuoteNeverClosed,
    /// A quoted cell goes on after the quotation mark that closes it.
    #[error("text follows a closing quotation mark")]
    TextAfterQuote,
    /// The file is no JSON from here on.
    #[error("not JSON: {0}")]
    JsonSyntax(String),
    /// The JSON is nested too deep.
    #[error("nested deeper than {JSON_DEPTH_MAX} levels at line {line}")]
    JsonTooDeep {
        /// The line.
        line: u64,
    },
    /// The file describes data and holds none.
    #[error("this is a JSON schema, not data")]
    JsonSchema,
    /// The object is none that HSDS knows.
    #[error("neither organisation, service, location nor service at a location of HSDS")]
    UnknownObject,
    /// Another kind of JSON value stands where an object, array or text must stand.
    #[error("`{key}` is {found}, not {wanted}")]
    WrongType {
        /// The key or column.
        key: String,
        /// What it is.
        found: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// A needed cell is empty.
    #[error("no `{0}`")]
    Missing(&'static str),
    /// A row with this identifier was read before.
    #[error("`{id}` was read before, at {first}")]
    Duplicate {
        /// The identifier.
        id: String,
        /// Where it was read first.
        first: String,
    },
    /// An object repeated inside others differs from its first appearance.
    #[error("`{id}` differs in `{column}` from {first}; the first is kept")]
    Differs {
        /// The identifier.
        id: String,
        /// The first column that differs.
        column: &'static str,
        /// Where it was read first.
        first: String,
    },
    /// A row names another that is not there.
    #[error("`{column}` names `{id}`, which is not in {target}")]
    Dangling {
        /// The column.
        column: &'static str,
        /// The identifier.
        id: String,
        /// The table where it should be.
        target: &'static str,
    },
    /// A row belongs to nothing.
    #[error("belongs to no organisation, service or location")]
    NoOwner,
    /// What the row belongs to has too many of its kind.
    #[error("more than {PARTS_MAX} of its kind for one organisation, service or location")]
    TooManyParts,
    /// The row belongs to a named person; those are not kept.
    #[error("belongs to a named contact; persons are not kept")]
    NamedContact,
    /// The source marks the row as not to be shown.
    #[error("marked confidential")]
    MarkedConfidential,
    /// A value is not what its column may hold.
    #[error("`{column}` is `{value}`, not {wanted}")]
    Odd {
        /// The column.
        column: &'static str,
        /// The value, shortened.
        value: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// Something closes before it opens.
    #[error("closes at {closes}, before it opens at {opens}")]
    ClosesBeforeOpening {
        /// Opening time.
        opens: String,
        /// Closing time.
        closes: String,
    },
    /// A text told the address of a shelter or confidential location.
    #[error("`{0}` told the address of a shelter or confidential location")]
    AddressInText(&'static str),
}

/// One thing that was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, without folder.
    pub file: Arc<str>,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub reason: Reason,
    /// What became of it.
    pub effect: Effect,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {} ({})", self.file, self.place, self.reason, self.effect.words())
    }
}

/// How one file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file, without folder.
    pub file: Arc<str>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Rows or objects read in it, those at fault too.
    pub rows_read: u64,
    /// Rows of it that did not go in.
    pub rows_left_out: u64,
}

/// What an import found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The files, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// Everything that was wrong, file by file, up to
    /// [`FAULTS_LISTED_MAX`].
    pub faults: Vec<Fault>,
    /// Faults beyond those listed.
    pub faults_unlisted: u64,
    /// Locations whose street is withheld because a shelter is there.
    pub streets_withheld: u64,
    /// Locations of which only the country is kept because they are marked confidential.
    pub confidential: u64,
}

impl Report {
    /// Lists a fault, or counts it when the list is full.
    pub(super) fn list(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_LISTED_MAX {
            self.faults.push(fault);
        } else {
            self.faults_unlisted += 1;
        }
    }

    /// Rows read in all files, those at fault too.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        self.files.iter().map(|file| file.rows_read).sum()
    }

    /// Rows that did not go in.
    #[must_use]
    pub fn rows_left_out(&self) -> u64 {
        self.files.iter().map(|file| file.rows_left_out).sum()
    }
}
