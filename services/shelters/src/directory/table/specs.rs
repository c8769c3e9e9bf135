//! What is known of each table of HSDS 1.1 to 3.x: its names, columns, references and inner objects.

use super::Link::{Inner, Outer};
use super::Target::{Any, Of};
use super::{Spec, Table, Target};

const ORGANISATION: (&str, Target) = ("organization_id", Of(Table::Organisations));
const SERVICE: (&str, Target) = ("service_id", Of(Table::Services));
const LOCATION: (&str, Target) = ("location_id", Of(Table::Locations));
const AT_LOCATION: (&str, Target) = ("service_at_location_id", Of(Table::ServicesAtLocation));
const CONTACT: (&str, Target) = ("contact_id", Of(Table::Contacts));

/// Flags that publishers use for what must not be shown; HSDS has none of its own.
const HIDDEN: [(&str, &str); 7] = [
    ("is_confidential", "confidential"),
    ("hidden", "confidential"),
    ("is_hidden", "confidential"),
    ("private", "confidential"),
    ("is_private", "confidential"),
    ("redacted", "confidential"),
    ("is_redacted", "confidential"),
];

const EMPTY: Spec = Spec {
    name: "",
    stems: &[],
    columns: &[],
    aliases: &[],
    needed: &[],
    owners: &[],
    references: &[],
    inside: &[],
};

pub(super) static ORGANISATIONS: Spec = Spec {
    name: "organizations",
    stems: &["organizations", "organization", "organisations", "organisation", "organization_full"],
    columns: &[
        "id",
        "name",
        "alternate_name",
        "description",
        "email",
        "website",
        "parent_organization_id",
        "confidential",
    ],
    aliases: &[("url", "website"), ("is_confidential", "confidential"), ("is_hidden", "confidential")],
    needed: &["id", "name"],
    references: &[("parent_organization_id", Of(Table::Organisations))],
    inside: &[
        ("services", Table::Services, Inner("organization_id")),
        ("locations", Table::Locations, Inner("organization_id")),
        ("phones", Table::Phones, Inner("organization_id")),
        ("contacts", Table::Contacts, Inner("organization_id")),
        ("programs", Table::Programs, Inner("organization_id")),
        ("attributes", Table::Attributes, Inner("link_id")),
        ("funding", Table::NotKept, Inner("organization_id")),
        ("organization_identifiers", Table::NotKept, Inner("organization_id")),
        ("metadata", Table::NotKept, Inner("resource_id")),
    ],
    ..EMPTY
};

pub(super) static SERVICES: Spec = Spec {
    name: "services",
    stems: &["services", "service", "service_full"],
    columns: &[
        "id",
        "organization_id",
        "program_id",
        "name",
        "alternate_name",
        "description",
        "url",
        "email",
        "status",
        "interpretation_services",
        "application_process",
        "fees_description",
        "fees",
        "wait_time",
        "accreditations",
        "eligibility_description",
        "minimum_age",
        "maximum_age",
        "alert",
        "confidential",
    ],
    aliases: &HIDDEN,
    needed: &["id", "name"],
    references: &[ORGANISATION, ("program_id", Of(Table::Programs))],
    inside: &[
        ("organization", Table::Organisations, Outer("organization_id")),
        ("program", Table::Programs, Outer("program_id")),
        ("service_at_locations", Table::ServicesAtLocation, Inner("service_id")),
        ("phones", Table::Phones, Inner("service_id")),
        ("schedules", Table::Schedules, Inner("service_id")),
        ("service_areas", Table::ServiceAreas, Inner("service_id")),
        ("languages", Table::Languages, Inner("service_id")),
        ("cost_options", Table::CostOptions, Inner("service_id")),
        ("required_documents", Table::Documents, Inner("service_id")),
        ("contacts", Table::Contacts, Inner("service_id")),
        ("attributes", Table::Attributes, Inner("link_id")),
        ("funding", Table::NotKept, Inner("service_id")),
        ("metadata", Table::NotKept, Inner("resource_id")),
    ],
    ..EMPTY
};

pub(super) static LOCATIONS: Spec = Spec {
    name: "locations",
    stems: &["locations", "location"],
    columns: &[
        "id",
        "organization_id",
        "location_type",
        "url",
        "name",
        "alternate_name",
        "description",
        "transportation",
        "latitude",
        "longitude",
        "confidential",
    ],
    aliases: &HIDDEN,
    needed: &["id"],
    references: &[ORGANISATION],
    inside: &[
        ("addresses", Table::Addresses, Inner("location_id")),
        ("phones", Table::Phones, Inner("location_id")),
        ("schedules", Table::Schedules, Inner("location_id")),
        ("languages", Table::Languages, Inner("location_id")),
        ("accessibility", Table::Accessibility, Inner("location_id")),
        ("contacts", Table::Contacts, Inner("location_id")),
        ("attributes", Table::Attributes, Inner("link_id")),
        ("metadata", Table::NotKept, Inner("resource_id")),
    ],
    ..EMPTY
};

pub(super) static SERVICES_AT_LOCATION: Spec = Spec {
    name: "service_at_location",
    stems: &[
        "service_at_location",
        "services_at_location",
        "service_at_locations",
        "services_at_locations",
        "service_at_location_full",
    ],
    columns: &["id", "service_id", "location_id"],
    needed: &["service_id", "location_id"],
    owners: &["service_id", "location_id"],
    references: &[SERVICE, LOCATION],
    inside: &[
        ("service", Table::Services, Outer("service_id")),
        ("location", Table::Locations, Outer("location_id")),
        ("phones", Table::Phones, Inner("service_at_location_id")),
        ("schedules", Table::Schedules, Inner("service_at_location_id")),
        ("contacts", Table::Contacts, Inner("service_at_location_id")),
        ("attributes", Table::Attributes, Inner("link_id")),
        ("metadata", Table::NotKept, Inner("resource_id")),
    ],
    ..EMPTY
};

pub(super) static ADDRESSES: Spec = Spec {
    name: "addresses",
    stems: &[
        "addresses",
        "address",
        "physical_addresses",
        "physical_address",
        "postal_addresses",
        "postal_address",
        "mail_addresses",
    ],
    columns: &[
        "id",
        "location_id",
        "organization_id",
        "address_1",
        "address_2",
        "address_3",
        "address_4",
        "city",
        "region",
        "state_province",
        "postal_code",
        "country",
        "address_type",
        "confidential",
    ],
    aliases: &HIDDEN,
    owners: &["location_id", "organization_id"],
    references: &[LOCATION, ORGANISATION],
    inside: &[("attributes", Table::Attributes, Inner("link_id"))],
    ..EMPTY
};

pub(super) static PHONES: Spec = Spec {
    name: "phones",
    stems: &["phones", "phone"],
    columns: &[
        "id",
        "location_id",
        "service_id",
        "organization_id",
        "service_at_location_id",
        "contact_id",
        "number",
        "extension",
        "type",
        "description",
        "language",
        "confidential",
    ],
    aliases: &HIDDEN,
    needed: &["number"],
    owners: &["location_id", "service_id", "organization_id", "service_at_location_id", "contact_id"],
    references: &[LOCATION, SERVICE, ORGANISATION, AT_LOCATION, CONTACT],
    inside: &[
        ("languages", Table::Languages, Inner("phone_id")),
        ("attributes", Table::Attributes, Inner("link_id")),
    ],
};

pub(super) static SCHEDULES: Spec = Spec {
    name: "schedules",
    stems: &["schedules", "schedule", "regular_schedules", "regular_schedule"],
    columns: &[
        "id",
        "service_id",
        "location_id",
        "service_at_location_id",
        "weekday",
        "valid_from",
        "valid_to",
        "opens_at",
        "closes_at",
        "description",
        "notes",
        "dtstart",
        "until",
        "count",
        "wkst",
        "freq",
        "interval",
        "byday",
        "byweekno",
        "bymonthday",
        "byyearday",
    ],
    owners: &["service_id", "location_id", "service_at_location_id"],
    references: &[SERVICE, LOCATION, AT_LOCATION],
    ..EMPTY
};

pub(super) static LANGUAGES: Spec = Spec {
    name: "languages",
    stems: &["languages", "language"],
    columns: &["id", "service_id", "location_id", "phone_id", "name", "code"],
    aliases: &[("language", "name")],
    owners: &["service_id", "location_id", "phone_id"],
    references: &[SERVICE, LOCATION, ("phone_id", Of(Table::Phones))],
    ..EMPTY
};

pub(super) static ELIGIBILITY: Spec = Spec {
    name: "eligibility",
    stems: &["eligibility", "eligibilities"],
    columns: &["id", "service_id", "eligibility", "minimum_age", "maximum_age"],
    owners: &["service_id"],
    references: &[SERVICE],
    ..EMPTY
};

pub(super) static SERVICE_AREAS: Spec = Spec {
    name: "service_areas",
    stems: &["service_areas", "service_area"],
    columns: &["id", "service_id", "name", "description"],
    aliases: &[("service_area", "name")],
    owners: &["service_id"],
    references: &[SERVICE],
    ..EMPTY
};

pub(super) static COST_OPTIONS: Spec = Spec {
    name: "cost_options",
    stems: &["cost_options", "cost_option"],
    columns: &[
        "id",
        "service_id",
        "valid_from",
        "valid_to",
        "option",
        "currency",
        "amount",
        "amount_description",
    ],
    owners: &["service_id"],
    references: &[SERVICE],
    ..EMPTY
};

pub(super) static DOCUMENTS: Spec = Spec {
    name: "required_documents",
    stems: &["required_documents", "required_document"],
    columns: &["id", "service_id", "document"],
    needed: &["document"],
    owners: &["service_id"],
    references: &[SERVICE],
    ..EMPTY
};

pub(super) static ACCESSIBILITY: Spec = Spec {
    name: "accessibility",
    stems: &["accessibility", "accessibility_for_disabilities", "accessibilities"],
    columns: &["id", "location_id", "description", "details"],
    aliases: &[("accessibility", "description")],
    owners: &["location_id"],
    references: &[LOCATION],
    ..EMPTY
};

pub(super) static ATTRIBUTES: Spec = Spec {
    name: "attributes",
    stems: &["attributes", "attribute", "other_attributes"],
    columns: &["id", "link_id", "taxonomy_term_id", "link_type", "link_entity", "value"],
    owners: &["link_id"],
    references: &[("link_id", Any), ("taxonomy_term_id", Of(Table::TaxonomyTerms))],
    inside: &[("taxonomy_term", Table::TaxonomyTerms, Outer("taxonomy_term_id"))],
    ..EMPTY
};

pub(super) static SERVICE_TAXONOMY: Spec = Spec {
    name: "service_taxonomy",
    stems: &["service_taxonomy", "services_taxonomy", "service_taxonomies", "service_attributes"],
    columns: &["id", "service_id", "taxonomy_term_id", "taxonomy_detail"],
    aliases: &[("taxonomy_id", "taxonomy_term_id")],
    owners: &["service_id"],
    references: &[SERVICE, ("taxonomy_term_id", Of(Table::TaxonomyTerms))],
    ..EMPTY
};

pub(super) static TAXONOMY_TERMS: Spec = Spec {
    name: "taxonomy_terms",
    stems: &["taxonomy_terms", "taxonomy_term", "taxonomy"],
    columns: &["id", "name", "parent_id", "taxonomy_id"],
    aliases: &[("term", "name")],
    needed: &["id", "name"],
    references: &[("parent_id", Of(Table::TaxonomyTerms)), ("taxonomy_id", Of(Table::Taxonomies))],
    inside: &[("taxonomy_detail", Table::Taxonomies, Outer("taxonomy_id"))],
    ..EMPTY
};

pub(super) static TAXONOMIES: Spec =
    Spec { name: "taxonomies", stems: &["taxonomies"], columns: &["id"], needed: &["id"], ..EMPTY };

pub(super) static CONTACTS: Spec = Spec {
    name: "contacts",
    stems: &["contacts", "contact"],
    columns: &["id", "organization_id", "service_id", "service_at_location_id", "location_id"],
    references: &[ORGANISATION, SERVICE, AT_LOCATION, LOCATION],
    inside: &[("phones", Table::Phones, Inner("contact_id"))],
    ..EMPTY
};

pub(super) static PROGRAMS: Spec = Spec {
    name: "programs",
    stems: &["programs", "program"],
    columns: &["id", "organization_id", "name"],
    needed: &["id"],
    references: &[ORGANISATION],
    ..EMPTY
};

pub(super) static NOT_KEPT: Spec = Spec {
    name: "other tables",
    stems: &[
        "funding",
        "fundings",
        "holiday_schedules",
        "holiday_schedule",
        "meta_table_descriptions",
        "meta_table_description",
        "metadata",
        "organization_identifiers",
        "organization_identifier",
        "payments_accepted",
        "payment_accepted",
        "service_capacities",
        "service_capacity",
        "units",
        "unit",
        "urls",
        "url",
    ],
    columns: &["organization_id", "service_id", "location_id", "resource_id"],
    references: &[ORGANISATION, SERVICE, LOCATION, ("resource_id", Any)],
    ..EMPTY
};
