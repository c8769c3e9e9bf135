//! The pump between a hub and a desk, both ways. It keeps nothing: what is not yet delivered stands in the
//! desk's outbox or at the hub. Outward: `outbound`; inward: `inbound`.

mod inbound;
mod outbound;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::{Disposition, MessageId, Post, PostFault, Slot, Taken};

/// First and longest wait after a fault of the hub.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// How long work in hand may take to finish once the office stops.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// A letter that the desk wants sent.
#[derive(Debug)]
pub struct Outgoing {
    /// The recipient.
    pub to: Slot,
    /// Random for each row of the outbox; the same at every attempt until the hub has taken it.
    pub msg_id: MessageId,
    /// The sealed letter, at most [`crate::LETTER_BYTES_MAX`].
    pub bytes: Vec<u8>,
    /// What the desk calls this attempt.
    pub ticket: u64,
}

/// The desk, as the courier sees it.
pub trait Correspondent: Send + Sync + 'static {
    /// Up to `limit` letters that are due now, in the order in which they should leave. A letter handed out
    /// is in flight until [`Correspondent::sent`] is told its ticket, and is not handed out again before.
    /// Called where blocking is allowed, never twice at once: it may read, prove and seal.
    fn outgoing(&self, limit: usize) -> Vec<Outgoing>;

    /// What became of an attempt. After a fault that [concerns every
    /// letter](PostFault::concerns_every_letter) the letter stays due (the pump itself waits for the hub);
    /// after any other the desk lets time pass before it is due again. Called where blocking is allowed.
    fn sent(&self, ticket: u64, outcome: Result<Taken, PostFault>);

    /// A letter came in. Letters of one sender are delivered one after the other, of several senders at once.
    fn deliver(&self, from: Slot, bytes: Vec<u8>) -> impl Future<Output = Disposition> + Send;

    /// Completes when [`Correspondent::outgoing`] may have something: a new row, or one that became due. May
    /// be dropped and called again; a wake-up that came while nobody waited must count (as
    /// `Notify::notify_one` does).
    fn wait_outgoing(&self) -> impl Future<Output = ()> + Send;
}

type Stop = Shared<BoxFuture<'static, ()>>;

/// Carries letters both ways until `shutdown` completes, then finishes what is in hand. A missing hub is
/// waited for.
///
/// # Panics
/// If the correspondent panics in [`Correspondent::outgoing`] or [`Correspondent::sent`]. A panic in
/// [`Correspondent::deliver`] leaves that letter at the hub, to come again.
pub async fn run<P: Post, C: Correspondent>(
    post: Arc<P>,
    correspondent: Arc<C>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let stop: Stop = shutdown.boxed().shared();
    let mut halves = JoinSet::new();
    halves.spawn(outbound::pump(Arc::clone(&post), Arc::clone(&correspondent), stop.clone()));
    halves.spawn(inbound::pump(Arc::clone(&post), correspondent, stop));
    while let Some(ended) = halves.join_next().await {
        if let Err(fault) = ended
            && fault.is_panic()
        {
            std::panic::resume_unwind(fault.into_panic());
        }
    }
    post.close().await;
}

/// Completes at this instant; never if there is none.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
