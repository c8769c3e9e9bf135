//! How far a holder is with erasing one category that it holds on one basis: what asks for it, and its answers.

use waymark_domain::event::Event;
use waymark_domain::ids::EventId;
use waymark_domain::referral::Emergency;
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{Category, RetentionGround};
use waymark_domain::world::Party;

use super::{Basis, Looked};
use crate::v1;

/// How far a holder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing asks it to erase.
    Holds,
    /// It is asked, and the question has not reached its machine.
    Asked,
    /// Its machine has the question; it has not answered.
    Notified,
    /// The question has arrived; access is locked.
    Acknowledged,
    /// It keeps this on a legal ground.
    Retained {
        /// The ground.
        ground: RetentionGround,
        /// Until when.
        until: Day,
    },
    /// It has destroyed keys and ciphertexts.
    Erased,
}

/// How far a holder is, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How far.
    pub step: Step,
    /// Since when, as this office knows it.
    pub since: Option<Timestamp>,
    /// From when on it could not be read.
    pub locked_at: Option<Timestamp>,
    /// When it was known to be erased.
    pub erased_at: Option<Timestamp>,
}

impl Step {
    /// As a message.
    #[must_use]
    pub const fn message(self) -> v1::HolderState {
        match self {
            Self::Holds => v1::HolderState::Holds,
            Self::Asked => v1::HolderState::Asked,
            Self::Notified => v1::HolderState::Notified,
            Self::Acknowledged => v1::HolderState::Acknowledged,
            Self::Retained { .. } => v1::HolderState::Retained,
            Self::Erased => v1::HolderState::Erased,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Asked => 1,
            Self::Notified => 2,
            Self::Acknowledged => 3,
            Self::Erased => 4,
            // What is kept is kept, whatever else was erased.
            Self::Retained { .. } => 5,
        }
    }
}

impl Standing {
    pub(super) const fn holds(since: Option<Timestamp>) -> Self {
        Self { step: Step::Holds, since, locked_at: None, erased_at: None }
    }

    /// What is simply held is held since it came.
    pub(super) fn since_first(self, first: Timestamp) -> Self {
        Self { since: self.since.or(Some(first)), ..self }
    }

    /// What goes with the case is locked by the order and gone with the report.
    pub(super) fn erased_with_case(self, ordered_at: Timestamp, erased_at: Timestamp) -> Self {
        Self {
            step: Step::Erased,
            since: Some(erased_at),
            locked_at: [self.locked_at, Some(ordered_at)].into_iter().flatten().min(),
            erased_at: Some(erased_at),
        }
    }

    /// Nothing is read after its last day, once that has passed.
    pub(super) fn locked_after(self, until: Option<Day>, today: Day) -> Self {
        let ends = until.filter(|until| *until < today).map(Day::end);
        Self { locked_at: [self.locked_at, ends].into_iter().flatten().min(), ..self }
    }
}

/// How far `holder` is with what it holds of `category` on `basis`.
pub(super) fn standing(looked: &Looked<'_>, holder: Party, basis: Basis, category: Category) -> Standing {
    let asks = asks(looked, holder, basis, category);
    let furthest = asks.iter().map(|because| (looked.step(holder, *because, basis, category), *because));
    let Some((step, because)) = furthest.max_by_key(|(step, _)| step.rank()) else {
        return Standing::holds(None);
    };
    let locked = asks.iter().filter_map(|because| looked.heard_at(holder, *because)).min();
    let since = looked.since(holder, because, step);
    Standing { step, since, locked_at: locked, erased_at: since.filter(|_| step == Step::Erased) }
}

/// The entries that ask `holder` to erase it.
fn asks(looked: &Looked<'_>, holder: Party, basis: Basis, category: Category) -> Vec<EventId> {
    match (basis, holder) {
        (Basis::Consent | Basis::Reply, Party::Receiver) => {
            let asks = looked.referral.asks_of_thread();
            asks.filter(|ask| ask.categories.contains(category)).map(|ask| ask.because).collect()
        }
        // The address of a shelter is kept for a limited time.
        (Basis::Reply, Party::Sender) if category == Category::Shelter => {
            let address = looked.referral.receiver.place.as_ref().and_then(|place| place.address);
            let address = address.map(|address| address.event);
            address.filter(|address| looked.erased(holder, *address)).into_iter().collect()
        }
        // What else the sender was answered belongs to its own case.
        (Basis::Consent | Basis::Reply, Party::Sender) | (Basis::OwnCase, _) => Vec::new(),
        (Basis::Emergency(event), _) => {
            let of = |party| looked.referral.emergencies(party).iter();
            let declared =
                of(Party::Sender).chain(of(Party::Receiver)).find(|declared| declared.event == event);
            declared.and_then(|declared| of_emergency(looked, holder, declared)).into_iter().collect()
        }
    }
}

/// Its review turned it down; or its time is over, and the holder has said so.
fn of_emergency(looked: &Looked<'_>, holder: Party, declared: &Emergency) -> Option<EventId> {
    let turned_down = declared.reviewed.filter(|(_, upheld)| !upheld).map(|(review, _)| review);
    turned_down.or_else(|| looked.erased(holder, declared.event).then_some(declared.event))
}

impl Looked<'_> {
    fn step(&self, holder: Party, because: EventId, basis: Basis, category: Category) -> Step {
        let receiver = &self.referral.receiver;
        let kept = receiver.retained.iter().rev().find(|kept| {
            let concerns = holder == Party::Receiver && !matches!(basis, Basis::Emergency(_));
            // What is kept is kept whatever asks for it.
            concerns && kept.categories.contains(category) && !receiver.erased.contains(&kept.event)
        });
        match kept {
            Some(kept) if self.today <= kept.until => {
                Step::Retained { ground: kept.ground, until: kept.until }
            }
            // The ground has ended: it is to be erased now.
            Some(_) => Step::Acknowledged,
            None if self.erased(holder, because) => Step::Erased,
            None if self.heard_at(holder, because).is_some() => Step::Acknowledged,
            None if self.is_under_way(because) => Step::Asked,
            None => Step::Notified,
        }
    }

    /// Written by this office, and no receipt of the other is here.
    fn is_under_way(&self, because: EventId) -> bool {
        let ask = self.entries.iter().find(|entry| entry.told.event_id == because);
        ask.is_some_and(|ask| ask.received_at.is_none())
    }

    fn erased(&self, holder: Party, because: EventId) -> bool {
        self.referral.erased(holder).contains(&because)
    }

    /// When the holder knew that it is to erase, as far as is known here.
    fn heard_at(&self, holder: Party, because: EventId) -> Option<Timestamp> {
        if self.referral.office(holder) == self.me {
            return self.recorded_at(because);
        }
        let mut answers = self.entries.iter().filter(|entry| entry.told.author == holder);
        let answer = answers.find(|entry| match entry.event {
            Event::WithdrawalAcknowledged(body) => body.because == because,
            Event::RetentionClaimed(body) => body.because == because,
            Event::Erased(body) => body.because == because,
            // Its own word needs no answer.
            _ => entry.told.event_id == because,
        });
        answer.map(|entry| entry.told.recorded_at)
    }

    fn since(&self, holder: Party, because: EventId, step: Step) -> Option<Timestamp> {
        let by_holder = |wanted: &dyn Fn(&Event) -> bool| {
            let mut answers = self.entries.iter().rev().filter(|entry| entry.told.author == holder);
            answers.find(|entry| wanted(entry.event)).map(|entry| entry.told.recorded_at)
        };
        let told = match step {
            Step::Holds => return None,
            Step::Asked | Step::Notified => None,
            Step::Acknowledged => self.heard_at(holder, because),
            Step::Retained { .. } => by_holder(&|event| matches!(event, Event::RetentionClaimed(_))),
            Step::Erased => {
                by_holder(&|event| matches!(event, Event::Erased(body) if body.because == because))
            }
        };
        told.or_else(|| self.recorded_at(because))
    }

    fn recorded_at(&self, event: EventId) -> Option<Timestamp> {
        let known = self.entries.iter().find(|entry| entry.told.event_id == event);
        known.map(|entry| entry.told.recorded_at)
    }
}
