//! Text in a page of HTML.

/// A text so that nothing in it is markup, in an element or between quotation marks. Control characters but line ends and tabs are left
/// out: no page may have them.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(letter),
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup_and_nothing_readable_is_lost() {
        assert_eq!(escaped("<b a='1'>\"M & S\"\u{7}\n"), "&lt;b a=&#39;1&#39;&gt;&quot;M &amp; S&quot;\n");
    }
}
