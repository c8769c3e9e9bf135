//! AuditService of real offices: replay as of a moment, proofs, and verification of the own log; answers to withdrawals in `answers.rs`,
//! ReportService in `reports.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests, and their town is shared with the desk's"
)]

#[path = "../../../cases/tests/service/agreed.rs"]
mod agreed;
mod answers;
mod frauds;
mod receipts;
mod reports;
#[expect(dead_code, reason = "the desk's own tests use more of it")]
#[path = "../../../../shared/desk/tests/desk/town.rs"]
mod town;

use std::collections::BTreeMap;

use tokio_stream::StreamExt as _;
use tonic::{Code, Request, Status};
use waymark_api::convert::value::instant;
use waymark_api::v1::{
    self, ProofState, ThreadKind, audit_service_server::AuditService as _, replay_thread_response::Item,
    verify_log_response::Item as Verify,
};
use waymark_audit::AuditApi;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::ThreadId;
use waymark_domain::time::Timestamp;
use waymark_domain::words::Purpose;

use crate::town::{STAFF, Town};

/// North offered an hour before south accepted.
struct Story {
    town: Town,
    case: ThreadId,
    referral: ThreadId,
    offered_at: Timestamp,
}

fn story() -> Story {
    let mut town = Town::new(2);
    let (case, referral) = agreed::offered(&mut town, 2, ReferralKind::Service, Purpose::SocialSupport);
    let offered_at = town.desk(1).now();
    town.pass(3_600);
    agreed::accepted(&mut town, 2, referral);
    Story { town, case, referral, offered_at }
}

/// A replay: how it was announced, its lines, its end.
struct Told {
    start: v1::ReplayStart,
    lines: Vec<v1::ReplayLine>,
    end: v1::ReplayEnd,
}

impl Story {
    async fn replay(&self, office: u16, request: v1::ReplayThreadRequest) -> Result<Told, Status> {
        let audit = AuditApi::new(self.town.desk(office));
        let told = audit.replay_thread(Request::new(request)).await?.into_inner();
        let items: Vec<Item> = told.map(|message| message.unwrap().item.unwrap()).collect().await;
        let (mut start, mut lines, mut end) = (None, Vec::new(), None);
        for item in items {
            match item {
                Item::Start(told) => start = Some(told),
                Item::Line(told) => lines.push(told),
                Item::End(told) => end = Some(told),
            }
        }
        Ok(Told { start: start.unwrap(), lines, end: end.unwrap() })
    }
}

fn phase(end: &v1::ReplayEnd) -> &str {
    &end.state.iter().find(|line| line.name == "phase").unwrap().value
}

fn of(thread: ThreadId) -> v1::ReplayThreadRequest {
    v1::ReplayThreadRequest { thread: thread.to_string(), ..Default::default() }
}

#[tokio::test]
async fn a_referral_is_told_in_the_order_in_which_each_office_knew_it() {
    let story = story();
    for office in [1, 2] {
        let told = story.replay(office, of(story.referral)).await.unwrap();
        assert_eq!((told.start.kind(), told.start.lines as usize), (ThreadKind::Referral, told.lines.len()));
        let numbers: Vec<_> = told.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, (1..=told.start.lines).collect::<Vec<_>>());
        let kinds: Vec<_> = told.lines.iter().map(|line| line.kind_name.as_str()).collect();
        assert_eq!(
            kinds[..4],
            ["ConsentReleased", "ReferralOffered", "ThreadKey", "ReferralAccepted"],
            "{kinds:?}"
        );
        assert!(told.lines[1].sentence.starts_with("office 1 offered"), "{}", told.lines[1].sentence);
        let seconds = |at: &Option<_>| at.as_ref().map(|at: &prost_types::Timestamp| at.seconds);
        assert!(told.lines.iter().all(|line| seconds(&line.known_at) >= seconds(&line.claimed_at)));
        assert_eq!(told.lines[1].granted_to, story.town.id(2).to_string());
    }
}

#[tokio::test]
async fn an_earlier_moment_tells_what_was_known_then_and_nothing_later() {
    let story = story();
    let then = v1::ReplayThreadRequest { as_of: Some(instant(story.offered_at)), ..of(story.referral) };
    let before = story.replay(1, then).await.unwrap();
    let now = story.replay(1, of(story.referral)).await.unwrap();
    assert_eq!((phase(&before.end), phase(&now.end)), ("delivered", "confirmed"));
    assert_eq!(before.lines[..], now.lines[..before.lines.len()]);
    assert!(before.lines.iter().all(|line| line.kind_name != "ReferralAccepted"));
    let long_before = v1::ReplayThreadRequest { as_of: Some(instant(Timestamp(1))), ..of(story.referral) };
    let nothing = story.replay(1, long_before).await.unwrap();
    assert!(
        nothing.lines.is_empty() && nothing.end.state.is_empty() && nothing.end.responsible_office.is_empty()
    );
}

#[tokio::test]
async fn each_line_tells_what_it_changed_and_together_they_give_the_state() {
    let story = story();
    for office in [1, 2] {
        let told = story.replay(office, of(story.referral)).await.unwrap();
        let mut state = BTreeMap::new();
        for change in told.lines.iter().flat_map(|line| &line.changes) {
            assert_eq!(state.get(&change.name).unwrap_or(&String::new()), &change.before, "{change:?}");
            state.insert(change.name.clone(), change.after.clone());
        }
        state.retain(|_, value| !value.is_empty());
        let end: BTreeMap<_, _> =
            told.end.state.iter().map(|line| (line.name.clone(), line.value.clone())).collect();
        assert_eq!(state, end, "office {office}");
        let accepted = told.lines.iter().find(|line| line.kind_name == "ReferralAccepted").unwrap();
        let changed: Vec<_> =
            accepted.changes.iter().map(|it| (it.name.as_str(), it.after.as_str())).collect();
        assert_eq!(changed, [("phase", "accepted")]);
        assert!(told.end.since.is_empty());
    }
    let then = v1::ReplayThreadRequest { as_of: Some(instant(story.offered_at)), ..of(story.referral) };
    let since = story.replay(1, then).await.unwrap().end.since;
    let phase = since.iter().find(|change| change.name == "phase").unwrap();
    assert_eq!((phase.before.as_str(), phase.after.as_str()), ("delivered", "confirmed"));
}

#[tokio::test]
async fn a_case_is_woven_with_its_referrals_when_asked() {
    let story = story();
    let alone = story.replay(1, of(story.case)).await.unwrap();
    assert!(alone.lines.iter().all(|line| line.thread == story.case.to_string()));
    let request = v1::ReplayThreadRequest { with_linked: true, ..of(story.case) };
    let woven = story.replay(1, request).await.unwrap();
    assert!(woven.lines.len() > alone.lines.len());
    let known: Vec<_> = woven.lines.iter().map(|line| line.own.as_ref().unwrap().index).collect();
    assert!(known.is_sorted(), "{known:?}");
    assert_eq!(woven.end.responsible_office, story.town.id(1).to_string());
    assert_eq!(woven.end, alone.end);
    assert_eq!(alone.lines[0].staff, STAFF.to_string());
}

#[tokio::test]
async fn every_line_is_proven_when_asked_and_others_tell_no_staff() {
    let story = story();
    let request = v1::ReplayThreadRequest { with_proofs: true, ..of(story.referral) };
    let told = story.replay(2, request).await.unwrap();
    let not_failed =
        |line: &v1::ReplayLine| matches!(line.proof(), ProofState::Verified | ProofState::Pending);
    assert!(told.lines.iter().all(not_failed));
    let north = story.town.id(1).to_string();
    assert!(told.lines.iter().any(|line| line.office == north && line.proof() == ProofState::Verified));
    assert!(told.lines.iter().filter(|line| line.office == north).all(|line| line.staff.is_empty()));
}

#[tokio::test]
async fn another_offices_case_is_as_absent_as_none() {
    let story = story();
    let hidden = story.replay(2, of(story.case)).await.err().unwrap();
    let absent = story.replay(2, of(ThreadId([9; 16]))).await.err().unwrap();
    assert_eq!((hidden.code(), hidden.message()), (Code::NotFound, absent.message()));
}

#[tokio::test]
async fn the_own_log_is_verified_to_its_durable_head() {
    let story = story();
    let audit = AuditApi::new(story.town.desk(1));
    let head = audit.get_head(Request::new(v1::GetHeadRequest {})).await.unwrap().into_inner().head.unwrap();
    assert!(head.origin.contains(&head.office) && head.size > 0);
    let told = audit.verify_log(Request::new(v1::VerifyLogRequest::default())).await.unwrap().into_inner();
    let items: Vec<Verify> = told.map(|message| message.unwrap().item.unwrap()).collect().await;
    let (Some(Verify::Progress(_)), Some(Verify::End(end))) = (items.first(), items.last()) else {
        panic!("progress first, the verdict last");
    };
    assert_eq!((end.faults, end.checked, end.head.as_ref().unwrap().size), (0, head.size, head.size));
    assert!(end.received > 0);
    let part = v1::VerifyLogRequest { from_index: head.size - 1 };
    let told = audit.verify_log(Request::new(part)).await.unwrap().into_inner();
    let last = told.map(|message| message.unwrap().item.unwrap()).collect::<Vec<_>>().await.pop();
    assert!(matches!(last, Some(Verify::End(end)) if end.checked == 1));
}
