//! ReportService of real offices: holders, breach and record, after a withdrawal, an erasure and an emergency.

use tonic::{Code, Request};
use waymark_api::convert::value::instant;
use waymark_api::v1::{
    self, Category as Told, HolderState, HoldingBasis, report_service_server::ReportService as _,
};
use waymark_audit::ReportApi;
use waymark_desk::Duty;
use waymark_domain::command::{
    CloseCase, DiscloseInEmergency, NarrowConsent, OpenCase, OrderCaseErasure, RecordSection,
    ReviewEmergency, SendMessage, WithdrawConsent,
};
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::{EventId, OfficeId, StaffId, ThreadId};
use waymark_domain::section::{Content, Field};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{
    CaseOutcome, Category, EmergencyGround, EndedBy, ErasureReason, Purpose, RetentionGround,
};

use crate::agreed;
use crate::town::{BEGIN, Town};

/// North shared triage, safety and travel with south, which accepted.
struct Shared {
    town: Town,
    case: ThreadId,
    referral: ThreadId,
}

fn fields(field: Field, value: &str) -> Content {
    Content::Fields(vec![(field, value.to_owned())])
}

fn shared() -> Shared {
    let mut town = Town::new(2);
    let (case, referral) = agreed::offered(&mut town, 2, ReferralKind::Service, Purpose::SocialSupport);
    for (category, content) in [
        (Category::Safety, fields(Field::Threats, "a cousin")),
        (Category::Travel, fields(Field::TravelDocument, "none")),
        (Category::Health, fields(Field::HealthNeeds, "insulin")),
    ] {
        town.does(1, RecordSection { case, category, content }).unwrap();
    }
    town.pass(600);
    agreed::accepted(&mut town, 2, referral);
    Shared { town, case, referral }
}

impl Shared {
    fn consent(&self) -> EventId {
        let case = self.town.desk(1).thread(self.case).unwrap().unwrap();
        case.case().unwrap().consents[0].id
    }

    fn withdraw(&mut self) {
        let (case, consent) = (self.case, self.consent());
        self.town.does(1, WithdrawConsent { case, consent, by: EndedBy::Person }).unwrap();
    }

    fn emergency(&mut self) -> EventId {
        let emergency = DiscloseInEmergency {
            referral: self.referral,
            ground: EmergencyGround::VitalInterests,
            categories: vec![Category::Health],
            first: StaffId([1; 8]),
            second: StaffId([2; 8]),
            reason: "She was found unconscious.".into(),
        };
        let declared = self.town.does(1, emergency).unwrap().events[0];
        self.town.exchange();
        declared
    }

    async fn holders(&self, office: u16) -> Vec<v1::Holding> {
        let case = self.town.desk(office).case_of(self.referral).unwrap();
        let api = ReportApi::new(self.town.desk(office));
        let request = v1::ListHoldersRequest { case: case.to_string(), ..Default::default() };
        api.list_holders(Request::new(request)).await.unwrap().into_inner().holders
    }

    /// What one office holds on one basis, as another lists it.
    async fn held(&self, lists: u16, holder: u16, basis: HoldingBasis) -> Vec<v1::Holding> {
        let id = self.town.id(holder).to_string();
        let mut holders = self.holders(lists).await;
        holders.retain(|row| row.office == id && row.basis() == basis);
        holders
    }

    async fn breach(&self, office: OfficeId, from: Timestamp, to: Timestamp) -> Vec<v1::BreachHolding> {
        let request = v1::ListBreachHoldingsRequest {
            office: office.to_string(),
            from: Some(instant(from)),
            to: Some(instant(to)),
            page_size: 1,
            ..Default::default()
        };
        let api = ReportApi::new(self.town.desk(1));
        let (mut request, mut all) = (request, Vec::new());
        loop {
            let page = api.list_breach_holdings(Request::new(request.clone())).await.unwrap().into_inner();
            all.extend(page.holdings);
            if page.next_page_token.is_empty() {
                return all;
            }
            request.page_token = page.next_page_token;
        }
    }

    async fn record(&self, office: u16) -> v1::ProcessingRecord {
        let request = v1::GetProcessingRecordRequest {
            from_on: BEGIN.day().to_string(),
            to_on: BEGIN.day().plus(30).to_string(),
        };
        let api = ReportApi::new(self.town.desk(office));
        api.get_processing_record(Request::new(request)).await.unwrap().into_inner().record.unwrap()
    }
}

fn categories(rows: &[v1::Holding]) -> Vec<Told> {
    let mut all: Vec<Told> = rows.iter().flat_map(v1::Holding::categories).collect();
    all.sort();
    all
}

#[tokio::test]
async fn every_holder_is_listed_with_what_it_holds_and_why() {
    let mut shared = shared();
    shared.town.does(1, SendMessage { referral: shared.referral, text: "Please call.".into() }).unwrap();
    shared.town.exchange();
    let own = shared.held(1, 1, HoldingBasis::OwnCase).await;
    assert!(categories(&own).contains(&Told::Health) && own.iter().all(|row| row.erased_at.is_none()));
    let consented = shared.held(1, 2, HoldingBasis::Consent).await;
    assert_eq!(categories(&consented), [Told::Triage, Told::Safety, Told::Travel]);
    for row in &consented {
        assert_eq!(
            (row.state(), row.purposes().next()),
            (HolderState::Holds, Some(v1::Purpose::SocialSupport))
        );
        assert_eq!(row.until_on, BEGIN.day().plus(180).to_string());
        assert!(row.disclosed_at.is_some() && row.received_at.is_some() && row.emergency.is_none());
    }
    assert_eq!(categories(&shared.held(1, 2, HoldingBasis::Reply).await), [Told::Coordination]);
    // South lists the same of itself, and that north holds its own case.
    assert_eq!(categories(&shared.held(2, 2, HoldingBasis::Consent).await), categories(&consented));
    let origin = shared.held(2, 1, HoldingBasis::OwnCase).await;
    assert_eq!(categories(&origin), [Told::Triage, Told::Safety, Told::Travel]);
}

#[tokio::test]
async fn a_withdrawal_is_followed_from_notified_to_erased_and_an_emergency_stands_beside_it() {
    let mut shared = shared();
    let declared = shared.emergency();
    shared.town.pass(60);
    let asked_at = shared.town.desk(1).now();
    shared.withdraw();
    for row in shared.held(1, 2, HoldingBasis::Consent).await {
        assert_eq!((row.state(), row.since), (HolderState::Asked, Some(instant(asked_at))));
        // As long as nobody says otherwise it can be read there.
        assert!(row.locked_at.is_none());
        assert!(row.erased_at.is_none());
    }
    shared.town.pass(3_600);
    shared.town.exchange();
    for office in [1, 2] {
        let gone = shared.held(office, 2, HoldingBasis::Consent).await;
        assert_eq!(categories(&gone), [Told::Triage, Told::Safety, Told::Travel]);
        assert!(
            gone.iter().all(|row| row.state() == HolderState::Erased && row.erased_at.is_some()),
            "{gone:?}"
        );
        let kept = shared.held(office, 2, HoldingBasis::Emergency).await;
        let used = kept[0].emergency.clone().unwrap();
        assert_eq!((kept.len(), kept[0].state(), used.reviewed), (1, HolderState::Holds, false));
        assert_eq!(
            (used.ground(), used.emergency),
            (v1::EmergencyGround::VitalInterests, declared.to_string())
        );
    }
    let told_on = shared.town.desk(1).now().day();
    let (referral, by) = (shared.referral, StaffId([3; 8]));
    let review = ReviewEmergency { referral, emergency: declared, by, upheld: false, told_on };
    shared.town.does(1, review).unwrap();
    let asked = shared.held(1, 2, HoldingBasis::Emergency).await;
    assert_eq!(asked[0].state(), HolderState::Asked);
    shared.town.exchange();
    let gone = shared.held(1, 2, HoldingBasis::Emergency).await;
    let used = gone[0].emergency.clone().unwrap();
    assert_eq!((gone[0].state(), used.reviewed, used.upheld), (HolderState::Erased, true, false));
    assert_eq!(used.told_on, told_on.to_string());
}

#[tokio::test]
async fn after_the_case_is_erased_its_office_holds_nothing_and_a_breach_before_still_counts_it() {
    let mut shared = shared();
    let (case, me) = (shared.case, shared.town.id(1));
    shared.withdraw();
    shared.town.exchange();
    shared.town.does(1, CloseCase { case, outcome: CaseOutcome::EndedByPerson, note: None }).unwrap();
    shared.town.pass(3_600);
    let before = shared.town.desk(1).now();
    shared.town.pass(3_600);
    shared.town.does(1, OrderCaseErasure { case, reason: ErasureReason::Asked }).unwrap();
    shared.town.exchange();
    shared.town.pass(3_600);
    let after = shared.town.desk(1).now();
    let own = shared.held(1, 1, HoldingBasis::OwnCase).await;
    assert!(categories(&own).contains(&Told::Health));
    for row in &own {
        assert_eq!(
            (row.state(), row.locked_at.is_some(), row.erased_at.is_some()),
            (HolderState::Erased, true, true)
        );
    }
    let held = shared.breach(me, before, before).await;
    assert!(held.iter().any(|held| held.readable && held.case == case.to_string()), "{held:?}");
    assert!(shared.breach(me, after, after).await.is_empty());
    // South does not hear of it, and lists north as before.
    assert!(shared.held(2, 1, HoldingBasis::OwnCase).await.iter().all(|row| row.erased_at.is_none()));
    let counts = shared.record(1).await.counts;
    assert!(counts.iter().any(|count| count.name == "cases erased"), "{counts:?}");
}

#[tokio::test]
async fn what_was_narrowed_away_is_gone_and_the_rest_is_held() {
    let mut shared = shared();
    let narrow = NarrowConsent {
        case: shared.case,
        consent: shared.consent(),
        purposes: vec![Purpose::SocialSupport],
        categories: vec![Category::Triage, Category::Safety],
        onward: false,
        until: BEGIN.day().plus(90),
    };
    shared.town.does(1, narrow).unwrap();
    shared.town.exchange();
    let rows = shared.held(1, 2, HoldingBasis::Consent).await;
    let (gone, held): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.state() == HolderState::Erased);
    assert_eq!(
        (categories(&gone), categories(&held)),
        (vec![Told::Travel], vec![Told::Triage, Told::Safety])
    );
    assert!(held.iter().all(|row| row.until_on == BEGIN.day().plus(90).to_string()));
}

#[tokio::test]
async fn what_the_law_obliges_a_holder_to_keep_is_kept_and_not_read() {
    let mut shared = shared();
    let (categories_kept, ground) = (vec![Category::Safety], RetentionGround::LegalObligation);
    shared.town.keeping.duty = Some(Duty { categories: categories_kept, ground, days: 40 });
    shared.town.stop(2);
    shared.town.open(2);
    shared.town.exchange();
    shared.withdraw();
    shared.town.exchange();
    let until = shared.town.desk(1).now().day().plus(40).to_string();
    let rows = shared.held(1, 2, HoldingBasis::Consent).await;
    let (kept, gone): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.state() == HolderState::Retained);
    assert_eq!(
        (categories(&kept), categories(&gone)),
        (vec![Told::Safety], vec![Told::Triage, Told::Travel])
    );
    assert_eq!(
        (kept[0].ground(), &kept[0].retained_until_on),
        (v1::RetentionGround::LegalObligation, &until)
    );
    assert!(kept[0].locked_at.is_some() && kept[0].erased_at.is_none());
    assert!(gone.iter().all(|row| row.state() == HolderState::Erased));
    let later = shared.town.desk(1).now().plus(60);
    let held = shared.breach(shared.town.id(2), later, later.plus(60)).await;
    assert_eq!(held.len(), 1);
    assert!(!held[0].readable);
    let grounds = shared.record(1).await.retention.unwrap().grounds;
    assert_eq!((grounds.len(), grounds[0].claims.as_str(), &grounds[0].until_on), (1, "<11", &until));
}

#[tokio::test]
async fn a_breach_tells_what_was_held_then_and_whether_it_could_be_read() {
    let mut shared = shared();
    let (south, disclosed) = (shared.town.id(2), shared.town.desk(1).now());
    shared.town.pass(3_600);
    shared.withdraw();
    shared.town.exchange();
    let erased = shared.town.desk(1).now();
    let at_the_time = shared.breach(south, disclosed, disclosed.plus(60)).await;
    let held: Vec<v1::Holding> = at_the_time.iter().filter_map(|row| row.holding.clone()).collect();
    assert_eq!(categories(&held), [Told::Triage, Told::Safety, Told::Travel]);
    assert!(at_the_time.iter().all(|row| row.readable && row.case == shared.case.to_string()));
    assert!(held.iter().all(|row| row.office == south.to_string()));
    assert!(shared.breach(south, erased.plus(60), erased.plus(600)).await.is_empty());
    assert!(shared.breach(south, Timestamp(1), Timestamp(2)).await.is_empty());
    // Here the case is still held, also after the withdrawal.
    let here = shared.breach(shared.town.id(1), erased.plus(60), erased.plus(600)).await;
    let here: Vec<v1::Holding> = here.into_iter().filter_map(|row| row.holding).collect();
    assert!(categories(&here).contains(&Told::Health), "{here:?}");
}

#[tokio::test]
async fn a_record_names_what_is_done_and_hides_how_often() {
    let mut shared = shared();
    shared.emergency();
    shared.withdraw();
    shared.town.exchange();
    for _ in 0..11 {
        shared.town.does(1, OpenCase::default()).unwrap();
    }
    let record = shared.record(1).await;
    assert_eq!(record.controller.as_ref().unwrap().country, "DE");
    let purposes: Vec<_> = record.purposes.iter().map(v1::PurposeUse::purpose).collect();
    assert_eq!(purposes, [v1::Purpose::SocialSupport]);
    let recipient = &record.recipients[0];
    assert_eq!(
        (recipient.institution(), recipient.country.as_str(), recipient.third_country),
        (v1::Institution::Ngo, "BG", false)
    );
    let bases: Vec<_> = record.bases.iter().map(v1::BasisUse::basis).collect();
    assert!(bases.contains(&HoldingBasis::Consent) && bases.contains(&HoldingBasis::Emergency));
    for count in &record.counts {
        let many = matches!(count.name.as_str(), "cases opened" | "cases open at the end");
        assert_eq!(count.count, if many { "12" } else { "<11" }, "{}", count.name);
    }
    assert!(record.categories.iter().all(|used| used.cases == "<11" && used.received == "<11"));
    let retention = record.retention.as_ref().unwrap();
    assert_eq!(retention.consents_until_on, BEGIN.day().plus(180).to_string());
    assert!(record.measures.len() > 3);
    let text = format!("{record:?}");
    for secret in ["insulin", "cousin", &shared.case.to_string(), &shared.referral.to_string()] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told() {
    let shared = shared();
    let api = ReportApi::new(shared.town.desk(1));
    let period =
        v1::GetProcessingRecordRequest { from_on: "2026-09-02".to_owned(), to_on: "2026-09-01".to_owned() };
    let told = api.get_processing_record(Request::new(period)).await.unwrap_err();
    assert_eq!((told.code(), told.message()), (Code::InvalidArgument, "to_on lies before from_on"));
    let breach = |office: OfficeId, from, to| v1::ListBreachHoldingsRequest {
        office: office.to_string(),
        from: Some(instant(from)),
        to: Some(instant(to)),
        ..Default::default()
    };
    let backwards = breach(shared.town.id(2), BEGIN.plus(1), BEGIN);
    let told = api.list_breach_holdings(Request::new(backwards)).await.unwrap_err();
    assert_eq!((told.code(), told.message()), (Code::InvalidArgument, "to lies before from"));
    let unknown = breach(OfficeId([9; 16]), BEGIN, BEGIN);
    let told = api.list_breach_holdings(Request::new(unknown)).await.unwrap_err();
    assert_eq!(told.code(), Code::NotFound);
    assert!(told.message().contains("not in the network"), "{told:?}");
    for thread in [ThreadId([9; 16]), shared.referral] {
        let holders = v1::ListHoldersRequest { case: thread.to_string(), ..Default::default() };
        let told = api.list_holders(Request::new(holders)).await.unwrap_err();
        assert_eq!(told.code(), Code::NotFound);
    }
}
