//! The address of an office at the hub. Slots are provisioned ahead and say nothing about who holds them.

use core::fmt;
use core::num::NonZeroU16;
use core::str::FromStr;

/// A post box at the hub: `s001`, `s002`, …
///
/// The text form is canonical (three digits, more only when needed), so that it is safe as part of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(NonZeroU16);

impl Slot {
    /// The slot with this number, from 1.
    pub const fn numbered(number: NonZeroU16) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{:03}", self.0)
    }
}

/// A text is not the name of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a slot: expected s001, s002, …")]
pub struct NotASlot;

impl FromStr for Slot {
    type Err = NotASlot;

    fn from_str(text: &str) -> Result<Self, NotASlot> {
        let number = text.strip_prefix('s').ok_or(NotASlot)?.parse().map_err(|_| NotASlot)?;
        let slot = Self(number);
        if slot.to_string() == text { Ok(slot) } else { Err(NotASlot) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_reads_back_from_its_text() {
        for text in ["s001", "s042", "s999", "s1000", "s65535"] {
            assert_eq!(text.parse::<Slot>().map(|slot| slot.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "", "s", "s1", "s01", "s000", "s0001", "S001", "001", "s+01", "s-01", "s65536", "s001.*",
            "s001 ", "s00>",
        ] {
            assert_eq!(text.parse::<Slot>(), Err(NotASlot), "{text}");
        }
    }
}
