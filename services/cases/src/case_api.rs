//! CaseService.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use waymark_api::convert::case::{self, CaseFilter};
use waymark_api::convert::list::Resume;
use waymark_api::error;
use waymark_api::serve::opens_cases;
use waymark_api::serve::paging::{after, listing};
use waymark_api::serve::stream::{Batch, Sent, Told, batch, watch};
use waymark_api::v1::{self, case_service_server::CaseService, watch_cases_response::Item};
use waymark_desk::Desk;

use crate::projection::CasesProjection;
use crate::{case_view, door, looks, reveal, subject_access};

type Answer<M> = Result<Response<M>, Status>;

/// Parts made ahead of a slow reader: each may be a whole section.
const AHEAD: usize = 2;
/// Bundles told at once: each keeps a thread of the machine.
const TELLING_MAX: usize = 2;

/// Cases of this office.
#[derive(Clone)]
pub struct CaseApi {
    desk: Arc<Desk>,
    rows: Arc<CasesProjection>,
    telling: Arc<Semaphore>,
}

impl CaseApi {
    /// The service at `desk`, which keeps `rows`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, rows: Arc<CasesProjection>) -> Self {
        Self { desk, rows, telling: Arc::new(Semaphore::new(TELLING_MAX)) }
    }
}

#[tonic::async_trait]
impl CaseService for CaseApi {
    async fn open_case(&self, request: Request<v1::OpenCaseRequest>) -> Answer<v1::OpenCaseResponse> {
        door::change(&self.desk, request).await
    }

    async fn record_section(
        &self,
        request: Request<v1::RecordSectionRequest>,
    ) -> Answer<v1::RecordSectionResponse> {
        door::change(&self.desk, request).await
    }

    async fn close_case(&self, request: Request<v1::CloseCaseRequest>) -> Answer<v1::CloseCaseResponse> {
        door::change(&self.desk, request).await
    }

    async fn reopen_case(&self, request: Request<v1::ReopenCaseRequest>) -> Answer<v1::ReopenCaseResponse> {
        door::change(&self.desk, request).await
    }

    async fn order_case_erasure(
        &self,
        request: Request<v1::OrderCaseErasureRequest>,
    ) -> Answer<v1::OrderCaseErasureResponse> {
        door::change(&self.desk, request).await
    }

    async fn set_safeguards(
        &self,
        request: Request<v1::SetSafeguardsRequest>,
    ) -> Answer<v1::SetSafeguardsResponse> {
        door::change(&self.desk, request).await
    }

    async fn reveal_section(
        &self,
        request: Request<v1::RevealSectionRequest>,
    ) -> Answer<v1::RevealSectionResponse> {
        let staff = waymark_api::serve::staff(&request)?;
        let (wanted, cases_too) = (case::reveal(request.get_ref())?, opens_cases(&request));
        let shown =
            door::look(&self.desk, move |desk| reveal::reveal(desk, wanted, staff, cases_too)).await?;
        Ok(Response::new(shown))
    }

    async fn list_looks(&self, request: Request<v1::ListLooksRequest>) -> Answer<v1::ListLooksResponse> {
        let (id, page) = case::looks(request.get_ref())?;
        let from = after::<u64>(&page)?;
        let listed = door::look(&self.desk, move |desk| {
            let looks = looks::of_case(desk, id)?.into_iter();
            let rest = looks.filter(|(index, _)| from.is_none_or(|from| *index < from));
            Ok(listing(&page, rest, |_, look| Some(look)))
        });
        let listed = listed.await?;
        Ok(Response::new(v1::ListLooksResponse {
            looks: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    async fn get_case(&self, request: Request<v1::GetCaseRequest>) -> Answer<v1::GetCaseResponse> {
        let id = case::case_of(request.get_ref())?;
        let rows = Arc::clone(&self.rows);
        let case = door::look(&self.desk, move |desk| case_view::read(desk, &rows, id)).await?;
        Ok(Response::new(v1::GetCaseResponse { case: Some(case) }))
    }

    async fn list_cases(&self, request: Request<v1::ListCasesRequest>) -> Answer<v1::ListCasesResponse> {
        let (filter, page) = case::list(request.get_ref())?;
        let from = after(&page)?;
        let rows = Arc::clone(&self.rows);
        let listed = door::look(&self.desk, move |desk| {
            let (me, today) = (desk.me(), desk.now().day());
            Ok(listing(&page, rows.kept().cases.newest_first(from), |(_, id), row| {
                passes(&filter, &row.data).then(|| case_view::summary(id, &row.data, me, today))
            }))
        });
        let listed = listed.await?;
        Ok(Response::new(v1::ListCasesResponse {
            cases: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    type WatchCasesStream = Sent<v1::WatchCasesResponse>;

    async fn watch_cases(&self, request: Request<v1::WatchCasesRequest>) -> Answer<Self::WatchCasesStream> {
        let (filter, resume) = case::watch(request.get_ref())?;
        Ok(Response::new(self.watch(filter, resume)))
    }

    type GetSubjectAccessStream = Sent<v1::GetSubjectAccessResponse>;

    async fn get_subject_access(
        &self,
        request: Request<v1::GetSubjectAccessRequest>,
    ) -> Answer<Self::GetSubjectAccessStream> {
        let staff = waymark_api::serve::staff(&request)?;
        let id = case::subject_access(request.get_ref())?;
        let (desk, rows) = (Arc::clone(&self.desk), Arc::clone(&self.rows));
        let place = Arc::clone(&self.telling).try_acquire_owned().map_err(|_| error::busy())?;
        let gathered = door::look(&desk, move |desk| Ok((subject_access::gather(desk, &rows, id)?, place)));
        let (gathered, place) = gathered.await?;
        let (tell, told) = mpsc::channel(AHEAD);
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            let _place = place;
            gathered.tell(&desk, staff, &runtime, &tell);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }
}

impl CaseApi {
    fn watch(&self, filter: CaseFilter, resume: Option<Resume>) -> Sent<v1::WatchCasesResponse> {
        let (desk, rows) = (Arc::clone(&self.desk), Arc::clone(&self.rows));
        let feed = door::feed(&desk, resume);
        // A case that left the states asked for since the listener last heard is told once more.
        let heard = feed.since().unwrap_or(*feed.changes.borrow());
        let read = move |told: u64, until| {
            let (me, today, left_after) = (desk.me(), desk.now().day(), told.max(heard));
            let kept = rows.kept();
            let pick = |id, row: &waymark_api::serve::rows::Row<crate::rows::CaseRow>| {
                let wanted = passes(&filter, &row.data) || row.data.opened_or_closed > left_after;
                wanted.then(|| case_view::summary(id, &row.data, me, today))
            };
            Ok::<Batch<_>, Status>(batch(kept.cases.changed(told, until), |row| row.version, pick))
        };
        watch(feed, read, |resume_token, told| {
            let item = match told {
                Told::Row(case) => Item::Case(case),
                Told::CaughtUp => Item::CaughtUp(v1::CaughtUp {}),
            };
            v1::WatchCasesResponse { resume_token, item: Some(item) }
        })
    }
}

fn passes(filter: &CaseFilter, row: &crate::rows::CaseRow) -> bool {
    let in_state = filter.states.is_empty() || filter.states.contains(&row.state());
    in_state && (!filter.responsible_here || row.standing.responsible.is_none())
}
