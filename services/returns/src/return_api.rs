//! ReturnService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use waymark_api::convert::list::{Page, Resume};
use waymark_api::convert::returns::{self, JourneyFilter};
use waymark_api::error;
use waymark_api::serve::journey::{JourneyExtras, Shown, journey_message};
use waymark_api::serve::paging::{Listing, after, listing};
use waymark_api::serve::party_of;
use waymark_api::serve::rows::Row;
use waymark_api::serve::stream::{Batch, Sent, Told, batch, watch};
use waymark_api::v1::{self, return_service_server::ReturnService, watch_journeys_response::Item};
use waymark_desk::{Desk, Thread};
use waymark_domain::ids::ThreadId;
use waymark_domain::referral::ReferralState;

use crate::door;
use crate::projection::{JourneyRow, Kept, Place, ReturnsProjection};

type Answer<M> = Result<Response<M>, Status>;

/// Return journeys that this office sends and receives.
#[derive(Clone)]
pub struct ReturnApi {
    desk: Arc<Desk>,
    rows: Arc<ReturnsProjection>,
}

impl ReturnApi {
    /// The service at `desk`, which keeps `rows`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, rows: Arc<ReturnsProjection>) -> Self {
        Self { desk, rows }
    }
}

#[tonic::async_trait]
impl ReturnService for ReturnApi {
    async fn propose_journey(
        &self,
        request: Request<v1::ProposeJourneyRequest>,
    ) -> Answer<v1::ProposeJourneyResponse> {
        door::change(&self.desk, request).await
    }

    async fn assess_risk(&self, request: Request<v1::AssessRiskRequest>) -> Answer<v1::AssessRiskResponse> {
        door::change(&self.desk, request).await
    }

    async fn decide_journey(
        &self,
        request: Request<v1::DecideJourneyRequest>,
    ) -> Answer<v1::DecideJourneyResponse> {
        door::change(&self.desk, request).await
    }

    async fn record_documents(
        &self,
        request: Request<v1::RecordDocumentsRequest>,
    ) -> Answer<v1::RecordDocumentsResponse> {
        door::change(&self.desk, request).await
    }

    async fn book_leg(&self, request: Request<v1::BookLegRequest>) -> Answer<v1::BookLegResponse> {
        door::change(&self.desk, request).await
    }

    async fn name_escort(&self, request: Request<v1::NameEscortRequest>) -> Answer<v1::NameEscortResponse> {
        door::change(&self.desk, request).await
    }

    async fn arrange_reception(
        &self,
        request: Request<v1::ArrangeReceptionRequest>,
    ) -> Answer<v1::ArrangeReceptionResponse> {
        door::change(&self.desk, request).await
    }

    async fn arrange_place(
        &self,
        request: Request<v1::ArrangePlaceRequest>,
    ) -> Answer<v1::ArrangePlaceResponse> {
        door::change(&self.desk, request).await
    }

    async fn safeguard_minor(
        &self,
        request: Request<v1::SafeguardMinorRequest>,
    ) -> Answer<v1::SafeguardMinorResponse> {
        door::change(&self.desk, request).await
    }

    async fn clear_journey(
        &self,
        request: Request<v1::ClearJourneyRequest>,
    ) -> Answer<v1::ClearJourneyResponse> {
        door::change(&self.desk, request).await
    }

    async fn depart(&self, request: Request<v1::DepartRequest>) -> Answer<v1::DepartResponse> {
        door::change(&self.desk, request).await
    }

    async fn start_leg(&self, request: Request<v1::StartLegRequest>) -> Answer<v1::StartLegResponse> {
        door::change(&self.desk, request).await
    }

    async fn confirm_leg(&self, request: Request<v1::ConfirmLegRequest>) -> Answer<v1::ConfirmLegResponse> {
        door::change(&self.desk, request).await
    }

    async fn record_check_in(
        &self,
        request: Request<v1::RecordCheckInRequest>,
    ) -> Answer<v1::RecordCheckInResponse> {
        door::change(&self.desk, request).await
    }

    async fn record_arrival(
        &self,
        request: Request<v1::RecordArrivalRequest>,
    ) -> Answer<v1::RecordArrivalResponse> {
        door::change(&self.desk, request).await
    }

    async fn confirm_reception(
        &self,
        request: Request<v1::ConfirmReceptionRequest>,
    ) -> Answer<v1::ConfirmReceptionResponse> {
        door::change(&self.desk, request).await
    }

    async fn record_follow_up(
        &self,
        request: Request<v1::RecordFollowUpRequest>,
    ) -> Answer<v1::RecordFollowUpResponse> {
        door::change(&self.desk, request).await
    }

    async fn abort_journey(
        &self,
        request: Request<v1::AbortJourneyRequest>,
    ) -> Answer<v1::AbortJourneyResponse> {
        door::change(&self.desk, request).await
    }

    async fn change_mind(&self, request: Request<v1::ChangeMindRequest>) -> Answer<v1::ChangeMindResponse> {
        door::change(&self.desk, request).await
    }

    async fn close_journey(
        &self,
        request: Request<v1::CloseJourneyRequest>,
    ) -> Answer<v1::CloseJourneyResponse> {
        door::change(&self.desk, request).await
    }

    async fn get_journey(&self, request: Request<v1::GetJourneyRequest>) -> Answer<v1::GetJourneyResponse> {
        let id = returns::journey_of(request.get_ref())?;
        let rows = Arc::clone(&self.rows);
        let journey = door::look(&self.desk, move |desk| {
            let extras =
                rows.kept().rows.get(&id).map(|row| row.data.extras.clone()).ok_or_else(error::absent)?;
            read(desk, id, &extras)?.ok_or_else(error::absent)
        });
        Ok(Response::new(v1::GetJourneyResponse { journey: Some(journey.await?) }))
    }

    async fn list_journeys(
        &self,
        request: Request<v1::ListJourneysRequest>,
    ) -> Answer<v1::ListJourneysResponse> {
        let (filter, page) = returns::list(request.get_ref())?;
        let from = after(&page)?;
        let rows = Arc::clone(&self.rows);
        let listed = door::look(&self.desk, move |desk| {
            let listed = list(&rows.kept(), &filter, &page, from);
            let journeys = listed.rows.iter().filter_map(|(id, extras)| read(desk, *id, extras).transpose());
            let journeys = journeys.collect::<Result<_, _>>()?;
            Ok(v1::ListJourneysResponse { journeys, next_page_token: listed.next_page_token })
        });
        Ok(Response::new(listed.await?))
    }

    type WatchJourneysStream = Sent<v1::WatchJourneysResponse>;

    async fn watch_journeys(
        &self,
        request: Request<v1::WatchJourneysRequest>,
    ) -> Answer<Self::WatchJourneysStream> {
        let (only, resume) = returns::watch(request.get_ref())?;
        Ok(Response::new(self.watch(only, resume)))
    }
}

impl ReturnApi {
    fn watch(&self, only: Option<ThreadId>, resume: Option<Resume>) -> Sent<v1::WatchJourneysResponse> {
        let (desk, rows) = (Arc::clone(&self.desk), Arc::clone(&self.rows));
        let feed = door::feed(&desk, resume);
        let read = move |told: u64, until: u64| {
            let changed = changed(&rows.kept(), only, told, until);
            let shown = changed.into_iter().map(|(version, row)| {
                let journey = row.map(|(id, extras)| read(&desk, id, &extras)).transpose()?;
                Ok((version, journey.flatten()))
            });
            shown.collect::<Result<Batch<_>, Status>>()
        };
        watch(feed, read, |resume_token, told| {
            let item = match told {
                Told::Row(journey) => Item::Journey(journey),
                Told::CaughtUp => Item::CaughtUp(v1::CaughtUp {}),
            };
            v1::WatchJourneysResponse { resume_token, item: Some(item) }
        })
    }
}

/// A journey, from the state of its hand-over and of the referrals of its case.
fn read(desk: &Desk, id: ThreadId, extras: &JourneyExtras) -> Result<Option<v1::Journey>, Status> {
    let Some(thread) = desk.thread(id).map_err(|failure| door::failed(&failure))? else { return Ok(None) };
    let Some(referral) = thread.referral() else { return Ok(None) };
    let (case, linked) = (door::case_of(desk, id)?, door::linked(desk, id)?);
    let case = case.as_deref().and_then(Thread::case);
    let linked: Vec<&ReferralState> = linked.iter().filter_map(|thread| Thread::referral(thread)).collect();
    let (me, etag, now) = (desk.me(), thread.etag.0, desk.now());
    Ok(journey_message(&Shown { referral, case, linked: &linked, extras, me, etag, now }))
}

/// A journey to be read, and what its row adds.
type Found = (ThreadId, JourneyExtras);

fn list(kept: &Kept, filter: &JourneyFilter, page: &Page, from: Option<(Place, ThreadId)>) -> Listing<Found> {
    listing(page, kept.leaving(from), |(_, id), row| {
        passes(filter, &row.data).then(|| (id, row.data.extras.clone()))
    })
}

fn changed(kept: &Kept, only: Option<ThreadId>, told: u64, until: u64) -> Batch<Found> {
    let pick = |id, row: &Row<JourneyRow>| Some((id, row.data.extras.clone()));
    match only {
        None => batch(kept.rows.changed(told, until), |row| row.version, pick),
        Some(only) => {
            let row = kept.rows.get(&only).filter(|row| row.version > told && row.version <= until);
            batch(row.map(|row| (only, row)).into_iter(), |row| row.version, pick)
        }
    }
}

fn passes(filter: &JourneyFilter, row: &JourneyRow) -> bool {
    let in_phase =
        filter.phases.is_empty() || filter.phases.iter().any(|phase| i32::from(*phase) == row.phase);
    let on_side = filter.side.is_none_or(|side| side == party_of(row.side));
    row.phase != 0 && in_phase && on_side && (!filter.alarm || row.alarm)
}
