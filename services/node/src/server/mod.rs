//! The node: desk, courier, timers and gRPC services of one office, put together.
//!
//! Started by [`run`] and ended by a signal: first no new call is taken, then the post is closed, then the desk marks a
//! clean stop. Everything listens on this machine only. Rules, keys and files are the desk's business, letters the
//! courier's, answers the services'.

mod accounts;
mod gate;
mod held;
mod log;
mod office_api;
mod services;
mod staff_api;
mod upkeep;
mod witness_http;

pub(crate) use log::LogFormat;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use waymark_api::exit::Exit;
use waymark_courier::{Nats, Post as _, Settings, Slot};
use waymark_desk::{Desk, DomainRules, Mailroom, Options};
use waymark_seal::rng::System;

use crate::client::node::ENDPOINT;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::fault::{Done, Fault};
use crate::secret::Secret;
use crate::setup::files::{self, Readers};
use crate::setup::open_fault;
use crate::show::output::data;
use crate::show::progress::Progress;
use crate::staff::book::Book;
use accounts::Accounts;
use gate::Gate;
use services::{Parts, Rows};

/// How long calls in hand may take to end once the node stops; streams never end by themselves.
const CALLS_END_WITHIN: Duration = Duration::from_secs(2);

/// Runs the node until a signal ends it.
pub(crate) async fn run(config: Config, secret: Secret, format: LogFormat) -> Done {
    log::start(config.log, format);
    on_this_machine(config.listen)?;
    let rows = Rows::of(&config.data)?;
    let desk = open(&config, secret, &rows).await?;
    // Only now: a second node on one folder is told that one runs, and not that its address is taken.
    let ended = match Listeners::open(&config).await {
        Ok(listeners) => serve(&config, &desk, rows, listeners).await,
        Err(fault) => Err(fault),
    };
    let closed = close(&config.data, desk).await;
    ended.and(closed)
}

/// Where the node listens.
struct Listeners {
    calls: TcpListener,
    witness: Option<TcpListener>,
}

impl Listeners {
    async fn open(config: &Config) -> Result<Self, Fault> {
        let witness = match config.witness.http {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self { calls: listen(config.listen).await?, witness })
    }
}

/// # Security
/// Only on this machine: the connection is not encrypted yet.
fn on_this_machine(address: SocketAddr) -> Result<(), Fault> {
    if !address.ip().is_loopback() {
        return Err(Fault::usage(format!(
            "{address} can be reached from other machines, and the connection is not encrypted yet"
        ))
        .next("Listen on this machine only, for example with `--listen 127.0.0.1:7070`."));
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|fault| {
        Fault::new(Exit::Conflict, format!("the node cannot listen on {address}: {fault}"))
            .next("Choose another port with `--listen`, or 127.0.0.1:0 for any that is free.")
    })
}

/// Opens the office, with a bar while it replays.
async fn open(config: &Config, secret: Secret, rows: &Rows) -> Result<Arc<Desk>, Fault> {
    let (data, projections) = (config.data.clone(), rows.projections());
    let keeping = config.erasure.keeping();
    let opened = tokio::task::spawn_blocking(move || {
        let progress = Progress::new("replay");
        Desk::open(Options {
            data,
            passphrase: secret.passphrase(),
            clock: Arc::new(SystemClock),
            rules: Arc::new(DomainRules),
            rng: Box::new(System),
            keeping,
            projections,
            progress: &|done, total| progress.reached(done, total),
        })
    });
    let opened = opened.await.map_err(|_| Fault::new(Exit::Failure, "the office could not be opened"))?;
    opened.map_err(|fault| open_fault::told(&fault))
}

/// Carries letters, keeps time and answers calls, until a signal comes.
async fn serve(config: &Config, desk: &Arc<Desk>, rows: Rows, listeners: Listeners) -> Done {
    let stopping = &watch::Sender::new(false);
    let post = Arc::new(connect(config, desk).await?);
    let address = address_of(&listeners.calls)?;
    let witness = listeners.witness.as_ref().map(address_of).transpose()?;
    let accounts = accounts(&config.data, desk)?;
    let sessions = Arc::default();
    let gate = Gate::new(&config.data, accounts.clone(), Arc::clone(&sessions))?;
    let hub = post.state();
    let mail = upkeep::Mail::new(hub.clone(), post.backlog());
    let courier = tokio::spawn(waymark_courier::run(
        Arc::clone(&post),
        Arc::new(Mailroom(Arc::clone(desk))),
        stop(stopping),
    ));
    let upkeep = tokio::spawn(upkeep::run(Arc::clone(desk), mail, stop(stopping)));
    let directories = services::directories(&config.data)?;
    let folder = config.data.clone();
    let parts = Parts { desk: Arc::clone(desk), rows, directories, folder, hub, gate, accounts, sessions };
    let mut calls = tokio::spawn(services::serve(parts, listeners.calls, stop(stopping)));
    let witnessing = listeners
        .witness
        .map(|listener| tokio::spawn(witness_http::serve(Arc::clone(desk), listener, stop(stopping))));
    announce(&config.data, address, witness)?;
    let ended = tokio::select! {
        signal = signalled() => signal,
        ended = &mut calls => Err(Fault::new(Exit::Failure, format!("the services ended by themselves: {ended:?}"))),
    };
    tracing::info!("the node stops");
    stopping.send_replace(true);
    if tokio::time::timeout(CALLS_END_WITHIN, &mut calls).await.is_err() {
        calls.abort();
    }
    // Both end by themselves once they are told; a panic in one of them was logged.
    let _ = tokio::join!(courier, upkeep);
    if let Some(witnessing) = witnessing {
        let _ended = witnessing.await;
    }
    ended.map(|()| Exit::Done)
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, Fault> {
    listener.local_addr().map_err(|fault| Fault::new(Exit::Failure, fault.to_string()))
}

/// The accounts of the office's staff.
fn accounts(folder: &Path, desk: &Desk) -> Result<Accounts, Fault> {
    let key = desk.file_key().map_err(|fault| Fault::new(Exit::Failure, fault.to_string()))?;
    let book = Book::open(folder, key).map_err(|fault| {
        Fault::new(Exit::Failure, fault.to_string())
            .kept("Nothing of what the office recorded is lost.")
            .next("Put the file `staff` back from a backup, or move it away and run `waymark staff rescue`.")
    })?;
    if book.is_empty() {
        tracing::warn!("nobody has an account: end the node and run `waymark staff rescue`");
    }
    Ok(Accounts::new(book))
}

async fn connect(config: &Config, desk: &Desk) -> Result<Nats, Fault> {
    let card = desk.offices().into_iter().find(|office| office.id == desk.me());
    let slot: Option<Slot> = card.and_then(|card| card.slot.parse().ok());
    let slot = slot.ok_or_else(|| Fault::new(Exit::Failure, "the roster gives this office no post box"))?;
    let settings = Settings { servers: config.hub.clone(), slot };
    Nats::connect(&settings).await.map_err(|fault| {
        Fault::usage(fault.to_string())
            .next("Name the hub as nats://host:port, with `--hub` or in the configuration.")
    })
}

/// Completes when the node stops.
fn stop(stopping: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + 'static {
    let mut stopping = stopping.subscribe();
    async move {
        // A sender that is gone means the same.
        let _ = stopping.wait_for(|stop| *stop).await;
    }
}

/// Tells where the node listens, once it does.
fn announce(folder: &Path, address: SocketAddr, witness: Option<SocketAddr>) -> Result<(), Fault> {
    let path = folder.join(ENDPOINT);
    files::replace("the endpoint file", &path, format!("{address}\n").as_bytes(), Readers::All)?;
    tracing::info!(%address, "the node answers");
    let witness = witness.map(|address| format!("\nwitnessing on {address}")).unwrap_or_default();
    match data(format_args!("listening on {address}{witness}")) {
        // Whoever started the node need not read what it prints.
        Err(fault) if fault.exit() != Exit::Done => Err(fault),
        _ => Ok(()),
    }
}

/// Completes at Ctrl-C, or when the service manager asks the node to end.
async fn signalled() -> Result<(), Fault> {
    let failed =
        |fault: std::io::Error| Fault::new(Exit::Failure, format!("signals cannot be heard: {fault}"));
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            heard = tokio::signal::ctrl_c() => heard.map_err(failed),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(failed)
}

/// Marks a clean stop, so that the next start need not ask the others first.
async fn close(folder: &Path, desk: Arc<Desk>) -> Done {
    // A client that finds the file would wait for a node that is not there.
    let _ = std::fs::remove_file(folder.join(ENDPOINT));
    let closed = tokio::task::spawn_blocking(move || desk.close()).await;
    match closed {
        Ok(Ok(())) => {
            tracing::info!("stopped cleanly");
            Ok(Exit::Done)
        }
        Ok(Err(failure)) => {
            tracing::error!(%failure, "the clean stop could not be marked");
            Err(Fault::new(Exit::Failure, "the clean stop could not be marked")
                .kept("Nothing is lost: everything answered is on disk.")
                .next("The next start asks the other offices first."))
        }
        Err(_) => Err(Fault::new(Exit::Failure, "the office could not be closed")
            .kept("Nothing is lost: everything answered is on disk.")),
    }
}
