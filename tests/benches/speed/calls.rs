//! Real nodes and a real hub: commands by gRPC, and the way of one from office to office.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use waymark_api::v1;
use waymark_api::v1::case_service_client::CaseServiceClient;
use waymark_api::v1::referral_service_client::ReferralServiceClient;
use waymark_courier::testkit::Server;
use waymark_courier::{Disposition, Nats, Post as _, Settings};
use waymark_tests::harness::{Network, Office};

use crate::measure::p50;
use crate::report::{Reach, Row};

/// Calls in flight.
const IN_FLIGHT: usize = 64;
/// Calls of each in one round.
const CALLS: usize = 200;
const ROUNDS: usize = 5;
/// Commands whose way to the other office is timed.
const SENT: usize = 60;
/// So long nothing happens before the next.
const IDLE: Duration = Duration::from_millis(40);
/// A letter of one event, about.
const LETTER_BYTES: usize = 2_048;

/// Gives how many reaches were missed.
pub(crate) fn run(folder: &Path) -> Result<usize> {
    let built = std::process::Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--profile", "bench", "--package", "waymark-node", "--bin", "waymark"])
        .status()?;
    anyhow::ensure!(built.success(), "the program `waymark` cannot be built");
    let wanted = [("north", "DE", "ngo", &["office"][..]), ("south", "BG", "ngo", &["office"][..])];
    let mut network = Network::create(folder, &wanted)?;
    network.start_all()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let missed = runtime.block_on(in_flight(network.office("north")))?;
    Ok(missed + runtime.block_on(from_office_to_office(&network))?)
}

/// What goes with every call.
#[derive(Clone)]
struct Token(MetadataValue<Ascii>, MetadataValue<Ascii>);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, tonic::Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        request.metadata_mut().insert(waymark_api::serve::SESSION, self.1.clone());
        Ok(request)
    }
}

type Line = InterceptedService<Channel, Token>;

async fn line(office: &Office) -> Result<Line> {
    let token = std::fs::read_to_string(office.data().join("access"))?;
    let token = MetadataValue::try_from(format!("Bearer {}", token.trim()))?;
    let session = std::fs::read_to_string(office.data().join("session"))?;
    let session = MetadataValue::try_from(session.trim())?;
    let channel =
        Endpoint::from_shared(format!("http://{}", office.endpoint()))?.tcp_nodelay(true).connect().await?;
    Ok(InterceptedService::new(channel, Token(token, session)))
}

async fn in_flight(office: &Office) -> Result<usize> {
    let line = line(office).await?;
    let mut cases = Vec::new();
    for _ in 0..IN_FLIGHT {
        let opened = CaseServiceClient::new(line.clone()).open_case(v1::OpenCaseRequest::default()).await?;
        cases.push(opened.into_inner().result.context("no result")?.thread);
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push((empty_calls(&line).await?, commands(&line, &cases).await?));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let limit = rounds[ROUNDS / 2].0;
    rounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    let row = Row {
        name: "gRPC command, 64 in flight, durable",
        value: rounds[ROUNDS / 2].1,
        unit: "1/s",
        limit: Some(("health check on the same server", limit)),
        reach: Reach::Share(0.4),
    };
    Ok(usize::from(!row.print()))
}

async fn empty_calls(line: &Line) -> Result<f64> {
    let begin = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let mut client = HealthClient::new(line.clone());
        callers.spawn(async move {
            for _ in 0..CALLS {
                client.check(HealthCheckRequest { service: String::new() }).await?;
            }
            Ok::<(), tonic::Status>(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok((IN_FLIGHT * CALLS) as f64 / begin.elapsed().as_secs_f64())
}

async fn commands(line: &Line, cases: &[String]) -> Result<f64> {
    let begin = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for case in cases {
        let mut client = CaseServiceClient::new(line.clone());
        let request = record(case);
        callers.spawn(async move {
            for _ in 0..CALLS {
                client.record_section(request.clone()).await?;
            }
            Ok::<(), tonic::Status>(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok((cases.len() * CALLS) as f64 / begin.elapsed().as_secs_f64())
}

fn record(case: &str) -> v1::RecordSectionRequest {
    let account = v1::FieldValue { field: v1::SectionField::Account.into(), value: "x".repeat(503) };
    let fields = v1::Fields { values: vec![account] };
    v1::RecordSectionRequest {
        options: None,
        case: case.to_owned(),
        category: v1::Category::Narrative.into(),
        content: Some(v1::SectionContent { content: Some(v1::section_content::Content::Fields(fields)) }),
    }
}

/// From the call at north until south's stream tells it, one at a time, with nothing else going on.
async fn from_office_to_office(network: &Network) -> Result<usize> {
    let referral = tokio::task::block_in_place(|| agreed(network))?;
    let mut north = ReferralServiceClient::new(line(network.office("north")).await?);
    let mut south = ReferralServiceClient::new(line(network.office("south")).await?);
    let watch = v1::WatchReferralsRequest { referral: referral.clone(), resume_token: String::new() };
    let mut told = south.watch_referrals(watch).await?.into_inner();
    while !matches!(
        told.message().await?.context("the stream ended")?.item,
        Some(v1::watch_referrals_response::Item::CaughtUp(_))
    ) {}
    let raw = RawPost::new().await?;
    let (mut limits, mut times) = (Vec::new(), Vec::new());
    for _ in 0..SENT {
        tokio::time::sleep(IDLE).await;
        limits.push(raw.once().await?);
        tokio::time::sleep(IDLE).await;
        let request =
            v1::SendMessageRequest { options: None, referral: referral.clone(), text: "x".repeat(505) };
        let begin = Instant::now();
        let (sent, heard) = tokio::join!(north.send_message(request), told.message());
        sent?;
        heard?.context("the stream ended")?;
        times.push(begin.elapsed());
    }
    let row = Row {
        name: "command at one office to visible in the other's projection, idle, p50",
        value: p50(times) / 1e3,
        unit: "ms",
        limit: Some(("raw JetStream, publish to deliver, p50", p50(limits) / 1e3)),
        reach: Reach::Times(4.0),
    };
    Ok(usize::from(!row.print()))
}

/// Two post boxes at a hub with the same settings, and nothing but the courier's connection to them.
struct RawPost {
    from: Nats,
    to: Nats,
    _server: Server,
}

impl RawPost {
    async fn new() -> Result<Self> {
        let slots = [waymark_courier::testkit::slot(1), waymark_courier::testkit::slot(2)];
        let server = Server::with_boxes(slots).await;
        let connect = async |slot| {
            let settings = Settings { servers: server.servers(), slot };
            Nats::connect(&settings).await
        };
        Ok(Self { from: connect(slots[0]).await?, to: connect(slots[1]).await?, _server: server })
    }

    async fn once(&self) -> Result<Duration> {
        let id = waymark_seal::rng::bytes(&mut waymark_seal::rng::System);
        let begin = Instant::now();
        let (sent, parcel) =
            tokio::join!(self.from.send(self.to.slot(), id, vec![7; LETTER_BYTES]), self.to.next());
        sent?;
        let parcel = parcel?;
        let took = begin.elapsed();
        parcel.settle(Disposition::Kept).await;
        Ok(took)
    }
}

/// A referral from north to south that was accepted, made as people make it.
fn agreed(network: &Network) -> Result<String> {
    let (north, south) = (network.office("north"), network.office("south"));
    let id = |answer: Value, key: &str| {
        answer[key].as_str().map(str::to_owned).with_context(|| format!("no {key}"))
    };
    south.does(
        &[
            "office",
            "profile",
            "--language",
            "bg",
            "--service",
            "legal",
            "--workday",
            "monday",
            "--opens",
            "09:00",
            "--closes",
            "17:00",
        ],
        None,
    )?;
    north.sees("south's inbox key", &["office", "list"], |_| true)?;
    let case = id(north.does(&["case", "open"], None)?, "thread")?;
    let give =
        ["consent", "give", &case, "--recipient", "south", "--purpose", "legal", "--category", "triage"];
    let how = ["--last-day", "+180d", "--form", "written", "--told", "all"];
    let consent = id(north.does(&[&give[..], &how[..]].concat(), None)?, "consent")?;
    let offer =
        ["referral", "offer", &case, "--recipient", "south", "--kind", "service", "--consent", &consent];
    let what = [
        "--purpose",
        "legal",
        "--first-day",
        "+14d",
        "--language",
        "bg",
        "--urgency",
        "normal",
        "--risk",
        "low",
    ];
    let offer = [&offer[..], &what[..]].concat();
    let offered = waymark_tests::harness::until("north may offer", || Ok(north.does(&offer, None).ok()))?;
    let referral = id(offered, "thread")?;
    for step in ["acknowledge", "accept"] {
        waymark_tests::harness::until("south answers", || {
            Ok(south.does(&["referral", step, &referral], None).ok())
        })?;
    }
    north.sees("the accept", &["referral", "show", &referral], |shown| {
        shown["phase"] == json!("confirmed") || shown["phase"] == json!("disclosed")
    })?;
    Ok(referral)
}
