//! Values made fit to keep and to show: no control characters, no surrounding blanks, nothing but web links in links.

/// The most characters of a value that a fault quotes.
const QUOTED_CHARS_MAX: usize = 60;

/// `text` without control characters and invisible marks, lines trimmed at their ends; empty becomes `None`.
///
/// # Security
/// Directories are shown on terminals: no escape sequence may come through.
pub(crate) fn clean(text: &str) -> Option<String> {
    let mut kept = String::with_capacity(text.len());
    for line in text.split('\n') {
        let before = kept.len();
        kept.extend(
            line.chars().map(|letter| if letter == '\t' { ' ' } else { letter }).filter(|l| is_shown(*l)),
        );
        kept.truncate(before + kept.get(before..).map_or(0, |line| line.trim_end().len()));
        kept.push('\n');
    }
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// `text` on one line and shortened, to be quoted in a fault.
pub(crate) fn quoted(text: &str) -> String {
    let mut letters =
        text.chars().map(|letter| if letter == '\n' { ' ' } else { letter }).filter(|l| is_shown(*l));
    let mut short: String = letters.by_ref().take(QUOTED_CHARS_MAX).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// A web link, completed where the scheme is left out; `None` when it is no link to the web.
///
/// # Security
/// Links are shown as links: `javascript:` and its like must not come through.
pub(crate) fn link(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            rest
        }
        Some(_) => return None,
        None => text,
    };
    let host = rest.split(['/', '?', '#']).next()?;
    let name = host.rsplit('@').next()?.split(':').next()?;
    let is_host = name.contains('.') && !name.starts_with('.') && !name.ends_with('.');
    match (is_host, rest.len() == text.len()) {
        (false, _) => None,
        (true, false) => Some(text.to_owned()),
        (true, true) if host.contains([':', '@']) => None,
        (true, true) => Some(format!("http://{text}")),
    }
}

/// Is `text` in the form of an address for mail?
pub(crate) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains('@')
        && !text
            .contains(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | ',' | ';'))
}

fn is_shown(letter: char) -> bool {
    let invisible =
        matches!(letter, '\u{200B}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
    !letter.is_control() && !invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_lines_stay() {
        assert_eq!(clean(" a\u{1b}[31m b \r\n\r\n  c\t\u{FEFF} ").as_deref(), Some("a[31m b\n\n  c"));
        assert_eq!(clean(" \r\n\t\u{0}"), None);
        assert_eq!(clean("нет \u{202E}abc").as_deref(), Some("нет abc"));
    }

    #[test]
    fn only_web_links_are_links() {
        for good in ["http://a.example", "HTTPS://a.example/x?y=z:w", "https://a.example:8080/"] {
            assert_eq!(link(good).as_deref(), Some(good));
        }
        assert_eq!(link("www.a.example/x").as_deref(), Some("http://www.a.example/x"));
        for bad in [
            "javascript:alert(1)",
            "javascript://a.b/%0aalert(1)",
            "a",
            "a b.c",
            "ftp://a.b",
            "http://",
            "mailto:a@b.c",
            ".",
            "x@y.z",
        ] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }

    #[test]
    fn addresses_for_mail_have_one_at() {
        assert!(is_email("info@a.example"));
        for bad in ["", "@", "a@", "@a.b", "a@b", "a b@c.d", "a@b@c.d", "a@b.c,d@e.f", "a@.b", "<a@b.c>"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn quotes_are_short() {
        assert_eq!(quoted("a\nb\u{7}"), "a b");
        assert_eq!(quoted(&"ж".repeat(100)).chars().count(), QUOTED_CHARS_MAX + 1);
    }
}
