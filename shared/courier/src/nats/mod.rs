//! The real hub: NATS JetStream through async-nats. Publishes to `ev.<own slot>.<recipient>`, pulls from the
//! durable consumer named after the own slot, and uses nothing else of the server.
//!
//! Two of async-nats' habits shape this file: what is published while disconnected is sent after the
//! reconnect, even if nobody waits for it any more, and a publish that is never answered leaves memory
//! behind. So nothing is published without a connection, and silence leads to a reconnect. The receiving side
//! is in `inbox`.

mod inbox;
mod standing;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::{self, message::PublishMessage};
use async_nats::{ConnectOptions, Event};
use tokio::sync::{Mutex, watch};
use tokio::task::AbortHandle;

use crate::backoff::spread;
use crate::hub::{server_fault, subject};
use crate::{Absence, HubState, LETTER_BYTES_MAX, MessageId, Parcel, Post, PostFault, Slot, Taken};
use inbox::Inbox;
use standing::Standing;

/// How long the hub may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How often the connection is probed: a frozen server is noticed after about three of these.
const PING_EVERY: Duration = Duration::from_secs(10);
/// Unanswered letters in a row after which the connection is given up.
const SILENCE_MAX: u32 = 3;
/// First and longest wait before a reconnect.
const RECONNECT_FIRST: Duration = Duration::from_millis(50);
const RECONNECT_MOST: Duration = Duration::from_secs(4);

/// How an office reaches its hub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hub's servers, `nats://host:port`, in no order.
    pub servers: Vec<String>,
    /// The office's slot.
    pub slot: Slot,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFault {
    /// No server is named.
    #[error("no hub server is named")]
    NoServer,
    /// An address is not of the form `nats://host:port`.
    #[error("not the address of a hub server: {0}")]
    NotAnAddress(String),
}

/// The office's connection to the hub. Reconnects by itself for as long as it lives.
pub struct Nats {
    slot: Slot,
    client: async_nats::Client,
    context: jetstream::Context,
    standing: Standing,
    inbox: Mutex<Option<Inbox>>,
    /// Unanswered letters since the last answer.
    silences: AtomicU32,
    /// The connection last given up.
    given_up: AtomicU64,
    doorkeeper: AbortHandle,
}

impl Nats {
    /// Starts connecting and returns at once; whether the hub is there shows in [`Post::state`].
    ///
    /// # Errors
    /// If the settings cannot be used.
    pub async fn connect(settings: &Settings) -> Result<Self, SettingsFault> {
        let servers = addresses(&settings.servers)?;
        let standing = Standing::new();
        let client = options(settings.slot, standing.clone())
            .connect(servers.as_slice())
            .await
            .map_err(|fault| SettingsFault::NotAnAddress(fault.to_string()))?;
        let context = ContextBuilder::new().timeout(ANSWER_WITHIN).build(client.clone());
        let doorkeeper = tokio::spawn(keep_door(client.clone(), standing.clone())).abort_handle();
        Ok(Self {
            slot: settings.slot,
            client,
            context,
            standing,
            inbox: Mutex::new(None),
            silences: AtomicU32::new(0),
            given_up: AtomicU64::new(0),
            doorkeeper,
        })
    }

    /// A letter went unanswered. After several the server may be frozen, so the connection is given up, once.
    async fn silence(&self, link: u64) -> PostFault {
        let silences = self.silences.fetch_add(1, Ordering::Relaxed) + 1;
        if silences >= SILENCE_MAX && self.given_up.swap(link, Ordering::Relaxed) != link {
            self.silences.store(0, Ordering::Relaxed);
            tracing::warn!("the hub does not answer; reconnecting");
            if self.client.force_reconnect().await.is_err() {
                return PostFault::Closed;
            }
        }
        PostFault::Unanswered
    }

    async fn fault(&self, error: &PublishError, link: u64, bytes: usize) -> PostFault {
        match error.kind() {
            PublishErrorKind::StreamNotFound => {
                self.standing.stream_is_missing();
                PostFault::HubMissing(Absence::NoStream)
            }
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe | PublishErrorKind::MaxAckPending => {
                self.silence(link).await
            }
            PublishErrorKind::MaxPayloadExceeded => PostFault::TooLarge { bytes },
            PublishErrorKind::WrongLastMessageId
            | PublishErrorKind::WrongLastSequence
            | PublishErrorKind::Other => refusal(error),
        }
    }
}

impl Post for Nats {
    async fn send(&self, to: Slot, msg_id: MessageId, bytes: Vec<u8>) -> Result<Taken, PostFault> {
        let link = self.standing.sendable().map_err(PostFault::HubMissing)?;
        let size = bytes.len();
        if size > LETTER_BYTES_MAX {
            return Err(PostFault::TooLarge { bytes: size });
        }
        let message = PublishMessage::build().message_id(hex(&msg_id)).payload(bytes.into());
        let answer = async { self.context.send_publish(subject(self.slot, to), message).await?.await };
        let answer = tokio::select! {
            biased;
            answer = answer => answer,
            () = self.standing.lost(link) => return Err(PostFault::Unanswered),
        };
        match answer {
            Ok(ack) => {
                self.silences.store(0, Ordering::Relaxed);
                self.standing.stream_is_there();
                Ok(Taken { duplicate: ack.duplicate })
            }
            Err(error) => Err(self.fault(&error, link, size).await),
        }
    }

    async fn next(&self) -> Result<Parcel, PostFault> {
        let mut held = self.inbox.lock().await;
        loop {
            let inbox = match &mut *held {
                Some(inbox) => inbox,
                empty => empty.insert(Inbox::open(&self.context, self.slot, &self.standing).await?),
            };
            match inbox.next(&self.client, &self.standing).await {
                Ok(Some(parcel)) => return Ok(parcel),
                Ok(None) => {
                    *held = None;
                    self.standing.waiting(None);
                }
                Err(fault) => {
                    *held = None;
                    self.standing.waiting(None);
                    return Err(fault);
                }
            }
        }
    }

    fn slot(&self) -> Slot {
        self.slot
    }

    fn state(&self) -> watch::Receiver<HubState> {
        self.standing.watch()
    }

    fn backlog(&self) -> watch::Receiver<Option<u64>> {
        self.standing.backlog()
    }

    async fn close(&self) {
        if let Some(inbox) = self.inbox.lock().await.take() {
            inbox.give_back(&self.client).await;
        }
        if self.standing.watch().borrow().is_connected()
            && tokio::time::timeout(ANSWER_WITHIN, self.client.flush()).await.is_err()
        {
            tracing::warn!("the hub did not hear the last words");
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.doorkeeper.abort();
    }
}

/// Looks at the server of every new connection before anything is sent to it. Its version is known once
/// something has been written, which is what `flush` waits for.
async fn keep_door(client: async_nats::Client, standing: Standing) {
    loop {
        let link = standing.stranger().await;
        if client.flush().await.is_err() {
            return;
        }
        let version = client.try_server_info().map(|info| info.version).unwrap_or_default();
        standing.met(link, server_fault(&version));
        standing.lost(link).await;
    }
}

fn addresses(servers: &[String]) -> Result<Vec<async_nats::ServerAddr>, SettingsFault> {
    if servers.is_empty() {
        return Err(SettingsFault::NoServer);
    }
    servers.iter().map(|text| text.parse().map_err(|_| SettingsFault::NotAnAddress(text.clone()))).collect()
}

fn options(slot: Slot, standing: Standing) -> ConnectOptions {
    ConnectOptions::new()
        .name(slot)
        .retry_on_initial_connect()
        .ignore_discovered_servers()
        .connection_timeout(ANSWER_WITHIN)
        .request_timeout(Some(ANSWER_WITHIN))
        .ping_interval(PING_EVERY)
        .reconnect_delay_callback(move |attempts| reconnect_delay(slot, attempts))
        .event_callback(move |event| {
            heard(&standing, &event);
            std::future::ready(())
        })
}

/// At once the first time, then longer and longer, for every office differently.
fn reconnect_delay(slot: Slot, attempts: usize) -> Duration {
    match u32::try_from(attempts).unwrap_or(u32::MAX) {
        0 | 1 => Duration::ZERO,
        more => spread(u64::from(slot.number()), more - 2, RECONNECT_FIRST, RECONNECT_MOST),
    }
}

fn heard(standing: &Standing, event: &Event) {
    match event {
        Event::Connected => standing.connected(),
        Event::Disconnected | Event::Closed => standing.disconnected(),
        Event::ServerError(fault) => tracing::warn!(%fault, "the hub complains"),
        Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) | Event::ClientError(_) => {
            tracing::debug!(%event, "the connection to the hub");
        }
    }
}

/// JetStream's own refusals arrive as the error's source.
fn refusal(error: &PublishError) -> PostFault {
    let code = std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<jetstream::Error>())
        .map_or(0, |refused| refused.error_code().0);
    if code == jetstream::ErrorCode::STREAM_STORE_FAILED.0 {
        PostFault::BoxFull
    } else {
        PostFault::Refused { code }
    }
}

fn hex(id: &MessageId) -> String {
    use core::fmt::Write;
    id.iter().fold(String::with_capacity(32), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every text");
        text
    })
}
