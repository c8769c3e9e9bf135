//! A desk with an outbox and an inbox in memory: enough of one to see what the courier does to it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use waymark_courier::{Correspondent, Disposition, Outgoing, Post, PostFault, Slot, Taken, run};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The hub knows a letter by its id, whoever wrote it.
static LETTERS: AtomicU64 = AtomicU64::new(0);

#[derive(Default)]
pub(crate) struct Desk {
    inside: Mutex<Inside>,
    woken: Notify,
    changed: Notify,
}

#[derive(Default)]
pub(crate) struct Inside {
    outbox: BTreeMap<u64, Row>,
    /// Every attempt and its outcome, in order.
    pub(crate) attempts: Vec<(u64, Result<Taken, PostFault>)>,
    /// Every delivery, in order, repetitions included.
    pub(crate) delivered: Vec<(Slot, Vec<u8>)>,
    /// How to answer a delivery, by its number from 0; kept if not named.
    pub(crate) answers: BTreeMap<usize, Disposition>,
    /// Deliveries that panic.
    pub(crate) panics: Vec<usize>,
    /// How often the courier asked for letters.
    pub(crate) asked: usize,
}

struct Row {
    to: Slot,
    id: [u8; 16],
    bytes: Vec<u8>,
    stage: Stage,
}

#[derive(PartialEq)]
enum Stage {
    Due,
    InFlight,
    Ended,
}

impl Desk {
    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts letters for `to` into the outbox.
    pub(crate) fn post(&self, to: Slot, letters: impl IntoIterator<Item = Vec<u8>>) {
        let mut inside = self.inside();
        for bytes in letters {
            let ticket = inside.outbox.len() as u64;
            let mut id = [0x5a; 16];
            id[..8].copy_from_slice(&LETTERS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
            inside.outbox.insert(ticket, Row { to, id, bytes, stage: Stage::Due });
        }
        self.woken.notify_one();
    }

    /// No receipt came: sends everything once more, as new copies.
    pub(crate) fn send_all_again(&self) {
        for row in self.inside().outbox.values_mut() {
            row.id[15] ^= 0xff;
            row.stage = Stage::Due;
        }
        self.woken.notify_one();
    }

    /// Waits until something holds of the desk.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut(&Inside) -> bool) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if holds(&self.inside()) {
                    return;
                }
                changed.await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "in vain: {what}");
    }

    /// Waits until `count` different letters have come.
    pub(crate) async fn until_received(&self, count: usize) {
        self.until("letters come", |inside| inside.received().len() >= count).await;
    }
}

impl Inside {
    /// What a desk that recognises repetitions has: the different letters, sorted.
    pub(crate) fn received(&self) -> Vec<Vec<u8>> {
        let mut letters: Vec<_> = self.delivered.iter().map(|(_, bytes)| bytes.clone()).collect();
        letters.sort();
        letters.dedup();
        letters
    }

    pub(crate) fn taken(&self) -> usize {
        self.attempts.iter().filter(|(_, outcome)| outcome.is_ok()).count()
    }
}

impl Correspondent for Desk {
    fn outgoing(&self, limit: usize) -> Vec<Outgoing> {
        let mut inside = self.inside();
        inside.asked += 1;
        let due = inside.outbox.iter_mut().filter(|(_, row)| row.stage == Stage::Due).take(limit);
        due.map(|(ticket, row)| {
            row.stage = Stage::InFlight;
            Outgoing { to: row.to, msg_id: row.id, bytes: row.bytes.clone(), ticket: *ticket }
        })
        .collect()
    }

    fn sent(&self, ticket: u64, outcome: Result<Taken, PostFault>) {
        let mut inside = self.inside();
        let again = outcome.as_ref().is_err_and(PostFault::concerns_every_letter);
        let row = inside.outbox.get_mut(&ticket).expect("a ticket of this desk");
        assert!(row.stage == Stage::InFlight, "an outcome is told once");
        row.stage = if again { Stage::Due } else { Stage::Ended };
        inside.attempts.push((ticket, outcome));
        drop(inside);
        self.changed.notify_waiters();
    }

    async fn deliver(&self, from: Slot, bytes: Vec<u8>) -> Disposition {
        let mut inside = self.inside();
        let number = inside.delivered.len();
        inside.delivered.push((from, bytes));
        let answer = inside.answers.get(&number).copied().unwrap_or(Disposition::Kept);
        let panics = inside.panics.contains(&number);
        drop(inside);
        self.changed.notify_waiters();
        assert!(!panics, "a defect in the desk");
        answer
    }

    fn wait_outgoing(&self) -> impl Future<Output = ()> + Send {
        self.woken.notified()
    }
}

/// A desk at work.
pub(crate) struct Office {
    pub(crate) desk: Arc<Desk>,
    stop: oneshot::Sender<()>,
    pump: JoinHandle<()>,
}

impl Office {
    pub(crate) fn open(post: Arc<impl Post>, desk: Arc<Desk>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let pump = tokio::spawn(run(post, Arc::clone(&desk), async {
            // Ends as well if the office is dropped.
            let _ = stopped.await;
        }));
        Self { desk, stop, pump }
    }

    /// Stops in an orderly way and returns the desk.
    pub(crate) async fn close(self) -> Arc<Desk> {
        self.stop.send(()).expect("the pump runs");
        tokio::time::timeout(PATIENCE, self.pump).await.expect("the pump ends").expect("without panic");
        self.desk
    }

    /// Breaks off, as kill -9 would.
    pub(crate) async fn crash(self) -> Arc<Desk> {
        self.pump.abort();
        assert!(self.pump.await.is_err_and(|fault| fault.is_cancelled()));
        self.desk
    }
}

pub(crate) fn letters(numbers: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    numbers.map(|number| format!("letter {number:05}").into_bytes()).collect()
}
