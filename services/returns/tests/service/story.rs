//! North hands a person over to south: the requests of the story.

use std::sync::Arc;

use tonic::Request;
use waymark_api::convert::value::instant;
use waymark_api::v1::{self, GoNoGo, return_service_server::ReturnService as _};
use waymark_desk::{Desk, DomainRules, Options};
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::words::Purpose;
use waymark_returns::{ReturnApi, ReturnsProjection};
use waymark_seal::rng::Seeded;

use crate::agreed::{accepted, offered};
use crate::town::{BEGIN, Town, data, passphrase};

pub(crate) struct Story {
    pub(crate) town: Town,
    pub(crate) north: ReturnApi,
    pub(crate) south: ReturnApi,
    pub(crate) referral: String,
}

/// So many days after the story began.
pub(crate) fn day(days: u32) -> String {
    BEGIN.day().plus(days).to_string()
}

fn served(town: &mut Town, number: u16) -> ReturnApi {
    town.crash(number);
    let rows = Arc::new(ReturnsProjection::new(town.id(number)));
    let options = Options {
        data: data(&town.folder, number),
        passphrase: passphrase(),
        clock: town.clock.clone(),
        rules: Arc::new(DomainRules),
        rng: Box::new(Seeded::new(u64::from(number) << 40)),
        keeping: waymark_desk::Keeping::default(),
        projections: vec![rows.clone()],
        progress: &|_, _| {},
    };
    let desk = Desk::open(options).unwrap();
    town.desks[usize::from(number) - 1] = Some(Arc::clone(&desk));
    ReturnApi::new(desk, rows)
}

impl Story {
    /// South has accepted the hand-over.
    pub(crate) async fn agreed() -> Self {
        let mut town = Town::new(2);
        let (north, south) = (served(&mut town, 1), served(&mut town, 2));
        town.pass(6);
        town.exchange();
        let (_, referral) = offered(&mut town, 2, ReferralKind::HandOver, Purpose::SafeReturn);
        accepted(&mut town, 2, referral);
        Self { town, north, south, referral: referral.to_string() }
    }

    pub(crate) fn id(&self, number: u16) -> String {
        self.town.id(number).to_string()
    }

    pub(crate) async fn journey(&self, office: &ReturnApi) -> v1::Journey {
        let request = v1::GetJourneyRequest { referral: self.referral.clone() };
        office.get_journey(Request::new(request)).await.unwrap().into_inner().journey.unwrap()
    }

    /// Proposed, assessed at both ends, decided, one leg booked with its escort.
    pub(crate) async fn plan(&mut self) {
        let propose = v1::ProposeJourneyRequest {
            referral: self.referral.clone(),
            depart_on: day(3),
            ..Default::default()
        };
        self.north.propose_journey(Request::new(propose)).await.unwrap();
        self.town.exchange();
        for office in [&self.north, &self.south] {
            let assess = v1::AssessRiskRequest {
                referral: self.referral.clone(),
                verdict: GoNoGo::Go.into(),
                summary: "quiet".to_owned(),
                ..Default::default()
            };
            office.assess_risk(Request::new(assess)).await.unwrap();
        }
        self.town.exchange();
        let verdict = GoNoGo::Go.into();
        let decide =
            v1::DecideJourneyRequest { referral: self.referral.clone(), verdict, ..Default::default() };
        self.north.decide_journey(Request::new(decide)).await.unwrap();
        self.north.book_leg(Request::new(self.leg())).await.unwrap();
        let name = "Mila, red scarf".to_owned();
        let escort =
            v1::NameEscortRequest { referral: self.referral.clone(), leg: 1, name, ..Default::default() };
        self.north.name_escort(Request::new(escort)).await.unwrap();
        self.town.exchange();
    }

    /// Documents, reception and place.
    pub(crate) async fn prepare(&mut self) {
        self.north.record_documents(Request::new(self.documents())).await.unwrap();
        let place = v1::Stop { place: Some(v1::stop::Place::Locode("BGSOF".to_owned())) };
        let meets_at = Some(instant(BEGIN.day().plus(3).start().plus(16 * 3_600)));
        let reception = v1::ArrangeReceptionRequest {
            referral: self.referral.clone(),
            meets_at,
            place: Some(place),
            ..Default::default()
        };
        self.south.arrange_reception(Request::new(reception)).await.unwrap();
        self.town.exchange();
        let (from_on, until_on) = (day(3), day(6));
        let arrange = v1::ArrangePlaceRequest {
            referral: self.referral.clone(),
            from_on,
            until_on,
            ..Default::default()
        };
        self.north.arrange_place(Request::new(arrange)).await.unwrap();
        self.town.exchange();
    }

    /// The escort confirms the leg, and she has arrived.
    pub(crate) async fn arrive(&mut self) {
        let check_in =
            v1::RecordCheckInRequest { referral: self.referral.clone(), leg: 1, ..Default::default() };
        self.north.record_check_in(Request::new(check_in)).await.unwrap();
        let confirm = v1::ConfirmLegRequest { referral: self.referral.clone(), leg: 1, ..Default::default() };
        self.north.confirm_leg(Request::new(confirm)).await.unwrap();
        let arrival = v1::RecordArrivalRequest { referral: self.referral.clone(), ..Default::default() };
        self.north.record_arrival(Request::new(arrival)).await.unwrap();
        self.town.exchange();
    }

    pub(crate) fn clear(&self) -> v1::ClearJourneyRequest {
        v1::ClearJourneyRequest { referral: self.referral.clone(), ..Default::default() }
    }

    pub(crate) fn documents(&self) -> v1::RecordDocumentsRequest {
        let valid_until_on = day(400);
        v1::RecordDocumentsRequest { referral: self.referral.clone(), valid_until_on, ..Default::default() }
    }

    fn leg(&self) -> v1::BookLegRequest {
        let departs = BEGIN.day().plus(3).start().plus(8 * 3_600);
        let stop = |code: &str| Some(v1::Stop { place: Some(v1::stop::Place::Locode(code.to_owned())) });
        let zoned = |at| Some(v1::ZonedInstant { at: Some(instant(at)), utc_offset_minutes: 120 });
        let leg = v1::LegPlan {
            number: 1,
            from: stop("DEBER"),
            to: stop("BGSOF"),
            mode: v1::TravelMode::Rail.into(),
            departs: zoned(departs),
            arrives: zoned(departs.plus(6 * 3_600)),
            escorting_office: self.id(1),
            check_in_minutes: 120,
        };
        v1::BookLegRequest { referral: self.referral.clone(), leg: Some(leg), ..Default::default() }
    }
}
