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

#[cfg(test)]
mod tests {
    use waymark_api::v1::PlacePhase;
    use waymark_domain::event::notice::CapacityNotice;
    use waymark_domain::event::place::PlaceRequested;
    use waymark_domain::event::referral::ReferralKind;
    use waymark_domain::ids::{OfficeId, UnitId};
    use waymark_domain::words::UnitKind;
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::testkit::{Log, NORTH, SOUTH, START, thread, today};

    /// Six units of two shelters and three places asked for.
    fn filled() -> SheltersProjection {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        for number in 1..=6 {
            let office = if number % 2 == 0 { NORTH } else { SOUTH };
            notice(&mut log, office, number);
        }
        for number in 1..=3 {
            let referral = thread(number);
            log.offer(referral, SOUTH, NORTH, ReferralKind::Service);
            log.agree(referral, SOUTH, NORTH);
            let wish = PlaceRequested { kind: UnitKind::Single, from: today(), nights: 3, persons: 1 };
            log.write(SOUTH, referral, Audience::Office(NORTH), wish);
        }
        projection
    }

    fn notice(log: &mut Log<'_>, office: OfficeId, number: u8) {
        let admits = if number < 4 { Admits::Anyone } else { Admits::Men };
        let told = CapacityNotice {
            unit: UnitId([number; 16]),
            kind: UnitKind::Single,
            admits,
            available: number.into(),
            maximum: 9,
            as_of: START,
        };
        log.write(office, waymark_desk::notices_of(office), Audience::Network, told);
    }

    fn units(projection: &SheltersProjection, request: v1::ListUnitsRequest) -> Vec<u32> {
        let mut found = Vec::new();
        let mut request = v1::ListUnitsRequest { page_size: 2, ..request };
        loop {
            let (filter, page) = shelter::list_units(&request).unwrap();
            let listed = list_units(&projection.kept(), &filter, &page, after(&page).unwrap());
            found.extend(listed.rows.iter().map(|unit| unit.available));
            if listed.next_page_token.is_empty() {
                return found;
            }
            request.page_token = listed.next_page_token;
        }
    }

    #[test]
    fn units_are_listed_by_office_and_unit_and_filtered() {
        let projection = filled();
        assert_eq!(units(&projection, v1::ListUnitsRequest::default()), [2, 4, 6, 1, 3, 5]);
        let of_south = v1::ListUnitsRequest { office: SOUTH.to_string(), ..Default::default() };
        assert_eq!(units(&projection, of_south), [1, 3, 5]);
        let for_women = v1::ListUnitsRequest { admits: v1::Admits::Women.into(), ..Default::default() };
        assert_eq!(units(&projection, for_women), [2, 1, 3]);
        assert_eq!(units(&projection, v1::ListUnitsRequest { places: 5, ..Default::default() }), [6, 5]);
    }

    #[test]
    fn places_are_listed_last_changed_first_and_filtered() {
        let projection = filled();
        let places = |request: v1::ListPlacesRequest| {
            let (filter, page) = shelter::list_places(&request).unwrap();
            let listed = list_places(&projection.kept(), &filter, &page, after(&page).unwrap());
            listed.rows.into_iter().map(|place| place.referral).collect::<Vec<_>>()
        };
        let newest_first = [3, 2, 1].map(|number| thread(number).to_string());
        assert_eq!(places(v1::ListPlacesRequest::default()), newest_first);
        let held = v1::ListPlacesRequest { phases: vec![PlacePhase::Held.into()], ..Default::default() };
        assert!(places(held).is_empty());
        let sent = v1::ListPlacesRequest { side: v1::Party::Sender.into(), ..Default::default() };
        assert!(places(sent).is_empty());
    }

    #[test]
    fn a_watch_of_units_tells_nothing_of_referrals() {
        let projection = filled();
        let told = |units_only| {
            let batch = changed(&projection.kept(), units_only, 0, u64::MAX);
            batch.into_iter().filter_map(|(_, item)| item).collect::<Vec<_>>()
        };
        assert_eq!(told(false).len(), 9);
        assert_eq!(told(true).len(), 6);
        assert!(told(true).iter().all(|item| matches!(item, Item::Unit(_))));
    }
}
