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
const ACCESS_LOG: &str = "Each time somebody opens one of these sections, the office's access log says who and when; so it does for \
     this page. Ask the office for it.";

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
    [text("h1", TITLE), text("strong", KEEP_SAFE), text("p", &about), text("p", RIGHTS)].concat()
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
