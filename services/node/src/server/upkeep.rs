//! What the office does by the clock: the first entry of its log, inbox keys, deadlines, snapshots.
//!
//! After a start mail is drained before deadlines fire: a deadline that a waiting letter answers must not be missed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use waymark_courier::HubState;
use waymark_desk::{Desk, SubmitError};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(500);
/// How long after a start, or after the hub has come, mail may take to arrive before deadlines fire.
const DRAIN: Duration = Duration::from_secs(3);
/// How long the hub may be missing before deadlines fire without it.
const WITHOUT_HUB: Duration = Duration::from_secs(60);
/// How often the others are asked again while the start guard waits.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How often a snapshot is stored, when something was written since.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(600);
/// How often inbox keys are looked at.
const KEYS_EVERY: Duration = Duration::from_secs(60);

/// Keeps the office in order until `stop` completes.
pub(super) async fn run(desk: Arc<Desk>, hub: watch::Receiver<HubState>, stop: impl Future<Output = ()>) {
    let mut upkeep = Upkeep::new(desk, hub);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = ticks.tick() => upkeep.look().await,
        }
    }
}

struct Upkeep {
    desk: Arc<Desk>,
    hub: watch::Receiver<HubState>,
    /// When the hub was last there, or the office started.
    missed: Instant,
    connected: Option<Instant>,
    asked: Instant,
    keys_kept: Option<Instant>,
    snapshot: Instant,
    snapshot_at: u64,
}

impl Upkeep {
    fn new(desk: Arc<Desk>, hub: watch::Receiver<HubState>) -> Self {
        let now = Instant::now();
        let snapshot_at = *desk.changes().borrow();
        Self {
            desk,
            hub,
            missed: now,
            connected: None,
            asked: now,
            keys_kept: None,
            snapshot: now,
            snapshot_at,
        }
    }

    async fn look(&mut self) {
        let now = Instant::now();
        let connected = self.hub.borrow().is_connected();
        self.connected = if connected { self.connected.or(Some(now)) } else { None };
        if connected {
            self.missed = now;
        }
        if self.desk.status().guard.is_err() {
            self.ask_again(now);
            return;
        }
        if self.keys_kept.is_none_or(|kept| now - kept >= KEYS_EVERY) && self.off_the_runtime(keep).await {
            self.keys_kept = Some(now);
        }
        if self.is_drained(now) {
            self.off_the_runtime(|desk| {
                desk.tick();
                true
            })
            .await;
        }
        let newest = *self.desk.changes().borrow();
        if now - self.snapshot >= SNAPSHOT_EVERY && newest != self.snapshot_at {
            self.snapshot = now;
            if self.off_the_runtime(store).await {
                self.snapshot_at = newest;
            }
        }
    }

    /// Mail has had its time since the hub came, or has been missing too long to be waited for.
    fn is_drained(&self, now: Instant) -> bool {
        match self.connected {
            Some(since) => now - since >= DRAIN,
            None => now - self.missed >= WITHOUT_HUB,
        }
    }

    fn ask_again(&mut self, now: Instant) {
        if now - self.asked >= ASK_AGAIN {
            self.asked = now;
            self.desk.ask_heads();
        }
    }

    async fn off_the_runtime(&self, work: impl FnOnce(&Desk) -> bool + Send + 'static) -> bool {
        let desk = Arc::clone(&self.desk);
        tokio::task::spawn_blocking(move || work(&desk)).await.unwrap_or_else(|_| {
            tracing::error!("upkeep stopped in the middle; it is tried again");
            false
        })
    }
}

/// The first entry of the log and the inbox keys.
fn keep(desk: &Desk) -> bool {
    let kept = desk.begin_log().and_then(|()| desk.keep_inbox_keys());
    match kept {
        Ok(()) => true,
        Err(SubmitError::NotReady(_)) => false,
        Err(fault) => {
            tracing::warn!(%fault, "inbox keys could not be kept in order; it is tried again");
            false
        }
    }
}

fn store(desk: &Desk) -> bool {
    match desk.store_snapshot() {
        Ok(()) => true,
        Err(fault) => {
            tracing::warn!(%fault, "no snapshot was stored; nothing is lost, a start reads more; it is tried again");
            false
        }
    }
}
