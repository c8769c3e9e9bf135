//! Reads a directory: finds out the form of each file, reads every row that can be read, and says of the others why
//! not.
//!
//! The form is told by the file: a name ending in `.csv` is a table of HSDS (1.1 to 3.x), one ending in `.json` is HSDS
//! 3.0 JSON; a file with another ending is JSON when it begins with a bracket. The order of steps is that of the
//! modules: [`source`](super::source), text, rows, links, model, and last of all the withholding of what must not be
//! told.

use std::ops::ControlFlow;

use waymark_domain::time::Timestamp;

use super::assemble::assemble;
use super::country::Country;
use super::csv_table::read_csv;
use super::fault::{Effect, Place, Reason, Report};
use super::intake::Intake;
pub use super::intake::{Listener, Progress, Told};
use super::json_tree::read_json;
use super::limits::IMPORT_BYTES_MAX;
use super::link::link;
use super::model::Directory;
use super::place_privacy::redact;
use super::source::{Source, SourceFault, SourceFile, SourceName};
use super::text::decode;

/// How a directory is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The name under which it will be kept.
    pub name: SourceName,
    /// Now.
    pub imported_at: Timestamp,
    /// The country of services that state none.
    pub country: Option<Country>,
}

/// A directory that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What went in.
    pub directory: Directory,
    /// What was read and what was wrong.
    pub report: Report,
}

/// Why nothing was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The source cannot be opened or holds no table.
    #[error("the directory {0}")]
    Source(SourceFault),
    /// No organisation, service or location was found; the report says why.
    #[error("no organisation, service or location was found in {} files", .0.files.len())]
    Nothing(Box<Report>),
    /// The listener ended the import.
    #[error("the import was ended")]
    Stopped,
}

/// Reads `source`. Faults and progress are told while it runs; `listener` ends it with `Break`. Blocks; memory is a
/// small multiple of the largest file and of what is kept.
///
/// # Errors
/// Nothing at all could be read, or the listener ended it. Anything less is in the report.
pub fn read(
    source: Source,
    options: &ReadOptions,
    listener: &mut Listener<'_>,
) -> Result<Reading, Unreadable> {
    let files = source.into_files().map_err(Unreadable::Source)?;
    let total = files.iter().map(|file| file.bytes).sum();
    let mut intake = Intake::new(total, listener);
    let mut bytes: u64 = 0;
    for file in files {
        bytes = bytes.saturating_add(file.bytes);
        if intake.is_over() {
            intake.leave_out(&file.name, file.bytes);
        } else {
            read_file(&mut intake, file, bytes);
        }
    }
    let tables = link(&mut intake);
    let whole = assemble(&mut intake, tables);
    if intake.is_stopped() {
        return Err(Unreadable::Stopped);
    }
    let directory = redact(&mut intake, whole, options);
    let report = intake.report;
    let empty =
        directory.services.is_empty() && directory.organisations.is_empty() && directory.locations.is_empty();
    if empty { Err(Unreadable::Nothing(Box::new(report))) } else { Ok(Reading { directory, report }) }
}

/// Reads a directory without telling anybody how far it is.
///
/// # Errors
/// Nothing at all could be read.
pub fn read_quietly(source: Source, options: &ReadOptions) -> Result<Reading, Unreadable> {
    read(source, options, &mut |_| ControlFlow::Continue(()))
}

fn read_file(intake: &mut Intake<'_>, source: SourceFile, bytes_so_far: u64) {
    let name = source.name.clone();
    let file = intake.begin(&name, source.bytes);
    let text = if bytes_so_far > IMPORT_BYTES_MAX {
        Err(Reason::ImportTooLarge)
    } else {
        source.read().and_then(decode)
    };
    match text {
        Err(reason) => intake.fault(file, Place::WholeFile, reason, Effect::FileLeftOut),
        Ok(decoded) => {
            for line in decoded.repaired_lines {
                intake.fault(file, Place::Line { line, row: 0 }, Reason::ReadAsLatin1, Effect::Kept);
            }
            if decoded.more_repaired {
                intake.fault(file, Place::WholeFile, Reason::ReadAsLatin1, Effect::Kept);
            }
            if is_json(&name, &decoded.text) {
                read_json(intake, file, &name, &decoded.text);
            } else {
                read_csv(intake, file, &name, &decoded.text);
            }
        }
    }
    intake.end(file);
}

/// Is it JSON, by its name or else by its first letter?
fn is_json(name: &str, text: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("json") => true,
        Some("csv") => false,
        _ => text.trim_start().starts_with(['{', '[']),
    }
}
