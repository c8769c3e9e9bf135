//! What the holders owe after a withdrawal, an expiry or the end of a referral: `notified → acknowledged → erased | retained`.
//!
//! The receiver destroys all that it held of the thread, the sender its copies of what it sealed for the receiver.

use super::crossing::{Ending, settled, word_of_end};
use super::{Answer, Emergency, ReferralState, Retention};
use crate::consent::Standing;
use crate::event::BasisKind;
use crate::event::log::ErasureOutcome;
use crate::ids::EventId;
use crate::sets::Categories;
use crate::time::{DAY, Day, Timestamp};
use crate::words::{Category, RetentionGround};
use crate::world::Party;

/// Something that asks a holder to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The entry that asks.
    pub because: EventId,
    /// Which categories.
    pub categories: Categories,
    /// Whose sections it takes away.
    pub reach: Reach,
    /// It follows from the calendar: until this time is certain, access is locked and nothing is destroyed.
    pub not_before: Option<Timestamp>,
}

/// What an [`Ask`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What was shared in the thread, but for emergencies.
    Thread,
    /// What was disclosed in this emergency.
    Emergency(EventId),
}

/// An erasure that a holder has still to carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueErasure {
    /// Why, and what.
    pub ask: Ask,
    /// What of it is kept on a legal ground.
    pub kept: Option<Retention>,
}

impl DueErasure {
    /// What its report says, when anything was held.
    #[must_use]
    pub fn outcome(&self) -> ErasureOutcome {
        match self.kept {
            Some(Retention { ground, until, .. }) => ErasureOutcome::PartlyHeld { ground, until },
            None => ErasureOutcome::Shredded,
        }
    }
}

/// A sealed section of a thread, as far as an erasure must know it.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Who sealed it.
    pub author: Party,
    /// On which basis.
    pub basis: BasisKind,
    /// The entry that the basis names.
    pub on: Option<EventId>,
    /// Of which category.
    pub category: Category,
}

/// How far the receiver has come with one [`Ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStanding {
    /// It was sent.
    Notified,
    /// It has arrived; access is locked.
    Acknowledged,
    /// Part is kept on a legal ground.
    Retained {
        /// The ground.
        ground: RetentionGround,
        /// Until when.
        until: Day,
    },
    /// Done.
    Erased,
}

/// Everything that is shared in a thread.
const ALL: fn() -> Categories = || Category::ALL.iter().copied().filter(|c| *c != Category::Office).collect();
/// What was disclosed in an emergency is erased this long after its review was due, also when nobody reviewed it.
pub const EMERGENCY_KEPT_SECONDS: u64 = 30 * DAY;

impl ReferralState {
    /// Everything in this thread that asks the receiver to erase, and that it acknowledges.
    pub fn erasure_asks(&self) -> impl Iterator<Item = Ask> {
        let chain = self.sender.consent.as_ref();
        let ended = chain.and_then(|chain| match chain.standing {
            Standing::Withdrawn { event, .. } => Some(of_thread(event, ALL())),
            Standing::Expired { event } => {
                let not_before = Some(chain.scope.until.end());
                Some(Ask { not_before, ..of_thread(event, ALL()) })
            }
            Standing::InForce => None,
        });
        let narrowed = chain.and_then(|chain| chain.narrowed);
        let narrowed = narrowed.filter(|(_, taken)| !taken.is_empty());
        let narrowed = narrowed.map(|(because, categories)| of_thread(because, categories));
        let turned_down = self.sender.emergencies.iter().filter_map(turned_down);
        ended.into_iter().chain(narrowed).chain(self.ask_of_end()).chain(turned_down)
    }

    /// Everything in this thread that asks a holder to erase, now or when a day has come; what was disclosed in an emergency goes at
    /// both.
    fn all_asks(&self) -> impl Iterator<Item = Ask> {
        let by_receiver = self.receiver.emergencies.iter();
        let over = self.sender.emergencies.iter().chain(by_receiver.clone()).filter_map(over);
        self.erasure_asks().chain(by_receiver.filter_map(turned_down)).chain(over)
    }

    /// When `holder` has next something to erase; 0 when it has now.
    #[must_use]
    pub fn next_erasure(&self, holder: Party) -> Option<Timestamp> {
        self.all_asks().filter_map(|ask| self.erases_at(holder, &ask)).min()
    }

    fn erases_at(&self, holder: Party, ask: &Ask) -> Option<Timestamp> {
        let erased = match holder {
            Party::Sender => &self.sender.erased,
            Party::Receiver => &self.receiver.erased,
        };
        let erased = erased.contains(&ask.because);
        let kept = self.receiver.retained.filter(|kept| kept.because == ask.because);
        match kept.filter(|_| holder == Party::Receiver) {
            Some(kept) if erased => Some(kept.until.end()),
            Some(_) => Some(Timestamp(0)),
            None => (!erased).then_some(ask.not_before.unwrap_or_default()),
        }
    }

    /// The end of a referral asks too, unless she was met or served.
    fn ask_of_end(&self) -> Option<Ask> {
        let declined = match self.receiver.answer {
            Some(Answer::Declined { event, .. }) => Some(event),
            Some(Answer::Accepted { .. }) | None => None,
        };
        let because = word_of_end(&self.sender, &self.receiver).or(declined);
        match settled(&self.sender, &self.receiver)? {
            Ending::HandedOver => self.said_on_the_way().map(|because| of_thread(because, ALL())),
            Ending::Completed(_) => None,
            Ending::EnteredInError
            | Ending::Withdrawn(_)
            | Ending::Cancelled
            | Ending::Declined(_)
            | Ending::Expired
            | Ending::JourneyOver => because.map(|because| of_thread(because, ALL())),
        }
    }

    /// A consent that ended while she was on her way left open what had to be said until she was met: her reception ends it.
    fn said_on_the_way(&self) -> Option<EventId> {
        let end = match self.sender.consent.as_ref()?.standing {
            Standing::Withdrawn { event, .. } | Standing::Expired { event } => event,
            Standing::InForce => return None,
        };
        let (reception, _) = self.receiver.journey.as_deref()?.received?;
        self.receiver.told_of(end, self.receiver.told_at_reception).then_some(reception)
    }

    /// How far the receiver has come with `because`, on `today`.
    #[must_use]
    pub fn erasure_standing(&self, because: EventId, today: Day) -> ErasureStanding {
        let receiver = &self.receiver;
        match receiver.retained {
            Some(kept) if kept.because == because && today <= kept.until => {
                return ErasureStanding::Retained { ground: kept.ground, until: kept.until };
            }
            // The ground has ended: what was kept is to be erased now.
            Some(kept) if kept.because == because => return ErasureStanding::Acknowledged,
            Some(_) | None => {}
        }
        if receiver.erased.contains(&because) {
            ErasureStanding::Erased
        } else if receiver.told.contains(&because) {
            ErasureStanding::Acknowledged
        } else {
            ErasureStanding::Notified
        }
    }

    /// The first erasure that the receiver has not yet carried out, or may carry out now.
    #[must_use]
    pub fn erasure_due(&self, today: Day) -> Option<Ask> {
        self.erasures_due(Party::Receiver, today).map(|due| due.ask).next()
    }

    /// Whether anything asks `because` of it.
    #[must_use]
    pub fn asks_because(&self, because: EventId) -> bool {
        self.all_asks().any(|ask| ask.because == because)
    }

    /// The erasures that `holder` has still to carry out.
    pub fn erasures_due(&self, holder: Party, today: Day) -> impl Iterator<Item = DueErasure> {
        self.all_asks().filter_map(move |ask| match holder {
            Party::Sender => {
                (!self.sender.erased.contains(&ask.because)).then_some(DueErasure { ask, kept: None })
            }
            Party::Receiver => self.receiver_owes(ask, today),
        })
    }

    fn receiver_owes(&self, ask: Ask, today: Day) -> Option<DueErasure> {
        let claim = self.receiver.retained;
        match self.erasure_standing(ask.because, today) {
            ErasureStanding::Notified | ErasureStanding::Acknowledged => {
                // The end of a claim is a day like any other.
                let ends = claim.filter(|claim| claim.because == ask.because).map(|claim| claim.until.end());
                let kept = claim.filter(|claim| today <= claim.until && ask.reach == Reach::Thread);
                Some(DueErasure { ask: Ask { not_before: ask.not_before.max(ends), ..ask }, kept })
            }
            // What is not kept goes at once.
            ErasureStanding::Retained { .. } if !self.receiver.erased.contains(&ask.because) => {
                Some(DueErasure { ask, kept: claim })
            }
            ErasureStanding::Retained { .. } | ErasureStanding::Erased => None,
        }
    }

    /// The erasures that `holder` has carried out.
    pub fn erasures_done(&self, holder: Party) -> impl Iterator<Item = DueErasure> {
        let erased = match holder {
            Party::Sender => &self.sender.erased,
            Party::Receiver => &self.receiver.erased,
        };
        self.all_asks().filter(|ask| erased.contains(&ask.because)).map(move |ask| {
            let kept =
                self.receiver.retained.filter(|_| holder == Party::Receiver && ask.reach == Reach::Thread);
            DueErasure { ask, kept }
        })
    }

    /// Whether `holder` destroys the secret of its thread key with what `ask` takes away: always where keys were wrapped to it.
    #[must_use]
    pub fn spends_secret(&self, holder: Party, ask: &Ask) -> bool {
        match (holder, ask.reach) {
            (Party::Receiver, _) => true,
            (Party::Sender, Reach::Emergency(emergency)) => {
                self.receiver.emergencies.iter().any(|declared| declared.event == emergency)
            }
            (Party::Sender, Reach::Thread) => false,
        }
    }

    /// Whether `holder` destroys its copy of a section because of `due`.
    #[must_use]
    pub fn goes(&self, due: &DueErasure, holder: Party, held: &Held) -> bool {
        let kept = due.kept.is_some_and(|kept| kept.categories.contains(held.category));
        if kept || !due.ask.categories.contains(held.category) {
            return false;
        }
        match (due.ask.reach, held.basis) {
            (Reach::Emergency(emergency), BasisKind::Emergency) => held.on == Some(emergency),
            (Reach::Emergency(_), _) | (Reach::Thread, BasisKind::Emergency) => false,
            // The sender's own case keeps what it is made of; only what it sealed for the other party goes.
            (Reach::Thread, basis) => {
                holder == Party::Receiver || held.author == Party::Sender && basis == BasisKind::Consent
            }
        }
    }

    /// Whether the receiver may still read what was disclosed in `category`: under the consent, or because an emergency that
    /// was not turned down covers it. What a holder keeps on a legal ground is kept, not read.
    #[must_use]
    pub fn may_read(&self, category: Category, today: Day) -> bool {
        let covers = |emergency: &Emergency| {
            emergency.categories.contains(category) && emergency_reads(emergency, today)
        };
        self.sender.emergencies.iter().any(covers) || self.consent_reads(category, today)
    }

    /// Whether what `author` disclosed in an emergency may still be read by the other party.
    #[must_use]
    pub fn may_read_emergency(&self, author: Party, emergency: EventId, today: Day) -> bool {
        let own = match author {
            Party::Sender => &self.sender.emergencies,
            Party::Receiver => &self.receiver.emergencies,
        };
        own.iter().any(|declared| declared.event == emergency && emergency_reads(declared, today))
    }

    /// What asks for everything that was shared, emergencies apart.
    pub fn asks_of_thread(&self) -> impl Iterator<Item = Ask> {
        self.erasure_asks().filter(|ask| ask.reach == Reach::Thread)
    }

    fn consent_reads(&self, category: Category, today: Day) -> bool {
        if let Some(chain) = self.sender.consent.as_ref()
            && chain.scope.until < today
        {
            return false;
        }
        !self.asks_of_thread().any(|ask| ask.categories.contains(category))
    }
}

fn of_thread(because: EventId, categories: Categories) -> Ask {
    Ask { because, categories, reach: Reach::Thread, not_before: None }
}

/// An emergency that was turned down is erased at once.
fn turned_down(emergency: &Emergency) -> Option<Ask> {
    let (because, _) = emergency.reviewed.filter(|(_, upheld)| !upheld)?;
    let (categories, reach) = (emergency.categories, Reach::Emergency(emergency.event));
    Some(Ask { because, categories, reach, not_before: None })
}

/// Any other is erased when its time is over.
fn over(emergency: &Emergency) -> Option<Ask> {
    let not_before = Some(emergency.review_by.plus(EMERGENCY_KEPT_SECONDS));
    let (because, categories, reach) =
        (emergency.event, emergency.categories, Reach::Emergency(emergency.event));
    turned_down(emergency).is_none().then_some(Ask { because, categories, reach, not_before })
}

fn emergency_reads(emergency: &Emergency, today: Day) -> bool {
    let turned_down = matches!(emergency.reviewed, Some((_, false)));
    !turned_down && today <= emergency.review_by.plus(EMERGENCY_KEPT_SECONDS).day()
}
