//! Values that are good or bad by what stands beside them.

use prost::Message as _;
use waymark_api::convert::change::Change;
use waymark_api::error::{Fault, Rejected};
use waymark_api::v1::{self, section_content::Content, stop};

use crate::filled::{filled, message};
use crate::requests::CALLER;

fn whole<R: Default + prost::Message>(name: &str) -> R {
    R::decode(filled(&message(name)).encode_to_vec().as_slice()).expect("made from the same descriptors")
}

/// What is wrong with a request of that kind after `change`; nothing when it is taken.
fn faults<R: Change + Default + prost::Message>(
    name: &str,
    change: impl FnOnce(&mut R),
) -> Vec<(String, Fault)> {
    let mut request = whole::<R>(name);
    change(&mut request);
    let rejected = request.read(&CALLER).err().unwrap_or(Rejected { violations: Vec::new() });
    rejected.violations.into_iter().map(|violation| (violation.field, violation.fault)).collect()
}

fn one(field: &str, fault: Fault) -> Vec<(String, Fault)> {
    vec![(field.to_owned(), fault)]
}

fn record(category: v1::Category, content: Content) -> Vec<(String, Fault)> {
    faults::<v1::RecordSectionRequest>("RecordSectionRequest", |request| {
        request.category = category.into();
        request.content = Some(v1::SectionContent { content: Some(content) });
    })
}

fn field(field: v1::SectionField) -> v1::FieldValue {
    v1::FieldValue { field: field.into(), value: "said".into() }
}

fn risk() -> Content {
    Content::Risk(v1::RiskMatrix { side: v1::RiskSide::Origin.into(), ..Default::default() })
}

#[test]
fn content_belongs_to_its_category() {
    use v1::{Category, SectionField};
    let identity = Content::Fields(v1::Fields { values: vec![field(SectionField::GivenName)] });
    assert_eq!(record(Category::Identity, identity.clone()), []);
    let wrong = one("content.fields.values[0].field", Fault::WrongCategory);
    assert_eq!(record(Category::Health, identity), wrong);
    let triage =
        whole::<v1::OfferReferralRequest>("OfferReferralRequest").offer.and_then(|offer| offer.triage);
    let triage = Content::Triage(triage.expect("is filled"));
    assert_eq!(record(Category::Triage, triage.clone()), []);
    assert_eq!(record(Category::Identity, triage), one("content.triage", Fault::WrongCategory));
    assert_eq!(record(Category::Safety, risk()), []);
    assert_eq!(record(Category::Identity, risk()), one("content.risk", Fault::WrongCategory));
    let message = Content::Message("a note".into());
    assert_eq!(record(Category::Office, message.clone()), []);
    assert_eq!(record(Category::Coordination, message), one("category", Fault::WrongCategory));
}

#[test]
fn a_field_is_answered_once_and_not_with_nothing() {
    use v1::{Category, SectionField};
    let twice = vec![field(SectionField::CodeWord), field(SectionField::CodeWord)];
    let twice = Content::Fields(v1::Fields { values: twice });
    assert_eq!(record(Category::Contact, twice), one("content.fields.values[1].field", Fault::Repeated));
    let nothing = Content::Fields(v1::Fields { values: Vec::new() });
    assert_eq!(record(Category::Contact, nothing), one("content.fields.values", Fault::Missing));
    let blank = v1::FieldValue { value: " \n".into(), ..field(SectionField::CodeWord) };
    let blank = Content::Fields(v1::Fields { values: vec![blank] });
    assert_eq!(record(Category::Contact, blank), one("content.fields.values[0].value", Fault::Missing));
}

#[test]
fn no_end_lies_before_its_beginning() {
    let scope = faults::<v1::GiveConsentRequest>("GiveConsentRequest", |request| {
        request.scope.as_mut().expect("is filled").until_on = "2026-12-24".into();
    });
    assert_eq!(scope, one("scope.until_on", Fault::Before { other: "from_on" }));
    let place = faults::<v1::ArrangePlaceRequest>("ArrangePlaceRequest", |request| {
        request.until_on = "2026-12-24".into();
    });
    assert_eq!(place, one("until_on", Fault::Before { other: "from_on" }));
    let leg = faults::<v1::BookLegRequest>("BookLegRequest", |request| {
        let departs = request.leg.as_mut().and_then(|leg| leg.departs.as_mut()).expect("is filled");
        departs.at.as_mut().expect("is filled").seconds += 1;
    });
    assert_eq!(leg, one("leg.arrives", Fault::Before { other: "departs" }));
}

#[test]
fn an_office_closes_after_it_opens_and_counts_each_day_once() {
    let hours = |change: fn(&mut v1::WorkingHours)| {
        faults::<v1::PublishProfileRequest>("PublishProfileRequest", |request| {
            change(request.profile.as_mut().and_then(|profile| profile.hours.as_mut()).expect("is filled"));
        })
    };
    let closes = |min| one("profile.hours.closes_minute", Fault::OutOfRange { min, max: 1_440 });
    assert_eq!(hours(|hours| hours.opens_minute = 599), []);
    assert_eq!(hours(|hours| hours.opens_minute = 600), closes(601));
    assert_eq!(hours(|hours| hours.closes_minute = 1_440), []);
    assert_eq!(hours(|hours| hours.closes_minute = 1_441), closes(2));
    let opens = Fault::OutOfRange { min: 0, max: 1_439 };
    assert_eq!(hours(|hours| hours.opens_minute = 1_440), one("profile.hours.opens_minute", opens));
    assert_eq!(hours(|hours| hours.days = vec![1, 7, 1]), one("profile.hours.days[2]", Fault::Repeated));
    let twice = one("profile.hours.holidays[1]", Fault::Repeated);
    assert_eq!(hours(|hours| hours.holidays.push("2026-12-25".into())), twice);
}

#[test]
fn no_more_places_are_taken_than_there_are() {
    let capacity = |maximum, taken| {
        faults::<v1::PublishCapacityRequest>("PublishCapacityRequest", |request| {
            (request.maximum, request.taken_otherwise) = (maximum, taken);
        })
    };
    assert_eq!(capacity(65_535, 65_535), []);
    assert_eq!(capacity(3, 4), one("taken_otherwise", Fault::OutOfRange { min: 0, max: 3 }));
}

#[test]
fn a_stop_is_a_locode_or_a_short_public_name() {
    let at = |place: stop::Place| {
        faults::<v1::ArrangeReceptionRequest>("ArrangeReceptionRequest", |request| {
            request.place = Some(v1::Stop { place: Some(place) });
        })
    };
    for good in ["PLWAW", "UAKBP", "NL9ZZ"] {
        assert_eq!(at(stop::Place::Locode(good.into())), [], "{good}");
    }
    for bad in ["plwaw", "PLWA", "PLWAWA", "PL1AW", "PL0AW", "2LWAW", "PL WA", "PLÉAW", ""] {
        assert_eq!(at(stop::Place::Locode(bad.into())), one("place.locode", Fault::NotALocode), "{bad}");
    }
    assert_eq!(at(stop::Place::Name("é".repeat(40))), []);
    assert_eq!(at(stop::Place::Name("x".repeat(81))), one("place.name", Fault::TooLong { max: 80 }));
    assert_eq!(at(stop::Place::Name(" ".into())), one("place.name", Fault::Missing));
}

#[test]
fn nothing_is_named_twice() {
    let offer = |change: fn(&mut v1::Offer)| {
        faults::<v1::OfferReferralRequest>("OfferReferralRequest", |request| {
            change(request.offer.as_mut().expect("is filled"));
        })
    };
    assert_eq!(offer(|offer| offer.purposes = vec![3, 1, 3]), one("offer.purposes[2]", Fault::Repeated));
    let language = one("offer.triage.languages[1]", Fault::Repeated);
    assert_eq!(
        offer(|offer| offer.triage.as_mut().expect("is filled").languages = vec!["uk".into(); 2]),
        language
    );
    let countries = faults::<v1::SetSafeguardsRequest>("SetSafeguardsRequest", |request| {
        request.safeguards.as_mut().expect("is filled").barred_countries =
            vec!["UA".into(), "BY".into(), "UA".into()];
    });
    assert_eq!(countries, one("safeguards.barred_countries[2]", Fault::Repeated));
}

#[test]
fn what_needs_no_order_is_put_in_order() {
    let mut request = whole::<v1::DiscloseSectionsRequest>("DiscloseSectionsRequest");
    request.categories = vec![5, 2, 3];
    let asked = request.read(&CALLER).expect("is valid");
    let waymark_domain::command::Command::DiscloseSections(command) = asked.command else {
        panic!("another command")
    };
    use waymark_domain::words::Category::{Contact, Identity, Travel};
    assert_eq!(command.categories, [Identity, Contact, Travel]);
}

#[test]
fn what_says_absent_now_takes_the_time_of_the_call() {
    let mut request = whole::<v1::ConfirmReceptionRequest>("ConfirmReceptionRequest");
    request.at = None;
    let asked = request.read(&CALLER).expect("is valid");
    let waymark_domain::command::Command::ConfirmReception(command) = asked.command else {
        panic!("another command")
    };
    assert_eq!(command.at, CALLER.now);
}

#[test]
fn who_decides_an_emergency_is_who_calls() {
    let asked = whole::<v1::DiscloseInEmergencyRequest>("DiscloseInEmergencyRequest")
        .read(&CALLER)
        .expect("is valid");
    let waymark_domain::command::Command::DiscloseInEmergency(command) = asked.command else {
        panic!("another command")
    };
    assert_eq!(command.first, CALLER.staff);
    assert_ne!(command.second, command.first);
}
