//! What the sheet says, in which order: a page of sections, still without a form. Text and HTML say the same because both are made of it.

use fluent_bundle::FluentValue;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EmergencyGround, Purpose, RetentionGround};

use super::words::{Words, name};
use super::{Became, EmergencyShare, Ended, Ending, Kept, Language, Review, Share, Sheet};

/// The whole sheet in words.
pub(super) struct Page {
    /// For the window and the printer; says nothing of the person.
    pub name: String,
    pub title: String,
    /// Who made it, for which case, when.
    pub facts: Vec<String>,
    pub sections: Vec<Section>,
}

/// A heading and what stands under it.
pub(super) struct Section {
    pub heading: String,
    pub blocks: Vec<Block>,
}

/// A part of a section.
pub(super) enum Block {
    Paragraph(String),
    Points(Vec<String>),
    Card(Card),
}

/// What is said of one recipient.
pub(super) struct Card {
    pub title: String,
    pub rows: Vec<Row>,
}

/// A question and its answers.
pub(super) struct Row {
    pub label: String,
    pub items: Vec<String>,
}

/// The sheet in words of `language`.
pub(super) fn page(sheet: &Sheet, language: Language) -> Page {
    let words = Words::of(language);
    let sections = [
        Some(introduction(&words, sheet.printed_on, sheet.erased_on)),
        Some(shares(&words, sheet)),
        withheld(&words, &sheet.withheld),
        ended(&words, &sheet.ended),
        emergencies(&words, &sheet.emergencies),
        Some(points(&words, "withdraw", &WITHDRAW)),
        Some(points(&words, "rights", &RIGHTS)),
        Some(points(&words, "safety", &SAFETY)),
    ];
    Page {
        name: words.say("page-name"),
        title: words.say("title"),
        facts: vec![
            words.with("fact-office", [("office", name(&sheet.office))]),
            words.with("fact-code", [("code", name(&sheet.case_code))]),
            words.on("fact-printed", sheet.printed_on),
        ],
        sections: sections.into_iter().flatten().collect(),
    }
}

const WITHDRAW: [&str; 7] = [
    "withdraw-how",
    "withdraw-reason",
    "withdraw-part",
    "withdraw-help",
    "withdraw-erase",
    "withdraw-kept",
    "withdraw-undone",
];
const RIGHTS: [&str; 3] = ["rights-see", "rights-correct", "rights-complain"];
const SAFETY: [&str; 2] = ["safety-keep", "safety-leave"];

/// The section `id`, all of whose points stand in every sheet.
fn points(words: &Words, id: &str, points: &[&str]) -> Section {
    let points = points.iter().map(|point| words.say(point)).collect();
    section(words, id, vec![Block::Points(points)])
}

fn section(words: &Words, id: &str, blocks: Vec<Block>) -> Section {
    Section { heading: words.say(&format!("{id}-heading")), blocks }
}

fn introduction(words: &Words, printed_on: Day, erased_on: Option<Day>) -> Section {
    let paragraphs = [
        words.say("introduction-what"),
        words.say("introduction-yours"),
        words.on("introduction-today", printed_on),
        words.say("introduction-ask"),
    ];
    let erased = erased_on.map(|on| words.on("introduction-erased", on));
    section(words, "introduction", paragraphs.into_iter().chain(erased).map(Block::Paragraph).collect())
}

fn shares(words: &Words, sheet: &Sheet) -> Section {
    let shares = &sheet.shares;
    let blocks = if shares.is_empty() {
        let emergency = sheet.emergencies.iter().any(EmergencyShare::is_held);
        vec![Block::Paragraph(words.say(if emergency { "shares-none-emergency" } else { "shares-none" }))]
    } else {
        let count = words.with("shares-count", [("count", FluentValue::from(shares.len()))]);
        let cards = shares.iter().map(|share| Block::Card(share_card(words, share)));
        let after = words.say("shares-after");
        [Block::Paragraph(count)].into_iter().chain(cards).chain([Block::Paragraph(after)]).collect()
    };
    section(words, "shares", blocks)
}

fn share_card(words: &Words, share: &Share) -> Card {
    let place = [("recipient", name(&share.recipient)), ("country", words.country(share.country).into())];
    let days = [("from", words.date(share.from).into()), ("until", words.date(share.until).into())];
    let onward = words.say(if share.onward { "onward-yes" } else { "onward-no" });
    Card {
        title: words.with("share-title", place),
        rows: vec![
            row(words, "label-categories", categories(words, &share.categories)),
            row(words, "label-purposes", purposes(words, &share.purposes)),
            row(words, "label-period", vec![words.with("period", days)]),
            row(words, "label-onward", vec![onward]),
        ],
    }
}

fn row(words: &Words, label: &str, items: Vec<String>) -> Row {
    Row { label: words.say(label), items }
}

fn categories(words: &Words, categories: &[Category]) -> Vec<String> {
    categories.iter().map(|category| words.say(&category_id(*category))).collect()
}

fn purposes(words: &Words, purposes: &[Purpose]) -> Vec<String> {
    purposes.iter().map(|purpose| words.say(&purpose_id(*purpose))).collect()
}

fn withheld(words: &Words, withheld: &[Category]) -> Option<Section> {
    let said = words.say("withheld-what");
    let blocks = vec![Block::Paragraph(said), Block::Points(categories(words, withheld))];
    (!withheld.is_empty()).then(|| section(words, "withheld", blocks))
}

fn ended(words: &Words, ended: &[Ended]) -> Option<Section> {
    let cards = ended.iter().map(|ended| Block::Card(ended_card(words, ended))).collect();
    (!ended.is_empty()).then(|| section(words, "ended", cards))
}

fn ended_card(words: &Words, ended: &Ended) -> Card {
    let (how, became) = match ended.ending {
        Ending::Refused { on } => (words.on("ending-refused", on), None),
        Ending::Withdrawn { on, became } => (words.on("ending-withdrawn", on), Some(became)),
        Ending::Expired { on, became } => (words.on("ending-expired", on), Some(became)),
    };
    let became = became.map(|became| became_items(words, became, ended.emergency)).into_iter().flatten();
    let emergency = ended.emergency.then(|| words.say("became-emergency"));
    let became: Vec<String> = became.chain(emergency).collect();
    let became = (!became.is_empty()).then(|| row(words, "label-became", became));
    Card {
        title: words.with("recipient-title", [("recipient", name(&ended.recipient))]),
        rows: [row(words, "label-ending", vec![how])].into_iter().chain(became).collect(),
    }
}

/// `emergency`: it still holds something else, so that it has not erased everything.
fn became_items(words: &Words, became: Became, emergency: bool) -> Vec<String> {
    match became {
        Became::Asked { on } => vec![words.on("became-asked", on)],
        Became::Erased { on } if emergency => vec![words.on("became-erased-consented", on)],
        Became::NothingSent => vec![words.say("became-nothing-sent")],
        Became::Told { on } => vec![words.on("became-told", on)],
        Became::Acknowledged { on } => vec![words.on("became-acknowledged", on)],
        Became::Erased { on } => vec![words.on("became-erased", on)],
        Became::PartKept { ground, until } => {
            vec![words.on("became-part-kept", until), words.say(&retention_id(ground))]
        }
        Became::NoAnswer { since } => vec![words.on("became-no-answer", since)],
    }
}

fn emergencies(words: &Words, emergencies: &[EmergencyShare]) -> Option<Section> {
    let cards = emergencies.iter().map(|emergency| Block::Card(emergency_card(words, emergency)));
    let said = Block::Paragraph(words.say("emergencies-what"));
    let blocks = [said].into_iter().chain(cards).collect();
    (!emergencies.is_empty()).then(|| section(words, "emergencies", blocks))
}

fn emergency_card(words: &Words, emergency: &EmergencyShare) -> Card {
    let review = match emergency.review {
        Review::Open => words.say("review-open"),
        Review::Late { due } => words.on("review-late", due),
        Review::Upheld { on } => words.on("review-upheld", on),
        Review::Overturned { on } => words.on("review-overturned", on),
    };
    let kept = match emergency.kept {
        Kept::Until { last } => words.on("kept-until", last),
        Kept::Over { last } => words.on("kept-over", last),
        Kept::Asked { on } => words.on("kept-asked", on),
        Kept::Told { on } => words.on("kept-told", on),
        Kept::Acknowledged { on } => words.on("became-acknowledged", on),
        Kept::Erased { on } => words.on("kept-erased", on),
    };
    Card {
        title: words.with("recipient-title", [("recipient", name(&emergency.recipient))]),
        rows: vec![
            row(words, "label-told", categories(words, &emergency.categories)),
            row(words, "label-ground", vec![words.say(&emergency_id(emergency.ground))]),
            row(words, "label-when", vec![words.on("when", emergency.on)]),
            row(words, "label-review", vec![review]),
            row(words, "label-kept", vec![kept]),
        ],
    }
}

/// The message that explains a category.
pub(super) fn category_id(category: Category) -> String {
    format!("category-{category}")
}

/// The message that explains a purpose.
pub(super) fn purpose_id(purpose: Purpose) -> String {
    format!("purpose-{purpose}")
}

/// The message that explains why a part may be kept.
pub(super) fn retention_id(ground: RetentionGround) -> String {
    format!("retention-{ground}")
}

/// The message that explains why it was an emergency.
pub(super) fn emergency_id(ground: EmergencyGround) -> String {
    format!("emergency-{ground}")
}
