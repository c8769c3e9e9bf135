//! A row of a table, from CSV or JSON alike: the cells that are kept, cleaned, and where it stood.

use super::clean::clean;
use super::fault::Place;
use super::table::Table;

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its table.
    pub table: Table,
    /// Number of its file in the report.
    pub file: usize,
    /// Where it stands there.
    pub place: Place,
    /// Did it stand inside another object? Such objects are repeated by design.
    pub embedded: bool,
    cells: Vec<Option<Box<str>>>,
}

impl Row {
    /// A row without cells.
    pub(crate) fn new(table: Table, file: usize, place: Place, embedded: bool) -> Self {
        let cells = table.spec().columns.iter().map(|_| None).collect();
        Self { table, file, place, embedded, cells }
    }

    /// The cell; `None` when it is empty or no column of the table.
    pub(crate) fn cell(&self, column: &str) -> Option<&str> {
        self.cells.get(self.position(column)?)?.as_deref()
    }

    /// The cell as an owned text.
    pub(crate) fn text(&self, column: &str) -> Option<String> {
        self.cell(column).map(str::to_owned)
    }

    /// Fills a cell, cleaned, unless it is filled already. A flag that says no leaves its cell empty, so that one of
    /// several flags of the same meaning that says yes is enough.
    pub(crate) fn fill(&mut self, column: &str, value: &str) {
        if column == "confidential" && says_no(value) {
            return;
        }
        if let Some(cell) =
            self.position(column).and_then(|at| self.cells.get_mut(at)).filter(|cell| cell.is_none())
        {
            *cell = clean(value).map(String::into_boxed_str);
        }
    }

    /// Empties a cell.
    pub(crate) fn empty(&mut self, column: &str) {
        if let Some(cell) = self.position(column).and_then(|at| self.cells.get_mut(at)) {
            *cell = None;
        }
    }

    /// The first needed column that is empty.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        self.table.spec().needed.iter().copied().find(|column| self.cell(column).is_none())
    }

    /// Fills what is empty here from another appearance of the same object, and names the first column in which the
    /// two differ.
    pub(crate) fn merge(&mut self, other: &Self) -> Option<&'static str> {
        let mut differs = None;
        for (column, (mine, theirs)) in
            self.table.spec().columns.iter().zip(self.cells.iter_mut().zip(&other.cells))
        {
            match (&*mine, theirs) {
                (None, Some(_)) => mine.clone_from(theirs),
                (Some(one), Some(two)) if one != two => differs = differs.or(Some(*column)),
                (Some(_), Some(_)) | (Some(_), None) | (None, None) => {}
            }
        }
        self.embedded &= other.embedded;
        differs
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.table.spec().columns.iter().position(|known| *known == column)
    }
}

fn says_no(flag: &str) -> bool {
    matches!(flag.trim().to_ascii_lowercase().as_str(), "false" | "f" | "0" | "no" | "n" | "public" | "none")
}

/// Where in a row's cells the cell named `name` by a header or a JSON key belongs: a column or an alias of one.
pub(crate) fn column_named(table: Table, name: &str) -> Option<&'static str> {
    let spec = table.spec();
    let column = spec.columns.iter().copied().find(|column| *column == name);
    column.or_else(|| spec.aliases.iter().find(|(alias, _)| *alias == name).map(|(_, column)| *column))
}
