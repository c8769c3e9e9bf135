//! Every gRPC service of the node on one server: those of the office, health and reflection, all behind the access token.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::{InterceptorLayer, Routes};
use tonic::transport::Server;
use waymark_api::v1::office_service_server::OfficeServiceServer;
use waymark_courier::HubState;
use waymark_desk::{Desk, Projection};

use super::access::Access;
use super::office_api::OfficeApi;

/// How often an idle connection is probed.
const PROBE_EVERY: Duration = Duration::from_secs(30);

/// What the services keep of the stream of events.
#[derive(Default)]
pub(super) struct Rows {}

impl Rows {
    /// For the desk, which fills them.
    pub(super) fn projections(&self) -> Vec<Arc<dyn Projection>> {
        Vec::new()
    }
}

/// What the services are made of.
pub(super) struct Parts {
    /// The office.
    pub(super) desk: Arc<Desk>,
    /// Its rows.
    pub(super) rows: Rows,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Whether the hub answers.
    pub(super) hub: watch::Receiver<HubState>,
    /// Who may call.
    pub(super) access: Access,
}

/// Answers calls on `listener` until `stop` completes and the calls in hand have ended.
pub(super) async fn serve(
    parts: Parts,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), tonic::transport::Error> {
    let access = InterceptorLayer::new(parts.access.clone());
    let (health, health_service) = tonic_health::server::health_reporter();
    let routes = office(parts).add_service(health_service);
    let routes = match reflection() {
        Some(reflection) => routes.add_service(reflection),
        None => routes,
    };
    health.set_service_status("", tonic_health::ServingStatus::Serving).await;
    Server::builder()
        .http2_keepalive_interval(Some(PROBE_EVERY))
        .tcp_nodelay(true)
        .layer(access)
        .add_routes(routes)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop)
        .await
}

/// The services of the office.
fn office(parts: Parts) -> Routes {
    let Parts { desk, rows: _, folder, hub, access: _ } = parts;
    Routes::new(OfficeServiceServer::new(OfficeApi::new(desk, hub, folder)))
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
