//! Random identifiers that a caller chooses.

use core::fmt;
use core::str::FromStr;

use waymark_seal::rng::{self, System};

/// 16 bytes in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identifier(String);

impl Identifier {
    /// A fresh one.
    pub(crate) fn random() -> Self {
        let bytes: [u8; 16] = rng::bytes(&mut System);
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 32 hexadecimal digits, with or without the hyphens of a UUID.
impl FromStr for Identifier {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hyphens: Vec<_> =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at).collect();
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        let well_formed = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if well_formed && (hyphens.is_empty() || hyphens == [8, 13, 18, 23]) {
            Ok(Self(digits.to_ascii_lowercase()))
        } else {
            Err("not an identifier: expected 32 hexadecimal digits or a UUID")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_uuids_are_read_and_nothing_else() {
        let plain = "0123456789abcdef0123456789abcdef";
        let uuid = "01234567-89AB-cdef-0123-456789abcdef";
        assert_eq!(uuid.parse::<Identifier>(), plain.parse());
        for text in ["", "01", "0123456789abcdef-0123456789abcdef", "g123456789abcdef0123456789abcdef"] {
            assert!(text.parse::<Identifier>().is_err(), "{text}");
        }
        assert_ne!(Identifier::random(), Identifier::random());
    }
}
