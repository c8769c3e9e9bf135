//! A hub in memory, for simulations: loses, delays, doubles and reorders letters, and cuts offices off, as
//! the seed says.
//!
//! The clock is stepped from outside and every choice comes from the seed, so the same calls in the same
//! order give the same mail. It keeps the promises of the real hub and no more: a letter comes at least once
//! unless the weather loses it, again if it is not settled in time, and in no promised order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::backoff::SplitMix;
use crate::hub::{ACK_WAIT, DUPLICATE_WINDOW, WAITING_MAX};
use crate::{
    Absence, Disposition, HubState, LETTER_BYTES_MAX, MessageId, Parcel, Post, PostFault, Slot, Taken,
};

/// A likelihood in thousandths: 0 never, 1000 always.
pub type PerMille = u16;

/// What befalls letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weather {
    /// The shortest time a letter is under way.
    pub delay_least: Duration,
    /// The longest.
    pub delay_most: Duration,
    /// A letter comes twice.
    pub double: PerMille,
    /// A later letter is handed out before an earlier one.
    pub overtake: PerMille,
    /// The hub takes a letter and loses it.
    pub lose: PerMille,
    /// The sender hears nothing; half of these letters are taken nevertheless.
    pub silence: PerMille,
}

/// The hub. Clones are the same hub.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    inside: Mutex<Inside>,
    /// Rings at every change that may let a letter be handed out.
    bell: watch::Sender<()>,
}

struct Inside {
    now: Duration,
    chance: SplitMix,
    weather: Weather,
    provisioned: bool,
    cut_off: BTreeSet<Slot>,
    waiting: BTreeMap<u64, Letter>,
    next_letter: u64,
    known: HashMap<MessageId, Duration>,
    refusals: Vec<Refusal>,
    states: BTreeMap<Slot, watch::Sender<HubState>>,
    backlogs: BTreeMap<Slot, watch::Sender<Option<u64>>>,
}

struct Letter {
    from: Slot,
    to: Slot,
    due: Duration,
    bytes: Vec<u8>,
}

/// A letter that its recipient refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Its author.
    pub from: Slot,
    /// Its recipient.
    pub to: Slot,
    /// The recipient's reason.
    pub reason: &'static str,
}

impl Hub {
    /// A provisioned hub at time 0, whose choices follow from `seed`.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        let inside = Inside {
            now: Duration::ZERO,
            chance: SplitMix(seed),
            weather,
            provisioned: true,
            cut_off: BTreeSet::new(),
            waiting: BTreeMap::new(),
            next_letter: 0,
            known: HashMap::new(),
            refusals: Vec::new(),
            states: BTreeMap::new(),
            backlogs: BTreeMap::new(),
        };
        Self(Arc::new(Shared { inside: Mutex::new(inside), bell: watch::Sender::new(()) }))
    }

    /// The connection of the office that holds this slot. After a crash, ask for a new one.
    #[must_use]
    pub fn mailbox(&self, slot: Slot) -> Mailbox {
        Mailbox { hub: self.clone(), slot }
    }

    /// The time since the hub began.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.inside().now
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.change(|inside| {
            inside.now += by;
            let now = inside.now;
            inside.known.retain(|_, taken_at| now.saturating_sub(*taken_at) < DUPLICATE_WINDOW);
        });
    }

    /// When the next letter comes that has not come yet, or comes again: how far to advance if nothing else
    /// happens.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let inside = self.inside();
        let reachable = inside.waiting.values().filter(|letter| !inside.cut_off.contains(&letter.to));
        reachable.map(|letter| letter.due).filter(|due| *due > inside.now).min()
    }

    /// Letters at the hub, handed out and unsettled ones included.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inside().waiting.len()
    }

    /// What was refused so far.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        self.inside().refusals.clone()
    }

    /// Cuts an office off from the hub.
    pub fn cut_off(&self, slot: Slot) {
        self.change(|inside| {
            inside.cut_off.insert(slot);
        });
    }

    /// Lets an office reach the hub again.
    pub fn reconnect(&self, slot: Slot) {
        self.change(|inside| {
            inside.cut_off.remove(&slot);
        });
    }

    /// The stream is gone, with every letter in it.
    pub fn lose_stream(&self) {
        self.change(|inside| {
            inside.provisioned = false;
            inside.waiting.clear();
            inside.known.clear();
        });
    }

    /// The administrator makes the stream again.
    pub fn provision(&self) {
        self.change(|inside| inside.provisioned = true);
    }

    fn change(&self, what: impl FnOnce(&mut Inside)) {
        let mut inside = self.inside();
        what(&mut inside);
        inside.tell_states();
        drop(inside);
        self.0.bell.send_replace(());
    }

    /// A panic elsewhere leaves the hub usable: each change is whole.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn happens(&mut self, likelihood: PerMille) -> bool {
        self.chance.below(1000) < u64::from(likelihood)
    }

    fn absence(&self, slot: Slot) -> Option<Absence> {
        if self.cut_off.contains(&slot) {
            Some(Absence::Unreachable)
        } else if self.provisioned {
            None
        } else {
            Some(Absence::NoStream)
        }
    }

    fn tell_states(&self) {
        for (slot, state) in &self.states {
            let absence = self.absence(*slot);
            state.send_if_modified(|state| state.learn(absence));
        }
        for (slot, told) in &self.backlogs {
            let backlog = self.backlog(*slot);
            told.send_if_modified(|told| std::mem::replace(told, backlog) != backlog);
        }
    }

    /// Every letter that waits for a slot, also those that came since the box was opened.
    fn backlog(&self, slot: Slot) -> Option<u64> {
        let waiting = self.waiting.values().filter(|letter| letter.to == slot).count() as u64;
        self.absence(slot).is_none().then_some(waiting)
    }

    fn hand_in(&mut self, from: Slot, to: Slot, id: MessageId, bytes: Vec<u8>) -> Result<Taken, PostFault> {
        if let Some(why) = self.absence(from) {
            return Err(PostFault::HubMissing(why));
        }
        if bytes.len() > LETTER_BYTES_MAX {
            return Err(PostFault::TooLarge { bytes: bytes.len() });
        }
        let silent = self.happens(self.weather.silence);
        if silent && self.happens(500) {
            return Err(PostFault::Unanswered);
        }
        let duplicate = self.known.contains_key(&id);
        if !duplicate {
            self.take(from, to, id, bytes)?;
        }
        if silent { Err(PostFault::Unanswered) } else { Ok(Taken { duplicate }) }
    }

    fn take(&mut self, from: Slot, to: Slot, id: MessageId, bytes: Vec<u8>) -> Result<(), PostFault> {
        let of_pair = self.waiting.values().filter(|letter| letter.from == from && letter.to == to).count();
        if i64::try_from(of_pair).is_ok_and(|count| count >= WAITING_MAX) {
            return Err(PostFault::BoxFull);
        }
        self.known.insert(id, self.now);
        if self.happens(self.weather.lose) {
            return Ok(());
        }
        let copies = if self.happens(self.weather.double) { 2 } else { 1 };
        for _ in 0..copies {
            let due = self.now + self.delay();
            self.waiting.insert(self.next_letter, Letter { from, to, due, bytes: bytes.clone() });
            self.next_letter += 1;
        }
        Ok(())
    }

    fn delay(&mut self) -> Duration {
        let range = self.weather.delay_most.saturating_sub(self.weather.delay_least);
        let nanos = self.chance.below(u64::try_from(range.as_nanos()).unwrap_or(u64::MAX).saturating_add(1));
        self.weather.delay_least + Duration::from_nanos(nanos)
    }

    /// Hands out a letter that is due. It stays here, due again after [`ACK_WAIT`], until it is settled.
    fn hand_out(&mut self, to: Slot) -> Option<(u64, Slot, Vec<u8>)> {
        if self.absence(to).is_some() {
            return None;
        }
        let now = self.now;
        let mut due: Vec<_> =
            self.waiting.iter().filter(|(_, letter)| letter.to == to && letter.due <= now).collect();
        due.sort_by_key(|(number, letter)| (letter.due, **number));
        let numbers: Vec<u64> = due.into_iter().map(|(number, _)| *number).collect();
        let overtaken = !numbers.is_empty() && self.happens(self.weather.overtake);
        let place = if overtaken { self.chance.below(numbers.len() as u64) as usize } else { 0 };
        let number = *numbers.get(place)?;
        let letter = self.waiting.get_mut(&number)?;
        letter.due = now + ACK_WAIT;
        Some((number, letter.from, letter.bytes.clone()))
    }

    /// A late word still counts; a word from an office that is cut off is lost.
    fn settle(&mut self, number: u64, to: Slot, disposition: Disposition) {
        if self.absence(to).is_some() {
            return;
        }
        match disposition {
            Disposition::Kept => {
                self.waiting.remove(&number);
            }
            Disposition::Refused(reason) => {
                if let Some(letter) = self.waiting.remove(&number) {
                    self.refusals.push(Refusal { from: letter.from, to, reason });
                }
            }
            Disposition::Later(delay) => {
                let due = self.now + delay;
                if let Some(letter) = self.waiting.get_mut(&number) {
                    letter.due = due;
                }
            }
        }
    }
}

/// One office's connection to the hub in memory.
#[derive(Clone)]
pub struct Mailbox {
    hub: Hub,
    slot: Slot,
}

impl Mailbox {
    /// The next letter that is due now. [`Parcel::settle`] completes at once.
    #[must_use]
    pub fn try_next(&self) -> Option<Parcel> {
        let (number, from, bytes) = self.hub.inside().hand_out(self.slot)?;
        let (hub, to) = (self.hub.clone(), self.slot);
        Some(Parcel::new(from, bytes, move |disposition| {
            hub.change(|inside| inside.settle(number, to, disposition));
            std::future::ready(()).boxed()
        }))
    }
}

impl Post for Mailbox {
    async fn send(&self, to: Slot, msg_id: MessageId, bytes: Vec<u8>) -> Result<Taken, PostFault> {
        let mut outcome = Err(PostFault::Unanswered);
        self.hub.change(|inside| outcome = inside.hand_in(self.slot, to, msg_id, bytes));
        outcome
    }

    async fn next(&self) -> Result<Parcel, PostFault> {
        let mut bell = self.hub.0.bell.subscribe();
        loop {
            if let Some(parcel) = self.try_next() {
                return Ok(parcel);
            }
            bell.changed().await.map_err(|_| PostFault::Closed)?;
        }
    }

    fn slot(&self) -> Slot {
        self.slot
    }

    fn state(&self) -> watch::Receiver<HubState> {
        let mut inside = self.hub.inside();
        let now = HubState::of(inside.absence(self.slot), Instant::now());
        inside.states.entry(self.slot).or_insert_with(|| watch::Sender::new(now)).subscribe()
    }

    fn backlog(&self) -> watch::Receiver<Option<u64>> {
        let mut inside = self.hub.inside();
        let now = inside.backlog(self.slot);
        inside.backlogs.entry(self.slot).or_insert_with(|| watch::Sender::new(now)).subscribe()
    }

    async fn close(&self) {}
}

#[cfg(test)]
mod tests;
