//! What each party of a referral holds of what the other disclosed, on which basis, and how far it is with erasing: as reports list it
//! and as the person herself is told.
//!
//! A pure fold of the thread's entries beside its state; it opens nothing. The rules of erasing are the domain's
//! (`waymark_domain::referral::erasure`). Read [`Holding::of`] first, then [`standing`].

mod standing;

use std::collections::{BTreeMap, BTreeSet};

use waymark_domain::event::consent::{EmergencyDeclared, EmergencyReviewed};
use waymark_domain::event::{BasisKind, Event};
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::EMERGENCY_KEPT_SECONDS;
use waymark_domain::sets::{Categories, Purposes};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{Category, EmergencyGround};
use waymark_domain::world::Party;

use crate::convert::value::{day_text, instant};
use crate::convert::words::{Word as _, numbers};
use crate::serve::Told;
use crate::v1;

pub use standing::{Standing, Step};

/// An entry as this office saw it, for the question of who holds what.
#[derive(Debug, Clone, Copy)]
pub struct Disclosed<'a> {
    /// What surrounds it.
    pub told: Told,
    /// Own-log index at which this office came to know it.
    pub index: u64,
    /// When its writer says it was written.
    pub claimed_at: Timestamp,
    /// When the other party had it, as far as is known.
    pub received_at: Option<Timestamp>,
    /// Its public part.
    pub event: &'a Event,
    /// The categories that it seals.
    pub categories: Categories,
}

/// A referral, who looks at it, and when.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    /// The referral.
    pub referral: &'a ReferralState,
    /// Its entries, in the order in which this office came to know them.
    pub entries: &'a [Disclosed<'a>],
    /// This office.
    pub me: OfficeId,
    /// The day of the report.
    pub today: Day,
}

/// On which basis something is held. Ordered as rows of one entry are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A released consent.
    Consent,
    /// A reply in the thread.
    Reply,
    /// The emergency with this declaration.
    Emergency(EventId),
    /// The holder's own case.
    OwnCase,
}

/// An emergency and its review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The declaration.
    pub emergency: EventId,
    /// The ground.
    pub ground: EmergencyGround,
    /// By when it is reviewed.
    pub review_by: Timestamp,
    /// Whether the review upheld it, and when she was told.
    pub review: Option<(bool, Day)>,
}

/// Categories that one party holds alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The referral, or the own case.
    pub thread: ThreadId,
    /// Who holds.
    pub holder: OfficeId,
    /// Own-log index of the first entry that disclosed it.
    pub index: u64,
    /// What.
    pub categories: Categories,
    /// What for.
    pub purposes: Purposes,
    /// On which basis.
    pub basis: Basis,
    /// The emergency, for that basis.
    pub emergency: Option<Use>,
    /// When it was first disclosed.
    pub disclosed_at: Timestamp,
    /// When the holder had it.
    pub received_at: Option<Timestamp>,
    /// The last day on which it may be read.
    pub until: Option<Day>,
    /// How far the holder is.
    pub standing: Standing,
}

/// The erasure of a whole case at its office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseErasure {
    /// Whose case it was.
    pub holder: OfficeId,
    /// Own-log index of the entry that says so: what came later is not meant.
    pub index: u64,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When it was carried out.
    pub erased_at: Timestamp,
}

/// When something was first disclosed.
#[derive(Debug, Clone, Copy)]
struct First {
    index: u64,
    disclosed_at: Timestamp,
    received_at: Option<Timestamp>,
    /// Of an address: how long it may be read.
    until: Option<Day>,
}

type Firsts = BTreeMap<(Party, Basis, Category), First>;

impl Holding {
    /// What the parties of a referral hold, in the order in which they came to hold it.
    #[must_use]
    pub fn of(looked: &Looked<'_>) -> Vec<Self> {
        let mut holdings: Vec<Self> = Vec::new();
        for ((holder, basis, category), first) in firsts(looked) {
            let holding = Self::one(looked, holder, basis, category, first);
            match holdings.iter_mut().find(|known| known.is_like(&holding)) {
                Some(known) => known.categories = known.categories.with(category),
                None => holdings.push(holding),
            }
        }
        holdings.sort_by_key(|holding| holding.key());
        holdings
    }

    /// What this office recorded in a case of its own, by the index and time of each category's first section.
    #[must_use]
    pub fn of_case(case: ThreadId, me: OfficeId, recorded: &[(Category, u64, Timestamp)]) -> Vec<Self> {
        let own = |(category, index, at): &(Category, u64, Timestamp)| Self {
            thread: case,
            holder: me,
            index: *index,
            categories: Categories::EMPTY.with(*category),
            purposes: Purposes::EMPTY,
            basis: Basis::OwnCase,
            emergency: None,
            disclosed_at: *at,
            received_at: Some(*at),
            until: None,
            standing: Standing::holds(Some(*at)),
        };
        recorded.iter().map(own).collect()
    }

    /// The same after a case was erased to which it belongs.
    #[must_use]
    pub fn erased_with(self, case: &CaseErasure) -> Self {
        if self.holder != case.holder || self.index >= case.index || self.standing.erased_at.is_some() {
            return self;
        }
        Self { standing: self.standing.erased_with_case(case.ordered_at, case.erased_at), ..self }
    }

    /// Its place in a list; stays the same while the holder goes on with erasing.
    #[must_use]
    pub fn key(&self) -> (u64, u8) {
        let first = self.categories.iter().next().map_or(0, |category| category as u8);
        (self.index, (self.basis.number() << 4) | first)
    }

    /// Whether it was held at any moment from `from` to `to`.
    #[must_use]
    pub fn was_held(&self, from: Timestamp, to: Timestamp) -> bool {
        self.disclosed_at <= to && self.standing.erased_at.is_none_or(|at| from <= at)
    }

    /// Whether its holder could read it at any moment from `from` to `to`.
    #[must_use]
    pub fn was_readable(&self, from: Timestamp, to: Timestamp) -> bool {
        let erased = [self.standing.locked_at, self.standing.erased_at].into_iter().flatten().min();
        self.disclosed_at <= to && erased.is_none_or(|at| from < at)
    }

    fn one(looked: &Looked<'_>, holder: Party, basis: Basis, category: Category, first: First) -> Self {
        let referral = looked.referral;
        let (purposes, consented) = match (&referral.sender.consent, basis) {
            (_, Basis::OwnCase | Basis::Emergency(_)) | (None, _) => (Purposes::EMPTY, None),
            // The sender keeps the replies in its own case.
            (Some(chain), _) if holder == Party::Sender => (chain.scope.purposes, None),
            (Some(chain), _) => (chain.scope.purposes, Some(chain.scope.until)),
        };
        let emergency = match basis {
            Basis::Emergency(event) => looked.emergency(event),
            Basis::Consent | Basis::Reply | Basis::OwnCase => None,
        };
        let over = emergency.map(|used| used.review_by.plus(EMERGENCY_KEPT_SECONDS).day());
        let until = first.until.or(over).or(consented);
        Self {
            thread: referral.thread,
            holder: referral.office(holder),
            index: first.index,
            categories: Categories::EMPTY.with(category),
            purposes,
            basis,
            emergency,
            disclosed_at: first.disclosed_at,
            received_at: first.received_at,
            until,
            standing: standing::standing(looked, holder, basis, category)
                .since_first(first.received_at.unwrap_or(first.disclosed_at))
                .locked_after(until, looked.today),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let bare = |holding: &Self| Self { categories: Categories::EMPTY, ..holding.clone() };
        bare(self) == bare(other)
    }

    /// As a message.
    #[must_use]
    pub fn message(&self) -> v1::Holding {
        let standing = &self.standing;
        let (ground, retained_until) = match standing.step {
            Step::Retained { ground, until } => (ground.number(), Some(until)),
            Step::Holds | Step::Asked | Step::Notified | Step::Acknowledged | Step::Erased => (0, None),
        };
        v1::Holding {
            thread: self.thread.to_string(),
            office: self.holder.to_string(),
            categories: numbers(&self.categories.to_vec()),
            purposes: numbers(&self.purposes.to_vec()),
            basis: self.basis.message().into(),
            emergency: self.emergency.map(Use::message),
            disclosed_at: Some(instant(self.disclosed_at)),
            received_at: self.received_at.map(instant),
            until_on: day_text(self.until),
            state: standing.step.message().into(),
            since: standing.since.map(instant),
            ground,
            retained_until_on: day_text(retained_until),
            locked_at: standing.locked_at.map(instant),
            erased_at: standing.erased_at.map(instant),
        }
    }
}

impl Basis {
    /// As a message.
    #[must_use]
    pub const fn message(self) -> v1::HoldingBasis {
        match self {
            Self::Consent => v1::HoldingBasis::Consent,
            Self::Reply => v1::HoldingBasis::Reply,
            Self::Emergency(_) => v1::HoldingBasis::Emergency,
            Self::OwnCase => v1::HoldingBasis::OwnCase,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Consent => 0,
            Self::Reply => 1,
            Self::Emergency(_) => 2,
            Self::OwnCase => 3,
        }
    }

    /// On which basis an event shares what it seals; none where it shares nothing. The table of kinds allows each one only.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        if let Event::EmergencyDisclosed(body) = event {
            return Some(Self::Emergency(body.emergency));
        }
        event.rule().bases.iter().find_map(|kind| match kind {
            BasisKind::Consent => Some(Self::Consent),
            BasisKind::Reply => Some(Self::Reply),
            BasisKind::NoBasis | BasisKind::OwnData | BasisKind::Emergency => None,
        })
    }
}

impl Use {
    fn message(self) -> v1::EmergencyUse {
        v1::EmergencyUse {
            emergency: self.emergency.to_string(),
            ground: self.ground.number(),
            review_by: Some(instant(self.review_by)),
            reviewed: self.review.is_some(),
            upheld: self.review.is_some_and(|(upheld, _)| upheld),
            told_on: day_text(self.review.map(|(_, told_on)| told_on)),
        }
    }
}

impl Looked<'_> {
    fn emergency(&self, event: EventId) -> Option<Use> {
        let declared = self.entries.iter().find(|entry| entry.told.event_id == event)?;
        let Event::EmergencyDeclared(EmergencyDeclared { ground, review_by, .. }) = declared.event else {
            return None;
        };
        let review = self.entries.iter().find_map(|entry| match entry.event {
            Event::EmergencyReviewed(EmergencyReviewed { emergency, upheld, told_on })
                if *emergency == event =>
            {
                Some((*upheld, *told_on))
            }
            _ => None,
        });
        Some(Use { emergency: event, ground: *ground, review_by: *review_by, review })
    }
}

/// What a party says that it did not take over: of which entry, which category.
fn refused(looked: &Looked<'_>) -> BTreeSet<(Party, EventId, Category)> {
    let rejected = looked.entries.iter().filter_map(|entry| match entry.event {
        Event::GrantRejected(body) => Some((entry.told.author, body.event, body.category)),
        _ => None,
    });
    rejected.collect()
}

fn firsts(looked: &Looked<'_>) -> Firsts {
    let (mut firsts, refused) = (Firsts::new(), refused(looked));
    for entry in looked.entries {
        let Some(basis) = Basis::of(entry.event) else { continue };
        let author = entry.told.author;
        let until = match entry.event {
            Event::AddressReleased(body) => Some(body.until),
            _ => None,
        };
        let received_at = entry.received_at;
        let first = First { index: entry.index, disclosed_at: entry.claimed_at, received_at, until };
        for category in entry.categories.iter() {
            // What the other party could not or may not take over, it does not hold.
            if refused.contains(&(author.other(), entry.told.event_id, category)) {
                continue;
            }
            let known = firsts.entry((author.other(), basis, category)).or_insert(first);
            known.until = known.until.max(until);
            // What another office disclosed here under a consent, it holds in its own case.
            if basis == Basis::Consent && looked.referral.office(author) != looked.me {
                let received_at = Some(entry.claimed_at);
                firsts.entry((author, Basis::OwnCase, category)).or_insert(First { received_at, ..first });
            }
        }
    }
    firsts
}

#[cfg(test)]
mod tests {
    use waymark_domain::event::consent::{GrantFault, GrantRejected};
    use waymark_domain::event::referral::MessageSent;

    use super::*;

    #[test]
    fn what_the_other_party_did_not_take_over_it_does_not_hold() {
        let (north, south) = (OfficeId([1; 16]), OfficeId([2; 16]));
        let referral = ReferralState::new(ThreadId([7; 16]), north, south);
        let told = |id, author| Told { event_id: EventId([id; 16]), author, recorded_at: Timestamp(1) };
        let entry = |told: Told, event, categories| Disclosed {
            told,
            index: u64::from(told.event_id.0[0]),
            claimed_at: Timestamp(1),
            received_at: None,
            event,
            categories,
        };
        let (message, said) = (Event::from(MessageSent {}), Categories::EMPTY.with(Category::Coordination));
        let rejected = |id| {
            let (event, category) = (EventId([id; 16]), Category::Coordination);
            Event::from(GrantRejected { event, category, fault: GrantFault::Late })
        };
        let held = |entries: &[Disclosed<'_>]| {
            let looked = Looked { referral: &referral, entries, me: north, today: Day(1) };
            Holding::of(&looked).iter().map(|holding| (holding.holder, holding.index)).collect::<Vec<_>>()
        };
        let (first, second) = (entry(told(1, Party::Sender), &message, said), rejected(1));
        let refusal = entry(told(2, Party::Receiver), &second, Categories::EMPTY);
        assert_eq!(held(&[first]), [(south, 1)]);
        assert_eq!(held(&[first, refusal]), []);
        let later = entry(told(3, Party::Sender), &message, said);
        assert_eq!(held(&[first, refusal, later]), [(south, 3)], "what came later it took over");
    }
}
