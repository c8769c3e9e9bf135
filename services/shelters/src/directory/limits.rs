//! How much a directory may hold. What is beyond a limit is reported and left out; memory stays bounded.

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 256 << 20;
/// Largest sum of the files of one import, in bytes.
pub const IMPORT_BYTES_MAX: u64 = 1 << 30;
/// Most files looked at in a folder.
pub const FILES_MAX: usize = 1_000;
/// Most rows (CSV rows, JSON objects) of one import.
pub const ROWS_MAX: u64 = 1_000_000;
/// Longest cell, in bytes of UTF-8.
pub const CELL_BYTES_MAX: usize = 64 << 10;
/// Most cells in a row.
pub const CELLS_MAX: usize = 1_000;
/// Deepest nesting of a JSON file; HSDS itself needs 13.
pub const JSON_DEPTH_MAX: usize = 64;
/// Most lines of a file reported one by one for bytes that are not UTF-8.
pub const REPAIRED_LINES_MAX: usize = 1_000;
/// Most telephones, languages, hours and so on, each, of one organisation, service or location.
pub const PARTS_MAX: usize = 500;
/// Most faults listed in a report; those beyond are counted.
pub const FAULTS_LISTED_MAX: usize = 100_000;
/// How many times over a CSV file is read at most, when quotation marks gone wrong make rows to be taken up again.
pub const READ_AGAIN_MAX: usize = 16;
/// Rows between two reports of progress.
pub const ROWS_PER_PROGRESS: u64 = 1_000;
/// Most characters of a text searched for.
pub const QUERY_CHARS_MAX: usize = 200;
/// Most rows of a page of results.
pub const PAGE_MAX: usize = 200;
/// Rows of a page when none are stated.
pub const PAGE_DEFAULT: usize = 50;
/// Largest stored directory read back, in bytes.
pub const STORED_BYTES_MAX: u64 = 2 << 30;
