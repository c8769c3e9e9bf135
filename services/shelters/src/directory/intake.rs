//! What reading gathers: rows by table, faults, progress; and where the limits on rows are kept.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::fault::{Effect, Fault, FileReport, Place, Reason, Report};
use super::limits::{ROWS_MAX, ROWS_PER_PROGRESS};
use super::row::Row;
use super::table::Table;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file being read.
    pub file: &'a str,
    /// Rows read so far, in all files.
    pub rows_read: u64,
    /// Rows that did not go in so far.
    pub rows_left_out: u64,
    /// Bytes of the files read so far, this one counted when it is done.
    pub bytes_read: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
}

/// What is told while an import runs.
#[derive(Debug)]
pub enum Told<'a> {
    /// How far it is.
    Progress(Progress<'a>),
    /// Something was wrong.
    Fault(&'a Fault),
}

/// Who listens; `Break` ends the import, and nothing is kept.
pub type Listener<'a> = dyn FnMut(Told<'_>) -> ControlFlow<()> + 'a;

/// What reading gathers.
pub(crate) struct Intake<'a> {
    /// The rows, in the order in which they were read.
    pub tables: BTreeMap<Table, Vec<Row>>,
    /// Files and faults so far.
    pub report: Report,
    listener: &'a mut Listener<'a>,
    rows_read: u64,
    rows_left_out: u64,
    bytes_read: u64,
    bytes_total: u64,
    stopped: bool,
    full: bool,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(bytes_total: u64, listener: &'a mut Listener<'a>) -> Self {
        Self {
            tables: BTreeMap::new(),
            report: Report::default(),
            listener,
            rows_read: 0,
            rows_left_out: 0,
            bytes_read: 0,
            bytes_total,
            stopped: false,
            full: false,
        }
    }

    /// Begins a file and gives it its number.
    pub(crate) fn begin(&mut self, name: &str, bytes: u64) -> usize {
        self.report.files.push(FileReport { file: Arc::from(name), bytes, rows_read: 0, rows_left_out: 0 });
        let file = self.report.files.len() - 1;
        self.tell_progress(file);
        file
    }

    /// Ends a file.
    pub(crate) fn end(&mut self, file: usize) {
        self.bytes_read += self.report.files.get(file).map_or(0, |report| report.bytes);
        self.tell_progress(file);
    }

    /// Reports a file that is not read because the limit on rows was reached before.
    pub(crate) fn leave_out(&mut self, name: &str, bytes: u64) {
        let file = self.begin(name, bytes);
        if self.full {
            self.fault(file, Place::WholeFile, Reason::TooManyRows, Effect::FileLeftOut);
        }
    }

    /// Counts a row that is about to be read; `Break` when it must not be.
    pub(crate) fn count(&mut self, file: usize, place: &Place) -> ControlFlow<()> {
        if self.rows_read >= ROWS_MAX && !self.full {
            self.full = true;
            self.fault(file, place.clone(), Reason::TooManyRows, Effect::RestLeftOut);
        }
        if self.is_over() {
            return ControlFlow::Break(());
        }
        self.rows_read += 1;
        if let Some(report) = self.report.files.get_mut(file) {
            report.rows_read += 1;
        }
        if self.rows_read.is_multiple_of(ROWS_PER_PROGRESS) {
            self.tell_progress(file);
        }
        ControlFlow::Continue(())
    }

    /// Takes a row in, or reports what it lacks.
    pub(crate) fn take(&mut self, row: Row) {
        match row.missing() {
            Some(column) => self.row_fault(&row, Reason::Missing(column), Effect::RowLeftOut),
            None => self.tables.entry(row.table).or_default().push(row),
        }
    }

    /// Reports something about a row.
    pub(crate) fn row_fault(&mut self, row: &Row, reason: Reason, effect: Effect) {
        self.fault(row.file, row.place.clone(), reason, effect);
    }

    /// Reports something.
    pub(crate) fn fault(&mut self, file: usize, place: Place, reason: Reason, effect: Effect) {
        let Some(report) = self.report.files.get_mut(file) else { return };
        if effect == Effect::RowLeftOut {
            report.rows_left_out += 1;
            self.rows_left_out += 1;
        }
        let fault = Fault { file: Arc::clone(&report.file), place, reason, effect };
        self.stopped |= (self.listener)(Told::Fault(&fault)).is_break();
        self.report.list(fault);
    }

    /// Where a row stands, in words.
    pub(crate) fn place_of(&self, row: &Row) -> String {
        let file = self.report.files.get(row.file).map_or("", |report| &report.file);
        format!("{file}, {}", row.place)
    }

    /// Has the listener ended the import?
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Is nothing more to be read?
    pub(crate) fn is_over(&self) -> bool {
        self.stopped || self.full
    }

    fn tell_progress(&mut self, file: usize) {
        let progress = Progress {
            file: self.report.files.get(file).map_or("", |report| &report.file),
            rows_read: self.rows_read,
            rows_left_out: self.rows_left_out,
            bytes_read: self.bytes_read,
            bytes_total: self.bytes_total,
        };
        self.stopped |= (self.listener)(Told::Progress(progress)).is_break();
    }
}
