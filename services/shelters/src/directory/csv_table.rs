//! Reads one CSV table: any line ending, comma, semicolon, tab or bar, cells over several lines, quotes gone wrong.
//!
//! A row that does not fit the header goes to the report and the next one is read. Memory is bounded by the longest
//! row allowed, not by the file.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use super::clean::quoted;
use super::fault::{Effect, Place, Reason};
use super::intake::Intake;
use super::limits::{CELL_BYTES_MAX, CELLS_MAX, READ_AGAIN_MAX};
use super::row::{Row, column_named};
use super::table::Table;

/// Reads the table in `text`, which file `file`, called `name`, holds.
pub(crate) fn read_csv(intake: &mut Intake<'_>, file: usize, name: &str, text: &str) {
    let Some(table) = Table::named(name) else {
        let reason = Reason::UnknownTable(name.to_owned());
        return intake.fault(file, Place::WholeFile, reason, Effect::FileLeftOut);
    };
    let mut scan = Scan::new(text);
    let Some(first) = scan.next_record() else {
        return intake.fault(file, Place::WholeFile, Reason::Empty, Effect::FileLeftOut);
    };
    let columns = match header(intake, file, table, &first) {
        Ok(columns) => columns,
        Err(reason) => return intake.fault(file, place(first.line, 0), reason, Effect::FileLeftOut),
    };
    let mut number = 0;
    while let Some(record) = scan.next_record() {
        if record.fault.is_none() && record.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        number += 1;
        let place = place(record.line, number);
        if intake.count(file, &place).is_break() {
            return;
        }
        match row(table, file, place.clone(), &columns, &record) {
            Ok(row) => intake.take(row),
            Err(reason) => intake.fault(file, place.clone(), reason, Effect::RowLeftOut),
        }
        if scan.read_again / READ_AGAIN_MAX > text.len() {
            return intake.fault(file, place, Reason::QuoteNeverClosed, Effect::RestLeftOut);
        }
    }
}

fn place(line: u64, row: u64) -> Place {
    Place::Line { line, row }
}

/// For each column of the file the column of the table, if it is one that is kept.
fn header(
    intake: &mut Intake<'_>,
    file: usize,
    table: Table,
    record: &Record,
) -> Result<Vec<Option<&'static str>>, Reason> {
    if let Some(reason) = record.fault.clone() {
        return Err(reason);
    }
    let name_of = |cell: &String| cell.trim().trim_matches('"').to_ascii_lowercase().replace([' ', '-'], "_");
    let names: Vec<String> = record.cells.iter().map(name_of).collect();
    let columns: Vec<_> = names.iter().map(|name| column_named(table, name)).collect();
    for (at, name) in names.iter().enumerate() {
        if columns.get(at).is_some_and(Option::is_some) && names.get(..at).unwrap_or_default().contains(name)
        {
            intake.fault(
                file,
                place(record.line, 0),
                Reason::ColumnTwice(quoted(name)),
                Effect::ValueLeftOut,
            );
        }
    }
    let spec = table.spec();
    let has = |column: &&'static str| columns.contains(&Some(*column));
    let lacks_needed = spec.needed.iter().find(|column| !has(column));
    let lacks_owner = spec.owners.first().filter(|_| !spec.owners.iter().any(has));
    match lacks_needed.or(lacks_owner) {
        Some(missing) => Err(Reason::WrongHeader { missing, found: quoted(&record.cells.join(",")) }),
        None => Ok(columns),
    }
}

fn row(
    table: Table,
    file: usize,
    place: Place,
    columns: &[Option<&'static str>],
    record: &Record,
) -> Result<Row, Reason> {
    match record.fault.clone() {
        Some(Reason::CellTooLong { column }) => {
            let name = column.parse().ok().and_then(|at: usize| columns.get(at)?.map(str::to_owned));
            return Err(Reason::CellTooLong { column: name.unwrap_or(column) });
        }
        Some(reason) => return Err(reason),
        None => {}
    }
    let surplus = record.cells.get(columns.len()..).unwrap_or_default();
    if record.cells.len() < columns.len() || surplus.iter().any(|cell| !cell.trim().is_empty()) {
        return Err(Reason::CellCount { found: record.cells.len(), wanted: columns.len() });
    }
    let mut row = Row::new(table, file, place, false);
    for (column, cell) in columns.iter().zip(&record.cells) {
        if let Some(column) = column {
            row.fill(column, cell);
        }
    }
    Ok(row)
}

/// One row of the file.
struct Record {
    line: u64,
    cells: Vec<String>,
    fault: Option<Reason>,
}

/// The place in the text up to which it is read.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    reader: Reader,
    delimiter: u8,
    cell: Vec<u8>,
    /// Bytes given back because quotation marks had gone wrong.
    read_again: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        let delimiter = delimiter(text);
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        // One byte more than allowed, so that a cell of the full length is told from a longer one.
        Self { text, at: 0, line: 1, reader, delimiter, cell: vec![0; CELL_BYTES_MAX + 1], read_again: 0 }
    }

    fn next_record(&mut self) -> Option<Record> {
        self.skip_line_ends();
        if self.at >= self.text.len() {
            return None;
        }
        let (start, line) = (self.at, self.line);
        let mut record = Record { line, cells: Vec::new(), fault: None };
        self.reader.reset();
        while self.next_cell(&mut record) {}
        if matches!(record.fault, Some(Reason::QuoteNeverClosed | Reason::TextAfterQuote)) {
            self.restart_after_line(start, line);
        }
        Some(record)
    }

    /// Reads one cell into the record; false when the row ends with it.
    fn next_cell(&mut self, record: &mut Record) -> bool {
        let (start, mut filled, mut too_long) = (self.at, 0, false);
        let more = loop {
            let input = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let output = self.cell.get_mut(filled..).unwrap_or_default();
            let (result, read, written) = self.reader.read_field(input, output);
            self.advance(read);
            filled += written;
            match result {
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => (filled, too_long) = (0, true),
                ReadFieldResult::Field { record_end } => break !record_end,
                ReadFieldResult::End => return false,
            }
        };
        let bytes = self.cell.get(..filled).unwrap_or_default();
        if let Some(reason) = quoting(self.text.get(start..self.at).unwrap_or_default(), self.delimiter) {
            record.fault = Some(reason);
        } else if too_long || filled > CELL_BYTES_MAX {
            record.fault.get_or_insert(Reason::CellTooLong { column: record.cells.len().to_string() });
        } else if record.cells.len() >= CELLS_MAX {
            record.fault.get_or_insert(Reason::TooManyCells);
            return more;
        }
        let cell =
            if record.fault.is_some() { String::new() } else { String::from_utf8_lossy(bytes).into_owned() };
        if record.cells.len() < CELLS_MAX {
            record.cells.push(cell);
        }
        more
    }

    fn skip_line_ends(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.advance(ends);
    }

    /// Moves on and counts the lines left behind: each LF, and each CR that no LF follows.
    fn advance(&mut self, count: usize) {
        let bytes = self.text.as_bytes();
        for at in self.at..self.at + count {
            let ends = match bytes.get(at) {
                Some(b'\n') => true,
                Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
                Some(_) | None => false,
            };
            self.line += u64::from(ends);
        }
        self.at += count;
    }

    fn restart_after_line(&mut self, start: usize, line: u64) {
        let read = self.at - start;
        (self.at, self.line) = (start, line);
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let first_line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        self.advance(first_line);
        self.read_again += read.saturating_sub(first_line);
    }
}

/// What is wrong with the quotation marks of a cell, given as it stands in the file with what ends it.
fn quoting(cell: &str, delimiter: u8) -> Option<Reason> {
    let mut bytes = cell.bytes().peekable();
    if bytes.next() != Some(b'"') {
        return None;
    }
    while let Some(byte) = bytes.next() {
        if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
            let follows =
                bytes.any(|byte| byte != delimiter && !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            return follows.then_some(Reason::TextAfterQuote);
        }
    }
    Some(Reason::QuoteNeverClosed)
}

/// The character that parts the cells of the first line.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |wanted: u8| first.bytes().filter(|byte| *byte == wanted).count();
    let best = [b'|', b'\t', b';', b','].into_iter().max_by_key(|candidate| count(*candidate));
    best.filter(|best| count(*best) > 0).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(u64, Vec<String>, Option<Reason>)> {
        let mut scan = Scan::new(text);
        core::iter::from_fn(|| scan.next_record()).map(|r| (r.line, r.cells, r.fault)).collect()
    }

    fn cells(text: &str) -> Vec<(u64, Vec<String>)> {
        records(text).into_iter().map(|(line, cells, _)| (line, cells)).collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn rows_know_their_line_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "1,\"x", "", "y\"", "2,\"\"", "3,\"z \"\"q\"\"\""].join(end);
            let inner = format!("x{end}{end}y");
            let wanted =
                [row(1, &["a", "b"]), row(3, &["1", &inner]), row(6, &["2", ""]), row(7, &["3", "z \"q\""])];
            assert_eq!(cells(&text), wanted, "{end:?}");
        }
    }

    #[test]
    fn a_quote_never_closed_costs_one_row() {
        let all = records("a,b\n1,\"x\n2,y\n3,z");
        assert_eq!(all[1].0, 2);
        assert_eq!(all[1].2, Some(Reason::QuoteNeverClosed));
        assert_eq!(
            all[2..].iter().map(|(line, cells, _)| (*line, cells.clone())).collect::<Vec<_>>(),
            [row(3, &["2", "y"]), row(4, &["3", "z"])]
        );
        assert!(records("a,\"\"\"\"").iter().all(|(_, _, fault)| fault.is_none()));
        assert!(records("a,\"b\" ,c").iter().all(|(_, _, fault)| fault.is_none()));
    }

    #[test]
    fn a_quote_closed_in_another_row_costs_one_row() {
        let all = records("a,b\n1,\"x\n2,\"y\"\n3,z");
        let faults: Vec<_> = all.iter().map(|(line, _, fault)| (*line, fault.clone())).collect();
        assert_eq!(faults, [(1, None), (2, Some(Reason::TextAfterQuote)), (3, None), (4, None)]);
        assert_eq!(all[2].1, ["2", "y"]);
    }

    #[test]
    fn quotes_gone_wrong_everywhere_are_not_read_for_ever() {
        let text = format!("a,b\n1,\"x\n{}", "y\",\"z\n".repeat(1_000));
        let mut scan = Scan::new(&text);
        let mut rows = 0;
        while scan.read_again / READ_AGAIN_MAX <= text.len() && scan.next_record().is_some() {
            rows += 1;
        }
        assert!((10..100).contains(&rows), "{rows}");
    }

    #[test]
    fn long_cells_and_long_rows_are_told() {
        let full = "x".repeat(CELL_BYTES_MAX);
        assert_eq!(records(&format!("a,b\n1,{full}\n"))[1].2, None);
        let wanted = Some(Reason::CellTooLong { column: "1".to_owned() });
        assert_eq!(records(&format!("a,b\n1,{full}x\n2,y"))[1].2, wanted);
        assert_eq!(cells(&format!("a,b\n1,{full}x\n2,y"))[2], row(3, &["2", "y"]));
        let wide = records(&format!("a\n{}\nb", ",".repeat(CELLS_MAX)));
        assert_eq!((wide[1].1.len(), wide[1].2.clone()), (CELLS_MAX, Some(Reason::TooManyCells)));
        assert_eq!(wide[2].1, ["b"]);
    }

    #[test]
    fn the_delimiter_is_the_one_of_the_first_line() {
        assert_eq!(cells("a;b\n1,5;2"), [row(1, &["a", "b"]), row(2, &["1,5", "2"])]);
        assert_eq!(cells("a\tb"), [row(1, &["a", "b"])]);
        assert_eq!(cells("a"), [row(1, &["a"])]);
    }
}
