//! Streams of changes of a real office.

use tokio_stream::StreamExt as _;
use tonic::Request;
use waymark_api::v1::{
    self, CaseState, case_service_server::CaseService as _, referral_service_server::ReferralService as _,
    watch_cases_response::Item,
};

use crate::office::{Office, offices};

async fn watch(
    office: &Office,
    request: v1::WatchCasesRequest,
) -> <waymark_cases::CaseApi as v1::case_service_server::CaseService>::WatchCasesStream {
    office.cases.watch_cases(Request::new(request)).await.unwrap().into_inner()
}

fn case_of(message: &v1::WatchCasesResponse) -> Option<&v1::CaseSummary> {
    match &message.item {
        Some(Item::Case(case)) => Some(case),
        Some(Item::CaughtUp(_)) | None => None,
    }
}

#[tokio::test]
async fn a_watch_tells_what_is_there_and_resumes_where_it_broke() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let mut stream = watch(&north, v1::WatchCasesRequest::default()).await;
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(case_of(&first).unwrap().case, case);
    let caught_up = stream.next().await.unwrap().unwrap();
    assert!(case_of(&caught_up).is_none());
    drop(stream);
    let other = north.opens_a_case().await;
    let resume_token = caught_up.resume_token;
    let mut resumed = watch(&north, v1::WatchCasesRequest { resume_token, ..Default::default() }).await;
    let next = resumed.next().await.unwrap().unwrap();
    assert_eq!(case_of(&next).unwrap().case, other);
    assert!(case_of(&resumed.next().await.unwrap().unwrap()).is_none());
}

#[tokio::test]
async fn a_case_that_leaves_the_states_watched_is_told_once_more() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let states = vec![CaseState::Open.into()];
    let mut stream = watch(&north, v1::WatchCasesRequest { states, ..Default::default() }).await;
    assert_eq!(case_of(&stream.next().await.unwrap().unwrap()).unwrap().state(), CaseState::Open);
    assert!(case_of(&stream.next().await.unwrap().unwrap()).is_none());
    let outcome = v1::CaseOutcome::Completed.into();
    let close = v1::CloseCaseRequest { case: case.clone(), outcome, ..Default::default() };
    north.cases.close_case(Request::new(close)).await.unwrap();
    assert_eq!(case_of(&stream.next().await.unwrap().unwrap()).unwrap().state(), CaseState::Closed);
    let reopen = v1::ReopenCaseRequest { case, ..Default::default() };
    north.cases.reopen_case(Request::new(reopen)).await.unwrap();
    assert_eq!(case_of(&stream.next().await.unwrap().unwrap()).unwrap().state(), CaseState::Open);
}

#[tokio::test]
async fn one_referral_is_watched_without_the_others() {
    let (mut town, north, south) = offices();
    let case = north.opens_a_case().await;
    let consent = north.takes_consent(&case, town.id(2).to_string()).await;
    let watched = north.offers(&case, town.id(2).to_string(), consent.clone()).await;
    north.offers(&case, town.id(2).to_string(), consent).await;
    town.exchange();
    let request = v1::WatchReferralsRequest { referral: watched.clone(), ..Default::default() };
    let mut stream = south.referrals.watch_referrals(Request::new(request)).await.unwrap().into_inner();
    let first = stream.next().await.unwrap().unwrap();
    let Some(v1::watch_referrals_response::Item::Referral(told)) = first.item else {
        panic!("a referral is told first")
    };
    assert_eq!(told.referral, watched);
    let second = stream.next().await.unwrap().unwrap();
    assert!(matches!(second.item, Some(v1::watch_referrals_response::Item::CaughtUp(_))));
}
