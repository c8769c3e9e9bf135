//! Tables that are types in the code: read from the source, since field order is the format.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use waymark_domain::event::KINDS;

const EVENTS: &[&str] = &["log", "notice", "case", "consent", "referral", "place", "journey"];

/// A source file of a sibling crate without comments and attributes.
fn source(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with("#["));
    code.collect::<Vec<_>>().join(" ")
}

/// What stands between the first brace and the one that closes it.
fn braced(text: &str) -> &str {
    let start = text.find('{').expect("a body begins") + 1;
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text[start..at].trim();
        }
    }
    panic!("a body does not end");
}

/// Splits at commas that are in no bracket.
fn items(body: &str) -> Vec<String> {
    let (mut depth, mut start, mut items) = (0_i32, 0, Vec::new());
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'<' | b'[' => depth += 1,
            b'}' | b')' | b'>' | b']' => depth -= 1,
            b',' if depth == 0 => {
                items.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&body[start..]);
    items.into_iter().map(|item| item.trim().replace("pub ", "")).filter(|item| !item.is_empty()).collect()
}

/// Structs and enums of a file, by name: fields in order, or variants with their numbers.
fn types(code: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (keyword, is_enum) in [("pub struct ", false), ("pub enum ", true)] {
        for (at, _) in code.match_indices(keyword) {
            let rest = &code[at + keyword.len()..];
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if !rest[name.len()..].trim_start().starts_with('{') {
                continue;
            }
            let items = items(braced(rest));
            let said = if is_enum {
                items
                    .iter()
                    .enumerate()
                    .map(|(number, item)| format!("{number} {item}"))
                    .collect::<Vec<_>>()
                    .join(" · ")
            } else {
                items.join(", ")
            };
            found.insert(name.to_owned(), said);
        }
    }
    found
}

pub(crate) fn public_parts() -> String {
    let mut all = BTreeMap::new();
    EVENTS.iter().for_each(|file| all.extend(types(&source(&format!("domain/src/event/{file}.rs")))));
    let mut text = String::from("| kind | public part, in order |\n|---|---|\n");
    for rule in KINDS {
        let fields = all.remove(rule.name).unwrap_or_else(|| panic!("no type of kind {}", rule.name));
        text.push_str(&row(rule.name, &fields));
    }
    text.push_str(
        "\nTypes used in them:\n\n| type | fields in order, or variants with their numbers |\n|---|---|\n",
    );
    all.iter().for_each(|(name, said)| text.push_str(&row(name, said)));
    text
}

fn row(name: &str, said: &str) -> String {
    let said = if said.is_empty() { "nothing".to_owned() } else { format!("`{said}`") };
    format!("| {name} | {said} |\n")
}

pub(crate) fn contents() -> String {
    let code = source("domain/src/section.rs");
    let mut text = String::from("| type | fields in order, or variants with their numbers |\n|---|---|\n");
    let mut all = types(code.split("macro_rules!").next().unwrap_or_default());
    let content = all.remove("Content").expect("the contents of sections");
    text.push_str(&row("Content", &content));
    all.iter().for_each(|(name, said)| text.push_str(&row(name, said)));
    let fields = code.rsplit_once("fields! ").expect("the table of fields").1;
    let fields = items(braced(fields)).into_iter().enumerate().map(|(number, field)| {
        let (_, said) = field.split_once(" = ").expect("a field and its name");
        format!("{number} {}", said.replace('"', "").replace(" in ", " ("))
    });
    let fields: Vec<_> = fields.map(|field| format!("{})", field.to_lowercase())).collect();
    text.push_str(&row("Field", &fields.join(" · ")));
    text
}

pub(crate) fn words() -> String {
    let code = source("domain/src/words.rs");
    let mut text = String::from("| type | words with their numbers |\n|---|---|\n");
    for block in code
        .split("words!(")
        .skip(1)
        .filter(|block| block.contains('=') && !block.trim_start().starts_with('$'))
    {
        let name = block.split('{').next().unwrap_or_default().trim();
        let words = items(braced(block)).into_iter().enumerate().map(|(number, word)| {
            let (_, word) = word.split_once(" = ").expect("a word");
            format!("{number} {}", word.replace('"', ""))
        });
        text.push_str(&row(name, &words.collect::<Vec<_>>().join(" · ")));
    }
    text
}

pub(crate) fn verdicts() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/verify.rs");
    let source = fs::read_to_string(path).unwrap();
    let body = source
        .split("pub enum Verdict {")
        .nth(1)
        .expect("the verdicts")
        .split("\n}\n")
        .next()
        .unwrap_or_default();
    let mut text = String::from("| verdict | what is wrong |\n|---|---|\n");
    let mut said = Vec::new();
    for line in body.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")) {
        match line.trim().strip_prefix("/// ") {
            Some(doc) => said.push(doc.to_owned()),
            None if line.trim().starts_with(|c: char| c.is_uppercase()) => {
                let name: String = line.trim().chars().take_while(|c| c.is_alphanumeric()).collect();
                text.push_str(&format!("| {name} | {} |\n", said.join(" ")));
                said.clear();
            }
            None => {}
        }
    }
    text
}

/// The types of fields and of what variants carry: what follows a colon or an opening bracket.
pub(crate) fn types_named(tables: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for lead in [": ", "<", "("] {
        for (at, _) in tables.match_indices(lead) {
            let rest = &tables[at + lead.len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if name.starts_with(char::is_uppercase) {
                named.insert(name);
            }
        }
    }
    named
}
