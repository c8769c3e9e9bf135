//! One page of a list: rows that pass a filter, and the token of the next page.
//!
//! The token holds the key of the last row looked at, so it stays good when rows come and go; a page looks at so many rows at
//! most, so that a filter which nothing passes keeps nobody waiting.

use super::rows::Key;
use crate::convert::list::Page;
use crate::error::{Fault, Rejected};

/// Rows that one page looks at, at most.
const LOOKED_AT_MAX: usize = 10_000;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Token of the next page; empty when this is the last.
    pub next_page_token: String,
}

/// The key after which the page begins; none for the first page.
///
/// # Errors
/// [`Rejected`] when the token holds no such key.
pub fn after<K: Key>(page: &Page) -> Result<Option<K>, Rejected> {
    let Some(bytes) = &page.after else { return Ok(None) };
    K::from_bytes(bytes).map(Some).ok_or_else(|| Rejected::one("page_token", Fault::ForeignToken))
}

/// The page of `rows`, which begin after the page before; `pick` answers none for a row that is not listed.
pub fn listing<K: Key, R, T>(
    page: &Page,
    rows: impl Iterator<Item = (K, R)>,
    mut pick: impl FnMut(K, R) -> Option<T>,
) -> Listing<T> {
    let mut picked = Vec::with_capacity(page.size);
    let mut last = None;
    for (looked_at, (key, row)) in rows.enumerate() {
        if let Some(last) = last.filter(|_| picked.len() >= page.size || looked_at >= LOOKED_AT_MAX) {
            return Listing { rows: picked, next_page_token: page.next_token(&K::to_bytes(&last)) };
        }
        last = Some(key);
        picked.extend(pick(key, row));
    }
    Listing { rows: picked, next_page_token: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::list::Listed as _;
    use crate::convert::read::Reader;
    use crate::serve::rows::Rows;
    use crate::v1::ListCasesRequest;

    fn page(size: i32, token: &str) -> Page {
        let request =
            ListCasesRequest { page_size: size, page_token: token.to_owned(), ..Default::default() };
        Reader::read(|reader| request.page(reader)).unwrap()
    }

    fn list(rows: &Rows<u64, ()>, page: &Page, pick: impl Fn(u64) -> bool) -> Listing<u64> {
        listing(page, rows.in_order(after(page).unwrap()), |key, _| pick(key).then_some(key))
    }

    fn rows(keys: impl Iterator<Item = u64>) -> Rows<u64, ()> {
        let mut rows = Rows::default();
        keys.for_each(|key| rows.put(key, key, ()));
        rows
    }

    #[test]
    fn pages_together_are_the_list_and_the_last_has_no_token() {
        let rows = rows(0..5);
        let first = list(&rows, &page(2, ""), |_| true);
        let second = list(&rows, &page(2, &first.next_page_token), |_| true);
        let third = list(&rows, &page(2, &second.next_page_token), |_| true);
        assert_eq!([first.rows, second.rows, third.rows].concat(), [0, 1, 2, 3, 4]);
        assert_eq!(third.next_page_token, "");
        assert_eq!(list(&rows, &page(5, ""), |_| true).next_page_token, "");
    }

    #[test]
    fn a_token_outlives_its_row() {
        let token = list(&rows(0..5), &page(2, ""), |_| true).next_page_token;
        let next = list(&rows([0, 3, 4].into_iter()), &page(2, &token), |_| true);
        assert_eq!(next.rows, [3, 4]);
    }

    #[test]
    fn a_page_that_nothing_passes_ends_after_so_many_rows_and_can_be_continued() {
        let rows = rows(0..LOOKED_AT_MAX as u64 + 10);
        let last = LOOKED_AT_MAX as u64 + 5;
        let first = list(&rows, &page(2, ""), |key| key == last);
        assert_eq!(first.rows, [0; 0]);
        assert_eq!(list(&rows, &page(2, &first.next_page_token), |key| key == last).rows, [last]);
    }

    #[test]
    fn a_token_of_another_order_is_at_fault() {
        let token = page(2, "").next_token(&[1, 2, 3]);
        assert!(after::<u64>(&page(2, &token)).is_err());
    }
}
