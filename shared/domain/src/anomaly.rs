//! What did not fit when it was applied. An event that breaks a rule is recorded, changes nothing, and stops nobody.

use crate::ids::EventId;

/// Why an event did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anomaly {
    /// Its kind is not for this party.
    WrongWriter,
    /// Its kind is not for this kind of thread.
    WrongThread,
    /// It was done already.
    Repeated,
    /// What it needs, in its writer's own half, is not there.
    OutOfOrder,
    /// It comes after its writer ended the matter.
    AfterEnd,
    /// It names a consent chain that is not this thread's.
    OtherChain,
    /// It gives more than the consent before it, or lasts longer than a consent may.
    Widened,
    /// More of a kind than a thread may hold.
    TooMany,
    /// An emergency that two people did not decide.
    DecidedAlone,
}

/// The first anomalies of a half, and how many there were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anomalies {
    /// How many in all.
    pub count: u32,
    /// The first of them.
    pub first: Vec<(EventId, Anomaly)>,
}

const KEPT: usize = 8;

impl Anomalies {
    pub(crate) fn record(&mut self, event: EventId, anomaly: Anomaly) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < KEPT {
            self.first.push((event, anomaly));
        }
    }
}

/// Sets a fact that happens once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Anomaly> {
    if slot.is_some() {
        return Err(Anomaly::Repeated);
    }
    *slot = Some(value);
    Ok(())
}

/// Adds to a list that a peer could otherwise grow without end.
pub(crate) fn push<T>(list: &mut Vec<T>, value: T, limit: usize) -> Result<(), Anomaly> {
    if list.len() >= limit {
        return Err(Anomaly::TooMany);
    }
    if list.len() == list.capacity() {
        // Most lists hold one or two: room for four would double the size of an open referral.
        list.reserve_exact(list.len().max(1));
    }
    list.push(value);
    Ok(())
}

/// The same, where the oldest gives way.
pub(crate) fn push_newest<T>(list: &mut Vec<T>, value: T, limit: usize) {
    if list.len() >= limit {
        list.remove(0);
    }
    list.push(value);
}
