//! Identifiers. All are random and say nothing about a person, an office or a time.
//! Text form is lower-case hex; byte form is the bytes themselves.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text is not an identifier of the expected length in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: expected {expected} hexadecimal digits")]
pub struct NotAnId {
    expected: usize,
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_hex(text).map(Self).ok_or(NotAnId { expected: $len * 2 })
            }
        }
    };
}

byte_id!(
    /// A network of offices.
    NetworkId, 16
);
byte_id!(
    /// An office (or partner institution) of a network.
    OfficeId, 16
);
byte_id!(
    /// A thread: a case (own office only) or a referral (both parties).
    ThreadId, 16
);
byte_id!(
    /// One event, chosen at random by its writer.
    EventId, 16
);
byte_id!(
    /// A section key: one per writer, thread, data category and epoch.
    KeyId, 16
);
byte_id!(
    /// A member of staff under a pseudonym that only the own office resolves.
    StaffId, 8
);
byte_id!(
    /// A unit of a shelter.
    UnitId, 16
);
byte_id!(
    /// SHA-256: of a leaf, a body, a key, as the field says.
    Hash, 32
);
byte_id!(
    /// An X25519 public key to which section keys are wrapped (RFC 9180 `SerializePublicKey`).
    KemPublic, 32
);

/// A country: ISO 3166-1 alpha-2, upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Country(pub [u8; 2]);

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.0.escape_ascii())
    }
}

/// A text is not a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a country: expected two capital letters (ISO 3166-1 alpha-2)")]
pub struct NotACountry;

impl FromStr for Country {
    type Err = NotACountry;
    fn from_str(text: &str) -> Result<Self, NotACountry> {
        let country = text.as_bytes().try_into().map(Self).map_err(|_| NotACountry)?;
        if country.is_valid() { Ok(country) } else { Err(NotACountry) }
    }
}

impl StaffId {
    /// Who stands for nobody: a call that names no member of staff.
    pub const NOBODY: Self = Self([0; 8]);
}

impl Country {
    /// Two capital letters.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0[0].is_ascii_uppercase() && self.0[1].is_ascii_uppercase()
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = hex_digit(high)? << 4 | hex_digit(low)?;
    }
    Some(bytes)
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Where an entry stands: office, incarnation of its log, index there, and the hash of its leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ref {
    /// The office in whose log the entry stands.
    pub office: OfficeId,
    /// The incarnation of that log.
    pub log: u32,
    /// The position in that log, from 0.
    pub index: u64,
    /// RFC 6962 leaf hash: SHA-256(0x00 ‖ entry).
    pub leaf: Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = OfficeId([0xa7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn upper_case_short_long_and_foreign_digits_are_refused() {
        for text in ["", "a7", "A7", "zz", &"a7".repeat(17), &"A7".repeat(16), &"é".repeat(16)] {
            assert!(text.parse::<OfficeId>().is_err(), "{text}");
        }
    }
}
