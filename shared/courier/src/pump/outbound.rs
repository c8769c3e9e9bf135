//! Outward: takes letters from the desk as soon as it wakes and hands them to the hub, many in flight. While
//! the hub is missing nothing is taken, and after a fault one letter goes ahead before the others follow.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::Instant;

use super::{Correspondent, FINISH_WITHIN, RETRY_FIRST, RETRY_MOST, Stop, at};
use crate::backoff::Backoff;
use crate::{Outgoing, Post, PostFault, Taken};

/// Letters on their way to the hub at once.
const IN_FLIGHT_MAX: usize = 256;
/// Letters taken from the desk at once, so that the first leaves before the last is sealed.
const TAKEN_AT_ONCE: usize = 32;

type Attempt = (u64, Result<Taken, PostFault>);

/// How the hub fared lately.
enum Hub {
    /// Send as many as fit.
    Answers,
    /// It failed: send nothing before this instant.
    Rests(Instant),
    /// It failed and has rested: one letter tries.
    Tried,
}

struct Outbound<P, C> {
    post: Arc<P>,
    desk: Arc<C>,
    in_flight: FuturesUnordered<BoxFuture<'static, Attempt>>,
    /// Ended, and not yet told to the desk.
    ended: Vec<Attempt>,
    /// The desk at work on a thread of its own: it reads, proves and seals.
    at_work: Option<JoinHandle<Vec<Outgoing>>>,
    /// The desk had nothing when it was asked last, and has not woken since.
    desk_is_idle: bool,
    hub: Hub,
    backoff: Backoff,
}

pub(super) async fn pump<P: Post, C: Correspondent>(post: Arc<P>, desk: Arc<C>, mut stop: Stop) {
    let mut state = post.state();
    let backoff = Backoff::new(u64::from(post.slot().number()), RETRY_FIRST, RETRY_MOST);
    let mut out = Outbound {
        post,
        desk,
        in_flight: FuturesUnordered::new(),
        ended: Vec::new(),
        at_work: None,
        desk_is_idle: false,
        hub: Hub::Answers,
        backoff,
    };
    loop {
        let room = if state.borrow_and_update().lets_try() { out.room() } else { 0 };
        out.engage(room);
        let rested = out.rest_ends();
        let may_wake = room > 0 && out.desk_is_idle;
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(attempt) = out.in_flight.next(), if !out.in_flight.is_empty() => out.note_all(attempt),
            letters = finished(&mut out.at_work) => out.made(letters),
            changed = state.changed() => match changed {
                Ok(()) if state.borrow().is_connected() => out.hub_is_back(),
                Ok(()) => {}
                Err(_) => break,
            },
            () = at(rested) => out.hub = Hub::Tried,
            () = out.desk.wait_outgoing(), if may_wake => out.desk_is_idle = false,
        }
    }
    out.finish().await;
}

/// Completes with what the desk has made; never while it is not at work.
async fn finished(at_work: &mut Option<JoinHandle<Vec<Outgoing>>>) -> Result<Vec<Outgoing>, JoinError> {
    match at_work {
        Some(work) => {
            let made = work.await;
            *at_work = None;
            made
        }
        None => std::future::pending().await,
    }
}

impl<P: Post, C: Correspondent> Outbound<P, C> {
    fn room(&self) -> usize {
        let most = match self.hub {
            Hub::Answers => IN_FLIGHT_MAX,
            Hub::Tried => 1,
            Hub::Rests(_) => 0,
        };
        most.saturating_sub(self.in_flight.len())
    }

    const fn rest_ends(&self) -> Option<Instant> {
        match self.hub {
            Hub::Rests(until) => Some(until),
            Hub::Answers | Hub::Tried => None,
        }
    }

    /// Gives the desk its work, unless it has some: to hear what became of letters, and to make `room` more.
    fn engage(&mut self, room: usize) {
        let wanted = if self.desk_is_idle { 0 } else { room.min(TAKEN_AT_ONCE) };
        if self.at_work.is_some() || self.ended.is_empty() && wanted == 0 {
            return;
        }
        let (desk, ended) = (Arc::clone(&self.desk), std::mem::take(&mut self.ended));
        // What was heard may have made letters due again.
        let wanted = if ended.is_empty() { wanted } else { room.min(TAKEN_AT_ONCE) };
        self.desk_is_idle = wanted > 0;
        self.at_work = Some(spawn_blocking(move || {
            ended.into_iter().for_each(|(ticket, outcome)| desk.sent(ticket, outcome));
            if wanted > 0 { desk.outgoing(wanted) } else { Vec::new() }
        }));
    }

    fn made(&mut self, letters: Result<Vec<Outgoing>, JoinError>) {
        let letters = match letters {
            Ok(letters) => letters,
            Err(fault) if fault.is_panic() => std::panic::resume_unwind(fault.into_panic()),
            Err(_) => Vec::new(),
        };
        if !letters.is_empty() {
            self.desk_is_idle = false;
        }
        letters.into_iter().for_each(|letter| self.dispatch(letter));
    }

    fn dispatch(&self, letter: Outgoing) {
        let post = Arc::clone(&self.post);
        self.in_flight.push(
            async move { (letter.ticket, post.send(letter.to, letter.msg_id, letter.bytes).await) }.boxed(),
        );
    }

    /// Notes an attempt and whatever else has ended meanwhile.
    fn note_all(&mut self, first: Attempt) {
        self.note(first);
        while let Some(Some(attempt)) = self.in_flight.next().now_or_never() {
            self.note(attempt);
        }
    }

    fn note(&mut self, (ticket, outcome): Attempt) {
        match &outcome {
            Ok(_) => self.hub_is_back(),
            Err(fault) if fault.concerns_every_letter() => self.hub_failed(fault),
            Err(fault) => tracing::warn!(%fault, "a letter was not taken"),
        }
        self.ended.push((ticket, outcome));
    }

    fn hub_is_back(&mut self) {
        self.hub = Hub::Answers;
        self.backoff.reset();
    }

    /// Of the many in flight that fail together, one counts.
    fn hub_failed(&mut self, fault: &PostFault) {
        if !matches!(self.hub, Hub::Rests(_)) {
            let wait = self.backoff.next();
            tracing::debug!(%fault, ?wait, "the hub fails; letters wait");
            self.hub = Hub::Rests(Instant::now() + wait);
        }
    }

    /// Waits a bounded time for what is in flight. What is not answered by then is sent again after the next
    /// start.
    async fn finish(mut self) {
        let rest = async {
            if self.at_work.is_some() {
                let letters = finished(&mut self.at_work).await;
                self.made(letters);
            }
            while let Some(attempt) = self.in_flight.next().await {
                self.note(attempt);
            }
            self.engage(0);
            if self.at_work.is_some() {
                let letters = finished(&mut self.at_work).await;
                self.made(letters);
            }
        };
        if tokio::time::timeout(FINISH_WITHIN, rest).await.is_err() {
            tracing::warn!("stopped with letters in flight");
        }
    }
}
