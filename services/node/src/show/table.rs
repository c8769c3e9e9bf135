//! Rows for people: one line each, only the columns that somebody looks for.

use comfy_table::{Cell, ContentArrangement, Table, presets};

use super::json::Json;
use super::names::Names;

/// A column: its head, and where its value stands in a row.
pub(crate) type Column = (&'static str, &'static str);

/// The rows as a table without frame; columns in which nothing stands are left out.
pub(crate) fn of(columns: &[Column], rows: &[Json], names: &Names) -> String {
    let used = |path: &str| rows.iter().any(|row| !row.at(path).is_empty());
    let columns: Vec<_> = columns.iter().filter(|(_, path)| used(path)).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(head, _)| Cell::new(head.to_uppercase())));
    for row in rows {
        table.add_row(columns.iter().map(|(_, path)| Cell::new(cell(row.at(path), names))));
    }
    let lines = table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// The values of a row that are there, in one line.
pub(crate) fn line(columns: &[Column], row: &Json, names: &Names) -> String {
    let told = columns.iter().filter(|(_, path)| !row.at(path).is_empty());
    told.map(|(head, path)| format!("{head} {}", cell(row.at(path), names))).collect::<Vec<_>>().join("  ")
}

/// One value as people read it.
pub(crate) fn cell(value: &Json, names: &Names) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Text(text) => instant(text).unwrap_or_else(|| printable(names.of(text))),
        Json::List(values) => values.iter().map(|value| cell(value, names)).collect::<Vec<_>>().join(", "),
        Json::Object(members) => {
            let told = members.iter().filter(|(_, value)| !value.is_empty());
            let named =
                |(key, value): &(String, Json)| format!("{} {}", key.replace('_', " "), cell(value, names));
            told.map(named).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A text without what a terminal would obey or turn around: others wrote it.
fn printable(text: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = |letter: &char| matches!(letter, '\n' | '\t') || !letter.is_control() && !turns(*letter);
    text.chars().filter(shown).collect()
}

/// `2026-11-24T05:21:01Z` as `2026-11-24 05:21 UTC`; nothing for any other text.
fn instant(text: &str) -> Option<String> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let digits =
        |text: &str, mark: char| text.chars().all(|letter| letter.is_ascii_digit() || letter == mark);
    let is_instant = day.len() == 10 && time.len() == 8 && digits(day, '-') && digits(time, ':');
    is_instant.then(|| format!("{day} {} UTC", time.get(..5).unwrap_or(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Json {
        serde_json::from_str(text).expect("well-formed")
    }

    #[test]
    fn columns_without_a_value_are_left_out_and_offices_are_named() {
        let names: Names = [("0a0b".to_owned(), "north".to_owned())].into_iter().collect();
        let rows = [row(r#"{"id":"1","office":"0a0b","due":null,"x":{"at":"2026-11-24T05:21:01Z"}}"#)];
        let columns = [("ref", "id"), ("office", "office"), ("due", "due"), ("when", "x.at")];
        let told = of(&columns, &rows, &names);
        let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines, [vec!["REF", "OFFICE", "WHEN"], vec!["1", "north", "2026-11-24", "05:21", "UTC"]]);
        assert_eq!(line(&columns, &rows[0], &names), "ref 1  office north  when 2026-11-24 05:21 UTC");
    }

    #[test]
    fn what_another_office_wrote_does_not_command_the_terminal() {
        let told = cell(&Json::text("\u{1b}]52;c;aGk=\u{7}a\u{202e}b\r\nc\td"), &Names::default());
        assert_eq!(told, "]52;c;aGk=ab\nc\td");
    }

    #[test]
    fn a_text_that_only_looks_like_an_instant_stays_as_it_is() {
        for text in ["2026-11-24T05:21:01+02:00", "TZ", "aaaa-bb-ccTdd:ee:ffZ"] {
            assert_eq!(cell(&Json::text(text), &Names::default()), text);
        }
    }
}
