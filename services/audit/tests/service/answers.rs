//! Whether withdrawals were answered in time, as each side's own log tells it.

use tonic::Request;
use waymark_api::convert::value::instant;
use waymark_api::v1::{self, AnswerStep, AnswerVerdict as Is, audit_service_server::AuditService as _};
use waymark_audit::AuditApi;
use waymark_domain::command::{NarrowConsent, WithdrawConsent};
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::ThreadId;
use waymark_domain::time::HOUR;
use waymark_domain::words::{Category, EndedBy, Purpose};

use crate::agreed;
use crate::town::{BEGIN, Town};

struct Shared {
    town: Town,
    case: ThreadId,
    referral: ThreadId,
}

fn shared() -> Shared {
    let mut town = Town::new(2);
    let (case, referral) = agreed::offered(&mut town, 2, ReferralKind::Service, Purpose::SocialSupport);
    agreed::accepted(&mut town, 2, referral);
    Shared { town, case, referral }
}

impl Shared {
    fn withdraw(&mut self) {
        let case = self.town.desk(1).thread(self.case).unwrap().unwrap();
        let (case, consent) = (self.case, case.case().unwrap().consents[0].id);
        self.town.does(1, WithdrawConsent { case, consent, by: EndedBy::Person }).unwrap();
    }

    /// North at its desk, while nothing reaches south.
    fn alone(&self, hours: u64) {
        self.town.pass(hours * HOUR);
        self.town.desk(1).meet_deadlines();
    }

    /// What an office tells, page by page.
    async fn asks(&self, office: u16, findings: bool) -> Vec<v1::JudgedAsk> {
        let audit = AuditApi::new(self.town.desk(office));
        let mut request = v1::ListDisclosuresRequest { findings, page_size: 1, page_token: String::new() };
        let mut all = Vec::new();
        loop {
            let page = audit.list_disclosures(Request::new(request.clone())).await.unwrap().into_inner();
            assert!(page.disclosures.len() + page.asks.len() <= 1, "more than was wanted: {page:?}");
            all.extend(page.asks);
            if page.next_page_token.is_empty() {
                return all;
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn verdicts(ask: &v1::JudgedAsk) -> [Is; 2] {
    [&ask.acknowledgement, &ask.erasure].map(|answer| answer.as_ref().unwrap().verdict())
}

#[tokio::test]
async fn what_was_answered_in_time_is_so_at_both_offices_and_names_entries_and_places() {
    let mut shared = shared();
    let asked_at = shared.town.clock_now();
    shared.withdraw();
    shared.town.pass(HOUR);
    shared.town.exchange();
    for (office, known_at) in [(1, asked_at), (2, asked_at.plus(HOUR))] {
        let asks = shared.asks(office, false).await;
        // What ends her consent ends the referral under it, and each asks.
        let [end, ask] = &asks[..] else { panic!("{asks:?}") };
        assert_eq!([verdicts(end), verdicts(ask)], [[Is::OnTime, Is::OnTime]; 2]);
        assert_eq!(
            (&ask.from_office, &ask.holder_office, &ask.thread),
            (&shared.town.id(1).to_string(), &shared.town.id(2).to_string(), &shared.referral.to_string())
        );
        assert_eq!((ask.asked_at, ask.claimed_at), (Some(instant(known_at)), Some(instant(asked_at))));
        assert_eq!(ask.kind_name, "ConsentWithdrawn");
        let desk = shared.town.desk(office);
        for (index, event) in [
            (Some(ask.index), &ask.event_id),
            (ask.erasure.as_ref().unwrap().index, &ask.erasure.as_ref().unwrap().event_id),
        ] {
            let there = desk.seen_at(index.unwrap()).unwrap();
            assert!(there.iter().any(|seen| seen.event_id.to_string() == *event), "{there:?}");
        }
        assert!(shared.asks(office, true).await.is_empty(), "nothing is wrong");
    }
}

#[tokio::test]
async fn a_holder_that_is_away_is_missing_then_late_as_the_deadlines_noted_it() {
    let mut shared = shared();
    shared.town.stop(2);
    shared.withdraw();
    let asked_at = shared.town.clock_now();
    for (hours, verdict, reached) in [
        (35, Is::Awaited, AnswerStep::Unspecified),
        (1, Is::Awaited, AnswerStep::Reminded),
        (37, Is::Missing, AnswerStep::Missed),
        (36, Is::Missing, AnswerStep::Escalated),
    ] {
        shared.alone(hours);
        let asks = shared.asks(1, false).await;
        assert_eq!(verdicts(&asks[0]), [verdict, verdict], "after {hours} hours more");
        assert_eq!((asks[0].reached(), asks[0].noted()), (reached, reached));
        assert_eq!(shared.asks(1, true).await.is_empty(), verdict == Is::Awaited);
    }
    let missing = shared.asks(1, false).await[0].erasure.clone().unwrap();
    assert_eq!(missing.what, format!("missing since {}", asked_at.plus(72 * HOUR)));
    assert!(missing.at.is_none() && missing.index.is_none() && missing.event_id.is_empty());
    shared.town.open(2);
    shared.town.exchange();
    let late = shared.asks(1, true).await;
    assert_eq!(verdicts(&late[0]), [Is::Late, Is::Late]);
    assert_eq!(late[0].erasure.as_ref().unwrap().what, "late by 1 d 13 h");
    assert_eq!(late[0].reached(), AnswerStep::Escalated);
    // South answered as soon as it heard.
    let here = shared.asks(2, false).await;
    assert_eq!(verdicts(&here[0]), [Is::OnTime, Is::OnTime]);
    assert_eq!((here[0].claimed_at, here[0].noted()), (Some(instant(asked_at)), AnswerStep::Escalated));
}

#[tokio::test]
async fn a_narrowing_and_an_expiry_are_judged_like_a_withdrawal() {
    let mut shared = shared();
    let case = shared.town.desk(1).thread(shared.case).unwrap().unwrap();
    let consent = case.case().unwrap().consents[0].id;
    let narrow = NarrowConsent {
        case: shared.case,
        consent,
        purposes: vec![Purpose::SocialSupport],
        categories: vec![Category::Triage],
        onward: false,
        until: BEGIN.day().plus(90),
    };
    shared.town.does(1, narrow).unwrap();
    shared.town.exchange();
    for _day in 0..92 {
        shared.town.pass(24 * HOUR);
        for office in [1, 2] {
            shared.town.desk(office).keep_inbox_keys().unwrap();
        }
        shared.town.minutes(2);
    }
    for office in [1, 2] {
        let asks = shared.asks(office, false).await;
        let told: Vec<_> = asks.iter().map(|ask| (ask.kind_name.as_str(), verdicts(ask))).collect();
        let in_time = [Is::OnTime, Is::OnTime];
        assert_eq!(told, [("ConsentExpired", in_time), ("ConsentNarrowed", in_time)], "at office {office}");
    }
}

#[tokio::test]
async fn a_page_says_of_each_disclosure_what_is_said_of_it_alone() {
    let mut shared = shared();
    shared.withdraw();
    shared.town.exchange();
    for office in [1, 2] {
        let desk = shared.town.desk(office);
        let audit = AuditApi::new(desk.clone());
        let request = v1::ListDisclosuresRequest { page_size: 200, ..Default::default() };
        let page = audit.list_disclosures(Request::new(request)).await.unwrap().into_inner();
        let told: Vec<_> = page.disclosures.iter().map(|row| (row.index, row.event_id.clone())).collect();
        let alone = (0..desk.status().head.size).rev().filter_map(|index| desk.disclosure_at(index).unwrap());
        let alone: Vec<_> = alone.map(|found| (found.index, found.event.to_string())).collect();
        assert_eq!(told, alone, "office {office}");
        assert!(!told.is_empty() && !page.asks.is_empty(), "{} {}", told.len(), page.asks.len());
    }
}

#[tokio::test]
async fn no_more_than_a_few_pages_are_judged_at_once() {
    let shared = shared();
    let audit = AuditApi::new(shared.town.desk(1));
    let page = || {
        let audit = audit.clone();
        async move {
            let request = v1::ListDisclosuresRequest { page_size: 200, ..Default::default() };
            audit.list_disclosures(Request::new(request)).await
        }
    };
    let calls: Vec<_> = (0..64).map(|_| tokio::spawn(page())).collect();
    let mut asked = Vec::new();
    for call in calls {
        asked.push(call.await.unwrap());
    }
    let busy = asked.iter().filter(|answer| answer.is_err()).count();
    assert!((1..64).contains(&busy), "{busy} of 64 were told to come back");
    assert!(page().await.is_ok(), "a place is free again");
}
