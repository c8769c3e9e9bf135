//! The content of sections.

use waymark_domain::command::Text;
use waymark_domain::section::{Content, Field, RiskMatrix, RiskRow, SECTION_MAX, TEXT_MAX, Triage};
use waymark_domain::words::Category;

use super::read::{ROWS_MAX, Reader};
use super::value::day_text;
use super::words::{Word, numbers};
use crate::error::Fault;
use crate::v1::{self, section_content};

/// Languages of a triage, at most.
const LANGUAGES_MAX: usize = 16;

/// Reads a content of `category`.
pub fn content(
    reader: &mut Reader,
    field: &str,
    message: Option<v1::SectionContent>,
    category: Category,
) -> Content {
    reader.within(field, |reader| match message.and_then(|message| message.content) {
        Some(section_content::Content::Triage(message)) => {
            fits(reader, "triage", category == Category::Triage);
            Content::Triage(triage(reader, "triage", Some(message)))
        }
        Some(section_content::Content::Fields(message)) => {
            let values = fields(reader, "fields", message, category);
            Content::Fields(values.into_iter().map(|(field, Text(value))| (field, value)).collect())
        }
        Some(section_content::Content::Message(message)) => {
            let Text(message) = reader.text("message", message);
            Content::Message(message)
        }
        Some(section_content::Content::Risk(message)) => {
            fits(reader, "risk", category == Category::Safety);
            Content::Risk(risk_matrix(reader, "risk", message))
        }
        None => {
            reader.note("", Fault::Missing);
            Content::Fields(Vec::new())
        }
    })
}

/// Reads answers to fields of `category`, at least one, each field once.
pub fn fields(
    reader: &mut Reader,
    field: &str,
    message: v1::Fields,
    category: Category,
) -> Vec<(Field, Text)> {
    reader.within(field, |reader| {
        if message.values.is_empty() {
            reader.note("values", Fault::Missing);
        }
        reader.at_most("values", message.values.len(), ROWS_MAX);
        let mut read: Vec<(Field, Text)> = Vec::with_capacity(message.values.len().min(ROWS_MAX));
        for (position, value) in message.values.into_iter().take(ROWS_MAX).enumerate() {
            reader.within(&format!("values[{position}]"), |reader| {
                if let Some(name) = Field::from_number(value.field) {
                    fits(reader, "field", name.category() == category);
                    if read.iter().any(|(before, _)| *before == name) {
                        reader.note("field", Fault::Repeated);
                    }
                }
                read.push((reader.word("field", value.field), reader.text("value", value.value)));
            });
        }
        read
    })
}

/// Reads a triage.
pub fn triage(reader: &mut Reader, field: &str, message: Option<v1::Triage>) -> Triage {
    let message = reader.present(field, message).unwrap_or_default();
    reader.within(field, |reader| {
        let from = reader.day("from_on", &message.from_on);
        let until = reader.day_if_any("until_on", &message.until_on);
        reader.ordered("from_on", from, "until_on", until.unwrap_or_default());
        Triage {
            services: reader.some_words("services", &message.services),
            from,
            until,
            languages: reader.languages("languages", message.languages, LANGUAGES_MAX),
            urgency: reader.word("urgency", message.urgency),
            risk: reader.word("risk", message.risk),
            party_size: reader.number("party_size", message.party_size, 1, u8::MAX),
            accessibility: message.accessibility,
        }
    })
}

/// Reads the threats of a risk matrix.
pub fn risk_rows(reader: &mut Reader, field: &str, rows: Vec<v1::RiskRow>) -> Vec<RiskRow> {
    reader.at_most(field, rows.len(), ROWS_MAX);
    rows.into_iter()
        .take(ROWS_MAX)
        .enumerate()
        .map(|(position, row)| {
            reader.within(&format!("{field}[{position}]"), |reader| {
                let Text(threat) = reader.text("threat", row.threat);
                RiskRow {
                    threat,
                    likelihood: reader.number("likelihood", row.likelihood, 1, 5),
                    severity: reader.number("severity", row.severity, 1, 5),
                    mitigation: reader.number("mitigation", row.mitigation, 1, 5),
                }
            })
        })
        .collect()
}

fn risk_matrix(reader: &mut Reader, field: &str, message: v1::RiskMatrix) -> RiskMatrix {
    reader.within(field, |reader| RiskMatrix {
        side: reader.word("side", message.side),
        rows: risk_rows(reader, "rows", message.rows),
        summary: reader.text_within("summary", message.summary, TEXT_MAX),
    })
}

fn fits(reader: &mut Reader, field: &str, fits: bool) {
    if !fits {
        reader.note(field, Fault::WrongCategory);
    }
}

/// A content, opened for the caller.
#[must_use]
pub fn content_message(content: Content) -> v1::SectionContent {
    let content = match content {
        Content::Triage(triage) => section_content::Content::Triage(triage_message(triage)),
        Content::Fields(values) => {
            let values = values.into_iter();
            let values =
                values.map(|(field, value)| v1::FieldValue { field: field.number(), value }).collect();
            section_content::Content::Fields(v1::Fields { values })
        }
        Content::Message(message) => section_content::Content::Message(message),
        Content::Risk(matrix) => section_content::Content::Risk(risk_message(matrix)),
    };
    v1::SectionContent { content: Some(content) }
}

fn triage_message(triage: Triage) -> v1::Triage {
    v1::Triage {
        services: numbers(&triage.services),
        from_on: triage.from.to_string(),
        until_on: day_text(triage.until),
        languages: triage.languages,
        urgency: triage.urgency.number(),
        risk: triage.risk.number(),
        party_size: triage.party_size.into(),
        accessibility: triage.accessibility,
    }
}

fn risk_message(matrix: RiskMatrix) -> v1::RiskMatrix {
    let rows = matrix.rows.into_iter().map(|row| v1::RiskRow {
        threat: row.threat,
        likelihood: row.likelihood.into(),
        severity: row.severity.into(),
        mitigation: row.mitigation.into(),
    });
    v1::RiskMatrix { side: matrix.side.number(), rows: rows.collect(), summary: matrix.summary }
}

// The texts of the largest content fit into a section, whatever else it holds.
const _: () = assert!(ROWS_MAX * TEXT_MAX * 2 < SECTION_MAX);
