//! Identifiers of what is written: UUIDs, those of the source where they are such.

use sha2::{Digest as _, Sha256};

use crate::directory::source::SourceName;

/// Makes the identifiers of one directory.
pub(super) struct Ids {
    source: SourceName,
}

impl Ids {
    pub(super) fn new(source: &SourceName) -> Self {
        Self { source: source.clone() }
    }

    /// The identifier of an organisation, service, location or term.
    pub(super) fn entity(&self, table: &str, id: &str) -> String {
        if is_uuid(id) { id.to_ascii_lowercase() } else { self.made(&[table, id]) }
    }

    /// The identifier of something that has none of its own, `number` in a list of its owner.
    pub(super) fn part(&self, owner: &str, table: &str, number: usize) -> String {
        self.made(&[table, owner, &number.to_string()])
    }

    /// The identifier of a service at a location.
    pub(super) fn pair(&self, service: &str, location: &str) -> String {
        self.made(&["service_at_location", service, location])
    }

    /// A UUID of version 8 (RFC 9562) made of the parts.
    fn made(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new_with_prefix("waymark-directory-id/v1");
        for part in [self.source.as_str()].iter().chain(parts) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut value = digest.iter().take(16).fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
        value = value & !(0xF << 76) | 0x8 << 76;
        value = value & !(0x3 << 62) | 0x2 << 62;
        let hex = format!("{value:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    }
}

/// Is it a UUID in its text form?
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_uuids_and_the_same_each_time() {
        let ids = Ids::new(&"x".parse().unwrap());
        let one = ids.entity("services", "17");
        assert!(is_uuid(&one), "{one}");
        assert_eq!(one.as_bytes()[14], b'8');
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_eq!(one, Ids::new(&"x".parse().unwrap()).entity("services", "17"));
        assert_ne!(one, ids.entity("locations", "17"));
        assert_ne!(one, Ids::new(&"y".parse().unwrap()).entity("services", "17"));
        let own = "AC148810-d857-441c-9679-408f346de14b";
        assert_eq!(ids.entity("services", own), own.to_ascii_lowercase());
    }
}
