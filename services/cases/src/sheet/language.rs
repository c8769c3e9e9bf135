//! The languages of the sheet. To add one: a variant here, its code and its file; the tests say what the file lacks.

/// A language that the sheet speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    English,
    /// Dutch.
    Dutch,
    /// Polish.
    Polish,
    /// Czech.
    Czech,
    /// Ukrainian.
    Ukrainian,
    /// Russian.
    Russian,
    /// Romanian.
    Romanian,
    /// Bulgarian.
    Bulgarian,
    /// Macedonian.
    Macedonian,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[
        Self::English,
        Self::Dutch,
        Self::Polish,
        Self::Czech,
        Self::Ukrainian,
        Self::Russian,
        Self::Romanian,
        Self::Bulgarian,
        Self::Macedonian,
    ];

    /// The codes of all of them, as an error lists them.
    pub const CODES: &'static str = "bg, cs, en, mk, nl, pl, ro, ru, uk";

    /// Its code (ISO 639-1), as in the `lang` attribute of a page.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Dutch => "nl",
            Self::Polish => "pl",
            Self::Czech => "cs",
            Self::Ukrainian => "uk",
            Self::Russian => "ru",
            Self::Romanian => "ro",
            Self::Bulgarian => "bg",
            Self::Macedonian => "mk",
        }
    }

    /// The language of a tag (BCP 47), whatever region or script follows the language: `ro` and `ro-MD` are Romanian.
    #[must_use]
    pub fn from_code(tag: &str) -> Option<Self> {
        let code = tag.split(['-', '_']).next()?;
        Self::ALL.iter().copied().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    /// Its messages, in Fluent.
    pub(super) const fn messages(self) -> &'static str {
        match self {
            Self::English => include_str!("lang/en.ftl"),
            Self::Dutch => include_str!("lang/nl.ftl"),
            Self::Polish => include_str!("lang/pl.ftl"),
            Self::Czech => include_str!("lang/cs.ftl"),
            Self::Ukrainian => include_str!("lang/uk.ftl"),
            Self::Russian => include_str!("lang/ru.ftl"),
            Self::Romanian => include_str!("lang/ro.ftl"),
            Self::Bulgarian => include_str!("lang/bg.ftl"),
            Self::Macedonian => include_str!("lang/mk.ftl"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn each_language_is_found_by_its_code_with_or_without_a_region() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(*language));
        }
        let mut codes: Vec<_> = Language::ALL.iter().map(|language| language.code()).collect();
        codes.sort_unstable();
        assert_eq!(Language::CODES, codes.join(", "));
        assert_eq!(Language::from_code("uk-UA"), Some(Language::Ukrainian));
        assert_eq!(Language::from_code("RO_md"), Some(Language::Romanian));
        assert_eq!(Language::from_code("xx"), None);
        assert_eq!(Language::from_code(""), None);
    }
}
