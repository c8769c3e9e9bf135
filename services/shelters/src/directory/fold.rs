//! Texts made comparable: case, diacritics and punctuation gone, any script kept.
//!
//! `Łódź`, `lodz` and `LODZ` are one; so are `Харків` and `харкив` (marks of Cyrillic letters are dropped alike).

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// `text` without case, diacritics and compatibility forms.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        match letter {
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ø' => folded.push('o'),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ς' => folded.push('σ'),
            'і' => folded.push('и'),
            'ґ' => folded.push('г'),
            other if is_combining_mark(other) => {}
            other => folded.push(other),
        }
    }
    folded
}

/// The words of `text`, folded, each after one blank and one blank at the end: ` legal aid `.
pub(crate) fn words(text: &str) -> String {
    let folded = fold(text);
    let mut line = String::with_capacity(folded.len() + 2);
    for word in folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        line.push(' ');
        line.push_str(word);
    }
    line.push(' ');
    line
}

/// Does a word in `line` (as [`words`] gives it) begin with `beginning`?
pub(crate) fn has_word_beginning(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| line.get(..at).is_some_and(|before| before.ends_with(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_diacritics_do_not_count() {
        for (one, other) in [
            ("Łódź", "LODZ"),
            ("Straße", "STRASSE"),
            ("Đà Nẵng", "da nang"),
            ("ÉCOLE", "école"),
            ("Ёлка", "елка"),
            ("Київ", "КИЇВ"),
            ("Харків", "харкив"),
            ("Ґанок", "ганок"),
            ("Ærø", "aero"),
            ("ﬁne", "fine"),
            ("İstanbul", "istanbul"),
            ("Αθήνας", "αθηνασ"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("север"), fold("сервер"));
    }

    #[test]
    fn words_are_parted_by_single_blanks() {
        assert_eq!(words("  Legal-aid,\n(free)  "), " legal aid free ");
        assert_eq!(words(""), " ");
        assert!(has_word_beginning(" legal aid ", "aid"));
        assert!(has_word_beginning(" legal aid ", "leg"));
        assert!(!has_word_beginning(" legal aid ", "gal"));
        assert!(!has_word_beginning(" ", "x"));
    }
}
