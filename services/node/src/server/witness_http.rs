//! The witness over HTTP, where an operator turns it on: `POST /add-checkpoint` as C2SP tlog-witness says it.
//!
//! It knows no rule and keeps nothing: bytes go to the desk, which answers letters the same way. Listens on this machine only; TLS
//! and names are the business of a proxy in front. Whoever sends slowly, too much or too often is cut off here.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use waymark_desk::{Desk, NotCosigned};
use waymark_seal::witness::{Answer, REQUEST_MAX, SIZE_TYPE};

/// Connections at once; others wait to be accepted.
const CONNECTIONS_MAX: usize = 64;
/// Requests that are worked on at once.
const WORKING_MAX: usize = 2;
/// How long the head of a request may take to arrive, and how long its body.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection is kept.
const KEPT: Duration = Duration::from_secs(120);
/// Bytes of the head of a request, at most.
const HEAD_MAX: usize = 16 * 1024;
/// Seconds after which whoever got no answer may ask again.
const AGAIN_SOON: &str = "5";
const AGAIN_LATER: &str = "3600";

const PATH: &str = "/add-checkpoint";

type Answered = Response<Full<Bytes>>;

/// Answers on `listener` until `stop` completes.
pub(super) async fn serve(desk: Arc<Desk>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let witness = Witness { desk, working: Arc::new(Semaphore::new(WORKING_MAX)) };
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut stop => return,
            next = next => next,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let witness = witness.clone();
                connections.spawn(async move {
                    let _place = place;
                    witness.connection(stream).await;
                });
            }
            Err(fault) => {
                tracing::warn!(%fault, "a connection to the witness could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

#[derive(Clone)]
struct Witness {
    desk: Arc<Desk>,
    working: Arc<Semaphore>,
}

impl Witness {
    async fn connection(self, stream: TcpStream) {
        let service = service_fn(move |request| {
            let witness = self.clone();
            async move { Ok::<_, Infallible>(witness.answer(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(ARRIVES_WITHIN)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::time::timeout(KEPT, connection.as_mut()).await;
        if ended.is_err() {
            connection.as_mut().graceful_shutdown();
            // What is in hand is ended; whoever takes longer has had its time.
            let _ended = tokio::time::timeout(2 * ARRIVES_WITHIN, connection).await;
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answered {
        if request.uri().path() != PATH {
            return closing(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::POST {
            return with(closing(StatusCode::METHOD_NOT_ALLOWED), ALLOW, "POST");
        }
        match body(request.into_body()).await {
            Ok(bytes) => self.cosign(bytes).await,
            Err(status) => closing(status),
        }
    }

    async fn cosign(&self, request: Bytes) -> Answered {
        let Ok(_working) = self.working.acquire().await else {
            return closing(StatusCode::SERVICE_UNAVAILABLE);
        };
        let desk = Arc::clone(&self.desk);
        match tokio::task::spawn_blocking(move || desk.cosign(&request)).await {
            Ok(Ok(answer)) => told(&answer),
            Ok(Err(NotCosigned::NotReady(_))) => {
                with(empty(StatusCode::SERVICE_UNAVAILABLE), RETRY_AFTER, AGAIN_SOON)
            }
            Ok(Err(NotCosigned::TooMany)) => {
                with(empty(StatusCode::TOO_MANY_REQUESTS), RETRY_AFTER, AGAIN_LATER)
            }
            Ok(Err(NotCosigned::Failed(failure))) => {
                tracing::error!(%failure, "a head could not be cosigned");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Err(_) => {
                tracing::error!("a request to cosign stopped in the middle");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// The body of a request: not read at all when it says that it is too large, and never for long.
async fn body(body: Incoming) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > REQUEST_MAX as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let whole = tokio::time::timeout(ARRIVES_WITHIN, Limited::new(body, REQUEST_MAX).collect()).await;
    match whole {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(fault)) if fault.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn told(answer: &Answer) -> Answered {
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Full::new(Bytes::from(answer.body())));
    *response.status_mut() = status;
    match answer {
        Answer::Cosigned(_) => with(response, CONTENT_TYPE, "text/plain; charset=utf-8"),
        Answer::Conflict(_) => with(response, CONTENT_TYPE, SIZE_TYPE),
        Answer::BadRequest | Answer::Forbidden | Answer::NotFound | Answer::Unprocessable => response,
    }
}

fn empty(status: StatusCode) -> Answered {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// After something that is no request of the protocol, nothing more is read.
fn closing(status: StatusCode) -> Answered {
    with(empty(status), CONNECTION, "close")
}

fn with(mut response: Answered, name: HeaderName, value: &'static str) -> Answered {
    response.headers_mut().insert(name, hyper::header::HeaderValue::from_static(value));
    response
}
