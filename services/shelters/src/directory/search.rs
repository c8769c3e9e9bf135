//! Finds services in all directories of an office.
//!
//! Every word asked for must begin a word of the service: case and diacritics do not count, any script will do. Found
//! first are services with all words in their name, then with the name of the organisation, then the others; within
//! these by name, directory and identifier, so that the order is always the same.

use std::sync::Arc;

use waymark_domain::words::Purpose;

use super::book::{Book, Entry, ServiceKey};
use super::country::Country;
use super::fold::{has_word_beginning, words};
use super::language::LanguageCode;
use super::limits::{PAGE_DEFAULT, PAGE_MAX, QUERY_CHARS_MAX};
use super::model::Status;
use super::token;

/// What is looked for; an empty query finds every service that is given now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words in name, organisation, description, eligibility or terms. Never a person's name.
    pub text: String,
    /// For one of these; empty means any.
    pub purposes: Vec<Purpose>,
    /// In one of these languages; empty means any.
    pub languages: Vec<LanguageCode>,
    /// There.
    pub country: Option<Country>,
    /// Words of a town, region or service area.
    pub place: String,
    /// Also services that are inactive or defunct.
    pub with_inactive: bool,
    /// Rows wanted; 0 means [`PAGE_DEFAULT`], and none get more than [`PAGE_MAX`].
    pub page_size: usize,
    /// The token that the page before gave; empty for the first.
    pub page_token: String,
}

/// A page of services.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// The services of the page.
    pub services: Vec<Entry<'a>>,
    /// Token of the next page; `None` when this is the last.
    pub next: Option<String>,
    /// Services on all pages.
    pub total: usize,
}

/// Why nothing was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryFault {
    /// The text is too long.
    #[error("a text of more than {QUERY_CHARS_MAX} characters cannot be searched for")]
    TooLong,
    /// The token is none, or one of other filters, or directories have changed since.
    #[error("the page token does not fit: begin again with the first page")]
    PageToken,
}

/// The directories at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) books: Vec<Arc<Book>>,
}

impl Snapshot {
    /// The directories, by name.
    #[must_use]
    pub fn books(&self) -> &[Arc<Book>] {
        &self.books
    }

    /// One service.
    #[must_use]
    pub fn service(&self, key: &ServiceKey) -> Option<Entry<'_>> {
        self.books.iter().find(|book| book.directory().name().as_str() == key.source)?.service(&key.id)
    }

    /// Finds services.
    ///
    /// # Errors
    /// The text is too long or the page token does not fit.
    pub fn search(&self, query: &Query) -> Result<Found<'_>, QueryFault> {
        let too_long = |text: &str| text.chars().count() > QUERY_CHARS_MAX;
        if too_long(&query.text) || too_long(&query.place) {
            return Err(QueryFault::TooLong);
        }
        let fingerprint = token::fingerprint(query, &self.books);
        let start = if query.page_token.is_empty() {
            0
        } else {
            token::read(&query.page_token, &fingerprint).ok_or(QueryFault::PageToken)?
        };
        let wanted = Wanted { text: words(&query.text), place: words(&query.place), query };
        let mut hits: Vec<(u8, Entry<'_>)> = self
            .books
            .iter()
            .flat_map(|book| book.services())
            .filter_map(|entry| wanted.rank(entry))
            .collect();
        hits.sort_by(|(rank, one), (other_rank, other)| {
            let by_rank = rank.cmp(other_rank).then_with(|| one.indexed().name.cmp(&other.indexed().name));
            by_rank
                .then_with(|| one.directory().name().cmp(other.directory().name()))
                .then_with(|| one.service().id.cmp(&other.service().id))
        });
        let total = hits.len();
        let size = if query.page_size == 0 { PAGE_DEFAULT } else { query.page_size.min(PAGE_MAX) };
        let services: Vec<_> = hits.into_iter().skip(start).take(size).map(|(_, entry)| entry).collect();
        let end = start.saturating_add(services.len());
        let next = (end < total && !services.is_empty()).then(|| token::write(end, &fingerprint));
        Ok(Found { services, next, total })
    }
}

/// A query made comparable.
struct Wanted<'q> {
    text: String,
    place: String,
    query: &'q Query,
}

impl Wanted<'_> {
    /// The entry with its rank, 0 the best, when it is one of those looked for.
    fn rank<'a>(&self, entry: Entry<'a>) -> Option<(u8, Entry<'a>)> {
        let (query, indexed, service) = (self.query, entry.indexed(), entry.service());
        let given = query.with_inactive || !matches!(service.status, Status::Inactive | Status::Defunct);
        let fits = given
            && (query.purposes.is_empty()
                || query.purposes.iter().any(|purpose| service.purposes.contains(purpose)))
            && (query.languages.is_empty()
                || query.languages.iter().any(|code| indexed.languages.contains(code)))
            && query.country.is_none_or(|country| indexed.countries.contains(&country))
            && all_in(&self.place, &[&indexed.places]);
        if !fits {
            return None;
        }
        let levels: [&[&String]; 3] = [
            &[&indexed.name],
            &[&indexed.name, &indexed.organisation],
            &[&indexed.name, &indexed.organisation, &indexed.rest],
        ];
        let rank = levels.iter().position(|lines| all_in(&self.text, lines))?;
        Some((u8::try_from(rank).unwrap_or(u8::MAX), entry))
    }
}

/// Does each word of `wanted` begin a word in one of the lines?
fn all_in(wanted: &str, lines: &[&String]) -> bool {
    wanted.split_whitespace().all(|word| lines.iter().any(|line| has_word_beginning(line, word)))
}
