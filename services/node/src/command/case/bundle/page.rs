//! The page of a bundle: what a person reads about herself, chapter by chapter. Its title names nobody: printers put it on every leaf.

use super::parts::Parts;
use crate::show::html::{self, chapter, text, thing};
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;
use crate::show::table::cell;

const STYLE: &str = include_str!("print.css");
const TITLE: &str = "What this office holds";
const KEEP_SAFE: &str = "This page holds personal data. Keep it safe: whoever finds it can read it, and a copy cannot be called back.";
const RIGHTS: &str = "You may ask for anything in it to be corrected or erased, withdraw any consent at any time, and complain \
     to a data protection authority.";
const ERASED: &str = "Nobody can read any more what was recorded; what is left is that it was there, and with whom what was \
     shared.";
const ACCESS_LOG: &str = "Each time somebody opens one of these sections, the office's log says who and when, under \
     the heading What happened; so it does for this page.";

/// The whole page.
pub(super) fn of(parts: &Parts, names: &Names) -> String {
    let chapters = [
        recorded(parts, names),
        messages(parts, names),
        agreed(parts, names),
        holders(parts, names),
        referrals(parts, names),
        journeys(parts, names),
        erased(parts, names),
        happened(parts, names),
        chapter("Who looked", &[text("p", ACCESS_LOG)], ""),
    ];
    html::page(TITLE, STYLE, &(head(parts, names) + &chapters.concat()))
}

fn head(parts: &Parts, names: &Names) -> String {
    let about = parts.start.as_ref().map_or(Json::Null, message::json);
    let told = |key| cell(about.at(key), names);
    let about = format!("Case {} at {}, as of {}.", told("case"), told("office"), told("made_at"));
    let erased = parts.case.as_ref().map_or(&Json::Null, |case| case.at("erasure.erased_at"));
    let erased = match erased.is_empty() {
        true => String::new(),
        false => text("p", &format!("This case was erased {}. {ERASED}", cell(erased, names))),
    };
    [text("h1", TITLE), text("strong", KEEP_SAFE), text("p", &about), erased, text("p", RIGHTS)].concat()
}

fn is_message(section: &Json) -> bool {
    section.at("category").as_text() == Some("coordination")
}

fn is_gone(section: &Json) -> bool {
    section.at("gone").as_text() == Some("erased")
}

/// A section under what it is and when it came.
fn section(section: &Json, names: &Names) -> String {
    let told = |key| cell(section.at(key), names);
    let caption = format!("{}, {}, from {}", told("category"), told("recorded_at"), told("from_office"));
    let inner = ["triage", "fields", "message", "risk", "gone"];
    let content = inner.map(|key| (key.to_owned(), section.at(key).clone()));
    let content = content.into_iter().find(|(_, content)| !content.is_empty());
    match content {
        Some((key, Json::Object(members))) if key != "message" => {
            thing(&caption, &Json::Object(members), names)
        }
        Some((key, content)) if key == "gone" => {
            thing(&caption, &Json::object([("not shown", content)]), names)
        }
        Some((_, content)) => thing(&caption, &content, names),
        None => thing(&caption, &Json::text("nothing"), names),
    }
}

fn recorded(parts: &Parts, names: &Names) -> String {
    let told = parts.sections.iter().filter(|section| !is_message(section) && !is_gone(section));
    let blocks: Vec<_> = told.map(|told| section(told, names)).collect();
    chapter("What is recorded", &blocks, "Nothing is recorded.")
}

fn messages(parts: &Parts, names: &Names) -> String {
    let told = parts.sections.iter().filter(|section| is_message(section) && !is_gone(section));
    let blocks: Vec<_> = told.map(|told| section(told, names)).collect();
    chapter("Messages between offices", &blocks, "There is none.")
}

fn agreed(parts: &Parts, names: &Names) -> String {
    let consents = parts.case.as_ref().map_or(&Json::Null, |case| case.at("consents"));
    let Json::List(consents) = consents else { return String::new() };
    let caption = |consent: &Json| {
        format!("{}: {}", cell(consent.at("scope.recipient"), names), cell(consent.at("state"), names))
    };
    let blocks: Vec<_> = consents.iter().map(|consent| thing(&caption(consent), consent, names)).collect();
    chapter("What you agreed to", &blocks, "No consent is recorded.")
}

fn holders(parts: &Parts, names: &Names) -> String {
    let caption = |holding: &Json| {
        format!("{}: {}", cell(holding.at("office"), names), cell(holding.at("categories"), names))
    };
    let blocks: Vec<_> = parts.holdings.iter().map(|held| thing(&caption(held), held, names)).collect();
    chapter("Who holds what, since when and why", &blocks, "Nobody holds anything.")
}

fn referrals(parts: &Parts, names: &Names) -> String {
    let without_journey = |referral: &Json| {
        let members = referral.clone().into_members();
        Json::Object(members.into_iter().filter(|(key, _)| key != "journey").collect())
    };
    let caption = |referral: &Json| cell(referral.at("summary.other_office"), names);
    let told = parts.referrals.iter();
    let blocks: Vec<_> = told.map(|told| thing(&caption(told), &without_journey(told), names)).collect();
    chapter("Referrals to and from other offices", &blocks, "There is none.")
}

fn journeys(parts: &Parts, names: &Names) -> String {
    let journeys = parts.referrals.iter().map(|referral| referral.at("journey"));
    let blocks: Vec<_> =
        journeys.filter(|journey| !journey.is_empty()).map(|journey| thing("", journey, names)).collect();
    chapter("Journeys", &blocks, "None is planned here.")
}

fn erased(parts: &Parts, names: &Names) -> String {
    let here = parts.sections.iter().filter(|section| is_gone(section)).map(|gone| section(gone, names));
    let there = parts.holdings.iter().filter(|holding| !holding.at("erased_at").is_empty());
    let there = there.map(|holding| {
        let told = |key| cell(holding.at(key), names);
        let said =
            format!("{} erased {}; known here {}.", told("office"), told("categories"), told("erased_at"));
        text("p", &said)
    });
    chapter("What was erased", &there.chain(here).collect::<Vec<_>>(), "Nothing was erased.")
}

fn happened(parts: &Parts, names: &Names) -> String {
    let told = parts.events.iter().map(|event| {
        text("p", &format!("{}: {}", cell(event.at("known_at"), names), cell(event.at("sentence"), names)))
    });
    chapter("What happened", &told.collect::<Vec<_>>(), "Nothing.")
}

#[cfg(test)]
mod tests {
    use waymark_api::v1;
    use waymark_api::v1::get_subject_access_response::Part;
    use waymark_api::v1::section_content::Content;

    use super::*;

    fn section(category: v1::Category, content: Option<Content>) -> Part {
        let gone = if content.is_some() { v1::SectionGone::Unspecified } else { v1::SectionGone::Erased };
        Part::Section(v1::SubjectAccessSection {
            category: category.into(),
            from_office: "0a".to_owned(),
            content: content.map(|content| v1::SectionContent { content: Some(content) }),
            gone: gone.into(),
            ..Default::default()
        })
    }

    fn field(field: v1::SectionField, value: &str) -> Content {
        let value = v1::FieldValue { field: field.into(), value: value.to_owned() };
        Content::Fields(v1::Fields { values: vec![value] })
    }

    fn whole() -> Parts {
        let consents = vec![v1::Consent { state: v1::ConsentState::Given.into(), ..Default::default() }];
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let erasure = v1::CaseErasure { erased_at: at(1_788_256_800), ..Default::default() };
        let erasure = Some(erasure);
        let risk = v1::RiskMatrix { summary: "he knows where".to_owned(), ..Default::default() };
        let triage = v1::Triage { languages: vec!["bg".to_owned()], ..Default::default() };
        let told = vec![
            Part::Start(v1::SubjectAccessStart { parts: 9, office: "0a".to_owned(), ..Default::default() }),
            Part::Case(v1::Case { consents, erasure, ..Default::default() }),
            Part::Referral(v1::Referral::default()),
            Part::Holding(v1::Holding { office: "0a".to_owned(), ..Default::default() }),
            section(v1::Category::Identity, Some(field(v1::SectionField::GivenName, "Ana <b>&"))),
            section(v1::Category::Coordination, Some(Content::Message("first line\nsecond line".to_owned()))),
            section(v1::Category::Safety, Some(Content::Risk(risk))),
            section(v1::Category::Triage, Some(Content::Triage(triage))),
            section(v1::Category::Contact, None),
            Part::End(v1::SubjectAccessEnd { shown: 4, not_shown: 1 }),
        ];
        let mut parts = Parts::default();
        told.into_iter().for_each(|part| parts.take(v1::GetSubjectAccessResponse { part: Some(part) }));
        parts
    }

    #[test]
    fn the_page_says_what_is_there_and_runs_nothing() {
        let parts = whole();
        let names: Names = [("0a".to_owned(), "north".to_owned())].into_iter().collect();
        let page = of(&parts, &names);
        for said in
            ["Ana &lt;b&gt;&amp;", "given name", "first line\nsecond line", "he knows where", "bg", "north"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(page.contains("This case was erased 2026-09-01"), "{page}");
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
        assert!(page.contains(KEEP_SAFE) && page.contains("<th scope=\"row\">not shown</th><td>erased</td>"));
        let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        assert_eq!(title, Some(TITLE));
    }

    #[test]
    fn a_bundle_that_broke_off_is_none() {
        let mut parts = whole();
        assert_eq!(parts.end().map(|end| end.shown).ok(), Some(4));
        parts.take(v1::GetSubjectAccessResponse { part: Some(section(v1::Category::Work, None)) });
        assert!(parts.end().is_err());
        assert!(Parts::default().end().is_err());
    }
}
