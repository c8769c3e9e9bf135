//! Days, instants and identifiers as messages write them.

use core::fmt::Display;

use waymark_domain::ids::Ref;
use waymark_domain::time::{Day, Timestamp};

use crate::v1;

/// An instant.
#[must_use]
pub fn instant(at: Timestamp) -> prost_types::Timestamp {
    // Instants of the domain beyond the year 292 billion do not occur; saturating keeps this total.
    prost_types::Timestamp { seconds: i64::try_from(at.0).unwrap_or(i64::MAX), nanos: 0 }
}

/// A day, empty for none.
#[must_use]
pub fn day_text(day: Option<Day>) -> String {
    text_if_any(day)
}

/// Something as its text, empty for none.
#[must_use]
pub fn text_if_any<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Where an entry stands.
#[must_use]
pub fn entry_ref(at: &Ref) -> v1::EntryRef {
    v1::EntryRef {
        office: at.office.to_string(),
        log: at.log,
        index: at.index,
        leaf: at.leaf.as_bytes().to_vec(),
    }
}
