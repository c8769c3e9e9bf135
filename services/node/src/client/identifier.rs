//! Identifiers that a caller chooses: random, and they say when they were made (UUID version 7, RFC 9562).

use core::fmt;
use core::str::FromStr;

use waymark_domain::time::Timestamp;
use waymark_seal::rng::{self, System};

/// 16 bytes in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identifier(String);

impl Identifier {
    /// A fresh one, made now.
    pub(crate) fn random(now: Timestamp) -> Self {
        let bytes: [u8; 16] = rng::bytes(&mut System);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (random, rest) = digits.split_at(3);
        let milliseconds = now.0.saturating_mul(1_000) & 0xffff_ffff_ffff;
        Self(format!("{milliseconds:012x}7{random}8{}", rest.get(..15).unwrap_or_default()))
    }

    /// When it was made, if it says so: times that a command counts from now are counted from there, so that the command repeated
    /// with this identifier asks for the same.
    pub(crate) fn made_at(&self) -> Option<Timestamp> {
        let (time, rest) = self.0.split_at_checked(12)?;
        let says_so =
            rest.starts_with('7') && matches!(rest.as_bytes().get(4), Some(b'8' | b'9' | b'a' | b'b'));
        let milliseconds = u64::from_str_radix(time, 16).ok().filter(|_| says_so)?;
        Some(Timestamp(milliseconds / 1_000))
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
        assert_eq!(plain.parse::<Identifier>().map(|id| id.made_at()), Ok(None));
        let now = Timestamp(1_795_500_061);
        let made = Identifier::random(now);
        assert_ne!(made, Identifier::random(now));
        assert_eq!((made.made_at(), made.0.len()), (Some(now), 32));
        assert_eq!(made.to_string().parse(), Ok(made));
    }
}
