//! C2SP signed notes: a text, an empty line, and signature lines. Ed25519 (type 0x01) only.
//!
//! Unknown signatures are ignored, as the standard demands; a bad signature of a known key spoils the whole note.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sign::{PublicKey, Role, SigningKey};
use crate::vkey;

/// Bytes of a note, at most.
pub const NOTE_MAX: usize = 1024 * 1024;
/// Signature lines of a note, at most.
pub const SIGNATURES_MAX: usize = 64;

pub(crate) const DASH: &str = "\u{2014} ";

/// Why bytes are not a signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// More than the limit of bytes or signatures.
    #[error("the note is over its limit")]
    TooLarge,
    /// Not in the form of a signed note.
    #[error("the note is not well-formed")]
    Malformed,
    /// A known key is named, but its signature does not hold.
    #[error("a signature of a known key does not hold")]
    BadSignature,
    /// No known key has signed.
    #[error("no known key has signed")]
    Unsigned,
}

/// A key's name and what it verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// The name in its signature lines.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

impl Verifier {
    /// First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        vkey::id(&self.name, vkey::LOG, &self.key)
    }
}

/// A note taken apart; nothing is verified yet.
#[derive(Debug, Clone)]
pub struct Note<'a> {
    /// The signed text, with its last newline.
    pub text: &'a str,
    signatures: Vec<Line<'a>>,
}

#[derive(Debug, Clone)]
struct Line<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Vec<u8>,
}

impl<'a> Note<'a> {
    /// Takes a note apart.
    ///
    /// # Errors
    /// [`NoteFault::TooLarge`] or [`NoteFault::Malformed`].
    pub fn parse(bytes: &'a [u8], max: usize) -> Result<Self, NoteFault> {
        if bytes.len() > max.min(NOTE_MAX) {
            return Err(NoteFault::TooLarge);
        }
        let note = core::str::from_utf8(bytes).map_err(|_| NoteFault::Malformed)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteFault::Malformed);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteFault::Malformed)?;
        let text = note.get(..=text.len()).ok_or(NoteFault::Malformed)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteFault::Malformed)?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteFault::TooLarge);
        }
        let signatures =
            lines.split('\n').map(Line::parse).collect::<Option<_>>().ok_or(NoteFault::Malformed)?;
        Ok(Self { text, signatures })
    }

    /// The signatures under a name and key id; nothing is verified.
    pub(crate) fn signatures_of(&self, name: &str, id: [u8; 4]) -> impl Iterator<Item = &[u8]> {
        let of_key = self.signatures.iter().filter(move |line| line.name == name && line.id == id);
        of_key.map(|line| line.signature.as_slice())
    }

    /// Which of the known keys have signed, each once, by position in `known`.
    ///
    /// # Errors
    /// [`NoteFault::BadSignature`] when a known key is named and its signature does not hold;
    /// [`NoteFault::Unsigned`] when none is named.
    pub fn signed_by(&self, known: &[Verifier]) -> Result<Vec<usize>, NoteFault> {
        let mut signers = Vec::new();
        for (position, verifier) in known.iter().enumerate() {
            let id = verifier.id();
            let mut lines = self.signatures_of(&verifier.name, id).peekable();
            if lines.peek().is_none() {
                continue;
            }
            if !lines.all(|signature| verifier.key.verify(self.text.as_bytes(), signature)) {
                return Err(NoteFault::BadSignature);
            }
            signers.push(position);
        }
        if signers.is_empty() { Err(NoteFault::Unsigned) } else { Ok(signers) }
    }
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        if !is_name(name) {
            return None;
        }
        let bytes = STANDARD.decode(encoded).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        (!signature.is_empty()).then(|| Self { name, id: *id, signature: signature.to_vec() })
    }
}

/// The signature line of `key` under `name` over `text`.
#[must_use]
pub fn signature_line<R: Role>(text: &str, name: &str, key: &SigningKey<R>) -> String {
    let mut bytes = vkey::id(name, vkey::LOG, &key.public()).to_vec();
    bytes.extend_from_slice(&key.sign(text.as_bytes()));
    format!("{DASH}{name} {}\n", STANDARD.encode(bytes))
}

/// Whether a key may have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of c2sp.org/signed-note.
    const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    const KEY: &str = "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    fn example_key() -> Verifier {
        let bytes = STANDARD.decode(KEY).unwrap();
        let (kind, key) = bytes.split_first_chunk::<1>().unwrap();
        assert_eq!(kind, &[vkey::LOG]);
        Verifier { name: "example.com/foo".into(), key: PublicKey::new(key.try_into().unwrap()).unwrap() }
    }

    #[test]
    fn the_published_example_verifies() {
        let key = example_key();
        assert_eq!(key.id(), [0x53, 0x0d, 0x90, 0x3a]);
        let note = Note::parse(EXAMPLE.as_bytes(), NOTE_MAX).unwrap();
        assert_eq!(note.text, "This is an example message.\n");
        assert_eq!(note.signed_by(&[key]), Ok(vec![0]));
    }

    #[test]
    fn other_text_unknown_keys_and_foreign_forms_are_refused() {
        let key = example_key();
        let other = EXAMPLE.replace("example message", "other message");
        let note = Note::parse(other.as_bytes(), NOTE_MAX).unwrap();
        assert_eq!(note.signed_by(core::slice::from_ref(&key)), Err(NoteFault::BadSignature));
        let stranger = Verifier { name: "example.com/bar".into(), ..key };
        assert_eq!(
            Note::parse(EXAMPLE.as_bytes(), NOTE_MAX).unwrap().signed_by(&[stranger]),
            Err(NoteFault::Unsigned)
        );
        let malformed = [
            String::new(),
            "text\n".into(),
            "text\n\n".into(),
            EXAMPLE.trim_end().into(),
            EXAMPLE.replace('\u{2014}', "-"),
            EXAMPLE.replace("message", "mess\tage"),
            EXAMPLE.replace("Uw2Q", "U!2Q"),
            EXAMPLE.replace("foo U", "fo+o U"),
            format!("{EXAMPLE}more\n"),
        ];
        for note in malformed {
            assert_eq!(Note::parse(note.as_bytes(), NOTE_MAX).unwrap_err(), NoteFault::Malformed, "{note}");
        }
        assert_eq!(Note::parse(EXAMPLE.as_bytes(), 100).unwrap_err(), NoteFault::TooLarge);
    }
}
