//! The tables of HSDS as this office reads them: which columns are kept, what a row needs, what it names, what a JSON
//! object of the table holds inside.
//!
//! One description serves HSDS 1.1 to 3.x: other names of a table or column are aliases. Names of persons
//! (`contacts.name`, `addresses.attention`) are not columns here, so they are never read.

mod specs;

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    Organisations,
    Services,
    Locations,
    ServicesAtLocation,
    Addresses,
    Phones,
    Schedules,
    Languages,
    Eligibility,
    ServiceAreas,
    CostOptions,
    Documents,
    Accessibility,
    Attributes,
    ServiceTaxonomy,
    TaxonomyTerms,
    Taxonomies,
    Contacts,
    Programs,
    /// A table of HSDS of which nothing is kept; its references are checked all the same.
    NotKept,
}

/// How an object inside another is tied to it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Link {
    /// The inner object names the outer one in this column.
    Inner(&'static str),
    /// The outer object names the inner one in this column.
    Outer(&'static str),
}

/// What is known of a table.
pub(crate) struct Spec {
    /// Name in faults, as HSDS 3.0 writes it.
    pub name: &'static str,
    /// File names without ending, and keys of JSON.
    pub stems: &'static [&'static str],
    /// The columns that are read.
    pub columns: &'static [&'static str],
    /// Other names of columns: (other name, column).
    pub aliases: &'static [(&'static str, &'static str)],
    /// Columns that every row must fill.
    pub needed: &'static [&'static str],
    /// Columns of which a row must fill one, to belong to something.
    pub owners: &'static [&'static str],
    /// Columns that name rows of other tables.
    pub references: &'static [(&'static str, Target)],
    /// Objects inside a JSON object of this table.
    pub inside: &'static [(&'static str, Table, Link)],
}

/// Where a reference points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// At a row of this table.
    Of(Table),
    /// At a row of any table.
    Any,
}

impl Table {
    /// Every table.
    pub(crate) const ALL: [Self; 20] = [
        Self::Organisations,
        Self::Services,
        Self::Locations,
        Self::ServicesAtLocation,
        Self::Addresses,
        Self::Phones,
        Self::Schedules,
        Self::Languages,
        Self::Eligibility,
        Self::ServiceAreas,
        Self::CostOptions,
        Self::Documents,
        Self::Accessibility,
        Self::Attributes,
        Self::ServiceTaxonomy,
        Self::TaxonomyTerms,
        Self::Taxonomies,
        Self::Contacts,
        Self::Programs,
        Self::NotKept,
    ];

    /// The table that a file or a JSON key of this name holds. Endings and case do not count.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase().replace(['-', ' '], "_");
        let stem = lower.strip_suffix(".csv").or_else(|| lower.strip_suffix(".json")).unwrap_or(&lower);
        Self::ALL.into_iter().find(|table| table.spec().stems.contains(&stem))
    }

    /// Is an object of this table the same wherever it is repeated, by its identifier?
    pub(crate) const fn is_entity(self) -> bool {
        matches!(
            self,
            Self::Organisations
                | Self::Services
                | Self::Locations
                | Self::ServicesAtLocation
                | Self::TaxonomyTerms
                | Self::Taxonomies
                | Self::Contacts
                | Self::Programs
        )
    }

    /// What is known of it.
    pub(crate) const fn spec(self) -> &'static Spec {
        match self {
            Self::Organisations => &specs::ORGANISATIONS,
            Self::Services => &specs::SERVICES,
            Self::Locations => &specs::LOCATIONS,
            Self::ServicesAtLocation => &specs::SERVICES_AT_LOCATION,
            Self::Addresses => &specs::ADDRESSES,
            Self::Phones => &specs::PHONES,
            Self::Schedules => &specs::SCHEDULES,
            Self::Languages => &specs::LANGUAGES,
            Self::Eligibility => &specs::ELIGIBILITY,
            Self::ServiceAreas => &specs::SERVICE_AREAS,
            Self::CostOptions => &specs::COST_OPTIONS,
            Self::Documents => &specs::DOCUMENTS,
            Self::Accessibility => &specs::ACCESSIBILITY,
            Self::Attributes => &specs::ATTRIBUTES,
            Self::ServiceTaxonomy => &specs::SERVICE_TAXONOMY,
            Self::TaxonomyTerms => &specs::TAXONOMY_TERMS,
            Self::Taxonomies => &specs::TAXONOMIES,
            Self::Contacts => &specs::CONTACTS,
            Self::Programs => &specs::PROGRAMS,
            Self::NotKept => &specs::NOT_KEPT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_that_a_table_speaks_of_is_read() {
        for table in Table::ALL {
            let spec = table.spec();
            let spoken = spec.needed.iter().chain(spec.owners).copied();
            let spoken = spoken.chain(spec.references.iter().map(|(column, _)| *column));
            let spoken = spoken.chain(spec.aliases.iter().map(|(_, column)| *column));
            for column in spoken {
                assert!(spec.columns.contains(&column), "{}.{column}", spec.name);
            }
            for (key, inner, link) in spec.inside {
                let (holder, column) = match link {
                    Link::Inner(column) => (inner, column),
                    Link::Outer(column) => (&table, column),
                };
                assert!(holder.spec().columns.contains(column), "{}.{key}", spec.name);
            }
        }
    }

    #[test]
    fn a_name_means_one_table() {
        let mut stems: Vec<_> = Table::ALL.iter().flat_map(|table| table.spec().stems).collect();
        let all = stems.len();
        stems.sort();
        stems.dedup();
        assert_eq!(stems.len(), all);
        assert_eq!(Table::named("Regular-Schedules.CSV"), Some(Table::Schedules));
        assert_eq!(Table::named("notes.csv"), None);
    }

    #[test]
    fn no_column_holds_the_name_of_a_person() {
        assert!(!specs::CONTACTS.columns.contains(&"name") && !specs::CONTACTS.columns.contains(&"email"));
        assert!(Table::ALL.iter().all(|table| !table.spec().columns.contains(&"attention")));
    }
}
