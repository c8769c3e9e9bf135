//! What is known of the hub, put together from the connection's events and from what the server answers.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::{Absence, HubState};

/// The facts. `link` counts connections, so that a short loss is not overlooked.
#[derive(Default)]
struct Facts {
    server: Server,
    link: u64,
    no_stream: bool,
    no_box: bool,
}

#[derive(Default)]
enum Server {
    #[default]
    Away,
    /// There is a connection, but to whom is not yet known.
    Unknown,
    TooOld(String),
    Accepted,
}

impl Facts {
    fn absence(&self) -> Option<Absence> {
        match &self.server {
            Server::Away | Server::Unknown => Some(Absence::Unreachable),
            Server::TooOld(version) => Some(Absence::TooOld { version: version.clone() }),
            Server::Accepted if self.no_stream => Some(Absence::NoStream),
            Server::Accepted if self.no_box => Some(Absence::NoBox),
            Server::Accepted => None,
        }
    }

    const fn is_link(&self, link: u64) -> bool {
        self.link == link && !matches!(self.server, Server::Away)
    }
}

/// The facts and the state that follows from them, both watched.
#[derive(Clone)]
pub(super) struct Standing {
    facts: Arc<watch::Sender<Facts>>,
    state: Arc<watch::Sender<HubState>>,
    backlog: Arc<Backlog>,
}

/// Letters that waited when the post box was opened and are not settled yet.
struct Backlog {
    /// By number; and those put off, by their place in the stream: while one of them is still to come again, not all are read.
    left: Mutex<(u64, HashSet<u64>)>,
    told: watch::Sender<Option<u64>>,
}

impl Backlog {
    fn change(&self, change: impl FnOnce(&mut u64, &mut HashSet<u64>)) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, put_off) = &mut *left;
        change(count, put_off);
        let now = (*count).max(put_off.len() as u64);
        self.told.send_if_modified(|told| match told {
            Some(before) if *before != now => {
                *before = now;
                true
            }
            _ => false,
        });
    }
}

impl Standing {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        let unknown = HubState::of(Some(Absence::Unreachable), Instant::now());
        Self {
            facts: Arc::new(watch::Sender::new(Facts::default())),
            state: Arc::new(watch::Sender::new(unknown)),
            backlog: Arc::new(Backlog { left: Mutex::default(), told: watch::Sender::new(None) }),
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<HubState> {
        self.state.subscribe()
    }

    pub(super) fn backlog(&self) -> watch::Receiver<Option<u64>> {
        self.backlog.told.subscribe()
    }

    /// The post box was opened, and so many letters wait in it or are in hand; `None`: it is no longer open.
    pub(super) fn waiting(&self, letters: Option<u64>) {
        let mut left = self.backlog.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (letters.unwrap_or_default(), HashSet::new());
        self.backlog.told.send_replace(letters);
    }

    /// The letter at `place` of the stream is settled for good.
    pub(super) fn settled(&self, place: u64) {
        self.backlog.change(|left, put_off| {
            *left = left.saturating_sub(1);
            put_off.remove(&place);
        });
    }

    /// The letter at `place` of the stream comes again.
    pub(super) fn put_off(&self, place: u64) {
        self.backlog.change(|_, put_off| {
            put_off.insert(place);
        });
    }

    /// The number of the connection on which letters may go out now, or why they may not.
    pub(super) fn sendable(&self) -> Result<u64, Absence> {
        let facts = self.facts.borrow();
        match facts.absence() {
            Some(why) if !why.lets_try() => Err(why),
            Some(_) | None => Ok(facts.link),
        }
    }

    /// A connection was made; whether its server is acceptable is still to be found out.
    pub(super) fn connected(&self) {
        self.learn(|facts| {
            facts.server = Server::Unknown;
            facts.link += 1;
        });
    }

    pub(super) fn disconnected(&self) {
        self.learn(|facts| facts.server = Server::Away);
    }

    /// The server of connection `link` is acceptable, or is of a version that is not.
    pub(super) fn met(&self, link: u64, too_old: Option<String>) {
        self.learn(|facts| {
            if facts.is_link(link) {
                facts.server = too_old.map_or(Server::Accepted, Server::TooOld);
            }
        });
    }

    pub(super) fn stream_is_there(&self) {
        self.learn(|facts| facts.no_stream = false);
    }

    pub(super) fn stream_is_missing(&self) {
        self.learn(|facts| facts.no_stream = true);
    }

    pub(super) fn box_is_there(&self) {
        self.learn(|facts| {
            facts.no_stream = false;
            facts.no_box = false;
        });
    }

    pub(super) fn box_is_missing(&self) {
        self.learn(|facts| facts.no_box = true);
    }

    /// The number of the next connection whose server is not yet known.
    pub(super) async fn stranger(&self) -> u64 {
        self.link_when(|facts| matches!(facts.server, Server::Unknown)).await
    }

    /// The number of the present connection, as soon as there is one to an acceptable server.
    pub(super) async fn link(&self) -> u64 {
        self.link_when(|facts| matches!(facts.server, Server::Accepted)).await
    }

    /// Completes when connection `link` is lost, even if there is another by now.
    pub(super) async fn lost(&self, link: u64) {
        self.link_when(|facts| !facts.is_link(link)).await;
    }

    async fn link_when(&self, holds: impl FnMut(&Facts) -> bool) -> u64 {
        self.facts.subscribe().wait_for(holds).await.expect("this standing holds the sender").link
    }

    /// Takes in a fact. The state follows while the facts are held, so that of two things learned at once the later has
    /// the last word on both.
    fn learn(&self, fact: impl FnOnce(&mut Facts)) {
        self.facts.send_modify(|facts| {
            fact(facts);
            self.state.send_if_modified(|state| {
                let changed = state.learn(facts.absence());
                if changed {
                    tracing::info!(hub = ?state, "the hub's state changed");
                }
                changed
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// With a connection to an acceptable server.
    fn connected(standing: &Standing) -> u64 {
        standing.connected();
        let link = standing.stranger().now_or_never().expect("a server to be met");
        standing.met(link, None);
        link
    }

    fn since_and_why(standing: &Standing) -> Option<(Instant, Absence)> {
        match standing.watch().borrow().clone() {
            HubState::Connected => None,
            HubState::Missing { since, why } => Some((since, why)),
        }
    }

    #[test]
    fn the_hub_is_there_only_if_everything_is() {
        let standing = Standing::new();
        assert_eq!(since_and_why(&standing).map(|(_, why)| why), Some(Absence::Unreachable));
        standing.connected();
        assert_eq!(since_and_why(&standing).map(|(_, why)| why), Some(Absence::Unreachable), "not yet met");
        connected(&standing);
        assert_eq!(since_and_why(&standing), None);
        standing.box_is_missing();
        assert_eq!(since_and_why(&standing).map(|(_, why)| why), Some(Absence::NoBox));
        standing.stream_is_missing();
        assert_eq!(since_and_why(&standing).map(|(_, why)| why), Some(Absence::NoStream));
        standing.stream_is_there();
        assert_eq!(since_and_why(&standing).map(|(_, why)| why), Some(Absence::NoBox));
        standing.box_is_there();
        assert_eq!(since_and_why(&standing), None);
    }

    #[test]
    fn since_when_it_is_missing_survives_a_change_of_reason() {
        let standing = Standing::new();
        connected(&standing);
        standing.stream_is_missing();
        let first = since_and_why(&standing).map(|(since, _)| since);
        standing.disconnected();
        connected(&standing);
        assert_eq!(since_and_why(&standing).map(|(since, _)| since), first);
        assert!(first.is_some());
    }

    #[test]
    fn a_connection_replaced_at_once_still_counts_as_lost() {
        let standing = Standing::new();
        let first = connected(&standing);
        assert_eq!(standing.link().now_or_never(), Some(first));
        assert_eq!(standing.lost(first).now_or_never(), None);
        let second = connected(&standing);
        assert_eq!(standing.lost(first).now_or_never(), Some(()));
        assert_eq!(standing.link().now_or_never(), Some(second));
    }

    #[test]
    fn what_is_learned_late_of_an_earlier_server_does_not_count() {
        let standing = Standing::new();
        let first = connected(&standing);
        standing.connected();
        standing.met(first, None);
        assert_eq!(standing.sendable(), Err(Absence::Unreachable));
        let second = standing.stranger().now_or_never().expect("a server to be met");
        standing.met(second, Some("2.9.10".to_owned()));
        assert_eq!(standing.sendable(), Err(Absence::TooOld { version: "2.9.10".to_owned() }));
        assert_eq!(standing.link().now_or_never(), None);
    }
}
