//! What is known of the hub, put together from the connection's events and from what the server answers.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::{Absence, HubState};

const HOLDS_THE_SENDER: &str = "the standing holds the sender";

/// The facts. `link` counts connections, so that a short loss is not overlooked.
#[derive(Debug, Clone, Default)]
struct Facts {
    connected: bool,
    link: u64,
    too_old: Option<String>,
    no_stream: bool,
    no_box: bool,
}

impl Facts {
    fn absence(&self) -> Option<Absence> {
        if !self.connected {
            Some(Absence::Unreachable)
        } else if let Some(version) = &self.too_old {
            Some(Absence::TooOld { version: version.clone() })
        } else if self.no_stream {
            Some(Absence::NoStream)
        } else if self.no_box {
            Some(Absence::NoBox)
        } else {
            None
        }
    }
}

/// The facts and the state that follows from them, both watched.
#[derive(Clone)]
pub(super) struct Standing {
    facts: Arc<watch::Sender<Facts>>,
    state: Arc<watch::Sender<HubState>>,
}

impl Standing {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        let unknown = HubState::Missing { since: Instant::now(), why: Absence::Unreachable };
        Self {
            facts: Arc::new(watch::Sender::new(Facts::default())),
            state: Arc::new(watch::Sender::new(unknown)),
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<HubState> {
        self.state.subscribe()
    }

    /// The number of the connection on which letters may go out now, or why they may not. That there is no stream does not
    /// bar them: only an attempt shows that there is one again.
    pub(super) fn sendable(&self) -> Result<u64, Absence> {
        let facts = self.facts.borrow();
        match facts.absence() {
            Some(why @ (Absence::Unreachable | Absence::TooOld { .. })) => Err(why),
            Some(Absence::NoStream | Absence::NoBox) | None => Ok(facts.link),
        }
    }

    pub(super) fn connected(&self) {
        self.learn(|facts| {
            facts.connected = true;
            facts.link += 1;
        });
    }

    pub(super) fn disconnected(&self) {
        self.learn(|facts| facts.connected = false);
    }

    pub(super) fn server_accepted(&self) {
        self.learn(|facts| facts.too_old = None);
    }

    pub(super) fn server_too_old(&self, version: String) {
        self.learn(|facts| facts.too_old = Some(version));
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

    /// The number of the present connection, as soon as there is one.
    pub(super) async fn link(&self) -> u64 {
        let mut facts = self.facts.subscribe();
        facts.wait_for(|facts| facts.connected).await.expect(HOLDS_THE_SENDER).link
    }

    /// Completes when connection `link` is lost, even if there is another by now.
    pub(super) async fn lost(&self, link: u64) {
        let mut facts = self.facts.subscribe();
        facts.wait_for(|facts| !facts.connected || facts.link != link).await.expect(HOLDS_THE_SENDER);
    }

    fn learn(&self, fact: impl FnOnce(&mut Facts)) {
        let mut absence = None;
        self.facts.send_modify(|facts| {
            fact(facts);
            absence = facts.absence();
        });
        self.state.send_if_modified(|state| {
            let next = match (absence, &*state) {
                (None, _) => HubState::Connected,
                (Some(why), HubState::Missing { since, .. }) => HubState::Missing { since: *since, why },
                (Some(why), HubState::Connected) => HubState::Missing { since: Instant::now(), why },
            };
            let changed = next != *state;
            if changed {
                tracing::info!(hub = ?next, "the hub's state changed");
                *state = next;
            }
            changed
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        standing.connected();
        standing.stream_is_missing();
        let first = since_and_why(&standing).map(|(since, _)| since);
        standing.disconnected();
        standing.connected();
        assert_eq!(since_and_why(&standing).map(|(since, _)| since), first);
        assert!(first.is_some());
    }

    #[tokio::test]
    async fn a_connection_replaced_at_once_still_counts_as_lost() {
        let standing = Standing::new();
        standing.connected();
        let link = standing.link().await;
        standing.disconnected();
        standing.connected();
        standing.lost(link).await;
        assert_ne!(standing.link().await, link);
    }
}
