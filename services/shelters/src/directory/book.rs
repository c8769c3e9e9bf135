//! A directory in memory, made ready to be searched.

use std::collections::{BTreeSet, HashMap};

use super::country::Country;
use super::fold::words;
use super::hours;
use super::language::LanguageCode;
use super::model::{Directory, Location, Organisation, Service};

/// A directory and what searching needs.
#[derive(Debug)]
pub struct Book {
    directory: Directory,
    etag: String,
    service_at: HashMap<String, usize>,
    organisation_at: HashMap<String, usize>,
    location_at: HashMap<String, usize>,
    /// One for each service, in the same order.
    index: Vec<Indexed>,
}

/// What is searched of a service; texts as [`words`] gives them.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub name: String,
    pub organisation: String,
    pub rest: String,
    pub places: String,
    pub countries: BTreeSet<Country>,
    pub languages: BTreeSet<LanguageCode>,
}

/// Names a service among all directories of an office: `source/id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// The directory.
    pub source: String,
    /// The identifier there.
    pub id: String,
}

impl ServiceKey {
    /// Reads `source/id`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (source, id) = text.split_once('/')?;
        Some(Self { source: source.to_owned(), id: id.to_owned() })
    }
}

impl core::fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.source, self.id)
    }
}

/// A service with the directory it stands in.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    book: &'a Book,
    service: &'a Service,
    indexed: &'a Indexed,
}

impl Book {
    pub(crate) fn new(directory: Directory, etag: String) -> Self {
        let service_at = positions(directory.services(), |service| &service.id);
        let organisation_at = positions(directory.organisations(), |organisation| &organisation.id);
        let location_at = positions(directory.locations(), |location| &location.id);
        let mut book = Self { directory, etag, service_at, organisation_at, location_at, index: Vec::new() };
        book.index = book.directory.services().iter().map(|service| book.indexed(service)).collect();
        book
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The version of its content: differs when anything in it differs.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The service with this identifier.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<Entry<'_>> {
        let at = *self.service_at.get(id)?;
        Some(Entry { book: self, service: self.directory.services().get(at)?, indexed: self.index.get(at)? })
    }

    /// Every service, by identifier.
    pub fn services(&self) -> impl Iterator<Item = Entry<'_>> {
        let pairs = self.directory.services().iter().zip(&self.index);
        pairs.map(|(service, indexed)| Entry { book: self, service, indexed })
    }

    /// The organisation with this identifier.
    #[must_use]
    pub fn organisation(&self, id: &str) -> Option<&Organisation> {
        self.directory.organisations().get(*self.organisation_at.get(id)?)
    }

    /// The location with this identifier.
    #[must_use]
    pub fn location(&self, id: &str) -> Option<&Location> {
        self.directory.locations().get(*self.location_at.get(id)?)
    }

    fn indexed(&self, service: &Service) -> Indexed {
        let organisation = service.organisation.as_deref().and_then(|id| self.organisation(id));
        let locations: Vec<&Location> = service.locations.iter().filter_map(|id| self.location(id)).collect();
        let mut addresses: Vec<_> = locations.iter().flat_map(|location| &location.addresses).collect();
        if addresses.is_empty() {
            addresses.extend(organisation.iter().flat_map(|organisation| &organisation.addresses));
        }
        let mut countries: BTreeSet<Country> =
            addresses.iter().filter_map(|address| address.country).collect();
        if countries.is_empty() {
            countries.extend(self.directory.country());
        }
        let places = addresses.iter().flat_map(|address| [&address.city, &address.region, &address.province]);
        let places = places.chain(service.areas.iter().map(|area| &area.name)).flatten();
        let languages =
            service.languages.iter().chain(locations.iter().flat_map(|location| &location.languages));
        let rest = [&service.alternate_name, &service.description, &service.eligibility.text];
        let rest = rest.into_iter().flatten().chain(&service.terms);
        let of_organisation =
            organisation.iter().flat_map(|o| [Some(&o.name), o.alternate_name.as_ref()]).flatten();
        Indexed {
            name: words(&service.name),
            organisation: of_organisation.map(|text| words(text)).collect(),
            rest: rest.map(|text| words(text)).collect(),
            places: places.map(|text| words(text)).collect(),
            countries,
            languages: languages.filter_map(|language| language.code.clone()).collect(),
        }
    }
}

fn positions<T>(list: &[T], id: impl Fn(&T) -> &String) -> HashMap<String, usize> {
    list.iter().enumerate().map(|(at, element)| (id(element).clone(), at)).collect()
}

impl<'a> Entry<'a> {
    /// The service.
    #[must_use]
    pub fn service(&self) -> &'a Service {
        self.service
    }

    /// Its name among all directories of the office.
    #[must_use]
    pub fn key(&self) -> ServiceKey {
        ServiceKey { source: self.book.directory.name().to_string(), id: self.service.id.clone() }
    }

    /// The directory it stands in.
    #[must_use]
    pub fn directory(&self) -> &'a Directory {
        &self.book.directory
    }

    /// Who gives it, when the source knows that.
    #[must_use]
    pub fn organisation(&self) -> Option<&'a Organisation> {
        self.book.organisation(self.service.organisation.as_deref()?)
    }

    /// Where it is given.
    #[must_use]
    pub fn locations(&self) -> Vec<&'a Location> {
        self.service.locations.iter().filter_map(|id| self.book.location(id)).collect()
    }

    /// The countries in which it is given: of its locations, else of its organisation, else that of the directory.
    #[must_use]
    pub fn countries(&self) -> &'a BTreeSet<Country> {
        &self.indexed.countries
    }

    /// The languages spoken, of the service and its locations.
    #[must_use]
    pub fn languages(&self) -> &'a BTreeSet<LanguageCode> {
        &self.indexed.languages
    }

    /// When it is open, in words: its own hours, else those of its locations.
    #[must_use]
    pub fn hours(&self) -> String {
        if !self.service.schedules.is_empty() {
            return hours::in_words(&self.service.schedules);
        }
        let schedules: Vec<_> =
            self.locations().iter().flat_map(|place| place.schedules.iter().cloned()).collect();
        hours::in_words(&schedules)
    }

    pub(crate) fn indexed(&self) -> &'a Indexed {
        self.indexed
    }
}
