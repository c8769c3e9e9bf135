//! Takes out of texts what was withheld from addresses.

use std::collections::{HashMap, HashSet};

use crate::directory::assemble::Unredacted;
use crate::directory::fault::{Effect, Reason};
use crate::directory::fold::words;
use crate::directory::intake::Intake;
use crate::directory::model::{Address, Location, Organisation, Origin, Phone, Schedule, Service};

/// The shortest withheld line that is looked for in texts; shorter ones stand in words by chance.
const TELLING_CHARS_MIN: usize = 6;

/// The lines of withheld addresses, folded, by their first word.
#[derive(Default)]
pub(super) struct Withheld {
    lines: HashMap<String, HashSet<String>>,
}

impl Withheld {
    /// Takes street and postal code out of an address and remembers the street.
    pub(super) fn street_of(&mut self, address: &mut Address) {
        for line in address.street.take().iter().flat_map(|street| street.lines()) {
            let line = words(line);
            let telling =
                line.trim().chars().count() >= TELLING_CHARS_MIN && line.chars().any(char::is_alphabetic);
            if let Some(first) = line.split_whitespace().next().filter(|_| telling) {
                self.lines.entry(first.to_owned()).or_default().insert(line);
            }
        }
        address.postal_code = None;
    }

    fn is_told_in(&self, text: &str) -> bool {
        if self.lines.is_empty() {
            return false;
        }
        let text = words(text);
        text.match_indices(' ').any(|(at, _)| {
            let rest = text.get(at..).unwrap_or_default();
            let first = rest.split_whitespace().next().and_then(|word| self.lines.get(word));
            first.is_some_and(|lines| lines.iter().any(|line| rest.starts_with(line.as_str())))
        })
    }
}

/// A text that may tell an address, with the name of its column.
type Told<'a> = (&'static str, &'a mut Option<String>);

/// Empties every text that tells a withheld street, and reports it.
pub(super) fn scrub(intake: &mut Intake<'_>, whole: &mut Unredacted, withheld: &Withheld) {
    for service in whole.services.values_mut() {
        let origin = service.origin.clone();
        for list in [&mut service.documents, &mut service.terms] {
            let before = list.len();
            list.retain(|text| !withheld.is_told_in(text));
            if list.len() < before {
                tell(intake, &origin, "required_documents");
            }
        }
        name(&mut service.name, withheld, intake, &origin);
        each(of_service(service), withheld, intake, &origin);
    }
    for organisation in whole.organisations.values_mut() {
        let origin = organisation.origin.clone();
        name(&mut organisation.name, withheld, intake, &origin);
        each(of_organisation(organisation), withheld, intake, &origin);
    }
    for location in whole.locations.values_mut() {
        let origin = location.origin.clone();
        location.accessibility.retain(|text| !withheld.is_told_in(text));
        each(of_location(location), withheld, intake, &origin);
    }
}

fn each(texts: Vec<Told<'_>>, withheld: &Withheld, intake: &mut Intake<'_>, origin: &Origin) {
    for (column, text) in texts {
        if text.as_deref().is_some_and(|text| withheld.is_told_in(text)) {
            *text = None;
            tell(intake, origin, column);
        }
    }
}

fn name(name: &mut String, withheld: &Withheld, intake: &mut Intake<'_>, origin: &Origin) {
    if withheld.is_told_in(name) {
        "(name withheld)".clone_into(name);
        tell(intake, origin, "name");
    }
}

fn of_service(service: &mut Service) -> Vec<Told<'_>> {
    let mut texts: Vec<Told<'_>> = vec![
        ("alternate_name", &mut service.alternate_name),
        ("description", &mut service.description),
        ("interpretation_services", &mut service.interpretation),
        ("application_process", &mut service.application),
        ("wait_time", &mut service.wait_time),
        ("accreditations", &mut service.accreditations),
        ("alert", &mut service.alert),
        ("eligibility_description", &mut service.eligibility.text),
        ("fees_description", &mut service.cost.text),
    ];
    for option in &mut service.cost.options {
        texts
            .extend([("option", &mut option.option), ("amount_description", &mut option.amount_description)]);
    }
    for area in &mut service.areas {
        texts.extend([("service_areas", &mut area.name), ("service_areas", &mut area.description)]);
    }
    of_phones(&mut texts, &mut service.phones);
    of_schedules(&mut texts, &mut service.schedules);
    texts
}

fn of_organisation(organisation: &mut Organisation) -> Vec<Told<'_>> {
    let mut texts: Vec<Told<'_>> = vec![
        ("alternate_name", &mut organisation.alternate_name),
        ("description", &mut organisation.description),
    ];
    of_phones(&mut texts, &mut organisation.phones);
    texts
}

fn of_location(location: &mut Location) -> Vec<Told<'_>> {
    let mut texts: Vec<Told<'_>> = vec![
        ("name", &mut location.name),
        ("alternate_name", &mut location.alternate_name),
        ("description", &mut location.description),
        ("transportation", &mut location.transportation),
    ];
    of_phones(&mut texts, &mut location.phones);
    of_schedules(&mut texts, &mut location.schedules);
    texts
}

fn of_phones<'a>(texts: &mut Vec<Told<'a>>, phones: &'a mut [Phone]) {
    texts.extend(phones.iter_mut().map(|phone| ("phones", &mut phone.description)));
}

fn of_schedules<'a>(texts: &mut Vec<Told<'a>>, schedules: &'a mut [Schedule]) {
    for schedule in schedules {
        texts.extend([("schedules", &mut schedule.description), ("schedules", &mut schedule.notes)]);
    }
}

fn tell(intake: &mut Intake<'_>, origin: &Origin, column: &'static str) {
    intake.fault(
        origin.file as usize,
        origin.place.clone(),
        Reason::AddressInText(column),
        Effect::ValueLeftOut,
    );
}
