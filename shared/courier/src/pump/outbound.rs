//! Outward: takes letters from the desk as soon as it wakes and hands them to the hub, many in flight. While
//! the hub is missing nothing is taken, and after a fault one letter goes ahead before the others follow.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
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
    hub: Hub,
    backoff: Backoff,
}

pub(super) async fn pump<P: Post, C: Correspondent>(post: Arc<P>, desk: Arc<C>, mut stop: Stop) {
    let mut state = post.state();
    let backoff = Backoff::new(u64::from(post.slot().number()), RETRY_FIRST, RETRY_MOST);
    let mut out = Outbound { post, desk, in_flight: FuturesUnordered::new(), hub: Hub::Answers, backoff };
    loop {
        let room = if state.borrow_and_update().lets_try() { out.room() } else { 0 };
        let letters = if room > 0 { out.desk.outgoing(room.min(TAKEN_AT_ONCE)) } else { Vec::new() };
        let idle = letters.is_empty();
        letters.into_iter().for_each(|letter| out.dispatch(letter));
        let rested = out.rest_ends();
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(attempt) = out.in_flight.next(), if !out.in_flight.is_empty() => out.report_all(attempt),
            changed = state.changed() => match changed {
                Ok(()) if state.borrow().is_connected() => out.hub_is_back(),
                Ok(()) => {}
                Err(_) => break,
            },
            () = at(rested) => out.hub = Hub::Tried,
            () = ready(()), if !idle => {}
            () = out.desk.wait_outgoing(), if room > 0 => {}
        }
    }
    out.finish().await;
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

    fn dispatch(&self, letter: Outgoing) {
        let post = Arc::clone(&self.post);
        self.in_flight.push(
            async move { (letter.ticket, post.send(letter.to, letter.msg_id, letter.bytes).await) }.boxed(),
        );
    }

    /// Reports an attempt and whatever else has ended meanwhile.
    fn report_all(&mut self, first: Attempt) {
        self.report(first);
        while let Some(Some(attempt)) = self.in_flight.next().now_or_never() {
            self.report(attempt);
        }
    }

    fn report(&mut self, (ticket, outcome): Attempt) {
        match &outcome {
            Ok(_) => self.hub_is_back(),
            Err(fault) if fault.concerns_every_letter() => self.hub_failed(fault),
            Err(fault) => tracing::warn!(%fault, "a letter was not taken"),
        }
        self.desk.sent(ticket, outcome);
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
            while let Some((ticket, outcome)) = self.in_flight.next().await {
                self.desk.sent(ticket, outcome);
            }
        };
        if tokio::time::timeout(FINISH_WITHIN, rest).await.is_err() {
            tracing::warn!("stopped with letters in flight");
        }
    }
}
