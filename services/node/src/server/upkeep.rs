//! What the office does by the clock: the first entry of its log, inbox keys, deadlines, cosignatures, snapshots.
//!
//! After a start mail is drained before deadlines fire: a deadline that a waiting letter answers must not be missed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use waymark_courier::HubState;
use waymark_desk::{Desk, NotReady, SubmitError};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(500);
/// How often the others are asked again while the start guard waits.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How often a snapshot is stored, when something was written since.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(600);
/// How often inbox keys are looked at.
const KEYS_EVERY: Duration = Duration::from_secs(60);
/// And how soon again when they could not be kept in order.
const KEYS_AGAIN: Duration = Duration::from_secs(5);
/// How often a few other offices are asked which roster they hold.
const ROSTERS_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// Keeps the office in order until `stop` completes.
pub(super) async fn run(desk: Arc<Desk>, mail: Mail, stop: impl Future<Output = ()>) {
    let mut upkeep = Upkeep::new(desk, mail);
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
    mail: Mail,
    asked: Instant,
    /// When inbox keys are looked at next.
    keys_due: Instant,
    /// When rosters are compared next.
    rosters_due: Instant,
    snapshot: Instant,
    snapshot_at: u64,
}

impl Upkeep {
    fn new(desk: Arc<Desk>, mail: Mail) -> Self {
        let now = Instant::now();
        let snapshot_at = *desk.changes().borrow();
        Self { desk, mail, asked: now, keys_due: now, rosters_due: now, snapshot: now, snapshot_at }
    }

    async fn look(&mut self) {
        let now = Instant::now();
        self.mail.look(now);
        match self.desk.status().guard {
            // What was recorded before is taken over with the first entry of the log.
            Ok(()) | Err(NotReady::CarryingOver) => {}
            Err(_) => return self.ask_again(now),
        }
        if now >= self.keys_due {
            let kept = self.off_the_runtime(keep).await;
            self.keys_due = now + if kept { KEYS_EVERY } else { KEYS_AGAIN };
        }
        if now >= self.rosters_due {
            self.rosters_due = now + ROSTERS_EVERY;
            self.off_the_runtime(compare).await;
        }
        let deadlines = self.mail.is_read(now);
        self.off_the_runtime(move |desk| {
            if let Err(fault) = desk.get_back() {
                tracing::warn!(%fault, "what another office gave back could not be taken over; it is tried again");
            }
            desk.witness_roster();
            desk.seek_cosignatures();
            desk.answer_the_unanswered();
            if deadlines {
                desk.meet_deadlines();
            }
            true
        })
        .await;
        let newest = *self.desk.changes().borrow();
        if now - self.snapshot >= SNAPSHOT_EVERY && newest != self.snapshot_at {
            self.snapshot = now;
            if self.off_the_runtime(store).await {
                self.snapshot_at = newest;
            }
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

/// How far the mail that waited for this office has been read.
pub(super) struct Mail {
    hub: watch::Receiver<HubState>,
    backlog: watch::Receiver<Option<u64>>,
    looked: Instant,
    connected: Option<Instant>,
    /// How long the hub has been away, and has been there without everything being read, since everything was read last. Both add
    /// up over lost connections: a line that comes and goes must not hold up an alarm for ever.
    away: Duration,
    reading: Duration,
}

impl Mail {
    /// How long after the hub has come letters may take to be written that waited for it elsewhere.
    const OTHERS: Duration = Duration::from_secs(3);
    /// How long reading what waited may take before deadlines fire all the same.
    const READING: Duration = Duration::from_secs(600);
    /// How long the hub may be missing before deadlines fire without it.
    const WITHOUT_HUB: Duration = Duration::from_secs(60);

    /// Of an office that has just started.
    pub(super) fn new(hub: watch::Receiver<HubState>, backlog: watch::Receiver<Option<u64>>) -> Self {
        let (away, reading) = (Duration::ZERO, Duration::ZERO);
        Self { hub, backlog, looked: Instant::now(), connected: None, away, reading }
    }

    fn look(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.looked);
        self.looked = now;
        if !self.hub.borrow().is_connected() {
            self.connected = None;
            self.away += passed;
            return;
        }
        let since = *self.connected.get_or_insert(now);
        self.reading += passed;
        if now - since >= Self::WITHOUT_HUB {
            self.away = Duration::ZERO;
        }
        if self.nothing_left(now) {
            (self.away, self.reading) = (Duration::ZERO, Duration::ZERO);
        }
    }

    /// What waited has been read, or has been missing too long to be waited for.
    fn is_read(&self, now: Instant) -> bool {
        let without_hub = self.connected.is_none() && self.away >= Self::WITHOUT_HUB;
        self.nothing_left(now) || without_hub || self.reading >= Self::READING
    }

    fn nothing_left(&self, now: Instant) -> bool {
        self.connected.is_some_and(|since| now - since >= Self::OTHERS) && *self.backlog.borrow() == Some(0)
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

fn compare(desk: &Desk) -> bool {
    desk.compare_rosters();
    true
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

#[cfg(test)]
mod tests {
    use waymark_courier::Absence;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Looks every second for `seconds`, from a moment on; gives the moment after.
    fn watch(mail: &mut Mail, from: Instant, seconds: u32) -> Instant {
        (1..=seconds).for_each(|second| mail.look(from + second * SECOND));
        from + seconds * SECOND
    }

    fn away() -> HubState {
        HubState::Missing { since: Instant::now(), why: Absence::Unreachable }
    }

    #[test]
    fn deadlines_wait_until_what_waited_at_the_hub_is_read_however_long_that_takes() {
        let (hub, backlog) = (watch::Sender::new(HubState::Connected), watch::Sender::new(None));
        let mut mail = Mail::new(hub.subscribe(), backlog.subscribe());
        let now = watch(&mut mail, Instant::now(), 30);
        assert!(!mail.is_read(now), "the box is not even open");
        backlog.send_replace(Some(5_000));
        let now = watch(&mut mail, now, 300);
        assert!(!mail.is_read(now));
        backlog.send_replace(Some(0));
        let now = watch(&mut mail, now, 1);
        assert!(mail.is_read(now));
        // Two days without the hub: deadlines fire, and once it is back its mail comes first again.
        hub.send_replace(away());
        let now = watch(&mut mail, now, 2 * 86_400);
        assert!(mail.is_read(now));
        hub.send_replace(HubState::Connected);
        backlog.send_replace(Some(9));
        let now = watch(&mut mail, now, 120);
        assert!(!mail.is_read(now), "it has come back with letters");
    }

    #[test]
    fn what_others_had_in_hand_may_still_come() {
        let (hub, backlog) = (watch::Sender::new(HubState::Connected), watch::Sender::new(Some(0)));
        let mut mail = Mail::new(hub.subscribe(), backlog.subscribe());
        let now = watch(&mut mail, Instant::now(), 1);
        assert!(!mail.is_read(now));
        let now = watch(&mut mail, now, 5);
        assert!(mail.is_read(now));
    }

    #[test]
    fn a_box_that_never_empties_and_a_hub_that_stays_away_hold_deadlines_up_for_a_time_only() {
        let (hub, backlog) = (watch::Sender::new(HubState::Connected), watch::Sender::new(Some(1)));
        let mut mail = Mail::new(hub.subscribe(), backlog.subscribe());
        let now = watch(&mut mail, Instant::now(), 600);
        assert!(mail.is_read(now));
        let mut mail = Mail::new(hub.subscribe(), backlog.subscribe());
        hub.send_replace(away());
        let now = watch(&mut mail, Instant::now(), 59);
        assert!(!mail.is_read(now));
        let now = watch(&mut mail, now, 1);
        assert!(mail.is_read(now));
    }

    #[test]
    fn a_line_that_comes_and_goes_holds_no_alarm_up_for_ever() {
        let (hub, backlog) = (watch::Sender::new(away()), watch::Sender::new(Some(1)));
        for (there, gone) in [(2, 30), (50, 10), (300, 1)] {
            let mut mail = Mail::new(hub.subscribe(), backlog.subscribe());
            let mut now = Instant::now();
            let begin = now;
            while !mail.is_read(now) {
                for (state, seconds) in [(HubState::Connected, there), (away(), gone)] {
                    hub.send_replace(state);
                    now = watch(&mut mail, now, seconds);
                }
                assert!(now - begin < 900 * SECOND, "up for {there} s, down for {gone} s: never");
            }
        }
    }
}
