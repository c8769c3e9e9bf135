//! One thing for people: names and values below each other, lists of things as tables. What is absent is not told.

use super::json::Json;
use super::names::Names;
use super::table;

/// The thing as a page.
pub(crate) fn of(thing: &Json, names: &Names) -> String {
    let mut lines = Vec::new();
    section(thing, names, "", &mut lines);
    lines.join("\n")
}

fn section(thing: &Json, names: &Names, indent: &str, lines: &mut Vec<String>) {
    let Json::Object(members) = thing else {
        lines.push(format!("{indent}{}", table::cell(thing, names)));
        return;
    };
    let told: Vec<_> = members.iter().filter(|(_, value)| !value.is_empty()).collect();
    let width = told.iter().filter(|(_, value)| is_plain(value)).map(|(key, _)| key.len()).max().unwrap_or(0);
    for (key, value) in told {
        let label = key.replace('_', " ");
        match value {
            // Each value under its name, however few: of two numbers one may be the one that must not be called.
            Json::Object(_) => {
                lines.push(format!("{indent}{label}"));
                section(value, names, &format!("{indent}  "), lines);
            }
            Json::List(rows) if rows.iter().any(|row| matches!(row, Json::Object(_))) => {
                lines.push(format!("{indent}{label}"));
                lines.extend(list(rows, names).lines().map(|line| format!("{indent}  {line}")));
            }
            _ => push_value(indent, &label, width, &table::cell(value, names), lines),
        }
    }
}

/// A value of several lines stands below its label.
fn push_value(indent: &str, label: &str, width: usize, value: &str, lines: &mut Vec<String>) {
    if value.contains('\n') {
        lines.push(format!("{indent}{label}"));
        lines.extend(value.lines().map(|line| format!("{indent}  {line}")));
    } else {
        lines.push(format!("{indent}{label:width$}  {value}"));
    }
}

/// A table of all that any of the rows holds.
fn list(rows: &[Json], names: &Names) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for row in rows {
        let Json::Object(members) = row else { continue };
        for (key, value) in members {
            if !value.is_empty() && !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    let cells = |row: &Json| {
        let values = keys.iter().map(|key| (table::cell(row.at(key), names), key.replace('_', " ")));
        values
            .filter(|(value, _)| !value.is_empty())
            .map(|(value, key)| format!("{key} {value}"))
            .collect::<Vec<_>>()
    };
    rows.iter().map(|row| format!("- {}", cells(row).join(", "))).collect::<Vec<_>>().join("\n")
}

fn is_plain(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => true,
        Json::List(values) => values.iter().all(is_plain),
        Json::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_section_stands_under_its_name_however_few_there_are() {
        for count in 1..=4 {
            let fields = ["safe_phone", "unsafe_ways", "code_word", "address"].into_iter().take(count);
            let fields: Vec<_> = fields.map(|field| format!(r#""{field}":"text of {field}""#)).collect();
            let thing = format!(
                r#"{{"fields":{{{}}},"rows":[{{"inner":{{{}}}}}]}}"#,
                fields.join(","),
                fields.join(",")
            );
            let page = of(&serde_json::from_str(&thing).expect("well-formed"), &Names::default());
            for (field, label) in [("unsafe_ways", "unsafe ways"), ("safe_phone", "safe phone")] {
                for line in page.lines().filter(|line| line.contains(&format!("text of {field}"))) {
                    assert!(line.contains(label), "{field} stands without its name: {page}");
                }
            }
        }
    }

    #[test]
    fn a_page_tells_what_is_there_and_nothing_else() {
        let thing: Json = serde_json::from_str(
            r#"{"case":"0a","minor":false,"other_office":"ff","sections":[{"category":"identity","erased":false}],
                "questions":[],"words":["go","no_go"],"note":"two\nlines"}"#,
        )
        .expect("well-formed");
        let names: Names = [("ff".to_owned(), "south".to_owned())].into_iter().collect();
        assert_eq!(
            of(&thing, &names),
            "case          0a\nother office  south\nsections\n  - category identity\nwords         go, no_go\nnote\n  two\n  lines"
        );
    }
}
