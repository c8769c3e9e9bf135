//! Pages of lists (AIP-158) and places in streams: opaque tokens that only the same list or stream of this office takes back.

use core::fmt::Write as _;

use prost::Message;

use super::read::Reader;
use crate::error::Fault;

/// Rows of a page when the caller states none.
const SIZE_DEFAULT: usize = 50;
/// Rows of a page, at most.
const SIZE_MAX: usize = 200;
/// Bytes of the key of a row, at most.
const KEY_MAX: usize = 128;

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Rows wanted.
    pub size: usize,
    /// The key of the last row of the page before; none for the first page.
    pub after: Option<Vec<u8>>,
    filter: u64,
}

impl Page {
    /// The token of the page that begins after the row of `key`, a text or bytes in the list's order.
    #[must_use]
    pub fn next_token(&self, key: &[u8]) -> String {
        let mut bytes = self.filter.to_be_bytes().to_vec();
        bytes.extend_from_slice(key);
        hex(&bytes)
    }
}

/// A request for a page of a list.
pub trait Listed: Message + Clone {
    /// `page_size` and `page_token`.
    fn page_fields(&self) -> (i32, &str);

    /// The same request without page size and token: what is listed.
    fn filter(&self) -> Self;

    /// Reads which page is wanted. A size of 0 means 50; larger than 200 means 200.
    fn page(&self, reader: &mut Reader) -> Page {
        let (size, token) = self.page_fields();
        if size < 0 {
            reader.note("page_size", Fault::OutOfRange { min: 0, max: i32::MAX.into() });
        }
        let size = match usize::try_from(size) {
            Ok(0) | Err(_) => SIZE_DEFAULT,
            Ok(size) => size.min(SIZE_MAX),
        };
        let filter = fingerprint(&self.filter().encode_to_vec());
        let after = (!token.is_empty()).then(|| page_key(token, filter));
        if after == Some(None) {
            reader.note("page_token", Fault::ForeignToken);
        }
        Page { size, after: after.flatten(), filter }
    }
}

/// Implements [`Listed`].
macro_rules! listed {
    ($request:ident) => {
        impl $crate::convert::list::Listed for $crate::v1::$request {
            fn page_fields(&self) -> (i32, &str) {
                (self.page_size, &self.page_token)
            }

            fn filter(&self) -> Self {
                let mut filter = self.clone();
                filter.page_size = 0;
                filter.page_token.clear();
                filter
            }
        }
    };
}
pub(crate) use listed;

/// A place in a stream of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resume {
    /// The incarnation of the office's log.
    pub log: u32,
    /// The own-log index after the newest entry that was told.
    pub next: u64,
}

impl Resume {
    /// Its opaque text.
    #[must_use]
    pub fn token(self) -> String {
        format!("r{:x}.{:x}", self.log, self.next)
    }
}

/// Reads a `resume_token`; none for an empty one.
pub fn resume(reader: &mut Reader, token: &str) -> Option<Resume> {
    if token.is_empty() {
        return None;
    }
    let read = token.strip_prefix('r').and_then(|rest| rest.split_once('.')).and_then(|(log, next)| {
        Some(Resume { log: u32::from_str_radix(log, 16).ok()?, next: u64::from_str_radix(next, 16).ok()? })
    });
    let resume = read.filter(|resume| resume.token() == token);
    if resume.is_none() {
        reader.note("resume_token", Fault::ForeignToken);
    }
    resume
}

fn page_key(token: &str, filter: u64) -> Option<Vec<u8>> {
    let bytes = unhex(token)?;
    let (stated, key) = bytes.split_first_chunk::<8>()?;
    (u64::from_be_bytes(*stated) == filter && key.len() <= KEY_MAX).then(|| key.to_vec())
}

/// FNV-1a: tells lists apart by accident, not by malice; a token opens nothing that its caller may not list.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    (rest.is_empty() && text.len() <= 2 * (KEY_MAX + 8))
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::ListPlacesRequest;

    fn page(request: &ListPlacesRequest) -> Result<Page, crate::error::Rejected> {
        Reader::read(|reader| request.page(reader))
    }

    #[test]
    fn sizes_are_coerced_and_negative_ones_are_at_fault() {
        for (asked, given) in [(0, 50), (1, 1), (200, 200), (201, 200), (i32::MAX, 200)] {
            let request = ListPlacesRequest { page_size: asked, ..Default::default() };
            assert_eq!(page(&request).unwrap().size, given);
        }
        assert!(page(&ListPlacesRequest { page_size: -1, ..Default::default() }).is_err());
    }

    #[test]
    fn a_token_is_taken_back_for_the_same_list_only() {
        let first = ListPlacesRequest { unit: "a7".repeat(16), ..Default::default() };
        let token = page(&first).unwrap().next_token(b"key");
        let next = ListPlacesRequest { page_token: token.clone(), page_size: 7, ..first };
        assert_eq!(page(&next).unwrap().after.as_deref(), Some(b"key".as_slice()));
        let other = ListPlacesRequest { page_token: token, ..Default::default() };
        assert!(page(&other).is_err());
    }

    #[test]
    fn foreign_tokens_are_at_fault() {
        for token in ["x", "00", "é", &"0".repeat(16), &"0".repeat(2 * KEY_MAX + 18)] {
            assert!(
                page(&ListPlacesRequest { page_token: token.to_owned(), ..Default::default() }).is_err(),
                "{token}"
            );
        }
        for token in ["1", "r1", "r1.", "r01.2", "rg.1", "r1.2.3", "r1.10000000000000000", "r100000000.0"] {
            assert!(Reader::read(|reader| resume(reader, token)).is_err(), "{token}");
        }
        let resume_at = Resume { log: u32::MAX, next: u64::MAX };
        assert_eq!(Reader::read(|reader| resume(reader, &resume_at.token())).unwrap(), Some(resume_at));
    }
}
