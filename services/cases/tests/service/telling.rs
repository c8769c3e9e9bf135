//! What is told of a case beside itself: the sheet for the person, what waits for a coordinator, who looked.

use tonic::{Code, Request};
use waymark_api::serve::STAFF;
use waymark_api::v1::{
    self, Category, TaskKind, case_service_server::CaseService as _,
    consent_service_server::ConsentService as _,
};

use crate::office::{Office, offices};
use crate::town::Town;

const HOUR: u64 = 3_600;

/// South has accepted, and north's person withdraws while south is away.
async fn withdrawn() -> (Town, Office, [String; 3]) {
    let (mut town, north, south) = offices();
    let case = north.opens_a_case().await;
    let consent = north.takes_consent(&case, town.id(2).to_string()).await;
    let referral = north.offers(&case, town.id(2).to_string(), consent.clone()).await;
    town.exchange();
    south.accepts(&referral).await;
    town.exchange();
    drop(south);
    town.stop(2);
    let by = v1::EndedBy::Person.into();
    let withdraw =
        v1::WithdrawConsentRequest { case: case.clone(), consent: consent.clone(), by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    (town, north, [case, consent, referral])
}

async fn sheet(office: &Office, case: &str, language: &str) -> Result<String, tonic::Status> {
    let request = v1::GetSharingSheetRequest {
        case: case.to_owned(),
        sheet_language: language.to_owned(),
        ..Default::default()
    };
    let sheet = office.consents.get_sharing_sheet(Request::new(request)).await?;
    // As one line: where it is wrapped says nothing.
    Ok(sheet.into_inner().sheet.split_whitespace().collect::<Vec<_>>().join(" "))
}

async fn tasks(office: &Office, overdue: bool) -> Vec<v1::Task> {
    let request = v1::ListTasksRequest { overdue, ..Default::default() };
    office.consents.list_tasks(Request::new(request)).await.unwrap().into_inner().tasks
}

#[tokio::test]
async fn the_sheet_says_what_became_of_what_a_recipient_held_and_names_nobody() {
    let (mut town, north, [case, ..]) = withdrawn().await;
    let told = sheet(&north, &case, "en").await.unwrap();
    assert!(told.contains("office 2") && !told.contains("Ana") && !told.contains("+359"), "{told}");
    town.pass(73 * HOUR);
    town.exchange();
    let late = sheet(&north, &case, "en").await.unwrap();
    assert!(told.contains("We are waiting for their answer."), "{told}");
    assert!(late.contains("They have not answered since 1 September 2026."), "{late}");
    town.open(2);
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    let erased = sheet(&north, &case, "en").await.unwrap();
    assert!(erased.contains("They erased everything on 4 September 2026."), "{erased}");
    assert!(sheet(&north, &case, "mk").await.unwrap().contains("office 2"));
    assert_eq!(sheet(&north, &case, "xx").await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(sheet(&north, &"0".repeat(32), "en").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_withdrawal_without_an_answer_waits_for_a_coordinator_until_it_is_answered() {
    let (mut town, north, [case, _, referral]) = withdrawn().await;
    let waiting = tasks(&north, false).await;
    assert_eq!(
        (waiting.len(), waiting[0].kind(), waiting[0].overdue),
        (1, TaskKind::ErasureUnanswered, false)
    );
    assert_eq!((&waiting[0].referral, &waiting[0].case), (&referral, &case));
    assert!(tasks(&north, true).await.is_empty());
    town.pass(73 * HOUR);
    town.exchange();
    assert_eq!(tasks(&north, true).await.len(), 1);
    let holders = |case: v1::Case| case.consents[0].holders[0].clone();
    assert!(holders(north.case(&case).await).no_answer_since.is_some());
    town.open(2);
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    assert!(tasks(&north, false).await.is_empty());
    assert!(holders(north.case(&case).await).no_answer_since.is_none());
}

#[tokio::test]
async fn who_looked_is_told_and_looking_makes_nobodys_decision_stale() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let etag = north.case(&case).await.summary.unwrap().etag;
    let mut request = Request::new(v1::RevealSectionRequest {
        thread: case.clone(),
        category: Category::Identity.into(),
        event_id: String::new(),
    });
    request.metadata_mut().insert(STAFF, "00000000000000a7".parse().unwrap());
    north.cases.reveal_section(request).await.unwrap();
    let request = v1::ListLooksRequest { case: case.clone(), ..Default::default() };
    let looks = north.cases.list_looks(Request::new(request)).await.unwrap().into_inner().looks;
    assert_eq!((looks.len(), looks[0].category()), (1, Category::Identity));
    assert_eq!((looks[0].staff.as_str(), &looks[0].thread), ("00000000000000a7", &case));
    assert_eq!(north.case(&case).await.summary.unwrap().etag, etag);
}
