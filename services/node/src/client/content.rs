//! The content of a section, from JSON and back: a flat object of the category's fields, or one of the other kinds.

use waymark_api::v1;
use waymark_api::v1::section_content::Content;
use waymark_domain::section::Field;
use waymark_domain::words::Category;

use super::input::{Input, Source};
use super::word::Vocabulary;
use crate::fault::Fault;
use crate::show::json::Json;

const TRIAGE: &[&str] =
    &["services", "from_on", "until_on", "languages", "urgency", "risk", "party_size", "accessibility"];
const RISK_ROW: &[&str] = &["threat", "likelihood", "severity", "mitigation"];

/// Reads the content of a section of `category`.
pub(crate) fn read(source: &Source, category: v1::Category) -> Result<v1::SectionContent, Fault> {
    let content = if category == v1::Category::Triage {
        Content::Triage(triage(Input::read(Some(source), TRIAGE)?)?)
    } else {
        let mut known = field_words(category);
        known.extend(["message", "risk"]);
        let mut input = Input::read(Some(source), &known)?;
        if input.has("message") {
            Content::Message(input.text("message")?)
        } else if input.has("risk") {
            Content::Risk(risk(input.object("risk", &["side", "rows", "summary"])?)?)
        } else {
            Content::Fields(fields(input)?)
        }
    };
    Ok(v1::SectionContent { content: Some(content) })
}

/// The fields of a category, as files name them.
pub(crate) fn field_words(category: v1::Category) -> Vec<&'static str> {
    let category = Category::from_word(&category.word());
    Field::ALL.iter().filter(|field| Some(field.category()) == category).map(|field| field.word()).collect()
}

/// What is left of the input as fields, in the order given.
pub(crate) fn fields(input: Input) -> Result<v1::Fields, Fault> {
    let value = |(word, value): (String, String)| {
        let field = v1::SectionField::of_word(&word).map_or(0, Into::into);
        v1::FieldValue { field, value }
    };
    let values: Vec<_> = input.remaining_texts()?.into_iter().map(value).collect();
    Ok(v1::Fields { values })
}

fn triage(mut input: Input) -> Result<v1::Triage, Fault> {
    Ok(v1::Triage {
        services: input
            .texts("services")?
            .iter()
            .map(|text| of_word::<v1::Purpose>("services", text))
            .collect::<Result<_, _>>()?,
        from_on: input.text("from_on")?,
        until_on: input.text_if_any("until_on")?,
        languages: input.texts("languages")?,
        urgency: of_word::<v1::Urgency>("urgency", &input.text("urgency")?)?,
        risk: of_word::<v1::RiskBand>("risk", &input.text("risk")?)?,
        party_size: input.number("party_size")?,
        accessibility: input.yes("accessibility")?,
    })
}

fn risk(mut input: Input) -> Result<v1::RiskMatrix, Fault> {
    Ok(v1::RiskMatrix {
        side: of_word::<v1::RiskSide>("risk.side", &input.text("side")?)?,
        rows: risk_rows(&mut input)?,
        summary: input.text_if_any("summary")?,
    })
}

/// The rows of a risk matrix.
pub(crate) fn risk_rows(input: &mut Input) -> Result<Vec<v1::RiskRow>, Fault> {
    let row = |mut row: Input| {
        Ok(v1::RiskRow {
            threat: row.text("threat")?,
            likelihood: row.number("likelihood")?,
            severity: row.number("severity")?,
            mitigation: row.number("mitigation")?,
        })
    };
    input.objects("rows", RISK_ROW)?.into_iter().map(row).collect()
}

fn of_word<V: Vocabulary>(key: &str, text: &str) -> Result<i32, Fault> {
    V::of_word(text).map(Into::into).ok_or_else(|| {
        let words: Vec<_> = V::all().map(Vocabulary::word).collect();
        Fault::usage(format!("`{key}` in the input is not one of its words"))
            .next(format!("Use one of: {}.", words.join(", ")))
    })
}

/// An opened section as shown: fields as one flat object under `fields`.
pub(crate) fn flat(content: Json) -> Vec<(String, Json)> {
    content
        .into_members()
        .into_iter()
        .map(|(kind, value)| if kind == "fields" { (kind, flat_fields(value)) } else { (kind, value) })
        .collect()
}

fn flat_fields(fields: Json) -> Json {
    let Json::List(values) = fields.at("values") else { return Json::Null };
    let member = |value: &Json| {
        let word = value.at("field").as_text().unwrap_or_default().to_owned();
        (word, value.at("value").clone())
    };
    Json::Object(values.iter().map(member).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::message;

    fn file(text: &str) -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("input.json");
        std::fs::write(&path, text).expect("written");
        (folder, Source::File(path))
    }

    #[test]
    fn fields_keep_their_order_and_read_back_flat() {
        let (_folder, source) = file(r#"{"family_name":"B","given_name":"A"}"#);
        let content = read(&source, v1::Category::Identity).expect("read");
        let revealed = v1::RevealSectionResponse { content: Some(content), event_id: String::new() };
        let shown = flat(message::json(&revealed).at("content").clone());
        assert_eq!(Json::Object(shown).to_string(), r#"{"fields":{"family_name":"B","given_name":"A"}}"#);
    }

    #[test]
    fn a_field_of_another_category_is_refused() {
        let (_folder, source) = file(r#"{"health_needs":"secret"}"#);
        let told = read(&source, v1::Category::Identity).expect_err("refused").to_string();
        assert!(told.contains("given_name") && !told.contains("secret"), "{told}");
    }

    #[test]
    fn a_triage_needs_words_of_the_field() {
        let (_folder, source) = file(
            r#"{"services":["safe_return"],"from_on":"2026-09-01","languages":["bg"],"urgency":"soon","risk":"low","party_size":1}"#,
        );
        let told = read(&source, v1::Category::Triage).expect_err("refused").to_string();
        assert!(
            told.contains("`urgency`")
                && told.contains("normal, urgent, emergency")
                && !told.contains("soon"),
            "{told}"
        );
    }

    #[test]
    fn a_risk_matrix_may_stand_in_safety() {
        let (_folder, source) = file(
            r#"{"risk":{"side":"origin","rows":[{"threat":"x","likelihood":1,"severity":2,"mitigation":3}]}}"#,
        );
        let content = read(&source, v1::Category::Safety).expect("read").content;
        assert!(matches!(content, Some(Content::Risk(risk)) if risk.rows.len() == 1));
    }
}
