//! Page tokens: where the next page begins, bound to the filters and to the directories as they were.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::book::Book;
use super::search::Query;

/// What a token is bound to: everything of the query but the page, and the version of each directory.
pub(crate) fn fingerprint(query: &Query, books: &[Arc<Book>]) -> String {
    let mut hash = Sha256::new_with_prefix("waymark-directory-page/v1");
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    part(&query.text);
    part(&query.place);
    part(query.country.as_ref().map_or("", |country| country.code()));
    part(if query.with_inactive { "all" } else { "given" });
    query.purposes.iter().for_each(|purpose| part(purpose.word()));
    part("languages");
    query.languages.iter().for_each(|language| part(language.code()));
    part("directories");
    for book in books {
        part(book.directory().name().as_str());
        part(book.etag());
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The token of a page that begins at `start`.
pub(crate) fn write(start: usize, fingerprint: &str) -> String {
    format!("{start}-{fingerprint}")
}

/// Where the page begins, when the token is bound to the same.
pub(crate) fn read(token: &str, fingerprint: &str) -> Option<usize> {
    let (start, bound) = token.split_once('-')?;
    let plain = !start.is_empty() && start.len() < 12 && start.bytes().all(|byte| byte.is_ascii_digit());
    if plain && bound == fingerprint { start.parse().ok() } else { None }
}
