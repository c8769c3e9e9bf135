//! Inward: letters of one sender one after the other (their order carries meaning), of several senders at
//! once.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::{Correspondent, FINISH_WITHIN, RETRY_FIRST, RETRY_MOST, Stop, at};
use crate::backoff::Backoff;
use crate::{Disposition, Parcel, Post, PostFault, Slot};

/// Letters fetched and not yet settled.
const IN_HAND_MAX: usize = 64;

/// After this time an office that stops no longer listens, so that a letter given back waits for its next
/// start.
const GONE_AFTER: Duration = Duration::from_millis(250);

struct Inbound<C> {
    desk: Arc<C>,
    /// Letters that wait for an earlier one of the same sender. A sender is here as long as one of his is
    /// being delivered.
    lanes: HashMap<Slot, VecDeque<Parcel>>,
    busy: JoinSet<()>,
    whose: HashMap<Id, Slot>,
    in_hand: usize,
}

pub(super) async fn pump<P: Post, C: Correspondent>(post: Arc<P>, desk: Arc<C>, mut stop: Stop) {
    let mut inbound =
        Inbound { desk, lanes: HashMap::new(), busy: JoinSet::new(), whose: HashMap::new(), in_hand: 0 };
    let mut backoff = Backoff::new(u64::from(post.slot().number()), RETRY_FIRST, RETRY_MOST);
    let mut resume: Option<Instant> = None;
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(done) = inbound.busy.join_next_with_id(), if !inbound.busy.is_empty() => inbound.delivered(done),
            () = at(resume) => resume = None,
            got = post.next(), if resume.is_none() && inbound.in_hand < IN_HAND_MAX => match got {
                Ok(parcel) => {
                    backoff.reset();
                    inbound.take(parcel);
                }
                Err(PostFault::Closed) => break,
                Err(fault) => {
                    tracing::debug!(%fault, "the post box cannot be read");
                    resume = Some(Instant::now() + backoff.next());
                }
            },
        }
    }
    inbound.finish().await;
}

impl<C: Correspondent> Inbound<C> {
    fn take(&mut self, parcel: Parcel) {
        self.in_hand += 1;
        if let Some(lane) = self.lanes.get_mut(&parcel.from) {
            lane.push_back(parcel);
        } else {
            self.lanes.insert(parcel.from, VecDeque::new());
            self.deliver(parcel);
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        let desk = Arc::clone(&self.desk);
        let (from, bytes, settle) = parcel.open();
        let task = self.busy.spawn(async move {
            let disposition = desk.deliver(from, bytes).await;
            settle(disposition).await;
        });
        self.whose.insert(task.id(), from);
    }

    fn delivered(&mut self, done: Result<(Id, ()), JoinError>) {
        let id = match done {
            Ok((id, ())) => id,
            Err(fault) => {
                tracing::error!("a delivery was broken off; the letter comes again");
                fault.id()
            }
        };
        self.in_hand = self.in_hand.saturating_sub(1);
        let Some(from) = self.whose.remove(&id) else { return };
        match self.lanes.get_mut(&from).and_then(VecDeque::pop_front) {
            Some(next) => self.deliver(next),
            None => {
                self.lanes.remove(&from);
            }
        }
    }

    /// Gives back what waits, and lets what is being delivered finish within a bounded time.
    async fn finish(mut self) {
        for parcel in self.lanes.drain().flat_map(|(_, lane)| lane) {
            parcel.settle(Disposition::Later(GONE_AFTER)).await;
        }
        let rest = async { while self.busy.join_next().await.is_some() {} };
        if tokio::time::timeout(FINISH_WITHIN, rest).await.is_err() {
            tracing::warn!("stopped with a delivery unfinished; the letter comes again");
        }
    }
}
