//! ShelterService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use waymark_api::convert::list::{Page, Resume};
use waymark_api::convert::shelter::{self, PlaceFilter, UnitFilter};
use waymark_api::serve::paging::{Listing, after, listing};
use waymark_api::serve::rows::Row;
use waymark_api::serve::stream::{Batch, Sent, Told, batch, watch};
use waymark_api::v1::{self, shelter_service_server::ShelterService, watch_places_response::Item};
use waymark_desk::Desk;
use waymark_domain::event::case::LinkSide;
use waymark_domain::words::Admits;

use crate::door;
use crate::projection::{Kept, SheltersProjection};
use crate::rows::{PlaceRow, ShelterRow, Subject, UnitRow};

type Answer<M> = Result<Response<M>, Status>;

/// Units of all shelters, and places asked for by this office or of it.
#[derive(Clone)]
pub struct ShelterApi {
    desk: Arc<Desk>,
    rows: Arc<SheltersProjection>,
}

impl ShelterApi {
    /// The service at `desk`, which keeps `rows`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, rows: Arc<SheltersProjection>) -> Self {
        Self { desk, rows }
    }
}

#[tonic::async_trait]
impl ShelterService for ShelterApi {
    async fn publish_capacity(
        &self,
        request: Request<v1::PublishCapacityRequest>,
    ) -> Answer<v1::PublishCapacityResponse> {
        door::change(&self.desk, request).await
    }

    async fn request_place(
        &self,
        request: Request<v1::RequestPlaceRequest>,
    ) -> Answer<v1::RequestPlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn hold_place(&self, request: Request<v1::HoldPlaceRequest>) -> Answer<v1::HoldPlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn refuse_place(
        &self,
        request: Request<v1::RefusePlaceRequest>,
    ) -> Answer<v1::RefusePlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn confirm_place(
        &self,
        request: Request<v1::ConfirmPlaceRequest>,
    ) -> Answer<v1::ConfirmPlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn release_place(
        &self,
        request: Request<v1::ReleasePlaceRequest>,
    ) -> Answer<v1::ReleasePlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn choose_place(
        &self,
        request: Request<v1::ChoosePlaceRequest>,
    ) -> Answer<v1::ChoosePlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn give_up_place(
        &self,
        request: Request<v1::GiveUpPlaceRequest>,
    ) -> Answer<v1::GiveUpPlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn release_address(
        &self,
        request: Request<v1::ReleaseAddressRequest>,
    ) -> Answer<v1::ReleaseAddressResponse> {
        door::change(&self.desk, request).await
    }

    async fn check_in_to_shelter(
        &self,
        request: Request<v1::CheckInToShelterRequest>,
    ) -> Answer<v1::CheckInToShelterResponse> {
        door::change(&self.desk, request).await
    }

    async fn check_out_of_shelter(
        &self,
        request: Request<v1::CheckOutOfShelterRequest>,
    ) -> Answer<v1::CheckOutOfShelterResponse> {
        door::change(&self.desk, request).await
    }

    async fn report_no_show(
        &self,
        request: Request<v1::ReportNoShowRequest>,
    ) -> Answer<v1::ReportNoShowResponse> {
        door::change(&self.desk, request).await
    }

    async fn list_units(&self, request: Request<v1::ListUnitsRequest>) -> Answer<v1::ListUnitsResponse> {
        let (filter, page) = shelter::list_units(request.get_ref())?;
        let from = after(&page)?;
        let rows = Arc::clone(&self.rows);
        let listed =
            door::look(&self.desk, move |_| Ok(list_units(&rows.kept(), &filter, &page, from))).await?;
        Ok(Response::new(v1::ListUnitsResponse {
            units: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_places(&self, request: Request<v1::ListPlacesRequest>) -> Answer<v1::ListPlacesResponse> {
        let (filter, page) = shelter::list_places(request.get_ref())?;
        let from = after(&page)?;
        let rows = Arc::clone(&self.rows);
        let listed =
            door::look(&self.desk, move |_| Ok(list_places(&rows.kept(), &filter, &page, from))).await?;
        Ok(Response::new(v1::ListPlacesResponse {
            places: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    type WatchPlacesStream = Sent<v1::WatchPlacesResponse>;

    async fn watch_places(
        &self,
        request: Request<v1::WatchPlacesRequest>,
    ) -> Answer<Self::WatchPlacesStream> {
        let resume = shelter::watch(request.get_ref())?;
        Ok(Response::new(self.watch(request.get_ref().units_only, resume)))
    }
}

impl ShelterApi {
    fn watch(&self, units_only: bool, resume: Option<Resume>) -> Sent<v1::WatchPlacesResponse> {
        let rows = Arc::clone(&self.rows);
        let read = move |told: u64, until: u64| Ok(changed(&rows.kept(), units_only, told, until));
        watch(door::feed(&self.desk, resume), read, |resume_token, told| {
            let item = match told {
                Told::Row(item) => item,
                Told::CaughtUp => Item::CaughtUp(v1::CaughtUp {}),
            };
            v1::WatchPlacesResponse { resume_token, item: Some(item) }
        })
    }
}

fn changed(kept: &Kept, units_only: bool, told: u64, until: u64) -> Batch<Item> {
    let pick = |subject: Subject, row: &Row<ShelterRow>| match subject {
        Subject::Unit(..) => Kept::unit_message(subject, row).map(Item::Unit),
        Subject::Place(_) if units_only => None,
        Subject::Place(_) => Kept::place_message(subject, row).map(Item::Place),
    };
    batch(kept.rows.changed(told, until), |row| row.version, pick)
}

/// Units by office and unit.
fn list_units(kept: &Kept, filter: &UnitFilter, page: &Page, from: Option<Subject>) -> Listing<v1::Unit> {
    let units = kept.rows.in_order(from).take_while(|(subject, _)| matches!(subject, Subject::Unit(..)));
    listing(page, units, |subject, row| {
        let Subject::Unit(office, _) = subject else { return None };
        let wanted = filter.office.is_none_or(|wanted| wanted == office)
            && row.data.unit().is_some_and(|unit| unit_passes(filter, unit));
        Kept::unit_message(subject, row).filter(|_| wanted)
    })
}

fn unit_passes(filter: &UnitFilter, unit: &UnitRow) -> bool {
    let open_to = |wanted| unit.admits == wanted || unit.admits == Admits::Anyone;
    filter.kind.is_none_or(|kind| unit.kind == kind)
        && filter.admits.is_none_or(open_to)
        && unit.available >= filter.places
}

/// Places that changed last first.
fn list_places(
    kept: &Kept,
    filter: &PlaceFilter,
    page: &Page,
    from: Option<(u64, Subject)>,
) -> Listing<v1::Place> {
    listing(page, kept.rows.newest_first(from), |(_, subject), row| {
        let wanted = row.data.place().is_some_and(|place| place_passes(filter, place));
        Kept::place_message(subject, row).filter(|_| wanted)
    })
}

fn place_passes(filter: &PlaceFilter, place: &PlaceRow) -> bool {
    let facts = &place.facts;
    let in_phase =
        filter.phases.is_empty() || filter.phases.iter().any(|phase| i32::from(*phase) == facts.phase);
    let in_unit = filter.unit.is_none_or(|unit| facts.unit == Some(unit) && facts.side == LinkSide::Receiver);
    let on_side = filter.side.is_none_or(|side| side == waymark_api::serve::party_of(facts.side));
    in_phase && in_unit && on_side
}
