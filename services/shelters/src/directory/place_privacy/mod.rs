//! Withholds what a directory must not tell, and makes the directory.
//!
//! A location that the source marks confidential keeps nothing but its country. A location where a shelter is (by its
//! services, its name or its organisation) keeps town, region and country. A text that repeats a withheld street goes
//! as a whole. In doubt a street is withheld: an address can be asked for, a shelter cannot be moved.

mod scrub;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use waymark_domain::words::Purpose;

use super::assemble::Unredacted;
use super::fault::Report;
use super::fold::words;
use super::model::{Address, Directory, Location, Organisation, Privacy, Service};
use super::purpose;
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
pub(super) fn redact(whole: Unredacted, options: &ReadOptions, report: &mut Report) -> Directory {
    let mut whole = whole;
    for service in whole.services.values_mut() {
        service.purposes = purpose::of_service(service);
    }
    let privacy = privacies(&whole);
    let mut withheld = Withheld::default();
    for location in whole.locations.values_mut() {
        location.privacy = privacy.get(&location.id).copied().unwrap_or(Privacy::Public);
        withhold_location(location, &mut withheld);
    }
    for organisation in whole.organisations.values_mut() {
        if withholds(organisation, &whole.services, &whole.locations, &whole.hidden) {
            organisation.addresses.iter_mut().for_each(|address| withheld.street_of(address));
        }
    }
    report.streets_withheld =
        privacy.values().filter(|privacy| **privacy == Privacy::StreetWithheld).count() as u64;
    report.confidential =
        privacy.values().filter(|privacy| **privacy == Privacy::Confidential).count() as u64;
    scrub::scrub(&mut whole, &withheld, report);
    Directory {
        name: options.name.clone(),
        imported_at: options.imported_at,
        country: options.country,
        files: report.files.iter().map(|file| file.file.to_string()).collect(),
        organisations: whole.organisations.into_values().collect(),
        services: whole.services.into_values().collect(),
        locations: whole.locations.into_values().collect(),
    }
}

fn is_sheltering(name: &str) -> bool {
    let line = words(name);
    SHELTERING.iter().any(|phrase| purpose::holds(&line, phrase))
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

/// Must the addresses of an organisation itself be withheld?
fn withholds(
    organisation: &Organisation,
    services: &BTreeMap<String, Service>,
    locations: &BTreeMap<String, Location>,
    hidden: &HashSet<String>,
) -> bool {
    if organisation.addresses.is_empty() {
        return false;
    }
    let own = |id: &Option<String>| id.as_ref() == Some(&organisation.id);
    hidden.contains(&organisation.id)
        || is_sheltering(&organisation.name)
        || services
            .values()
            .any(|service| own(&service.organisation) && (shelters(service) || hidden.contains(&service.id)))
        || locations.values().any(|place| own(&place.organisation) && place.privacy != Privacy::Public)
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
        for address in &mut location.addresses {
            *address = Address { country: address.country, ..Address::default() };
        }
        location.addresses.retain(|address| address.country.is_some());
        location.addresses.dedup();
    }
}
