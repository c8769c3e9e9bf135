//! Every gRPC service of the node on one server: those of the office, health and reflection, all behind the gate.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::server::NamedService as _;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use waymark_api::exit::Exit;
use waymark_api::v1::audit_service_server::AuditServiceServer;
use waymark_api::v1::case_service_server::CaseServiceServer;
use waymark_api::v1::consent_service_server::ConsentServiceServer;
use waymark_api::v1::directory_service_server::DirectoryServiceServer;
use waymark_api::v1::office_service_server::OfficeServiceServer;
use waymark_api::v1::referral_service_server::ReferralServiceServer;
use waymark_api::v1::report_service_server::ReportServiceServer;
use waymark_api::v1::return_service_server::ReturnServiceServer;
use waymark_api::v1::shelter_service_server::ShelterServiceServer;
use waymark_api::v1::staff_service_server::StaffServiceServer;
use waymark_audit::{AuditApi, ReportApi};
use waymark_cases::{CaseApi, CasesProjection, ConsentApi, ReferralApi};
use waymark_courier::HubState;
use waymark_desk::{Desk, OfficeFile, Projection};
use waymark_returns::{ReturnApi, ReturnsProjection};
use waymark_shelters::directory::Directories;
use waymark_shelters::{DirectoryApi, ShelterApi, SheltersProjection};

use super::accounts::Accounts;
use super::gate::Gate;
use super::office_api::OfficeApi;
use super::staff_api::StaffApi;
use crate::fault::Fault;
use crate::setup::open_fault;
use crate::staff::sessions::Sessions;

/// A section holds at most 16 MiB.
const REQUEST_BYTES_MAX: usize = 20 * 1024 * 1024;
/// How often an idle connection is probed.
const PROBE_EVERY: Duration = Duration::from_secs(30);
/// How often it is looked whether the services may serve.
const HEALTH_EVERY: Duration = Duration::from_millis(500);
/// Every service, as a health check names it; the empty name stands for all.
const SERVICES: [&str; 11] = [
    "",
    CaseServiceServer::<CaseApi>::NAME,
    ConsentServiceServer::<ConsentApi>::NAME,
    ReferralServiceServer::<ReferralApi>::NAME,
    ShelterServiceServer::<ShelterApi>::NAME,
    DirectoryServiceServer::<DirectoryApi>::NAME,
    ReturnServiceServer::<ReturnApi>::NAME,
    AuditServiceServer::<AuditApi>::NAME,
    ReportServiceServer::<ReportApi>::NAME,
    OfficeServiceServer::<OfficeApi>::NAME,
    StaffServiceServer::<StaffApi>::NAME,
];

/// What the services keep of the stream of events.
#[derive(Clone)]
pub(super) struct Rows {
    cases: Arc<CasesProjection>,
    shelters: Arc<SheltersProjection>,
    returns: Arc<ReturnsProjection>,
}

/// The directories kept in a folder, which nobody else has open.
pub(super) fn directories(folder: &Path) -> Result<Arc<Directories>, Fault> {
    let (directories, faults) = Directories::open(folder).map_err(|fault| {
        Fault::new(Exit::Failure, fault.to_string())
            .next("Check the disk, its free space, and who owns the folder.")
    })?;
    for fault in faults {
        tracing::error!(%fault, "a directory is left out; import it again");
    }
    Ok(Arc::new(directories))
}

impl Rows {
    /// Empty rows for the office whose folder this is.
    pub(super) fn of(folder: &Path) -> Result<Self, Fault> {
        let me = OfficeFile::read(folder).map_err(|fault| open_fault::folder(&fault))?.office;
        Ok(Self {
            cases: Arc::new(CasesProjection::new(me)),
            shelters: Arc::new(SheltersProjection::new(me)),
            returns: Arc::new(ReturnsProjection::new(me)),
        })
    }

    /// For the desk, which fills them.
    pub(super) fn projections(&self) -> Vec<Arc<dyn Projection>> {
        vec![
            Arc::<CasesProjection>::clone(&self.cases),
            Arc::<SheltersProjection>::clone(&self.shelters),
            Arc::<ReturnsProjection>::clone(&self.returns),
        ]
    }
}

/// What the services are made of.
pub(super) struct Parts {
    /// The office.
    pub(super) desk: Arc<Desk>,
    /// Its rows.
    pub(super) rows: Rows,
    /// Its directories.
    pub(super) directories: Arc<Directories>,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Whether the hub answers.
    pub(super) hub: watch::Receiver<HubState>,
    /// Who may call.
    pub(super) gate: Gate,
    /// Accounts.
    pub(super) accounts: Accounts,
    /// Sessions.
    pub(super) sessions: Arc<Sessions>,
}

/// Answers calls on `listener` until `stop` completes and the calls in hand have ended.
pub(super) async fn serve(
    parts: Parts,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), tonic::transport::Error> {
    let gate = parts.gate.clone();
    let (health, health_service) = tonic_health::server::health_reporter();
    let desk = Arc::clone(&parts.desk);
    let routes = office(parts).add_service(health_service);
    let routes = match reflection() {
        Some(reflection) => routes.add_service(reflection),
        None => routes,
    };
    let serving = Server::builder()
        .http2_keepalive_interval(Some(PROBE_EVERY))
        .tcp_nodelay(true)
        .layer(gate)
        .add_routes(routes)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop);
    tokio::select! {
        ended = serving => ended,
        never = tell_health(&health, &desk) => match never {},
    }
}

/// Tells whoever asks for it whether the office takes changes: not while the start guard holds.
async fn tell_health(health: &HealthReporter, desk: &Desk) -> Infallible {
    let mut told = None;
    loop {
        let status = match desk.status().guard {
            Ok(()) => ServingStatus::Serving,
            Err(_) => ServingStatus::NotServing,
        };
        if told.replace(status) != Some(status) {
            for name in SERVICES {
                health.set_service_status(name, status).await;
            }
        }
        tokio::time::sleep(HEALTH_EVERY).await;
    }
}

/// The services of the office.
fn office(parts: Parts) -> Routes {
    let Parts { desk, rows, directories, folder, hub, gate: _, accounts, sessions } = parts;
    let Rows { cases, shelters, returns } = rows;
    Routes::new(
        CaseServiceServer::new(CaseApi::new(Arc::clone(&desk), Arc::clone(&cases)))
            .max_decoding_message_size(REQUEST_BYTES_MAX),
    )
    .add_service(ConsentServiceServer::new(ConsentApi::new(Arc::clone(&desk), Arc::clone(&cases))))
    .add_service(ReferralServiceServer::new(ReferralApi::new(Arc::clone(&desk), cases)))
    .add_service(ShelterServiceServer::new(ShelterApi::new(Arc::clone(&desk), shelters)))
    .add_service(DirectoryServiceServer::new(DirectoryApi::new(Arc::clone(&desk), directories)))
    .add_service(ReturnServiceServer::new(ReturnApi::new(Arc::clone(&desk), returns)))
    .add_service(AuditServiceServer::new(AuditApi::new(Arc::clone(&desk))))
    .add_service(ReportServiceServer::new(ReportApi::new(Arc::clone(&desk))))
    .add_service(StaffServiceServer::new(StaffApi::new(Arc::clone(&desk), accounts, sessions)))
    .add_service(OfficeServiceServer::new(OfficeApi::new(desk, hub, folder)))
}

/// The contract, for tools that ask for it.
fn reflection() -> Option<
    tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>,
> {
    let built = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(waymark_api::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1();
    built.map_err(|fault| tracing::warn!(%fault, "reflection is not served")).ok()
}
