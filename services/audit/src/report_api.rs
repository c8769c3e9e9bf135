//! ReportService.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use waymark_api::convert::report;
use waymark_api::error;
use waymark_api::serve::paging::after;
use waymark_api::v1::{self, report_service_server::ReportService};
use waymark_desk::Desk;

use crate::door;
use crate::report::{breach, holders, record};

type Answer<M> = Result<Response<M>, Status>;

/// Reports under way at once.
pub(crate) const REPORTING_MAX: usize = 2;

/// What the GDPR asks of this office.
#[derive(Clone)]
pub struct ReportApi {
    desk: Arc<Desk>,
    /// Each goes through the whole log.
    reporting: Arc<Semaphore>,
}

impl ReportApi {
    /// The service at `desk`.
    #[must_use]
    pub fn new(desk: Arc<Desk>) -> Self {
        Self { desk, reporting: Arc::new(Semaphore::new(REPORTING_MAX)) }
    }

    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Desk) -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let place = Arc::clone(&self.reporting).try_acquire_owned().map_err(|_| error::busy())?;
        let looked = door::look(&self.desk, move |desk| {
            // Held until it ends, also when nobody waits for it any more.
            let _place = place;
            look(desk)
        });
        looked.await
    }
}

#[tonic::async_trait]
impl ReportService for ReportApi {
    async fn get_processing_record(
        &self,
        request: Request<v1::GetProcessingRecordRequest>,
    ) -> Answer<v1::GetProcessingRecordResponse> {
        let period = report::record(request.get_ref())?;
        let record = self.look(move |desk| record::record(desk, period)).await?;
        Ok(Response::new(v1::GetProcessingRecordResponse { record: Some(record) }))
    }

    async fn list_breach_holdings(
        &self,
        request: Request<v1::ListBreachHoldingsRequest>,
    ) -> Answer<v1::ListBreachHoldingsResponse> {
        let (breach, page) = report::breach(request.get_ref())?;
        let from = after(&page)?;
        let listed = self.look(move |desk| breach::list(desk, &breach, &page, from)).await?;
        Ok(Response::new(v1::ListBreachHoldingsResponse {
            holdings: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_holders(
        &self,
        request: Request<v1::ListHoldersRequest>,
    ) -> Answer<v1::ListHoldersResponse> {
        let (case, page) = report::holders(request.get_ref())?;
        let from = after(&page)?;
        let listed = self.look(move |desk| holders::list(desk, case, &page, from)).await?;
        Ok(Response::new(v1::ListHoldersResponse {
            holders: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }
}
