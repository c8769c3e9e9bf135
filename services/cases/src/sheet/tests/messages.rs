//! The files of messages as a syntax tree, for what can be asked of them without saying them.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser::parse;

use crate::sheet::Language;

/// The names of the messages of a language.
pub(super) fn names(language: Language) -> BTreeSet<String> {
    messages(language, |_| ()).into_keys().collect()
}

/// What `ask` finds in each message of a language.
pub(super) fn messages<T>(language: Language, ask: impl Fn(&Pattern<&str>) -> T) -> BTreeMap<String, T> {
    let resource = parse(language.messages()).expect("every file of messages is Fluent");
    let found = resource.body.iter().filter_map(|entry| match entry {
        Entry::Message(message) => {
            let pattern = message.value.as_ref().expect("every message has a text");
            Some((message.id.name.to_owned(), ask(pattern)))
        }
        Entry::Comment(_) => None,
        other => panic!("neither a message nor a comment: {other:?}"),
    });
    found.collect()
}

/// The gaps of a message, and what it distinguishes but for the forms of a number, which each language has for itself.
pub(super) fn gaps(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(pattern, &mut |part| match part {
        Part::Gap(name) => found.extend([format!("${name}")]),
        Part::Key(key) if !["one", "few", "many", "other"].contains(&key) => found.extend([key.to_owned()]),
        Part::Key(_) | Part::Text(_) => {}
    });
    found
}

/// The letters of a message, small.
pub(super) fn letters(pattern: &Pattern<&str>) -> BTreeSet<char> {
    let mut found = BTreeSet::new();
    walk(pattern, &mut |part| match part {
        Part::Text(text) => found.extend(text.to_lowercase().chars().filter(|letter| letter.is_alphabetic())),
        Part::Gap(_) | Part::Key(_) => {}
    });
    found
}

/// A part of a message.
enum Part<'a> {
    Text(&'a str),
    Gap(&'a str),
    Key(&'a str),
}

fn walk<'a>(pattern: &Pattern<&'a str>, see: &mut impl FnMut(Part<'a>)) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => see(Part::Text(value)),
            PatternElement::Placeable { expression } => expressed(expression, see),
        }
    }
}

fn expressed<'a>(expression: &Expression<&'a str>, see: &mut impl FnMut(Part<'a>)) {
    match expression {
        Expression::Inline(inline) => gap(inline, see),
        Expression::Select { selector, variants } => {
            gap(selector, see);
            for variant in variants {
                let (VariantKey::Identifier { name: key } | VariantKey::NumberLiteral { value: key }) =
                    variant.key;
                see(Part::Key(key));
                walk(&variant.value, see);
            }
        }
    }
}

fn gap<'a>(inline: &InlineExpression<&'a str>, see: &mut impl FnMut(Part<'a>)) {
    match inline {
        InlineExpression::VariableReference { id } => see(Part::Gap(id.name)),
        other => panic!("not a plain gap: {other:?}"),
    }
}
