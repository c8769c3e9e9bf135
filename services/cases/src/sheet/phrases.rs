//! What other pages for her say in the words of the sheet: messages by id, days and words of the field.

use fluent_bundle::FluentArgs;
use waymark_domain::time::Day;

use super::Language;
use super::words::{Words, name};

/// The words of one language.
pub struct Phrases {
    language: Language,
    words: Words,
}

impl Phrases {
    /// Those of `language`.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self { language, words: Words::of(language) }
    }

    /// Their language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The message `id`; ids are those of the files in `lang/`.
    #[must_use]
    pub fn say(&self, id: &str) -> String {
        self.words.say(id)
    }

    /// The message `id`, which speaks of a day.
    #[must_use]
    pub fn on(&self, id: &str, day: Day) -> String {
        self.words.on(id, day)
    }

    /// The message `id` with what stands in its gaps.
    #[must_use]
    pub fn with<const N: usize>(&self, id: &str, gaps: [(&str, &str); N]) -> String {
        let gaps: FluentArgs<'_> = gaps.into_iter().map(|(gap, text)| (gap, name(text))).collect();
        self.words.filled(id, &gaps)
    }

    /// A word of the field, such as `category` `health`; nothing for a word of a newer version.
    #[must_use]
    pub fn word(&self, kind: &str, word: &str) -> Option<String> {
        self.words.find(&format!("{kind}-{word}"))
    }

    /// A day with the name of its month.
    #[must_use]
    pub fn date(&self, day: Day) -> String {
        self.words.date(day)
    }
}
