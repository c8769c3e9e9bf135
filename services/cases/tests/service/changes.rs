//! What every change has in common: one answer for each request, versions, trials, and one answer for absent and hidden.

use tonic::{Code, Request};
use tonic_types::StatusExt as _;
use waymark_api::v1::{self, CaseState, case_service_server::CaseService as _};

use crate::office::{Office, offices};

fn close(case: &str, options: v1::MutationOptions) -> Request<v1::CloseCaseRequest> {
    let outcome = v1::CaseOutcome::Completed.into();
    Request::new(v1::CloseCaseRequest {
        options: Some(options),
        case: case.to_owned(),
        outcome,
        note: String::new(),
    })
}

async fn state(office: &Office, case: &str) -> CaseState {
    office.case(case).await.summary.unwrap().state()
}

#[tokio::test]
async fn a_request_repeated_is_answered_as_before_and_done_once() {
    let (_town, north, _) = offices();
    let request = || {
        let request_id = "0123456789abcdef0123456789abcdef".to_owned();
        let options = v1::MutationOptions { request_id, ..Default::default() };
        Request::new(v1::OpenCaseRequest { options: Some(options), ..Default::default() })
    };
    let first = north.cases.open_case(request()).await.unwrap().into_inner();
    let again = north.cases.open_case(request()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let listed =
        north.cases.list_cases(Request::new(v1::ListCasesRequest::default())).await.unwrap().into_inner();
    assert_eq!(listed.cases.len(), 1);
}

#[tokio::test]
async fn a_request_id_with_other_fields_is_refused_and_says_so() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let options = || v1::MutationOptions {
        request_id: "0123456789abcdef0123456789abcdef".to_owned(),
        ..Default::default()
    };
    let request = |note: &str| {
        let mut request = close(&case, options());
        request.get_mut().note = note.to_owned();
        request
    };
    north.cases.close_case(request("she is home")).await.unwrap();
    north.cases.close_case(request("she is home")).await.unwrap();
    let refused = north.cases.close_case(request("another note")).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn a_decision_upon_an_older_version_is_refused_with_the_version_now() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let etag = north.case(&case).await.summary.unwrap().etag;
    north.records(&case, v1::Category::Travel, v1::SectionField::Itinerary, "by train").await;
    let now = north.case(&case).await.summary.unwrap().etag;
    let stale = v1::MutationOptions { etag, ..Default::default() };
    let refused = north.cases.close_case(close(&case, stale)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.metadata.get("etag")), ("STALE_STATE", Some(&now)));
    assert_eq!(state(&north, &case).await, CaseState::Open);
    let newest = v1::MutationOptions { etag: now, ..Default::default() };
    let closed = north.cases.close_case(close(&case, newest)).await.unwrap().into_inner().result.unwrap();
    assert_eq!(closed.etag, north.case(&case).await.summary.unwrap().etag);
    assert_eq!(state(&north, &case).await, CaseState::Closed);
}

#[tokio::test]
async fn a_trial_writes_nothing_and_is_refused_like_the_change() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let trial = || v1::MutationOptions { validate_only: true, ..Default::default() };
    let answer = north.cases.close_case(close(&case, trial())).await.unwrap().into_inner().result.unwrap();
    assert!(answer.event_ids.is_empty());
    assert_eq!(state(&north, &case).await, CaseState::Open);
    north.cases.close_case(close(&case, v1::MutationOptions::default())).await.unwrap();
    let refused = north.cases.close_case(close(&case, trial())).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn what_is_absent_and_what_belongs_to_others_are_one_answer() {
    let (_town, north, south) = offices();
    let case = north.opens_a_case().await;
    let get = |case: &str| Request::new(v1::GetCaseRequest { case: case.to_owned() });
    let hidden = south.cases.get_case(get(&case)).await.unwrap_err();
    let absent = south.cases.get_case(get(&"ab".repeat(16))).await.unwrap_err();
    let changed = south.cases.close_case(close(&case, v1::MutationOptions::default())).await.unwrap_err();
    let revealed = south.reveals(&case, v1::Category::Identity).await.unwrap_err();
    for status in [&hidden, &changed, &revealed] {
        assert_eq!((status.code(), status.message()), (Code::NotFound, absent.message()));
        assert_eq!(status.details(), absent.details());
    }
}

#[tokio::test]
async fn lists_and_rows_hold_no_name() {
    let (_town, north, _) = offices();
    let case = north.opens_a_case().await;
    let listed =
        north.cases.list_cases(Request::new(v1::ListCasesRequest::default())).await.unwrap().into_inner();
    let shown = format!("{listed:?} {:?}", north.case(&case).await);
    assert!(!shown.contains("Ana") && !shown.contains("+359"), "{shown}");
    assert_eq!(
        crate::office::first_value(north.reveals(&case, v1::Category::Identity).await.unwrap()),
        "Ana"
    );
}
