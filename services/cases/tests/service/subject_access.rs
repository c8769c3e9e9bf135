//! Everything that an office holds on a case, told to the person: every text of hers, and nothing of anybody else.

use tokio_stream::StreamExt as _;
use tonic::{Code, Request};
use waymark_api::v1::get_subject_access_response::Part;
use waymark_api::v1::{
    self, Category, HolderState, HoldingBasis, SectionField, SectionGone,
    case_service_server::CaseService as _, consent_service_server::ConsentService as _,
    referral_service_server::ReferralService as _,
};

use crate::office::{Office, offices};
use crate::town::Town;

async fn told(office: &Office, case: &str) -> Vec<Part> {
    let request = v1::GetSubjectAccessRequest { case: case.to_owned() };
    let told = office.cases.get_subject_access(Request::new(request)).await.unwrap().into_inner();
    told.map(|message| message.unwrap().part.unwrap()).collect().await
}

fn sections(parts: &[Part]) -> Vec<v1::SubjectAccessSection> {
    let section = |part: &Part| match part {
        Part::Section(section) => Some(section.clone()),
        _ => None,
    };
    parts.iter().filter_map(section).collect()
}

fn holdings(parts: &[Part]) -> Vec<v1::Holding> {
    let holding = |part: &Part| match part {
        Part::Holding(holding) => Some(holding.clone()),
        _ => None,
    };
    parts.iter().filter_map(holding).collect()
}

/// Every text that the parts hold, one a line.
fn texts(parts: &[Part]) -> String {
    let mut all = String::new();
    for section in sections(parts) {
        match section.content.and_then(|content| content.content) {
            Some(v1::section_content::Content::Fields(fields)) => {
                fields.values.iter().for_each(|field| all += &format!("{}\n", field.value));
            }
            Some(v1::section_content::Content::Message(text)) => all += &format!("{text}\n"),
            Some(_) | None => {}
        }
    }
    all
}

async fn says(office: &Office, referral: &str, text: &str) {
    let request =
        v1::SendMessageRequest { referral: referral.to_owned(), text: text.to_owned(), ..Default::default() };
    office.referrals.send_message(Request::new(request)).await.unwrap();
}

/// North and south share a case of north's, and write to each other; another case is here beside it.
async fn shared() -> (Town, Office, Office, [String; 4]) {
    let (mut town, north, south) = offices();
    let case = north.opens_a_case().await;
    north.records(&case, Category::Contact, SectionField::SafePhone, "+359 2 1111").await;
    north.records(&case, Category::Health, SectionField::HealthNeeds, "insulin twice a day").await;
    north.records(&case, Category::Office, SectionField::OfficeNote, "she prefers mornings").await;
    let consent = north.takes_consent(&case, town.id(2).to_string()).await;
    let referral = north.offers(&case, town.id(2).to_string(), consent.clone()).await;
    let other = north.opens_a_case().await;
    north.records(&other, Category::Narrative, SectionField::Account, "of another person").await;
    town.exchange();
    south.accepts(&referral).await;
    town.exchange();
    says(&north, &referral, "Please call her first.").await;
    says(&south, &referral, "A room is ready.").await;
    town.exchange();
    (town, north, south, [case, consent, referral, other])
}

#[tokio::test]
async fn the_bundle_holds_every_text_of_hers_and_nothing_of_another_case() {
    let (town, north, _, [case, consent, referral, other]) = shared().await;
    let parts = told(&north, &case).await;
    let all = texts(&parts);
    for text in [
        "Ana",
        "+359 2 0000",
        "+359 2 1111",
        "insulin twice a day",
        "she prefers mornings",
        "Please call her first.",
        "A room is ready.",
    ] {
        assert!(all.contains(text), "{text} is missing in {all}");
    }
    assert!(!all.contains("of another person"));
    assert!(!format!("{parts:?}").contains(&other));
    let (Some(Part::Start(start)), Some(Part::Case(told_case)), Some(Part::End(end))) =
        (parts.first(), parts.get(1), parts.last())
    else {
        panic!("start, case, …, end");
    };
    assert_eq!((start.parts as usize, &start.case), (parts.len() - 1, &case));
    assert_eq!(told_case.consents[0].consent, consent);
    assert_eq!((end.shown as usize, end.not_shown), (sections(&parts).len(), 0));
    let south = town.id(2).to_string();
    let received = holdings(&parts).into_iter().filter(|row| row.office == south);
    assert!(received.clone().any(|row| row.basis() == HoldingBasis::Consent && row.received_at.is_some()));
    assert!(received.clone().all(|row| row.thread == referral && row.state() == HolderState::Holds));
    let happened =
        |kind: &str| parts.iter().any(|part| matches!(part, Part::Event(event) if event.kind == kind));
    assert!(happened("ConsentGiven") && happened("SectionsDisclosed") && !happened("Received"));
}

#[tokio::test]
async fn what_was_erased_is_told_as_erased_on_both_sides() {
    let (mut town, north, south, [case, consent, referral, _]) = shared().await;
    let by = v1::EndedBy::Person.into();
    let withdraw = v1::WithdrawConsentRequest { case: case.clone(), consent, by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    town.exchange();
    let parts = told(&north, &case).await;
    let south_id = town.id(2).to_string();
    let held = holdings(&parts).into_iter().filter(|row| row.office == south_id);
    assert!(held.clone().all(|row| row.state() == HolderState::Erased && row.erased_at.is_some()));
    let gone = sections(&parts).into_iter().filter(|section| section.gone() == SectionGone::Erased);
    assert!(gone.clone().count() > 0 && gone.clone().all(|section| section.thread == referral));
    // Her own case keeps what it is made of.
    assert!(texts(&parts).contains("+359 2 1111"));
    let theirs = south.referral(&referral).await.summary.unwrap().case;
    let parts = told(&south, &theirs).await;
    assert!(!texts(&parts).contains("+359"), "south still opens it");
    assert!(sections(&parts).iter().any(|section| section.gone() == SectionGone::Erased));
    let Some(Part::End(end)) = parts.last() else { panic!("the end") };
    assert!(end.not_shown > 0);
}

#[tokio::test]
async fn what_is_no_case_of_this_office_is_absent() {
    let (_town, north, south, [case, _, referral, _]) = shared().await;
    for (office, thread) in [(&north, "09".repeat(16)), (&south, case), (&north, referral)] {
        let request = v1::GetSubjectAccessRequest { case: thread };
        let refused = office.cases.get_subject_access(Request::new(request)).await.err().unwrap();
        assert_eq!(refused.code(), Code::NotFound);
    }
    let request = v1::GetSubjectAccessRequest { case: "Ana".to_owned() };
    let refused = north.cases.get_subject_access(Request::new(request)).await.err().unwrap();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(!refused.message().contains("Ana"));
}

#[tokio::test]
async fn who_reads_on_after_she_has_withdrawn_sees_no_section_more() {
    let (mut town, north, south, [case, consent, referral, _]) = shared().await;
    let theirs = south.referral(&referral).await.summary.unwrap().case;
    assert!(texts(&told(&south, &theirs).await).contains("+359"));
    let request = v1::GetSubjectAccessRequest { case: theirs };
    let mut stream = south.cases.get_subject_access(Request::new(request)).await.unwrap().into_inner();
    assert!(stream.next().await.is_some());
    let by = v1::EndedBy::Person.into();
    let withdraw = v1::WithdrawConsentRequest { case, consent, by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    // South knows, and has not erased yet.
    for _ in 0..4 {
        town.collect();
        town.deliver_all();
    }
    let parts: Vec<Part> = stream.map(|message| message.unwrap().part.unwrap()).collect().await;
    assert!(sections(&parts).iter().any(|section| section.gone() == SectionGone::Locked), "{parts:?}");
    assert!(!texts(&parts).contains("+359"), "told after the withdrawal: {}", texts(&parts));
}

#[tokio::test]
async fn who_does_not_read_on_keeps_a_place_and_no_more_than_that() {
    let (_town, north, _south, [case, ..]) = shared().await;
    let ask =
        || north.cases.get_subject_access(Request::new(v1::GetSubjectAccessRequest { case: case.clone() }));
    let (one, other) = (ask().await.unwrap(), ask().await.unwrap());
    let busy = ask().await.err().unwrap();
    assert_eq!(busy.code(), Code::Unavailable, "{}", busy.message());
    drop(one);
    for _try in 0..200 {
        if ask().await.is_ok() {
            return drop(other);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("whoever has gone away keeps her place");
}

#[tokio::test]
async fn who_opens_referrals_only_opens_no_section_of_a_case() {
    let (_town, north, south, [case, _, referral, _]) = shared().await;
    let reveal = |thread: &str| {
        let request = v1::RevealSectionRequest {
            thread: thread.to_owned(),
            category: Category::Contact.into(),
            ..Default::default()
        };
        let mut request = Request::new(request);
        request.metadata_mut().insert(waymark_api::serve::REFERRALS_ONLY, "yes".parse().unwrap());
        request
    };
    let refused = north.cases.reveal_section(reveal(&case)).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(south.cases.reveal_section(reveal(&referral)).await.is_ok());
}
