//! Setting up the hub: one stream, one durable consumer for each slot. Done by the hub's administrator; an
//! office has no right to any of it. The server's own settings (durability above all) are in
//! `deploy/hub.conf`.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, context::ContextBuilder};

use crate::{LETTER_BYTES_MAX, Slot};

/// The one stream.
pub const STREAM: &str = "EV";
/// The oldest server with the security fixes of 2026 (NATS advisories 2026-16, -18, -26).
pub const SERVER_MIN: (u16, u16, u16) = (2, 14, 3);
/// Letters of one author to one recipient that may wait.
pub const WAITING_MAX: i64 = 5_000;
/// How long an unread letter waits. Then it is gone without notice; the author's outbox sends it again.
pub const WAITING_DAYS_MAX: u64 = 30;
/// How long the hub recognises a message id.
pub const DUPLICATE_WINDOW: Duration = Duration::from_secs(600);

/// How long an office may keep a letter in hand. What is under way when the hub or an office crashes is late
/// by this much; a letter that comes again although it was being kept costs little, because it is recognised.
pub const ACK_WAIT: Duration = Duration::from_secs(15);

const HEADERS_BYTES_MAX: i32 = 1024;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What the hub is to hold.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The slots that get a post box.
    pub slots: Vec<Slot>,
    /// The slots of offices that have left: their post boxes are taken away. What waits in them goes when its time is over.
    pub gone: Vec<Slot>,
    /// Copies of the stream: 1 on a single server, 3 on a cluster of three.
    pub replicas: usize,
    /// How long an office may keep a letter in hand before the hub delivers it again: [`ACK_WAIT`], shorter
    /// in tests.
    pub ack_wait: Duration,
}

impl Plan {
    /// Post boxes for these slots on a single server.
    pub fn single(slots: impl IntoIterator<Item = Slot>) -> Self {
        Self { slots: slots.into_iter().collect(), gone: Vec::new(), replicas: 1, ack_wait: ACK_WAIT }
    }
}

/// The hub is not as planned.
#[derive(Debug, thiserror::Error)]
pub enum HubFault {
    /// No server answers.
    #[error("the hub cannot be reached: {0}")]
    Unreachable(String),
    /// The server lacks security fixes.
    #[error("nats-server {0} is too old: at least 2.14.3 is needed")]
    TooOld(String),
    /// The stream exists with other settings.
    #[error("the stream exists with other settings: {0}")]
    StreamDiffers(&'static str),
    /// A post box exists with other settings.
    #[error("the post box of {0} exists with other settings")]
    BoxDiffers(Slot),
    /// The server refused to create the stream or a post box.
    #[error("the hub refused: {0}")]
    Refused(String),
}

/// Creates what is missing and checks what is there. Running it again changes nothing.
///
/// # Errors
/// If the hub is not as planned afterwards; see [`HubFault`].
pub async fn provision(servers: &[String], plan: &Plan) -> Result<(), HubFault> {
    let context = administer(servers).await?;
    let wanted = stream(plan);
    let made = context.get_or_create_stream(wanted.clone()).await.map_err(refused)?;
    if let Some(what) = difference(&made.cached_info().config, &wanted) {
        return Err(HubFault::StreamDiffers(what));
    }
    for &slot in &plan.slots {
        let wanted = post_box(slot, plan);
        let made = made.get_or_create_consumer(&slot.to_string(), wanted.clone()).await.map_err(refused)?;
        if !same_box(&made.cached_info().config, &wanted) {
            return Err(HubFault::BoxDiffers(slot));
        }
    }
    for slot in &plan.gone {
        let name = slot.to_string();
        // One that is not there needs no taking away.
        if made.get_consumer::<pull::Config>(&name).await.is_ok() {
            made.delete_consumer(&name).await.map_err(refused)?;
        }
    }
    Ok(())
}

async fn administer(servers: &[String]) -> Result<jetstream::Context, HubFault> {
    let options = async_nats::ConnectOptions::new()
        .name("hub administrator")
        .connection_timeout(ANSWER_WITHIN)
        .request_timeout(Some(ANSWER_WITHIN))
        .ignore_discovered_servers();
    let client = options.connect(servers).await.map_err(|fault| HubFault::Unreachable(fault.to_string()))?;
    if let Some(version) = server_fault(&client.server_info().version) {
        return Err(HubFault::TooOld(version));
    }
    Ok(ContextBuilder::new().timeout(ANSWER_WITHIN).build(client))
}

fn stream(plan: &Plan) -> Config {
    Config {
        name: STREAM.to_owned(),
        subjects: vec!["ev.*.*".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        num_replicas: plan.replicas,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        max_messages_per_subject: WAITING_MAX,
        max_messages: -1,
        max_bytes: -1,
        max_consumers: -1,
        max_age: Duration::from_secs(WAITING_DAYS_MAX * 86_400),
        max_message_size: i32::try_from(LETTER_BYTES_MAX)
            .unwrap_or(i32::MAX)
            .saturating_add(HEADERS_BYTES_MAX),
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        allow_direct: false,
        ..Config::default()
    }
}

/// The first setting in which the stream differs from the plan.
fn difference(found: &Config, wanted: &Config) -> Option<&'static str> {
    let settings = [
        ("subjects", found.subjects == wanted.subjects),
        ("retention", found.retention == wanted.retention),
        ("storage", found.storage == wanted.storage),
        ("replicas", found.num_replicas == wanted.num_replicas),
        ("discard", found.discard == wanted.discard),
        ("discard per subject", found.discard_new_per_subject == wanted.discard_new_per_subject),
        ("messages per subject", found.max_messages_per_subject == wanted.max_messages_per_subject),
        ("messages", found.max_messages == wanted.max_messages),
        ("bytes", found.max_bytes == wanted.max_bytes),
        ("age", found.max_age == wanted.max_age),
        ("message size", found.max_message_size == wanted.max_message_size),
        ("duplicate window", found.duplicate_window == wanted.duplicate_window),
        ("deny delete", found.deny_delete == wanted.deny_delete),
        ("deny purge", found.deny_purge == wanted.deny_purge),
        ("direct access", found.allow_direct == wanted.allow_direct),
        ("rollup", found.allow_rollup == wanted.allow_rollup),
        ("message TTL", found.allow_message_ttl == wanted.allow_message_ttl),
        ("persistence mode", found.persist_mode == wanted.persist_mode),
        ("republish", found.republish == wanted.republish),
        ("mirror or sources", found.mirror == wanted.mirror && found.sources == wanted.sources),
    ];
    settings.iter().find(|(_, same)| !same).map(|(setting, _)| *setting)
}

fn post_box(slot: Slot, plan: &Plan) -> pull::Config {
    pull::Config {
        durable_name: Some(slot.to_string()),
        filter_subject: format!("ev.*.{slot}"),
        ack_policy: AckPolicy::Explicit,
        ack_wait: plan.ack_wait,
        max_deliver: -1,
        max_ack_pending: 256,
        max_waiting: 8,
        max_batch: 256,
        ..pull::Config::default()
    }
}

fn same_box(found: &jetstream::consumer::Config, wanted: &pull::Config) -> bool {
    found.deliver_subject.is_none()
        && found.filter_subject == wanted.filter_subject
        && found.filter_subjects.is_empty()
        && found.ack_policy == wanted.ack_policy
        && found.ack_wait == wanted.ack_wait
        && found.max_deliver == wanted.max_deliver
        && found.max_ack_pending == wanted.max_ack_pending
        && !found.headers_only
}

fn refused(fault: impl core::fmt::Display) -> HubFault {
    HubFault::Refused(fault.to_string())
}

/// The subject of letters from one slot to another.
pub(crate) fn subject(author: Slot, recipient: Slot) -> String {
    format!("ev.{author}.{recipient}")
}

/// The author of a letter in the box of `recipient`, by its subject.
pub(crate) fn author(subject: &str, recipient: Slot) -> Option<Slot> {
    let (author, to) = subject.strip_prefix("ev.")?.split_once('.')?;
    if to.parse() == Ok(recipient) { author.parse().ok() } else { None }
}

/// The version, if it is one that is refused.
pub(crate) fn server_fault(version: &str) -> Option<String> {
    if version_of(version).is_some_and(|found| found >= SERVER_MIN) { None } else { Some(version.to_owned()) }
}

/// A pre-release counts as the version before it.
fn version_of(text: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    let version = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_from_2_14_3_are_accepted() {
        for version in ["2.14.3", "2.15.1", "3.0.0"] {
            assert_eq!(server_fault(version), None, "{version}");
        }
        for version in ["2.9.10", "2.14.2", "2.15.1-RC.1", "2.15", "", "x"] {
            assert_eq!(server_fault(version).as_deref(), Some(version));
        }
    }

    #[test]
    fn the_author_is_read_only_from_a_subject_of_this_box() {
        let slot = |text: &str| text.parse::<Slot>().expect("a slot");
        assert_eq!(author("ev.s001.s002", slot("s002")), Some(slot("s001")));
        for subject in ["ev.s001.s003", "ev.s001", "ev.s001.s002.x", "ev.x.s002", "xx.s001.s002", ""] {
            assert_eq!(author(subject, slot("s002")), None, "{subject}");
        }
    }
}
