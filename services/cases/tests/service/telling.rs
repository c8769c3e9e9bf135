//! What is told of a case beside itself: the sheet for the person, what waits for a coordinator, who looked.

use tonic::{Code, Request};
use waymark_api::serve::STAFF;
use waymark_api::v1::{
    self, Category, HolderState, SectionField, TaskKind, case_service_server::CaseService as _,
    consent_service_server::ConsentService as _, referral_service_server::ReferralService as _,
};
use waymark_domain::command::{DiscloseInEmergency, ReviewEmergency};
use waymark_domain::ids::StaffId;
use waymark_domain::words::{Category as Words, EmergencyGround};

use crate::office::{Office, offices};
use crate::town::{BEGIN, Town};

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
    for not_delivered in [told, late] {
        let said = "On 1 September 2026 we wrote to them that they must erase everything. Our message has not reached them yet.";
        assert!(not_delivered.contains(said), "{not_delivered}");
    }
    town.open(2);
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    let erased = sheet(&north, &case, "en").await.unwrap();
    assert!(erased.contains("They erased everything on 4 September 2026."), "{erased}");
    assert!(sheet(&north, &case, "mk").await.unwrap().contains("office 2"));
    let unknown = sheet(&north, &case, "fr").await.unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
    assert!(unknown.message().contains("there are: bg, cs, en, mk, nl, pl, ro, ru, uk"), "{unknown}");
    assert_eq!(sheet(&north, &"0".repeat(32), "en").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn what_was_asked_is_told_as_asked_until_the_other_machine_has_it() {
    let (mut town, north, [case, ..]) = withdrawn().await;
    let state = |case: v1::Case| case.consents[0].holders[0].state();
    town.pass(73 * HOUR);
    town.exchange();
    assert_eq!(state(north.case(&case).await), HolderState::Asked, "the other office is away");
    // What is received waits a day before it is destroyed: the answer is only that it is locked.
    town.keeping.wait_seconds = 24 * HOUR;
    town.open(2);
    town.minutes(3);
    assert_eq!(state(north.case(&case).await), HolderState::Acknowledged);
}

/// What stands under one heading of a sheet.
fn under<'s>(sheet: &'s str, heading: &str, next: &str) -> &'s str {
    sheet.split(heading).nth(1).and_then(|rest| rest.split(next).next()).unwrap_or_default()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn an_emergency_is_counted_by_itself_until_it_is_erased() {
    let (mut town, north, south) = offices();
    let case = north.opens_a_case().await;
    north.records(&case, Category::Health, SectionField::HealthNeeds, "insulin").await;
    let consent = north.takes_consent(&case, town.id(2).to_string()).await;
    let referral = north.offers(&case, town.id(2).to_string(), consent.clone()).await;
    town.exchange();
    south.accepts(&referral).await;
    town.exchange();
    let message = v1::SendMessageRequest {
        referral: referral.clone(),
        text: "Please call.".to_owned(),
        ..Default::default()
    };
    north.referrals.send_message(Request::new(message)).await.unwrap();
    let shared = sheet(&north, &case, "en").await.unwrap();
    assert!(
        under(&shared, "Who may know something", "What for").contains("messages among those who help you"),
        "{shared}"
    );
    assert!(under(&shared, "What stays with us", "You can change").contains("your health"), "{shared}");
    let emergency = DiscloseInEmergency {
        referral: referral.parse().unwrap(),
        ground: EmergencyGround::VitalInterests,
        categories: vec![Words::Health],
        first: StaffId([1; 8]),
        second: StaffId([2; 8]),
        reason: "She was found unconscious.".into(),
    };
    let declared = town.does(1, emergency).unwrap().events[0];
    town.exchange();
    let by = v1::EndedBy::Person.into();
    let withdraw = v1::WithdrawConsentRequest { case: case.clone(), consent, by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    town.exchange();
    south.reveals(&referral, Category::Health).await.unwrap();
    let told = sheet(&north, &case, "en").await.unwrap();
    for said in [
        "something was shared in an emergency, and it is still there",
        "they erased everything that you had allowed them to know",
        "They still have what we shared in an emergency.",
        "To save a life",
        "Not yet. Within three days",
        "They must erase it by 4 October 2026 at the latest.",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(
        !told.contains("nobody outside our office gets anything") && !told.contains("They erased everything"),
        "{told}"
    );
    assert!(!under(&told, "What stays with us", "What has ended").contains("your health"), "{told}");
    let held = north.case(&case).await.emergencies;
    let used = held[0].emergency.clone().unwrap();
    assert_eq!((held.len(), held[0].state(), used.emergency), (1, HolderState::Holds, declared.to_string()));
    assert_eq!(
        (held[0].categories().collect::<Vec<_>>(), &*held[0].until_on),
        (vec![Category::Health, Category::Coordination], "2026-10-04")
    );
    let told_on = BEGIN.day();
    let referral_id = referral.parse().unwrap();
    town.does(
        1,
        ReviewEmergency {
            referral: referral_id,
            emergency: declared,
            upheld: true,
            told_on,
            by: StaffId([3; 8]),
        },
    )
    .unwrap();
    let upheld = sheet(&north, &case, "en").await.unwrap();
    assert!(
        upheld.contains("It was right to share it.") && upheld.contains("They must erase it by"),
        "{upheld}"
    );
    town.pass(34 * 24 * HOUR);
    for office in [1, 2] {
        town.desk(office).keep_inbox_keys().unwrap();
    }
    town.minutes(6);
    let gone = sheet(&north, &case, "en").await.unwrap();
    assert!(gone.contains("They erased it on") && gone.contains("They erased everything on"), "{gone}");
    assert!(gone.contains("nobody outside our office gets anything"), "{gone}");
    assert!(under(&gone, "What stays with us", "What has ended").contains("your health"), "{gone}");
    assert_eq!(north.case(&case).await.emergencies[0].state(), HolderState::Erased);
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
