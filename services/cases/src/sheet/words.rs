//! The words of one language, found by message id. Knows the language and nothing of the sheet.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use waymark_domain::ids::Country;
use waymark_domain::time::Day;

use super::Language;

/// Joins what must stay on one line.
pub(super) const NO_BREAK: &str = "\u{a0}";

/// The messages of one language.
pub(super) struct Words {
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    pub(super) fn of(language: Language) -> Self {
        let tag = language.code().parse().expect("every code is a language tag");
        let messages = FluentResource::try_new(language.messages().to_owned())
            .expect("every file of messages is Fluent");
        let mut bundle = FluentBundle::new(vec![tag]);
        bundle.set_use_isolating(false);
        bundle.add_resource(messages).expect("no message is said twice");
        Self { bundle }
    }

    /// The message `id`.
    pub(super) fn say(&self, id: &str) -> String {
        self.with(id, [])
    }

    /// The message `id`, with what stands in its gaps.
    pub(super) fn with<const N: usize>(&self, id: &str, gaps: [(&str, FluentValue<'_>); N]) -> String {
        self.filled(id, &gaps.into_iter().collect())
    }

    /// The same, with gaps as they are already.
    pub(super) fn filled(&self, id: &str, gaps: &FluentArgs<'_>) -> String {
        let message = self.bundle.get_message(id).expect("every language has every message");
        let pattern = message.value().expect("every message has a text");
        let mut faults = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(gaps), &mut faults).into_owned();
        debug_assert!(faults.is_empty(), "{id}: {faults:?}");
        said
    }

    /// The message `id`, where there is one.
    pub(super) fn find(&self, id: &str) -> Option<String> {
        self.bundle.has_message(id).then(|| self.say(id))
    }

    /// The message `id`, which speaks of a day in `$date`.
    pub(super) fn on(&self, id: &str, day: Day) -> String {
        self.with(id, [("date", self.date(day).into())])
    }

    /// A day with the name of its month, which no line breaks.
    pub(super) fn date(&self, day: Day) -> String {
        let (year, month, of_month) = day.civil();
        // The month chooses a name and is a number; the others are copied as they are.
        let gaps = [
            ("day", of_month.to_string().into()),
            ("month", month.into()),
            ("year", year.to_string().into()),
        ];
        self.with("date", gaps).replace(' ', NO_BREAK)
    }

    /// The name of a country, or its code.
    pub(super) fn country(&self, country: Country) -> String {
        self.with("country", [("code", country.to_string().into())])
    }
}

/// A name from outside, without what could break the page or turn its direction.
pub(super) fn name(text: &str) -> FluentValue<'static> {
    let visible =
        |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    let spaced: String = text.chars().filter(visible).map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").into()
}
