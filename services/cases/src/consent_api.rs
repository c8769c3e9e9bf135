//! ConsentService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use waymark_api::convert::consent;
use waymark_api::convert::list::Page;
use waymark_api::error::{self, Fault, Rejected};
use waymark_api::serve::paging::{Listing, after, listing};
use waymark_api::serve::rows::Row;
use waymark_api::v1::{self, consent_service_server::ConsentService};
use waymark_desk::Desk;
use waymark_domain::ids::ThreadId;

use crate::history::History;
use crate::projection::CasesProjection;
use crate::rows::ReferralRow;
use crate::sheet::{self, Language};
use crate::sheet_view::Wanted;
use crate::{consent_view, door, sheet_view, tasks};

type Answer<M> = Result<Response<M>, Status>;

/// Consents of the cases of this office.
#[derive(Clone)]
pub struct ConsentApi {
    desk: Arc<Desk>,
    rows: Arc<CasesProjection>,
}

impl ConsentApi {
    /// The service at `desk`, which keeps `rows`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, rows: Arc<CasesProjection>) -> Self {
        Self { desk, rows }
    }
}

#[tonic::async_trait]
impl ConsentService for ConsentApi {
    async fn give_consent(
        &self,
        request: Request<v1::GiveConsentRequest>,
    ) -> Answer<v1::GiveConsentResponse> {
        door::change(&self.desk, request).await
    }

    async fn refuse_consent(
        &self,
        request: Request<v1::RefuseConsentRequest>,
    ) -> Answer<v1::RefuseConsentResponse> {
        door::change(&self.desk, request).await
    }

    async fn narrow_consent(
        &self,
        request: Request<v1::NarrowConsentRequest>,
    ) -> Answer<v1::NarrowConsentResponse> {
        door::change(&self.desk, request).await
    }

    async fn renew_consent(
        &self,
        request: Request<v1::RenewConsentRequest>,
    ) -> Answer<v1::RenewConsentResponse> {
        door::change(&self.desk, request).await
    }

    async fn withdraw_consent(
        &self,
        request: Request<v1::WithdrawConsentRequest>,
    ) -> Answer<v1::WithdrawConsentResponse> {
        door::change(&self.desk, request).await
    }

    async fn claim_retention(
        &self,
        request: Request<v1::ClaimRetentionRequest>,
    ) -> Answer<v1::ClaimRetentionResponse> {
        door::change(&self.desk, request).await
    }

    async fn disclose_in_emergency(
        &self,
        request: Request<v1::DiscloseInEmergencyRequest>,
    ) -> Answer<v1::DiscloseInEmergencyResponse> {
        door::change(&self.desk, request).await
    }

    async fn review_emergency(
        &self,
        request: Request<v1::ReviewEmergencyRequest>,
    ) -> Answer<v1::ReviewEmergencyResponse> {
        door::change(&self.desk, request).await
    }

    async fn list_consents(
        &self,
        request: Request<v1::ListConsentsRequest>,
    ) -> Answer<v1::ListConsentsResponse> {
        let (case, page) = consent::list(request.get_ref())?;
        let from = after::<u64>(&page)?;
        let listed = door::look(&self.desk, move |desk| list(desk, case, &page, from)).await?;
        Ok(Response::new(v1::ListConsentsResponse {
            consents: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_tasks(&self, request: Request<v1::ListTasksRequest>) -> Answer<v1::ListTasksResponse> {
        let page = consent::tasks(request.get_ref())?;
        let (overdue, from) = (request.get_ref().overdue, after(&page)?);
        let rows = Arc::clone(&self.rows);
        let listed = door::look(&self.desk, move |desk| {
            let (kept, now) = (rows.kept(), desk.now());
            let pick = |(_, id), row: &Row<ReferralRow>| tasks::of_referral(id, &row.data, overdue, now);
            Ok(listing(&page, kept.referrals.newest_first(from), pick))
        });
        let listed = listed.await?;
        Ok(Response::new(v1::ListTasksResponse {
            tasks: listed.rows.into_iter().flatten().collect(),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn get_sharing_sheet(
        &self,
        request: Request<v1::GetSharingSheetRequest>,
    ) -> Answer<v1::GetSharingSheetResponse> {
        let (case, consent) = consent::sheet(request.get_ref())?;
        let language = Language::from_code(&request.get_ref().sheet_language);
        let unknown = Fault::NoSuchLanguage { known: Language::CODES };
        let language = language.ok_or_else(|| Rejected::one("sheet_language", unknown))?;
        let html = request.get_ref().html;
        let wanted = Wanted { case, consent };
        let sheet = door::look(&self.desk, move |desk| sheet_view::sheet(desk, &wanted)).await?;
        let sheet = if html { sheet::html(&sheet, language) } else { sheet::text(&sheet, language) };
        Ok(Response::new(v1::GetSharingSheetResponse { sheet }))
    }
}

/// Consents given last first; the place of each is that of its first event in the own log.
fn list(desk: &Desk, id: ThreadId, page: &Page, from: Option<u64>) -> Result<Listing<v1::Consent>, Status> {
    let history = History::read(desk, id)?;
    let case = history.thread.case().ok_or_else(error::absent)?;
    let today = desk.now().day();
    let consents = consent_view::consents(&history, case, today);
    let rest = consents.into_iter().rev().filter(|consent| from.is_none_or(|from| consent.index < from));
    let mut listed = listing(page, rest.map(|consent| (consent.index, consent)), |_, consent| Some(consent));
    for consent in &mut listed.rows {
        consent.message.holders = consent_view::holders(desk, case, consent.id, today)?;
    }
    let rows = listed.rows.into_iter().map(|consent| consent.message).collect();
    Ok(Listing { rows, next_page_token: listed.next_page_token })
}
