//! ShelterService of real offices: real folders, keys and logs; only the mail is carried by hand.

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

use std::sync::Arc;

use tokio_stream::StreamExt as _;
use tonic::{Code, Request, Status};
use waymark_api::v1::{
    self, PlacePhase, shelter_service_server::ShelterService as _, watch_places_response::Item,
};
use waymark_desk::{Desk, DomainRules, Options};
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::words::{Category, Purpose};
use waymark_seal::rng::Seeded;
use waymark_shelters::{ShelterApi, SheltersProjection};

use crate::town::{BEGIN, Town, data, passphrase};

const UNIT: &str = "00112233445566778899aabbccddeeff";

/// North (1) has referred somebody to the shelter harbour (3), which accepted.
struct Story {
    town: Town,
    north: ShelterApi,
    harbour: ShelterApi,
    referral: String,
}

fn served(town: &mut Town, number: u16) -> ShelterApi {
    town.crash(number);
    let rows = Arc::new(SheltersProjection::new(town.id(number)));
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
    ShelterApi::new(desk, rows)
}

fn story() -> Story {
    let mut town = Town::new(3);
    let (north, harbour) = (served(&mut town, 1), served(&mut town, 3));
    town.pass(6);
    town.exchange();
    let (_, referral) = agreed::offered(&mut town, 3, ReferralKind::Service, Purpose::SafeShelter);
    agreed::accepted(&mut town, 3, referral);
    Story { town, north, harbour, referral: referral.to_string() }
}

impl Story {
    async fn publishes(&self, maximum: u32) {
        let request = v1::PublishCapacityRequest {
            unit: UNIT.to_owned(),
            kind: v1::UnitKind::Single.into(),
            admits: v1::Admits::Women.into(),
            maximum,
            ..Default::default()
        };
        self.harbour.publish_capacity(Request::new(request)).await.unwrap();
    }

    async fn asks(&self, persons: u32) {
        let request = v1::RequestPlaceRequest {
            referral: self.referral.clone(),
            kind: v1::UnitKind::Single.into(),
            from_on: BEGIN.day().plus(1).to_string(),
            nights: 3,
            persons,
            ..Default::default()
        };
        self.north.request_place(Request::new(request)).await.unwrap();
    }

    async fn holds(&self) -> Result<(), Status> {
        let (referral, unit) = (self.referral.clone(), UNIT.to_owned());
        let request = v1::HoldPlaceRequest { referral, unit, ..Default::default() };
        self.harbour.hold_place(Request::new(request)).await.map(drop)
    }

    async fn releases_the_address(&self) -> Result<(), Status> {
        let request = v1::ReleaseAddressRequest {
            referral: self.referral.clone(),
            until_on: BEGIN.day().plus(5).to_string(),
            address: "Quay 7".to_owned(),
            ..Default::default()
        };
        self.harbour.release_address(Request::new(request)).await.map(drop)
    }
}

async fn units(office: &ShelterApi) -> Vec<v1::Unit> {
    office.list_units(Request::new(v1::ListUnitsRequest::default())).await.unwrap().into_inner().units
}

async fn place(office: &ShelterApi) -> v1::Place {
    let listed =
        office.list_places(Request::new(v1::ListPlacesRequest::default())).await.unwrap().into_inner();
    listed.places.into_iter().next().unwrap()
}

#[tokio::test]
async fn capacity_reaches_the_others_and_own_places_are_counted_at_once() {
    let mut story = story();
    story.publishes(2).await;
    story.town.exchange();
    let seen = units(&story.north).await;
    assert_eq!((seen.len(), seen[0].available, seen[0].maximum), (1, 2, 2));
    assert!(seen[0].etag.is_empty());
    story.asks(1).await;
    story.town.exchange();
    story.holds().await.unwrap();
    let own = units(&story.harbour).await;
    assert_eq!((own[0].available, own[0].held, own[0].occupied), (1, 1, 0));
    assert_eq!(place(&story.harbour).await.phase(), PlacePhase::Held);
    assert_eq!(place(&story.north).await.phase(), PlacePhase::Requested);
    story.town.exchange();
    assert_eq!(place(&story.north).await.phase(), PlacePhase::Held);
}

#[tokio::test]
async fn a_shelter_never_holds_more_than_it_has() {
    let mut story = story();
    story.publishes(1).await;
    story.asks(2).await;
    story.town.exchange();
    let refused = story.holds().await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(units(&story.harbour).await[0].available, 1);
}

#[tokio::test]
async fn an_address_is_told_after_confirmation_only_and_is_in_no_row() {
    let mut story = story();
    story.publishes(2).await;
    story.asks(1).await;
    story.town.exchange();
    story.holds().await.unwrap();
    assert_eq!(story.releases_the_address().await.unwrap_err().code(), Code::PermissionDenied);
    let confirm = v1::ConfirmPlaceRequest { referral: story.referral.clone(), ..Default::default() };
    story.harbour.confirm_place(Request::new(confirm)).await.unwrap();
    story.releases_the_address().await.unwrap();
    story.town.exchange();
    let shown = place(&story.north).await;
    assert_eq!(
        (shown.phase(), shown.address_until_on),
        (PlacePhase::Confirmed, BEGIN.day().plus(5).to_string())
    );
    let (thread, event) = (story.referral.parse().unwrap(), shown.address_event.parse().unwrap());
    assert!(story.town.desk(1).open_section(thread, event, Category::Shelter).is_ok());
    let listed =
        story.north.list_places(Request::new(v1::ListPlacesRequest::default())).await.unwrap().into_inner();
    assert!(!format!("{listed:?}").contains("Quay"));
}

#[tokio::test]
async fn a_watch_tells_units_and_places_as_they_change() {
    let mut story = story();
    story.publishes(2).await;
    let mut stream = story
        .harbour
        .watch_places(Request::new(v1::WatchPlacesRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let first = stream.next().await.unwrap().unwrap().item.unwrap();
    assert!(matches!(&first, Item::Unit(unit) if unit.available == 2), "{first:?}");
    assert!(matches!(stream.next().await.unwrap().unwrap().item.unwrap(), Item::CaughtUp(_)));
    story.asks(1).await;
    story.town.exchange();
    let requested = stream.next().await.unwrap().unwrap().item.unwrap();
    assert!(
        matches!(&requested, Item::Place(place) if place.phase() == PlacePhase::Requested),
        "{requested:?}"
    );
    story.holds().await.unwrap();
    let mut told = Vec::new();
    while told.len() < 2 {
        match stream.next().await.unwrap().unwrap().item.unwrap() {
            Item::Unit(unit) => told.push(unit.available == 1),
            Item::Place(place) if place.phase() == PlacePhase::Held => told.push(true),
            Item::Place(_) | Item::CaughtUp(_) => {}
        }
    }
    assert_eq!(told, [true, true]);
}
