//! AuditService.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use waymark_api::convert::audit;
use waymark_api::error;
use waymark_api::serve::paging::after;
use waymark_api::serve::stream::Sent;
use waymark_api::v1::{
    self, audit_service_server::AuditService, export_bundle_response::Item as Export,
    verify_log_response::Item as Verify,
};
use waymark_desk::{Desk, LogChecked};

use crate::report_api::REPORTING_MAX;
use crate::{bundle, disclosures, door, frauds, replay};

/// Messages made ahead of a slow reader.
const AHEAD: usize = 64;
/// Verifications and bundles under way at once.
const VERIFYING_MAX: usize = 2;
/// Replays under way at once.
const REPLAYING_MAX: usize = 32;
/// Bytes of a file in one message.
const PART_BYTES: usize = 256 * 1024;

/// Replay and verification at this office.
#[derive(Clone)]
pub struct AuditApi {
    desk: Arc<Desk>,
    /// Each goes through the whole log on a thread of its own.
    verifying: Arc<Semaphore>,
    /// Each reads the threads of a page.
    listing: Arc<Semaphore>,
    /// Each reads as fast as its listener takes.
    replaying: Arc<Semaphore>,
}

impl AuditApi {
    /// The service at `desk`.
    #[must_use]
    pub fn new(desk: Arc<Desk>) -> Self {
        let [verifying, listing, replaying] =
            [VERIFYING_MAX, REPORTING_MAX, REPLAYING_MAX].map(|max| Arc::new(Semaphore::new(max)));
        Self { desk, verifying, listing, replaying }
    }
}

#[tonic::async_trait]
impl AuditService for AuditApi {
    type ReplayThreadStream = Sent<v1::ReplayThreadResponse>;
    type VerifyLogStream = Sent<v1::VerifyLogResponse>;
    type ExportBundleStream = Sent<v1::ExportBundleResponse>;

    async fn replay_thread(
        &self,
        request: Request<v1::ReplayThreadRequest>,
    ) -> Result<Response<Self::ReplayThreadStream>, Status> {
        let wanted = audit::replay(request.get_ref())?;
        let desk = Arc::clone(&self.desk);
        let place = Arc::clone(&self.replaying).try_acquire_owned().map_err(|_| error::busy())?;
        let (tell, mut told) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let _place = place;
            tell_history(&desk, &wanted, &tell);
        });
        // Without a thread there is no stream.
        let first = told.recv().await.unwrap_or_else(|| Err(error::failed()))?;
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(first)).chain(ReceiverStream::new(told)))))
    }

    async fn get_head(
        &self,
        _request: Request<v1::GetHeadRequest>,
    ) -> Result<Response<v1::GetHeadResponse>, Status> {
        Ok(Response::new(v1::GetHeadResponse { head: Some(head(&self.desk)) }))
    }

    async fn get_receipt(
        &self,
        request: Request<v1::GetReceiptRequest>,
    ) -> Result<Response<v1::GetReceiptResponse>, Status> {
        let event = audit::receipt(request.get_ref())?;
        let place = Arc::clone(&self.listing).try_acquire_owned().map_err(|_| error::busy())?;
        let proof = door::look(&self.desk, move |desk| {
            // It may look through the log to its end.
            let _place = place;
            let proof = desk.receipt_of(event).map_err(|failure| door::failed(&failure))?;
            proof.ok_or_else(error::absent)
        });
        Ok(Response::new(v1::GetReceiptResponse { receipt: proof.await?.encode() }))
    }

    async fn list_disclosures(
        &self,
        request: Request<v1::ListDisclosuresRequest>,
    ) -> Result<Response<v1::ListDisclosuresResponse>, Status> {
        let page = audit::disclosures(request.get_ref())?;
        let (findings, from) = (request.get_ref().findings, after::<u64>(&page)?);
        let place = Arc::clone(&self.listing).try_acquire_owned().map_err(|_| error::busy())?;
        let listed = door::look(&self.desk, move |desk| {
            // Held until it ends, also when nobody waits for it any more.
            let _place = place;
            disclosures::list(desk, &page, from, findings, desk.now())
        });
        Ok(Response::new(listed.await?))
    }

    async fn list_frauds(
        &self,
        request: Request<v1::ListFraudsRequest>,
    ) -> Result<Response<v1::ListFraudsResponse>, Status> {
        let page = audit::frauds(request.get_ref())?;
        let from = after::<u64>(&page)?;
        let listed = door::look(&self.desk, move |desk| frauds::list(desk, &page, from));
        Ok(Response::new(listed.await?))
    }

    async fn publish_fraud(
        &self,
        request: Request<v1::PublishFraudRequest>,
    ) -> Result<Response<v1::PublishFraudResponse>, Status> {
        let staff = waymark_api::serve::staff(&request)?;
        let proof = request.into_inner().proof;
        let fraud = door::look(&self.desk, move |desk| frauds::publish(desk, &proof, staff));
        Ok(Response::new(v1::PublishFraudResponse { fraud: Some(fraud.await?) }))
    }

    async fn verify_log(
        &self,
        request: Request<v1::VerifyLogRequest>,
    ) -> Result<Response<Self::VerifyLogStream>, Status> {
        let from = request.get_ref().from_index;
        let desk = Arc::clone(&self.desk);
        let place = Arc::clone(&self.verifying).try_acquire_owned().map_err(|_| error::busy())?;
        let (tell, told) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let _place = place;
            verify(&desk, from, &tell);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }

    async fn export_bundle(
        &self,
        _request: Request<v1::ExportBundleRequest>,
    ) -> Result<Response<Self::ExportBundleStream>, Status> {
        let desk = Arc::clone(&self.desk);
        let place = Arc::clone(&self.verifying).try_acquire_owned().map_err(|_| error::busy())?;
        let (tell, told) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let _place = place;
            export(&desk, tell);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }
}

/// Files of a bundle on their way to a caller.
struct Exporting {
    tell: mpsc::Sender<Result<v1::ExportBundleResponse, Status>>,
    files: u64,
}

impl Exporting {
    /// Whether the caller is still there.
    fn say(&self, item: Export) -> bool {
        self.tell.blocking_send(Ok(v1::ExportBundleResponse { item: Some(item) })).is_ok()
    }
}

impl bundle::Sink for Exporting {
    fn file(&mut self, path: &str, bytes: &[u8]) -> bool {
        self.files += 1;
        let part =
            |content: &[u8], last| v1::BundlePart { path: path.to_owned(), content: content.to_vec(), last };
        let parts = bytes.len().div_ceil(PART_BYTES).max(1);
        (1..=parts)
            .zip(bytes.chunks(PART_BYTES).chain([[].as_slice()]))
            .all(|(number, content)| self.say(Export::Part(part(content, number == parts))))
    }

    fn progress(&mut self, written: u64, total: u64) {
        self.say(Export::Progress(v1::ExportProgress { written, total }));
    }
}

fn export(desk: &Desk, tell: mpsc::Sender<Result<v1::ExportBundleResponse, Status>>) {
    let mut exporting = Exporting { tell, files: 0 };
    match bundle::write(desk, &mut exporting) {
        Ok(true) => {
            exporting.say(Export::End(v1::ExportEnd { files: exporting.files }));
        }
        // The caller has gone.
        Ok(false) => {}
        Err(failure) => {
            let _ = exporting.tell.blocking_send(Err(door::failed(&failure)));
        }
    }
}

type TellHistory = mpsc::Sender<Result<v1::ReplayThreadResponse, Status>>;

fn tell_history(desk: &Desk, wanted: &audit::ReplayWanted, tell: &TellHistory) {
    let mut say = |item| tell.blocking_send(Ok(v1::ReplayThreadResponse { item: Some(item) })).is_ok();
    let fault = match replay::replay(desk, wanted, &mut say) {
        Ok(true) => return,
        Ok(false) => error::absent(),
        Err(failure) => door::failed(&failure),
    };
    // A reader that has gone away needs no answer.
    let _ = tell.blocking_send(Err(fault));
}

type Tell = mpsc::Sender<Result<v1::VerifyLogResponse, Status>>;

fn verify(desk: &Desk, from: u64, tell: &Tell) {
    let say = |item: Verify| {
        // A reader that has gone away needs no answer.
        let _ = tell.blocking_send(Ok(v1::VerifyLogResponse { item: Some(item) }));
    };
    let progress = |checked, total| say(Verify::Progress(v1::VerifyProgress { checked, total }));
    match desk.verify_log(from, &progress) {
        Ok(LogChecked { checked, received, faults, .. }) => {
            let count = faults.len() as u64;
            for fault in faults {
                let what = format!(
                    "entry {} of this office's log: {}",
                    fault.index,
                    fault.verdict.replace('_', " ")
                );
                say(Verify::Fault(v1::VerifyFault {
                    index: fault.index,
                    verdict: fault.verdict.to_owned(),
                    what,
                }));
            }
            say(Verify::End(v1::VerifyEnd { checked, received, faults: count, head: Some(head(desk)) }));
        }
        Err(failure) => {
            let _ = tell.blocking_send(Err(door::failed(&failure)));
        }
    }
}

fn head(desk: &Desk) -> v1::LogHead {
    let (log, head, checkpoint) = desk.durable_head();
    v1::LogHead {
        origin: desk.origin(),
        office: desk.me().to_string(),
        log,
        size: head.size,
        root: head.root.0.to_vec(),
        checkpoint,
    }
}
