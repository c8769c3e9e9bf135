//! Withholds what a directory must not tell, and makes the directory.
//!
//! A location that the source marks confidential keeps nothing but its country. A location where a shelter is (by its
//! services, its name or its organisation) keeps town, region and country. A text that repeats a withheld street goes
//! as a whole. In doubt a street is withheld: an address can be asked for, a shelter cannot be moved.

mod scrub;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use waymark_domain::words::Purpose;

use super::assemble::Unredacted;
use super::fold::words;
use super::intake::Intake;
use super::model::{Address, Directory, Location, Privacy, Service};
use super::purpose::{self, Phrases};
use super::read::ReadOptions;
use scrub::Withheld;

/// Phrases in the name of a location or organisation by which people are sheltered, or hide from others, there.
const SHELTERING: [&str; 32] = [
    "shelter*",
    "refuge",
    "safe house*",
    "safehouse*",
    "safe haven",
    "women s house",
    "women s home",
    "crisis centre",
    "crisis center",
    "transitional hous*",
    "domestic violence",
    "domestic abuse",
    "family violence",
    "battered women*",
    "trafficking survivor*",
    "trafficked",
    "anti trafficking",
    "frauenhaus*",
    "foyer d urgence",
    "casa de acogida",
    "casa refugio",
    "schronisko",
    "adapost*",
    "притулок*",
    "прихисток*",
    "шелтер*",
    "убежищ*",
    "приют*",
    "кризисн* центр*",
    "кризов* центр*",
    "будинок для жінок",
    "дом для женщин",
];

/// Makes the directory of what may be told.
pub(super) fn redact(intake: &mut Intake<'_>, mut whole: Unredacted, options: &ReadOptions) -> Directory {
    for service in whole.services.values_mut() {
        service.purposes = purpose::of_service(service);
    }
    let privacy = privacies(&whole);
    let mut withheld = Withheld::default();
    for location in whole.locations.values_mut() {
        location.privacy = privacy.get(&location.id).copied().unwrap_or(Privacy::Public);
        withhold_location(location, &mut withheld);
    }
    let at = withholding(&whole);
    for organisation in whole.organisations.values_mut() {
        let hidden = whole.hidden.contains(&organisation.id);
        if hidden || at.contains(&organisation.id) || is_sheltering(&organisation.name) {
            organisation.addresses.iter_mut().for_each(|address| withheld.street_of(address));
        }
        if hidden {
            keep_country(&mut organisation.addresses);
        }
    }
    let count = |wanted| privacy.values().filter(|privacy| **privacy == wanted).count() as u64;
    intake.report.streets_withheld = count(Privacy::StreetWithheld);
    intake.report.confidential = count(Privacy::Confidential);
    scrub::scrub(intake, &mut whole, &withheld);
    Directory {
        name: options.name.clone(),
        imported_at: options.imported_at,
        country: options.country,
        files: intake.report.files.iter().map(|file| file.file.to_string()).collect(),
        organisations: whole.organisations.into_values().collect(),
        services: whole.services.into_values().collect(),
        locations: whole.locations.into_values().collect(),
    }
}

fn is_sheltering(name: &str) -> bool {
    static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(&SHELTERING));
    PHRASES.are_in(&words(name))
}

fn shelters(service: &Service) -> bool {
    service.purposes.contains(&Purpose::SafeShelter)
}

/// How much of each location may be told.
fn privacies(whole: &Unredacted) -> BTreeMap<String, Privacy> {
    let mut privacy: BTreeMap<String, Privacy> = BTreeMap::new();
    let mut raise = |id: &str, to: Privacy| {
        let now = privacy.entry(id.to_owned()).or_insert(Privacy::Public);
        *now = to.max(*now);
    };
    let mut given: BTreeSet<&str> = BTreeSet::new();
    // Organisations that shelter somebody, and no location says where.
    let mut somewhere: BTreeSet<&str> = BTreeSet::new();
    let mut sheltering: BTreeSet<&str> = BTreeSet::new();
    for service in whole.services.values() {
        let hidden = whole.hidden.contains(&service.id);
        for id in &service.locations {
            given.insert(id);
            if hidden {
                raise(id, Privacy::Confidential);
            } else if shelters(service) {
                raise(id, Privacy::StreetWithheld);
            }
        }
        if let Some(organisation) = service.organisation.as_deref().filter(|_| shelters(service) || hidden) {
            sheltering.insert(organisation);
            if service.locations.is_empty() {
                somewhere.insert(organisation);
            }
        }
    }
    for location in whole.locations.values() {
        let id = location.id.as_str();
        let organisation = location.organisation.as_deref();
        let keeper = organisation.and_then(|id| whole.organisations.get(id));
        let of = |set: &BTreeSet<&str>| organisation.is_some_and(|id| set.contains(id));
        let texts = [&location.name, &location.alternate_name, &location.description];
        let hidden =
            whole.hidden.contains(id) || keeper.is_some_and(|keeper| whole.hidden.contains(&keeper.id));
        if hidden {
            raise(id, Privacy::Confidential);
        } else if whole.street_withheld.contains(id)
            || texts.into_iter().flatten().any(|text| is_sheltering(text))
            || keeper.is_some_and(|keeper| is_sheltering(&keeper.name))
            || of(&somewhere)
            || (of(&sheltering) && !given.contains(id))
        {
            raise(id, Privacy::StreetWithheld);
        }
    }
    privacy.retain(|id, privacy| *privacy != Privacy::Public && whole.locations.contains_key(id));
    privacy
}

/// The organisations whose own addresses must be withheld, because of what they give or where.
fn withholding(whole: &Unredacted) -> HashSet<String> {
    let services =
        whole.services.values().filter(|service| shelters(service) || whole.hidden.contains(&service.id));
    let places = whole.locations.values().filter(|place| place.privacy != Privacy::Public);
    services
        .map(|service| &service.organisation)
        .chain(places.map(|place| &place.organisation))
        .flatten()
        .cloned()
        .collect()
}

/// Leaves nothing of addresses but the country.
fn keep_country(addresses: &mut Vec<Address>) {
    for address in addresses.iter_mut() {
        *address = Address { country: address.country, ..Address::default() };
    }
    addresses.retain(|address| address.country.is_some());
    addresses.dedup();
}

fn withhold_location(location: &mut Location, withheld: &mut Withheld) {
    if location.privacy == Privacy::Public {
        return;
    }
    location.addresses.iter_mut().for_each(|address| withheld.street_of(address));
    location.name = None;
    location.alternate_name = None;
    location.description = None;
    location.transportation = None;
    location.point = None;
    location.accessibility = Vec::new();
    if location.privacy == Privacy::Confidential {
        location.url = None;
        location.phones = Vec::new();
        location.schedules = Vec::new();
        location.languages = Vec::new();
        keep_country(&mut location.addresses);
    }
}
