//! A case of the office is erased: refused with what to do first, and afterwards everything says so and tells nothing.

use tokio_stream::StreamExt as _;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;
use waymark_api::v1::get_subject_access_response::Part;
use waymark_api::v1::watch_cases_response::Item;
use waymark_api::v1::{
    self, CaseState, Category, HolderState, SectionGone, case_service_server::CaseService as _,
    consent_service_server::ConsentService as _,
};

use crate::office::{Office, offices};
use crate::town::Town;

async fn close(office: &Office, case: &str) {
    let outcome = v1::CaseOutcome::EndedByPerson.into();
    let request = v1::CloseCaseRequest { case: case.to_owned(), outcome, ..Default::default() };
    office.cases.close_case(Request::new(request)).await.unwrap();
}

fn asked(case: &str) -> Request<v1::OrderCaseErasureRequest> {
    let reason = v1::ErasureReason::Asked.into();
    Request::new(v1::OrderCaseErasureRequest { case: case.to_owned(), reason, ..Default::default() })
}

/// North has shared a case with south, and she has withdrawn.
async fn withdrawn() -> (Town, Office, String, String) {
    let (mut town, north, south) = offices();
    let case = north.opens_a_case().await;
    let consent = north.takes_consent(&case, town.id(2).to_string()).await;
    let referral = north.offers(&case, town.id(2).to_string(), consent.clone()).await;
    town.exchange();
    south.accepts(&referral).await;
    town.exchange();
    let by = v1::EndedBy::Person.into();
    let withdraw = v1::WithdrawConsentRequest { case: case.clone(), consent, by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    town.exchange();
    (town, north, case, referral)
}

async fn listed(office: &Office, state: CaseState) -> Vec<v1::CaseSummary> {
    let request = v1::ListCasesRequest { states: vec![state.into()], ..Default::default() };
    office.cases.list_cases(Request::new(request)).await.unwrap().into_inner().cases
}

async fn told(office: &Office, case: &str) -> Vec<Part> {
    let request = v1::GetSubjectAccessRequest { case: case.to_owned() };
    let told = office.cases.get_subject_access(Request::new(request)).await.unwrap().into_inner();
    told.map(|message| message.unwrap().part.unwrap()).collect().await
}

#[tokio::test]
async fn a_refusal_says_what_comes_first_and_a_trial_changes_nothing() {
    let (_town, north, case, _) = withdrawn().await;
    let refused = north.cases.order_case_erasure(asked(&case)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "CASE_NOT_CLOSED");
    close(&north, &case).await;
    let mut trial = asked(&case);
    trial.get_mut().options = Some(v1::MutationOptions { validate_only: true, ..Default::default() });
    north.cases.order_case_erasure(trial).await.unwrap();
    assert_eq!(north.case(&case).await.summary.unwrap().state(), CaseState::Closed);
    let without = v1::OrderCaseErasureRequest { case, ..Default::default() };
    assert_eq!(
        north.cases.order_case_erasure(Request::new(without)).await.unwrap_err().code(),
        Code::InvalidArgument,
        "a reason is needed"
    );
}

#[tokio::test]
async fn an_erased_case_is_listed_as_such_and_shows_nothing_of_her() {
    let (mut town, north, case, referral) = withdrawn().await;
    close(&north, &case).await;
    let states = vec![CaseState::Closed.into()];
    let watch = v1::WatchCasesRequest { states, resume_token: String::new() };
    let mut watched = north.cases.watch_cases(Request::new(watch)).await.unwrap().into_inner();
    for _ in 0..2 {
        watched.next().await.unwrap().unwrap();
    }
    north.cases.order_case_erasure(asked(&case)).await.unwrap();
    assert_eq!(listed(&north, CaseState::ErasureOrdered).await.len(), 1);
    let Some(Item::Case(left)) = watched.next().await.unwrap().unwrap().item else { panic!("not told") };
    assert_eq!((left.state(), left.sections, left.consents), (CaseState::ErasureOrdered, 0, 0));
    town.exchange();
    assert!(listed(&north, CaseState::Closed).await.is_empty());
    let [row] = listed(&north, CaseState::Erased).await.try_into().unwrap();
    assert_eq!((row.sections, row.consents, row.minor), (0, 0, false));
    let shown = north.case(&case).await;
    let erasure = shown.erasure.unwrap();
    assert_eq!(erasure.reason(), v1::ErasureReason::Asked);
    assert!(erasure.ordered_at.is_some() && erasure.erased_at.is_some());
    assert!(shown.safeguards.is_none() && shown.sections.iter().all(|section| section.erased));
    assert_eq!(shown.referrals[0].referral, referral, "with whom it was shared stays");
    let gone = north.reveals(&case, Category::Identity).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert_eq!(gone.message(), "identity was erased at this office on 2026-09-01: she asked for it");
    let reopen = v1::ReopenCaseRequest { case: case.clone(), ..Default::default() };
    let refused = north.cases.reopen_case(Request::new(reopen)).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "CASE_ERASED");
    let looks = v1::ListLooksRequest { case, ..Default::default() };
    north.cases.list_looks(Request::new(looks)).await.unwrap();
}

#[tokio::test]
async fn the_bundle_and_the_sheet_of_an_erased_case_say_that_it_was_erased() {
    let (mut town, north, case, _) = withdrawn().await;
    close(&north, &case).await;
    north.cases.order_case_erasure(asked(&case)).await.unwrap();
    town.exchange();
    let mut sections = 0;
    for part in told(&north, &case).await {
        match part {
            Part::Case(case) => assert!(case.erasure.unwrap().erased_at.is_some()),
            Part::Section(section) => {
                sections += 1;
                assert_eq!(
                    (section.gone(), section.content),
                    (SectionGone::Erased, None),
                    "{}",
                    section.kind
                );
            }
            Part::Holding(holding) if holding.office == town.id(1).to_string() => {
                assert_eq!(holding.state(), HolderState::Erased);
                assert!(holding.erased_at.is_some());
            }
            Part::Start(_) | Part::Referral(_) | Part::Holding(_) | Part::Event(_) | Part::End(_) => {}
        }
    }
    assert!(sections >= 3, "that it was there is told");
    let request = v1::GetSharingSheetRequest { case, sheet_language: "en".to_owned(), ..Default::default() };
    let sheet = north.consents.get_sharing_sheet(Request::new(request)).await.unwrap().into_inner();
    assert!(sheet.sheet.contains("We erased everything"), "{}", sheet.sheet);
}
