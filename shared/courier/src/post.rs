//! What a hub can do for an office, and how it can fail. Implemented by [`crate::Nats`] and
//! [`crate::memory::Mailbox`].

use core::fmt;
use std::future::Future;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Slot;

/// The largest letter, in bytes. A larger one travels in parts.
pub const LETTER_BYTES_MAX: usize = 128 * 1024;

/// The hub's word for "the same letter again": random for each row of the outbox, because whoever could guess
/// it could have the letter dropped as a duplicate.
pub type MessageId = [u8; 16];

/// An office's connection to the hub.
pub trait Post: Send + Sync + 'static {
    /// Hands a letter to the hub, once; the caller tries again, under the same `msg_id` if the fault leaves
    /// open whether the hub has it.
    ///
    /// # Errors
    /// See [`PostFault`].
    fn send(
        &self,
        to: Slot,
        msg_id: MessageId,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<Taken, PostFault>> + Send;

    /// The next letter for this office; waits while there is none or the hub is missing. Nothing is lost if
    /// the future is dropped.
    ///
    /// # Errors
    /// When the post box cannot be read; the caller waits a little and calls again.
    fn next(&self) -> impl Future<Output = Result<Parcel, PostFault>> + Send;

    /// The slot of this office.
    fn slot(&self) -> Slot;

    /// Whether the hub is there, as it changes.
    fn state(&self) -> watch::Receiver<HubState>;

    /// How many of the letters that waited when the post box was last opened are not settled yet; `None` while the box is not
    /// open. At 0 the office has seen everything that was written to it before.
    fn backlog(&self) -> watch::Receiver<Option<u64>>;

    /// Gives back what was fetched and not yet handed out, and lets what was said reach the hub (within
    /// seconds).
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// The hub has a letter durably. This says nothing about its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The hub had this `msg_id` already and dropped the letter.
    ///
    /// # Security
    /// On the first attempt of a letter this is an alarm: somebody knew the id.
    pub duplicate: bool,
}

/// Why the hub did not take a letter, or the post box cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostFault {
    /// The hub is not there. The letter was not tried.
    #[error("the hub is missing: {0}")]
    HubMissing(Absence),
    /// No answer in time: the hub may have the letter or not. Send again under the same `msg_id`.
    #[error("the hub did not answer")]
    Unanswered,
    /// Too many letters to this recipient are waiting at the hub.
    #[error("the recipient's post box is full")]
    BoxFull,
    /// The letter exceeds what the hub carries.
    #[error("a letter of {bytes} bytes is too large")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The hub refused for another reason.
    #[error("the hub refused (code {code})")]
    Refused {
        /// JetStream's error code; 0 if it gave none.
        code: u64,
    },
    /// The connection was closed by this office.
    #[error("the post is closed")]
    Closed,
}

impl PostFault {
    /// The fault lies with the hub and not with this letter: every other letter would fare the same.
    #[must_use]
    pub const fn concerns_every_letter(&self) -> bool {
        match self {
            Self::HubMissing(_) | Self::Unanswered | Self::Closed => true,
            Self::BoxFull | Self::TooLarge { .. } | Self::Refused { .. } => false,
        }
    }
}

/// Whether the hub is there. A missing hub is an ordinary state: the office goes on working and its outbox
/// waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubState {
    /// Letters go out and come in.
    Connected,
    /// They do not.
    Missing {
        /// When it was last there, or this office started.
        since: Instant,
        /// What is wrong, as far as known.
        why: Absence,
    },
}

impl HubState {
    /// The hub is there.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        matches!(self, Self::Connected)
    }

    /// Whether a letter may be tried.
    pub(crate) const fn lets_try(&self) -> bool {
        match self {
            Self::Connected => true,
            Self::Missing { why, .. } => why.lets_try(),
        }
    }

    /// The state that follows from what is wrong, at an office that has just started.
    pub(crate) fn of(absence: Option<Absence>, since: Instant) -> Self {
        absence.map_or(Self::Connected, |why| Self::Missing { since, why })
    }

    /// Follows what is wrong now; since when stays, also when the reason changes. Says whether anything
    /// changed.
    pub(crate) fn learn(&mut self, absence: Option<Absence>) -> bool {
        let since = match self {
            Self::Connected => Instant::now(),
            Self::Missing { since, .. } => *since,
        };
        let next = Self::of(absence, since);
        let changed = next != *self;
        *self = next;
        changed
    }
}

/// Why the hub is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// It cannot be reached.
    Unreachable,
    /// It is reached, but has no stream: never provisioned, or deleted.
    NoStream,
    /// It has the stream, but no post box for this office.
    NoBox,
    /// Its server is older than this office accepts.
    TooOld {
        /// The version it states.
        version: String,
    },
}

impl Absence {
    /// Whether a letter may be tried all the same: that there is a stream again, only an attempt shows.
    pub(crate) const fn lets_try(&self) -> bool {
        match self {
            Self::NoStream | Self::NoBox => true,
            Self::Unreachable | Self::TooOld { .. } => false,
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("not reachable"),
            Self::NoStream => f.write_str("not provisioned (no stream)"),
            Self::NoBox => f.write_str("no post box for this office"),
            Self::TooOld { version } => write!(f, "nats-server {version} is too old"),
        }
    }
}

/// What the desk did with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Durably kept (or known already): the hub deletes its copy. Say this only after fdatasync.
    Kept,
    /// Never to be delivered again; the reason is shown to the hub's operator and must be a fixed text.
    Refused(&'static str),
    /// Not now: deliver again after this time.
    Later(Duration),
}

/// A letter as it came out of the post box. Dropped without [`Parcel::settle`], it is delivered again after
/// the hub's acknowledgement time.
pub struct Parcel {
    /// The author's slot: stamped by the hub, to be confirmed by what the letter proves.
    pub from: Slot,
    /// The letter.
    pub bytes: Vec<u8>,
    settle: Settle,
}

type Settle = Box<dyn FnOnce(Disposition) -> BoxFuture<'static, ()> + Send>;

impl Parcel {
    /// A parcel whose disposition `settle` reports to the hub.
    pub fn new(
        from: Slot,
        bytes: Vec<u8>,
        settle: impl FnOnce(Disposition) -> BoxFuture<'static, ()> + Send + 'static,
    ) -> Self {
        Self { from, bytes, settle: Box::new(settle) }
    }

    /// Tells the hub what became of the letter. The word may be lost on its way; then the letter comes again.
    pub async fn settle(self, disposition: Disposition) {
        (self.settle)(disposition).await;
    }

    /// The letter, and the means to settle it later.
    pub(crate) fn open(self) -> (Slot, Vec<u8>, Settle) {
        (self.from, self.bytes, self.settle)
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("from", &self.from)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
