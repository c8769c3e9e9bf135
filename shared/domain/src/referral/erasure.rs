//! What the holders owe after a withdrawal, an expiry or the end of a referral: `notified → acknowledged → erased | retained`.
//!
//! The receiver destroys all that it held of the thread, the sender its copies of what it sealed for the receiver.

use super::crossing::{Ending, settled, word_of_end};
use super::sender::LIST_MAX;
use super::{Answer, Emergency, ReferralState, Retention};
use crate::consent::Standing;
use crate::event::log::ErasureOutcome;
use crate::event::{BasisKind, Event};
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
    /// The address of the shelter.
    Address,
}

/// An erasure that a holder has still to carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueErasure {
    /// Why, and what.
    pub ask: Ask,
    /// What of it is kept on legal grounds.
    pub kept: Option<Kept>,
}

/// What is kept on legal grounds by all claims together, with the ground and the day of the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What.
    pub categories: Categories,
    /// Why.
    pub ground: RetentionGround,
    /// Until when.
    pub until: Day,
}

impl DueErasure {
    /// What its report says, when anything was held.
    #[must_use]
    pub fn outcome(&self) -> ErasureOutcome {
        match self.kept {
            Some(Kept { ground, until, .. }) => ErasureOutcome::PartlyHeld { ground, until },
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
/// Days after the last day of a consent for which the sender's word on it is waited for.
const SILENCE_DAYS: u32 = 7;

/// Whether the receiver has to erase something from this event on, as a rule: the time for its answer runs from here.
#[must_use]
pub const fn asks_to_erase(event: &Event) -> bool {
    match event {
        Event::EmergencyReviewed(body) => !body.upheld,
        other => matches!(
            other,
            Event::ConsentNarrowed(_)
                | Event::ConsentWithdrawn(_)
                | Event::ConsentExpired(_)
                | Event::OfferExpired(_)
                | Event::ReferralWithdrawn(_)
                | Event::CancellationAgreed(_)
                | Event::JourneyClosed(_)
        ),
    }
}

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
        let claims = self.receiver.retained.iter().map(end_of_claim);
        let turned_down = by_receiver.filter_map(turned_down);
        let asks = self.erasure_asks().chain(turned_down).chain(over).chain(claims);
        asks.chain(self.ask_of_silence()).chain(self.ask_of_address())
    }

    /// An address is kept no longer than it may be read: both ends destroy it after its day, or when she has no place there any more,
    /// or when what the referral rests on has ended. Narrowing leaves it: it is the shelter's, not hers.
    fn ask_of_address(&self) -> Option<Ask> {
        let address = self.receiver.place.as_ref()?.address?;
        let ends = self.asks_of_thread().filter(|ask| ask.categories == ALL());
        let ended = ends.map(|ask| ask.not_before.unwrap_or_default()).min();
        let over = address.until.map(Day::end).unwrap_or_default();
        let at = ended.map_or(over, |ended| ended.min(over));
        Some(Ask {
            because: address.event,
            categories: Categories::EMPTY.with(Category::Shelter),
            reach: Reach::Address,
            not_before: Some(at).filter(|at| *at > Timestamp::default()),
        })
    }

    /// Whether the referring office may still read the shelter's address: it was released, and nothing asks for it yet.
    #[must_use]
    pub fn may_read_address(&self, today: Day) -> bool {
        self.ask_of_address().is_some_and(|ask| !has_come(&ask, today))
    }

    /// A sender that never says that the consent has expired keeps nobody from erasing.
    fn ask_of_silence(&self) -> Option<Ask> {
        let chain = self.sender.consent.as_ref().filter(|chain| chain.standing == Standing::InForce)?;
        let not_before = Some(chain.scope.until.plus(SILENCE_DAYS).end());
        Some(Ask { not_before, ..of_thread(chain.head, ALL()) })
    }

    /// When `holder` has next something to erase; 0 when it has now.
    #[must_use]
    pub fn next_erasure(&self, holder: Party) -> Option<Timestamp> {
        let owed = self.all_asks().filter(|ask| !self.has_erased(holder, ask.because));
        owed.map(|ask| ask.not_before.unwrap_or_default()).min()
    }

    fn has_erased(&self, holder: Party, because: EventId) -> bool {
        self.erased(holder).contains(&because)
    }

    /// What the receiver keeps on legal grounds that have not ended.
    #[must_use]
    pub fn retained(&self) -> Option<Kept> {
        self.kept(None)
    }

    /// What the receiver keeps on legal grounds that have not ended, but for the claim `ending`.
    fn kept(&self, ending: Option<EventId>) -> Option<Kept> {
        let claims = self.receiver.retained.iter();
        let claims = claims
            .filter(|claim| Some(claim.event) != ending && !self.receiver.erased.contains(&claim.event));
        claims.fold(None, |all: Option<Kept>, claim| {
            let before = all.map_or(Categories::EMPTY, |all| all.categories);
            let longest = all.filter(|all| all.until >= claim.until);
            let (ground, until) = longest.map_or((claim.ground, claim.until), |all| (all.ground, all.until));
            Some(Kept { categories: before.union(claim.categories), ground, until })
        })
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

    /// How far the receiver has come with `because`, on `today`. What it keeps on a legal ground, it keeps whatever asks.
    #[must_use]
    pub fn erasure_standing(&self, because: EventId, today: Day) -> ErasureStanding {
        let receiver = &self.receiver;
        let claimed = receiver.retained.iter().any(|claim| claim.because == because);
        let answered = claimed || receiver.erased.contains(&because);
        match self.kept(None).filter(|_| answered) {
            Some(kept) if today <= kept.until => {
                ErasureStanding::Retained { ground: kept.ground, until: kept.until }
            }
            // The ground has ended: what was kept is to be erased now.
            Some(_) => ErasureStanding::Acknowledged,
            None if receiver.erased.contains(&because) => ErasureStanding::Erased,
            None if receiver.told.contains(&because) => ErasureStanding::Acknowledged,
            None => ErasureStanding::Notified,
        }
    }

    /// What asks for an erasure and was not acknowledged yet. The receiver's own word needs no acknowledgement.
    pub fn unacknowledged(&self, today: Day) -> impl Iterator<Item = Ask> {
        let declined = match self.receiver.answer {
            Some(Answer::Declined { event, .. }) => Some(event),
            Some(Answer::Accepted { .. }) | None => None,
        };
        let received = self.receiver.journey.as_deref().and_then(|journey| journey.received);
        let own = [declined, received.map(|(event, _)| event)];
        // A sender that asks without end is not answered without end.
        let full = self.receiver.told.len() >= LIST_MAX;
        self.erasure_asks().filter(move |ask| {
            !full
                && !own.contains(&Some(ask.because))
                && self.erasure_standing(ask.because, today) == ErasureStanding::Notified
        })
    }

    /// The first thing that asks the receiver for an erasure of the thread which it has not yet carried out.
    #[must_use]
    pub fn erasure_due(&self, today: Day) -> Option<Ask> {
        self.erasures_due(Party::Receiver, today).map(|due| due.ask).next()
    }

    /// Whether the sender waits for the answer to anything that asks the receiver to erase: a claim is one.
    #[must_use]
    pub fn awaits_erasure(&self) -> bool {
        let claimed = |because| self.receiver.retained.iter().any(|claim| claim.because == because);
        self.erasure_asks().any(|ask| !self.has_erased(Party::Receiver, ask.because) && !claimed(ask.because))
    }

    /// Since when the sender waits for the receiver to erase, if it waits.
    #[must_use]
    pub fn asked_at(&self) -> Option<Timestamp> {
        self.sender.asked_at.max(self.receiver.ended_at).filter(|_| self.awaits_erasure())
    }

    /// Whether anything asks `because` of it, as far as `today` says.
    #[must_use]
    pub fn asks_because(&self, because: EventId, today: Day) -> bool {
        self.all_asks().any(|ask| ask.because == because && has_come(&ask, today))
    }

    /// The erasures that `holder` has still to carry out, as far as `today` says.
    pub fn erasures_due(&self, holder: Party, today: Day) -> impl Iterator<Item = DueErasure> {
        let owed = self.all_asks().filter(move |ask| has_come(ask, today));
        let owed = owed.filter(move |ask| !self.has_erased(holder, ask.because));
        owed.map(move |ask| self.due_of(holder, ask))
    }

    /// The erasures that `holder` has carried out.
    pub fn erasures_done(&self, holder: Party) -> impl Iterator<Item = DueErasure> {
        let done = self.all_asks().filter(move |ask| self.has_erased(holder, ask.because));
        done.map(move |ask| self.due_of(holder, ask))
    }

    fn due_of(&self, holder: Party, ask: Ask) -> DueErasure {
        let keeps = holder == Party::Receiver && ask.reach == Reach::Thread;
        DueErasure { ask, kept: self.kept(Some(ask.because)).filter(|_| keeps) }
    }

    /// Whether `holder` destroys the secret of its thread key with what `ask` takes away: always where keys were wrapped to it.
    #[must_use]
    pub fn spends_secret(&self, holder: Party, ask: &Ask) -> bool {
        match (holder, ask.reach) {
            (Party::Receiver, Reach::Address) => false,
            (Party::Receiver, Reach::Thread | Reach::Emergency(_)) | (Party::Sender, Reach::Address) => true,
            (Party::Sender, Reach::Emergency(emergency)) => {
                self.receiver.emergencies.iter().any(|declared| declared.event == emergency)
            }
            (Party::Sender, Reach::Thread) => false,
        }
    }

    /// Whether `holder` destroys its copy of a section because of `due`.
    #[must_use]
    pub fn goes(&self, due: &DueErasure, holder: Party, held: &Held) -> bool {
        // With what an emergency disclosed goes its reason, and whatever else came under it.
        if let (Reach::Emergency(emergency), BasisKind::Emergency) = (due.ask.reach, held.basis) {
            return held.on == Some(emergency);
        }
        let kept = due.kept.is_some_and(|kept| kept.categories.contains(held.category));
        if kept || !due.ask.categories.contains(held.category) {
            return false;
        }
        match (due.ask.reach, held.basis) {
            (Reach::Emergency(_), _) | (Reach::Thread | Reach::Address, BasisKind::Emergency) => false,
            // Nothing else of the receiver's is of this category on this basis.
            (Reach::Address, basis) => held.author == Party::Receiver && basis == BasisKind::Reply,
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
        let covers =
            |emergency: &Emergency| emergency.categories.contains(category) && emergency.may_be_read(today);
        self.sender.emergencies.iter().any(covers) || self.may_read_consented(category, today)
    }

    /// Whether what `author` disclosed in an emergency may still be read by the other party.
    #[must_use]
    pub fn may_read_emergency(&self, author: Party, emergency: EventId, today: Day) -> bool {
        let mut own = self.emergencies(author).iter();
        own.any(|declared| declared.event == emergency && declared.may_be_read(today))
    }

    /// What asks for everything that was shared, emergencies apart.
    pub fn asks_of_thread(&self) -> impl Iterator<Item = Ask> {
        self.erasure_asks().filter(|ask| ask.reach == Reach::Thread)
    }

    /// Whether the receiver may still read what was disclosed in `category` under the consent.
    #[must_use]
    pub fn may_read_consented(&self, category: Category, today: Day) -> bool {
        if let Some(chain) = self.sender.consent.as_ref()
            && chain.scope.until < today
        {
            return false;
        }
        !self.asks_of_thread().any(|ask| ask.categories.contains(category))
    }
}

impl Emergency {
    /// Whether what was disclosed under it may be read on `today`: it was not turned down, and its time is not over.
    #[must_use]
    pub fn may_be_read(&self, today: Day) -> bool {
        let turned_down = matches!(self.reviewed, Some((_, false)));
        !turned_down && today <= self.review_by.plus(EMERGENCY_KEPT_SECONDS).day()
    }
}

fn has_come(ask: &Ask, today: Day) -> bool {
    ask.not_before.is_none_or(|at| at.day() <= today)
}

fn of_thread(because: EventId, categories: Categories) -> Ask {
    Ask { because, categories, reach: Reach::Thread, not_before: None }
}

/// What was claimed goes when the claim has ended, whatever asked for it.
fn end_of_claim(claim: &Retention) -> Ask {
    Ask { not_before: Some(claim.until.end()), ..of_thread(claim.event, claim.categories) }
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
