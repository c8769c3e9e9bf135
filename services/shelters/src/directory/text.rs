//! Bytes of a file made text: byte-order marks, UTF-16, and stray Latin-1 bytes among UTF-8.

use super::fault::Reason;
use super::limits::REPAIRED_LINES_MAX;

/// A file as text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// The text, without a byte-order mark.
    pub text: String,
    /// The first lines, counted from 1, with bytes that were no UTF-8.
    pub repaired_lines: Vec<u64>,
    /// Are there more such lines?
    pub more_repaired: bool,
}

/// Reads `bytes` as UTF-8, or as UTF-16 where a byte-order mark says so. A byte that is no UTF-8 is read as
/// Windows-1252, byte by byte, so that one stray byte does not spoil the rest.
///
/// # Errors
/// The bytes are empty, or no text.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Decoded, Reason> {
    let text = match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ if bytes.contains(&0) => return Err(Reason::NotText("it holds zero bytes")),
        _ => return utf8(bytes),
    };
    finish(Decoded { text, repaired_lines: Vec::new(), more_repaired: false })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Reason> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return Err(Reason::NotText("UTF-16 with half a letter"));
    };
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| Reason::NotText("broken UTF-16"))
}

fn utf8(bytes: Vec<u8>) -> Result<Decoded, Reason> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return finish(Decoded { text, repaired_lines: Vec::new(), more_repaired: false }),
        Err(broken) => broken.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let (mut repaired_lines, mut more_repaired) = (Vec::new(), false);
    let mut line = 1;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        line += chunk.valid().bytes().filter(|byte| *byte == b'\n').count() as u64;
        for byte in chunk.invalid() {
            text.push(windows_1252(*byte));
            if repaired_lines.last() == Some(&line) {
                continue;
            }
            if repaired_lines.len() < REPAIRED_LINES_MAX {
                repaired_lines.push(line)
            } else {
                more_repaired = true
            }
        }
    }
    finish(Decoded { text, repaired_lines, more_repaired })
}

fn finish(mut decoded: Decoded) -> Result<Decoded, Reason> {
    if decoded.text.starts_with('\u{FEFF}') {
        decoded.text.drain(..'\u{FEFF}'.len_utf8());
    }
    if decoded.text.trim().is_empty() { Err(Reason::Empty) } else { Ok(decoded) }
}

/// The letter of a byte in Windows-1252; the five unused bytes become the replacement character.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž', '\u{FFFD}',
        '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{FFFD}'),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(bytes: &[u8]) -> String {
        decode(bytes.to_vec()).unwrap().text
    }

    #[test]
    fn byte_order_marks_are_dropped() {
        assert_eq!(text_of(b"\xEF\xBB\xBFid"), "id");
        assert_eq!(text_of(b"\xFF\xFEi\0d\0\x16\x04"), "idЖ");
        assert_eq!(text_of(b"\xFE\xFF\0i\0d"), "id");
    }

    #[test]
    fn a_stray_latin_1_byte_spoils_nothing_else() {
        let decoded = decode("id\nKiїв \u{0}".replace('\u{0}', "").into_bytes()).unwrap();
        assert!(decoded.repaired_lines.is_empty());
        let decoded = decode(b"id\nCaf\xE9 \xD0\x96\n\n\x80 \x93x\x94\n".to_vec()).unwrap();
        assert_eq!(decoded.text, "id\nCafé Ж\n\n€ “x”\n");
        assert_eq!(decoded.repaired_lines, [2, 4]);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert_eq!(decode(Vec::new()), Err(Reason::Empty));
        assert_eq!(decode(b"\xEF\xBB\xBF \r\n".to_vec()), Err(Reason::Empty));
        assert_eq!(decode(b"PK\x03\x04\0\0".to_vec()), Err(Reason::NotText("it holds zero bytes")));
        assert_eq!(decode(b"\xFF\xFEa".to_vec()), Err(Reason::NotText("UTF-16 with half a letter")));
        assert_eq!(decode(b"\xFF\xFE\x00\xD8".to_vec()), Err(Reason::NotText("broken UTF-16")));
    }
}
