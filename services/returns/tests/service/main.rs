//! ReturnService of real offices: a hand-over from the proposal to the first follow-up, as both services show it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests, and their town is shared with the desk's"
)]

#[path = "../../../cases/tests/service/agreed.rs"]
mod agreed;
#[expect(dead_code, reason = "the desk's own tests use more of it")]
#[path = "../../../../shared/desk/tests/desk/town.rs"]
mod town;

mod story;

use tokio_stream::StreamExt as _;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;
use waymark_api::v1::{self, Gate, JourneyPhase, LegState, Party, return_service_server::ReturnService as _};

use crate::story::{Story, day};

#[tokio::test]
async fn a_journey_waits_at_red_gates_and_says_which() {
    let mut story = Story::agreed().await;
    story.plan().await;
    let refused = story.north.clear_journey(Request::new(story.clear())).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "GATES_RED");
    let red: Vec<_> =
        details.precondition_failure().unwrap().violations.iter().map(|gate| gate.subject.clone()).collect();
    let journey = story.journey(&story.north).await;
    let shown_red: Vec<_> = journey
        .gates
        .iter()
        .filter(|gate| !gate.green)
        .map(|gate| gate.gate().as_str_name().to_owned())
        .collect();
    let named: Vec<_> = red.iter().map(|gate| format!("GATE_{}", gate.to_uppercase())).collect();
    assert_eq!(named, shown_red);
    assert!(shown_red.contains(&Gate::Reception.as_str_name().to_owned()), "{shown_red:?}");
}

#[tokio::test]
async fn reception_moves_responsibility_and_follow_ups_begin() {
    let mut story = Story::agreed().await;
    story.plan().await;
    story.prepare().await;
    story.north.clear_journey(Request::new(story.clear())).await.unwrap();
    story.town.pass(3 * 86_400);
    let depart = v1::DepartRequest { referral: story.referral.clone(), ..Default::default() };
    story.north.depart(Request::new(depart)).await.unwrap();
    let start = v1::StartLegRequest { referral: story.referral.clone(), leg: 1, ..Default::default() };
    story.north.start_leg(Request::new(start)).await.unwrap();
    let journey = story.journey(&story.north).await;
    assert_eq!(
        (journey.phase(), journey.current_leg, journey.legs[0].state()),
        (JourneyPhase::InTransit, 1, LegState::Started)
    );
    assert!(journey.legs[0].next_check_in_at.is_some());
    story.arrive().await;
    let at_south = story.journey(&story.south).await;
    assert_eq!(
        (at_south.side(), at_south.responsible_office.as_str()),
        (Party::Receiver, story.id(1).as_str())
    );
    let confirm = v1::ConfirmReceptionRequest { referral: story.referral.clone(), ..Default::default() };
    story.south.confirm_reception(Request::new(confirm)).await.unwrap();
    story.town.exchange();
    for office in [&story.north, &story.south] {
        let journey = story.journey(office).await;
        assert_eq!(journey.responsible_office, story.id(2));
        assert_eq!(journey.follow_ups.len(), 6);
        assert!(journey.received_at.is_some() && !journey.alarm);
    }
    story.town.pass(2 * 86_400);
    let outcome = v1::FollowUpOutcome::Well.into();
    let record = v1::RecordFollowUpRequest {
        referral: story.referral.clone(),
        number: 1,
        outcome,
        ..Default::default()
    };
    story.south.record_follow_up(Request::new(record)).await.unwrap();
    story.town.exchange();
    let journey = story.journey(&story.north).await;
    assert_eq!(
        (journey.phase(), journey.follow_ups[0].outcome()),
        (JourneyPhase::FollowUp, v1::FollowUpOutcome::Well)
    );
    assert!(journey.follow_ups[0].recorded_at.is_some() && journey.follow_ups[1].recorded_at.is_none());
}

#[tokio::test]
async fn lists_filter_and_absent_journeys_are_not_found() {
    let mut story = Story::agreed().await;
    let get = || v1::GetJourneyRequest { referral: story.referral.clone() };
    assert_eq!(story.north.get_journey(Request::new(get())).await.unwrap_err().code(), Code::NotFound);
    story.plan().await;
    let list =
        async |request| story.north.list_journeys(Request::new(request)).await.unwrap().into_inner().journeys;
    let sent = v1::ListJourneysRequest { side: Party::Sender.into(), ..Default::default() };
    let listed = list(sent).await;
    assert_eq!((listed.len(), listed[0].depart_on.as_str()), (1, day(3).as_str()));
    assert!(list(v1::ListJourneysRequest { alarm: true, ..Default::default() }).await.is_empty());
    let closed = v1::ListJourneysRequest { phases: vec![JourneyPhase::Closed.into()], ..Default::default() };
    assert!(list(closed).await.is_empty());
}

#[tokio::test]
async fn a_watch_tells_the_other_partys_steps_as_they_arrive() {
    let mut story = Story::agreed().await;
    story.plan().await;
    let request = v1::WatchJourneysRequest { referral: story.referral.clone(), ..Default::default() };
    let mut stream = story.south.watch_journeys(Request::new(request)).await.unwrap().into_inner();
    let mut next = async || stream.next().await.unwrap().unwrap().item.unwrap();
    assert!(matches!(next().await, v1::watch_journeys_response::Item::Journey(_)));
    assert!(matches!(next().await, v1::watch_journeys_response::Item::CaughtUp(_)));
    story.north.record_documents(Request::new(story.documents())).await.unwrap();
    story.town.exchange();
    let v1::watch_journeys_response::Item::Journey(told) = next().await else { panic!("a journey is told") };
    assert_eq!(told.documents_valid_until_on, day(400));
}
