//! ReferralService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use waymark_api::convert::list::{Page, Resume};
use waymark_api::convert::referral::{self, ReferralFilter};
use waymark_api::serve::paging::{Listing, after, listing};
use waymark_api::serve::rows::Row;
use waymark_api::serve::stream::{Batch, Sent, Told, batch, watch};
use waymark_api::v1::{self, referral_service_server::ReferralService, watch_referrals_response::Item};
use waymark_desk::Desk;
use waymark_domain::ids::ThreadId;

use crate::projection::{CasesProjection, Kept};
use crate::referral_view::Beside;
use crate::rows::ReferralRow;
use crate::{door, referral_view};

type Answer<M> = Result<Response<M>, Status>;

/// Referrals that this office sent and received.
#[derive(Clone)]
pub struct ReferralApi {
    desk: Arc<Desk>,
    rows: Arc<CasesProjection>,
}

impl ReferralApi {
    /// The service at `desk`, which keeps `rows`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, rows: Arc<CasesProjection>) -> Self {
        Self { desk, rows }
    }
}

#[tonic::async_trait]
impl ReferralService for ReferralApi {
    async fn offer_referral(
        &self,
        request: Request<v1::OfferReferralRequest>,
    ) -> Answer<v1::OfferReferralResponse> {
        door::change(&self.desk, request).await
    }

    async fn acknowledge_referral(
        &self,
        request: Request<v1::AcknowledgeReferralRequest>,
    ) -> Answer<v1::AcknowledgeReferralResponse> {
        door::change(&self.desk, request).await
    }

    async fn ask_question(
        &self,
        request: Request<v1::AskQuestionRequest>,
    ) -> Answer<v1::AskQuestionResponse> {
        door::change(&self.desk, request).await
    }

    async fn answer_question(
        &self,
        request: Request<v1::AnswerQuestionRequest>,
    ) -> Answer<v1::AnswerQuestionResponse> {
        door::change(&self.desk, request).await
    }

    async fn accept_referral(
        &self,
        request: Request<v1::AcceptReferralRequest>,
    ) -> Answer<v1::AcceptReferralResponse> {
        door::change(&self.desk, request).await
    }

    async fn decline_referral(
        &self,
        request: Request<v1::DeclineReferralRequest>,
    ) -> Answer<v1::DeclineReferralResponse> {
        door::change(&self.desk, request).await
    }

    async fn request_disclosure(
        &self,
        request: Request<v1::RequestDisclosureRequest>,
    ) -> Answer<v1::RequestDisclosureResponse> {
        door::change(&self.desk, request).await
    }

    async fn disclose_sections(
        &self,
        request: Request<v1::DiscloseSectionsRequest>,
    ) -> Answer<v1::DiscloseSectionsResponse> {
        door::change(&self.desk, request).await
    }

    async fn refuse_disclosure(
        &self,
        request: Request<v1::RefuseDisclosureRequest>,
    ) -> Answer<v1::RefuseDisclosureResponse> {
        door::change(&self.desk, request).await
    }

    async fn withdraw_referral(
        &self,
        request: Request<v1::WithdrawReferralRequest>,
    ) -> Answer<v1::WithdrawReferralResponse> {
        door::change(&self.desk, request).await
    }

    async fn redirect_referral(
        &self,
        request: Request<v1::RedirectReferralRequest>,
    ) -> Answer<v1::RedirectReferralResponse> {
        door::change(&self.desk, request).await
    }

    async fn request_cancellation(
        &self,
        request: Request<v1::RequestCancellationRequest>,
    ) -> Answer<v1::RequestCancellationResponse> {
        door::change(&self.desk, request).await
    }

    async fn agree_cancellation(
        &self,
        request: Request<v1::AgreeCancellationRequest>,
    ) -> Answer<v1::AgreeCancellationResponse> {
        door::change(&self.desk, request).await
    }

    async fn decline_cancellation(
        &self,
        request: Request<v1::DeclineCancellationRequest>,
    ) -> Answer<v1::DeclineCancellationResponse> {
        door::change(&self.desk, request).await
    }

    async fn record_contact(
        &self,
        request: Request<v1::RecordContactRequest>,
    ) -> Answer<v1::RecordContactResponse> {
        door::change(&self.desk, request).await
    }

    async fn schedule_service(
        &self,
        request: Request<v1::ScheduleServiceRequest>,
    ) -> Answer<v1::ScheduleServiceResponse> {
        door::change(&self.desk, request).await
    }

    async fn start_service(
        &self,
        request: Request<v1::StartServiceRequest>,
    ) -> Answer<v1::StartServiceResponse> {
        door::change(&self.desk, request).await
    }

    async fn complete_service(
        &self,
        request: Request<v1::CompleteServiceRequest>,
    ) -> Answer<v1::CompleteServiceResponse> {
        door::change(&self.desk, request).await
    }

    async fn send_message(
        &self,
        request: Request<v1::SendMessageRequest>,
    ) -> Answer<v1::SendMessageResponse> {
        door::change(&self.desk, request).await
    }

    async fn mark_in_error(
        &self,
        request: Request<v1::MarkInErrorRequest>,
    ) -> Answer<v1::MarkInErrorResponse> {
        door::change(&self.desk, request).await
    }

    async fn get_referral(
        &self,
        request: Request<v1::GetReferralRequest>,
    ) -> Answer<v1::GetReferralResponse> {
        let id = referral::referral_of(request.get_ref())?;
        let rows = Arc::clone(&self.rows);
        let referral = door::look(&self.desk, move |desk| referral_view::read(desk, &rows, id)).await?;
        Ok(Response::new(v1::GetReferralResponse { referral: Some(referral) }))
    }

    async fn list_referrals(
        &self,
        request: Request<v1::ListReferralsRequest>,
    ) -> Answer<v1::ListReferralsResponse> {
        let (filter, page) = referral::list(request.get_ref())?;
        let from = after(&page)?;
        let rows = Arc::clone(&self.rows);
        let listed = door::look(&self.desk, move |desk| {
            Ok(list(&rows.kept(), &filter, &page, from, &Beside::of(desk)))
        });
        let listed = listed.await?;
        Ok(Response::new(v1::ListReferralsResponse {
            referrals: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }

    type WatchReferralsStream = Sent<v1::WatchReferralsResponse>;

    async fn watch_referrals(
        &self,
        request: Request<v1::WatchReferralsRequest>,
    ) -> Answer<Self::WatchReferralsStream> {
        let (only, resume) = referral::watch(request.get_ref())?;
        Ok(Response::new(self.watch(only, resume)))
    }
}

impl ReferralApi {
    fn watch(&self, only: Option<ThreadId>, resume: Option<Resume>) -> Sent<v1::WatchReferralsResponse> {
        let (desk, rows) = (Arc::clone(&self.desk), Arc::clone(&self.rows));
        let feed = door::feed(&desk, resume);
        let read =
            move |told: u64, until: u64| Ok(changed(&rows.kept(), only, told, until, &Beside::of(&desk)));
        watch(feed, read, |resume_token, told| {
            let item = match told {
                Told::Row(referral) => Item::Referral(referral),
                Told::CaughtUp => Item::CaughtUp(v1::CaughtUp {}),
            };
            v1::WatchReferralsResponse { resume_token, item: Some(item) }
        })
    }
}

fn changed(
    kept: &Kept,
    only: Option<ThreadId>,
    told: u64,
    until: u64,
    beside: &Beside,
) -> Batch<v1::ReferralSummary> {
    let pick = |id, row: &Row<ReferralRow>| Some(referral_view::summary(id, &row.data, beside));
    match only {
        None => batch(kept.referrals.changed(told, until), |row| row.version, pick),
        Some(only) => {
            let row = kept.referrals.get(&only).filter(|row| row.version > told && row.version <= until);
            batch(row.map(|row| (only, row)).into_iter(), |row| row.version, pick)
        }
    }
}

/// Those changed last first; those of one case are found through the case.
fn list(
    kept: &Kept,
    filter: &ReferralFilter,
    page: &Page,
    from: Option<(u64, ThreadId)>,
    beside: &Beside,
) -> Listing<v1::ReferralSummary> {
    let pick = |(_, id): (u64, ThreadId), row: &Row<ReferralRow>| {
        passes(filter, &row.data).then(|| referral_view::summary(id, &row.data, beside))
    };
    let Some(case) = filter.case else {
        return listing(page, kept.referrals.newest_first(from), pick);
    };
    let links = kept.cases.get(&case).map(|row| row.data.links.as_slice()).unwrap_or_default();
    let mut of_case: Vec<_> = links
        .iter()
        .filter_map(|link| kept.referrals.get(&link.referral).map(|row| ((row.version, link.referral), row)))
        .filter(|(place, _)| from.is_none_or(|from| *place < from))
        .collect();
    of_case.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
    listing(page, of_case.into_iter(), pick)
}

fn passes(filter: &ReferralFilter, row: &ReferralRow) -> bool {
    let in_phase =
        filter.phases.is_empty() || filter.phases.iter().any(|phase| i32::from(*phase) == row.phase);
    let on_side = filter.side.is_none_or(|side| side == row.party());
    in_phase && on_side && (!filter.needs_answer || row.needs_answer)
}
