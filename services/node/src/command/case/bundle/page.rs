//! The page that the person reads about herself, chapter by chapter, in her language. Its title names nobody: printers put it on every leaf.
//!
//! Identifiers and exact times stand in `record.json` and not here. The frame, the headings, and the words for categories, purposes and
//! states are those of the sheet (`waymark_cases::sheet`); what somebody wrote stays as it was written, and what is only in English
//! says so.

use waymark_cases::sheet::Phrases;
use waymark_domain::time::Day;

use super::RECORD;
use super::parts::Parts;
use crate::show::html::{self, chapter, text, thing};
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;
use crate::show::table::cell;

const STYLE: &str = include_str!("print.css");
const RIGHTS: [&str; 4] = ["rights-see", "rights-correct", "rights-complain", "withdraw-heading"];

/// The whole page.
pub(super) fn of(parts: &Parts, names: &Names, phrases: &Phrases) -> String {
    let page = Page { parts, names, phrases };
    let chapters = [
        page.recorded(),
        page.messages(),
        page.agreed(),
        page.holders(),
        page.referrals(),
        page.journeys(),
        page.happened(),
        page.looked(),
    ];
    let title = phrases.say("bundle-page-name");
    html::page(phrases.language().code(), &title, STYLE, &(page.head(&title) + &chapters.concat()))
}

struct Page<'a> {
    parts: &'a Parts,
    names: &'a Names,
    phrases: &'a Phrases,
}

type Rows = Vec<(String, Vec<String>)>;

impl Page<'_> {
    fn head(&self, title: &str) -> String {
        let about = self.parts.start.as_ref().map_or(Json::Null, message::json);
        let case = about.at("case").as_text().unwrap_or_default();
        let facts = [
            ("office", &*self.office(about.at("office"))),
            ("date", &*self.date(about.at("made_at"))),
            ("code", case.get(..8).unwrap_or(case)),
        ];
        let erased = self.parts.case.as_ref().and_then(|case| day_of(case.at("erasure.erased_at")));
        let erased = erased.map(|on| text("p", &self.phrases.on("introduction-erased", on)));
        let rights = RIGHTS.map(|id| text("li", &self.phrases.say(id))).concat();
        [
            text("h1", title),
            text("strong", &self.phrases.say("bundle-safe")),
            text("p", &self.phrases.with("bundle-about", facts)),
            erased.unwrap_or_default(),
            text("p", &self.phrases.say("bundle-original")),
            text("p", &self.phrases.with("bundle-record", [("file", RECORD)])),
            format!("<ul>\n{rights}</ul>\n"),
        ]
        .concat()
    }

    fn chapter(&self, id: &str, blocks: &[String]) -> String {
        chapter(
            &self.phrases.say(&format!("bundle-{id}-heading")),
            blocks,
            &self.phrases.say("bundle-nothing"),
        )
    }

    fn recorded(&self) -> String {
        let told = self.parts.sections.iter().filter(|section| !is_message(section));
        self.chapter("recorded", &told.map(|told| self.section(told)).collect::<Vec<_>>())
    }

    fn messages(&self) -> String {
        let told = self.parts.sections.iter().filter(|section| is_message(section));
        self.chapter("messages", &told.map(|told| self.section(told)).collect::<Vec<_>>())
    }

    /// A section under what it is, when it came and from whom.
    fn section(&self, section: &Json) -> String {
        let category = self.words("category", section.at("category")).concat();
        let (date, office) = (self.date(section.at("recorded_at")), self.office(section.at("from_office")));
        let caption = text("h3", &format!("{category} ({date}, {office})"));
        if let Some(gone) = section.at("gone").as_text() {
            let why = self.phrases.word("bundle-gone", gone).unwrap_or_else(|| gone.to_owned());
            return caption + &text("p", &why);
        }
        if let Some(said) = section.at("message").as_text() {
            return caption + &text("blockquote", &cell(&Json::text(said), &Names::default()));
        }
        let content = ["triage", "fields", "risk"].map(|key| section.at(key));
        let content = content.into_iter().find(|content| !content.is_empty()).unwrap_or(&Json::Null);
        caption + &self.english(&thing("", content, self.names))
    }

    fn agreed(&self) -> String {
        let consents = self.parts.case.as_ref().map_or(&Json::Null, |case| case.at("consents"));
        let Json::List(consents) = consents else { return self.chapter("agreed", &[]) };
        self.chapter("agreed", &consents.iter().map(|consent| self.consent(consent)).collect::<Vec<_>>())
    }

    fn consent(&self, consent: &Json) -> String {
        let scope = consent.at("scope");
        let on = |id: &str, key: &str| day_of(consent.at(key)).map(|day| self.phrases.on(id, day));
        let state = match consent.at("state").as_text() {
            Some("refused") => on("ending-refused", "given_at"),
            Some("withdrawn") => on("ending-withdrawn", "changed_at"),
            Some("expired") => on("ending-expired", "scope.until_on"),
            Some("narrowed") => on("bundle-narrowed", "changed_at"),
            Some("renewed") => on("bundle-renewed", "changed_at"),
            Some(_) | None => on("bundle-given", "given_at"),
        };
        let mut rows = vec![
            ("label-ending".to_owned(), state.into_iter().collect()),
            ("label-categories".to_owned(), self.words("category", scope.at("categories"))),
            ("label-purposes".to_owned(), self.words("purpose", scope.at("purposes"))),
        ];
        if !scope.at("until_on").is_empty() {
            let days =
                [("from", &*self.date(scope.at("from_on"))), ("until", &*self.date(scope.at("until_on")))];
            rows.push(("label-period".to_owned(), vec![self.phrases.with("period", days)]));
            let onward = if *scope.at("onward") == Json::Bool(true) { "onward-yes" } else { "onward-no" };
            rows.push(("label-onward".to_owned(), vec![self.phrases.say(onward)]));
        }
        self.card(&self.office(scope.at("recipient")), rows)
    }

    fn holders(&self) -> String {
        self.chapter(
            "holders",
            &self.parts.holdings.iter().map(|held| self.holding(held)).collect::<Vec<_>>(),
        )
    }

    fn holding(&self, held: &Json) -> String {
        let basis = held.at("basis").as_text().unwrap_or_default();
        let why = self.phrases.word("bundle-basis", basis);
        let ground = self.words("emergency", held.at("emergency.ground"));
        let rows = vec![
            ("bundle-label-what".to_owned(), self.words("category", held.at("categories"))),
            ("bundle-label-since".to_owned(), vec![self.date(held.at("disclosed_at"))]),
            ("label-ground".to_owned(), why.into_iter().chain(ground).collect()),
            ("label-kept".to_owned(), self.kept(held)),
        ];
        self.card(&self.office(held.at("office")), rows)
    }

    /// How long a holder has it, or what it has done about its end.
    fn kept(&self, held: &Json) -> Vec<String> {
        let on = |id: &str, key: &str| day_of(held.at(key)).map(|day| self.phrases.on(id, day));
        let kept = match held.at("state").as_text() {
            Some("erased") => on("kept-erased", "erased_at"),
            Some("asked") => on("kept-asked", "since"),
            Some("notified") => on("kept-told", "since"),
            Some("acknowledged") => Some(self.phrases.say("bundle-gone-locked")),
            Some("retained") => on("became-part-kept", "retained_until_on"),
            Some(_) | None => on("bundle-until", "until_on"),
        };
        let kept = kept.unwrap_or_else(|| self.phrases.say("bundle-here"));
        [kept].into_iter().chain(self.words("retention", held.at("ground"))).collect()
    }

    fn referrals(&self) -> String {
        let told = self.parts.referrals.iter().map(|referral| {
            let summary = referral.at("summary");
            let (office, date) =
                (self.office(summary.at("other_office")), self.date(summary.at("offered_at")));
            let rows = vec![("label-purposes".to_owned(), self.words("purpose", summary.at("purposes")))];
            let stands = ["kind", "phase"].map(|key| (key, summary.at(key).clone()));
            let ended = ["outcome", "decline_reason"].map(|key| (key, referral.at(key).clone()));
            let stands = stands.into_iter().chain(ended).map(|(key, word)| (key.to_owned(), word));
            let stands = thing("", &readable(Json::Object(stands.collect()), self.names), self.names);
            self.card(&format!("{office} ({date})"), rows) + &self.english(&stands)
        });
        self.chapter("referrals", &told.collect::<Vec<_>>())
    }

    fn journeys(&self) -> String {
        let journeys = self.parts.referrals.iter().map(|referral| referral.at("journey"));
        let told = journeys
            .filter(|journey| !journey.is_empty())
            .map(|journey| self.english(&thing("", &readable(journey.clone(), self.names), self.names)));
        self.chapter("journeys", &told.collect::<Vec<_>>())
    }

    fn happened(&self) -> String {
        let told = self.parts.events.iter().filter(|event| !is_look(event)).map(|event| {
            let line = |event: &Json| cell(event.at("sentence"), self.names);
            text("p", &format!("{}: {}", self.date(event.at("known_at")), line(event)))
        });
        let told: Vec<_> = told.collect();
        let told = if told.is_empty() { told } else { vec![self.english(&told.concat())] };
        self.chapter("happened", &told)
    }

    /// When which part was opened, that of this page among them; who it was, the office tells when she asks.
    fn looked(&self) -> String {
        let looks = self.parts.events.iter().filter(|event| is_look(event)).map(|event| {
            let category = self.words("category", event.at("category")).concat();
            text("li", &format!("{}: {category}", self.date(event.at("known_at"))))
        });
        let looks: String = looks.collect();
        let looks = if looks.is_empty() { looks } else { format!("<ul>\n{looks}</ul>\n") };
        let shown = self.parts.sections.iter().filter(|section| section.at("gone").is_empty()).count();
        let about = self.parts.start.as_ref().map_or(Json::Null, message::json);
        let now = [("date", &*self.date(about.at("made_at"))), ("count", &*shown.to_string())];
        let said = text("p", &self.phrases.say("bundle-looked-what"));
        self.chapter("looked", &[said, looks, text("p", &self.phrases.with("bundle-looked-now", now))])
    }

    /// Rows under a caption; each label is a message. Rows without anything to say are left out.
    fn card(&self, caption: &str, rows: Rows) -> String {
        let told = rows.into_iter().filter(|(_, said)| !said.is_empty());
        let rows = told.map(|(label, said)| (self.phrases.say(&label), Json::text(said.join("\n"))));
        // What stands in it is said already: no name of an office is looked up in it.
        thing(caption, &Json::Object(rows.collect()), &Names::default())
    }

    /// What is only in English, marked where the page is in another language.
    fn english(&self, told: &str) -> String {
        match self.phrases.language().code() {
            "en" => told.to_owned(),
            _ => format!("<div lang=\"en\">\n{}{told}</div>\n", self.marked()),
        }
    }

    fn marked(&self) -> String {
        let code = self.phrases.language().code();
        text("small", &self.phrases.say("bundle-english")).replacen(
            "<small>",
            &format!("<small lang=\"{code}\">"),
            1,
        )
    }

    /// Words of the field as she reads them.
    fn words(&self, kind: &str, words: &Json) -> Vec<String> {
        let words = match words {
            Json::List(words) => words.as_slice(),
            one => std::slice::from_ref(one),
        };
        let words = words.iter().filter_map(Json::as_text);
        words.map(|word| self.phrases.word(kind, word).unwrap_or_else(|| word.replace('_', " "))).collect()
    }

    fn office(&self, office: &Json) -> String {
        cell(office, self.names)
    }

    fn date(&self, at: &Json) -> String {
        day_of(at).map_or_else(String::new, |day| self.phrases.date(day))
    }
}

/// The day of a day or an instant as the contract writes it.
fn day_of(at: &Json) -> Option<Day> {
    let day: jiff::civil::Date = at.as_text()?.get(..10)?.parse().ok()?;
    let (month, of_month) = (u32::try_from(day.month()).ok()?, u32::try_from(day.day()).ok()?);
    Some(Day::from_civil(day.year().into(), month, of_month))
}

fn is_message(section: &Json) -> bool {
    section.at("category").as_text() == Some("coordination")
}

fn is_look(event: &Json) -> bool {
    event.at("kind").as_text() == Some("SectionShown")
}

/// Without identifiers and versions: only those of offices have a name.
fn readable(of: Json, names: &Names) -> Json {
    match of {
        Json::Object(members) => {
            let told = members.into_iter().map(|(key, value)| (key, readable(value, names)));
            Json::Object(told.filter(|(key, value)| key != "etag" && !value.is_empty()).collect())
        }
        Json::List(values) => {
            let told = values.into_iter().map(|value| readable(value, names));
            Json::List(told.filter(|value| !value.is_empty()).collect())
        }
        Json::Text(word) if is_identifier(&word) && names.of(&word) == word => Json::Null,
        Json::Text(word) if word.contains('_') && !word.contains(' ') => Json::Text(word.replace('_', " ")),
        other @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_)) => other,
    }
}

fn is_identifier(text: &str) -> bool {
    matches!(text.len(), 16 | 32 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use waymark_api::v1;
    use waymark_api::v1::get_subject_access_response::Part;
    use waymark_api::v1::section_content::Content;

    use waymark_cases::sheet::Language;

    use super::*;

    const ID: &str = "0123abcd0123abcd0123abcd0123abcd";

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
        let start = v1::SubjectAccessStart {
            case: ID.to_owned(),
            parts: 10,
            office: "0a".to_owned(),
            made_at: at(1_788_256_800),
        };
        let summary = v1::ReferralSummary {
            referral: ID.to_owned(),
            etag: "e1".to_owned(),
            purposes: vec![v1::Purpose::SafeShelter.into()],
            ..Default::default()
        };
        let erasure = v1::CaseErasure { erased_at: at(1_788_256_800), ..Default::default() };
        let erasure = Some(erasure);
        let risk = v1::RiskMatrix { summary: "he knows where".to_owned(), ..Default::default() };
        let triage = v1::Triage { languages: vec!["bg".to_owned()], ..Default::default() };
        let told = vec![
            Part::Start(start),
            Part::Case(v1::Case { consents, erasure, ..Default::default() }),
            Part::Referral(v1::Referral { summary: Some(summary), ..Default::default() }),
            Part::Holding(v1::Holding {
                thread: ID.to_owned(),
                office: "0a".to_owned(),
                basis: v1::HoldingBasis::OwnCase.into(),
                ..Default::default()
            }),
            section(v1::Category::Identity, Some(field(v1::SectionField::GivenName, "Ana <b>&"))),
            section(v1::Category::Coordination, Some(Content::Message("first line\nsecond line".to_owned()))),
            section(v1::Category::Safety, Some(Content::Risk(risk))),
            section(v1::Category::Triage, Some(Content::Triage(triage))),
            section(v1::Category::Contact, None),
            Part::Event(v1::SubjectAccessEvent {
                thread: ID.to_owned(),
                known_at: at(1_788_256_800),
                sentence: "north was shown the section health.".to_owned(),
                kind: "SectionShown".to_owned(),
                category: v1::Category::Health.into(),
            }),
            Part::End(v1::SubjectAccessEnd { shown: 4, not_shown: 1 }),
        ];
        let mut parts = Parts::default();
        told.into_iter().for_each(|part| parts.take(v1::GetSubjectAccessResponse { part: Some(part) }));
        parts
    }

    fn names() -> Names {
        [("0a".to_owned(), "north".to_owned())].into_iter().collect()
    }

    #[test]
    fn the_page_says_what_is_there_and_runs_nothing() {
        let page = of(&whole(), &names(), &Phrases::of(Language::English));
        for said in
            ["Ana &lt;b&gt;&amp;", "given name", "first line\nsecond line", "he knows where", "bg", "north"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(page.contains("We erased everything that we had written down about you."), "{page}");
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
        assert!(page.contains("It was erased. Nobody can read it any more."), "{page}");
        let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        assert_eq!(title, Some("What we hold about you"));
    }

    #[test]
    fn no_identifier_and_no_word_of_a_developer_stands_on_the_page() {
        let page = of(&whole(), &names(), &Phrases::of(Language::English));
        let (_, body) = page.split_once("</style>").expect("a page has a style");
        for hidden in [ID, "etag", "ConsentGiven", "own_case", "safe_shelter", "sections", "event id"] {
            assert!(!body.contains(hidden), "{hidden}: {body}");
        }
        let digits = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!body.split(|letter: char| !letter.is_ascii_alphanumeric()).any(digits), "{body}");
        assert!(body.contains("Your code: 0123abcd"), "{body}");
    }

    #[test]
    fn each_language_has_its_frame_and_marks_what_is_only_in_english() {
        for language in Language::ALL {
            let phrases = Phrases::of(*language);
            let page = of(&whole(), &names(), &phrases);
            assert!(page.contains(&format!("<html lang=\"{}\">", language.code())));
            for id in [
                "bundle-recorded-heading",
                "bundle-looked-what",
                "category-identity",
                "bundle-basis-own_case",
            ] {
                let said = waymark_api::html::escaped(&phrases.say(id));
                assert!(page.contains(&said), "{language:?} {id}: {page}");
            }
            assert_eq!(page.contains("<div lang=\"en\">"), *language != Language::English);
        }
    }

    #[test]
    fn who_looked_is_told_by_day_and_part_and_the_page_counts_itself() {
        let page = of(&whole(), &names(), &Phrases::of(Language::English));
        let looked = page.split("Who looked at it").nth(1).unwrap_or_default();
        assert!(looked.contains("1\u{a0}September\u{a0}2026: your health and treatment"), "{looked}");
        assert!(looked.contains("How many: 4."), "{looked}");
        assert!(!page.contains("was shown the section"), "{page}");
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
