//! The sender's half of a referral: consent, offer, its end, disclosure, its part of place and journey.

use super::erasure::asks_to_erase;
use super::journey::{JourneyHalf, SenderJourney};
use super::place::PlaceWish;
use crate::anomaly::{Anomalies, Anomaly, once, push, push_newest};
use crate::consent::{Chain, Standing};
use crate::event::Event;
use crate::event::referral::{Deadline, Deadlines, ReferralKind, ReferralOffered};
use crate::ids::{Country, EventId, KemPublic, StaffId, ThreadId};
use crate::sets::{Categories, Purposes};
use crate::time::{Day, HOUR, Timestamp};
use crate::words::{Category, EmergencyGround, EndedBy, Urgency};
use crate::world::Applied;

/// What the sender wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SenderHalf {
    /// The consent released to the receiver.
    pub consent: Option<Chain>,
    /// The offer.
    pub offer: Option<Offer>,
    /// The key to which replies are wrapped.
    pub key: Option<KemPublic>,
    /// The questions it answered.
    pub answered: Vec<EventId>,
    /// Its word on an accept.
    pub confirmed: Option<Confirmed>,
    /// Countries whose embassies and authorities are never recipients; told with the confirmation.
    pub barred: Vec<Country>,
    /// How it ended the referral.
    pub end: Option<SenderEnd>,
    /// The categories it disclosed, and the newest entry that did.
    pub disclosed: Option<(EventId, Categories)>,
    /// The requests for disclosure it refused, and how much of each.
    pub refused: Refused,
    /// The requests for lost keys it answered.
    pub regranted: Vec<EventId>,
    /// The thread that replaces this one; known at the sender only.
    pub redirected_to: Option<ThreadId>,
    /// Cancelling.
    pub cancel: Cancel,
    /// Which deadlines it has marked.
    pub marks: Marks,
    /// Emergency disclosures.
    pub emergencies: Vec<Emergency>,
    /// When it last asked the receiver to erase.
    pub asked_at: Option<Timestamp>,
    /// The withdrawals and ends after which it destroyed its copies.
    pub erased: Vec<EventId>,
    /// The place it asks for.
    pub place: Option<Box<PlaceWish>>,
    /// The journey it plans.
    pub journey: Option<Box<SenderJourney>>,
    /// What did not fit.
    pub anomalies: Anomalies,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The `ReferralOffered`.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// Service or hand-over.
    pub kind: ReferralKind,
    /// What is asked for.
    pub purposes: Purposes,
    /// How soon.
    pub urgency: Urgency,
    /// By when.
    pub deadlines: Deadlines,
    /// The person is a minor.
    pub minor: bool,
}

/// The sender's word that an accept stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// The `AcceptConfirmed`.
    pub event: EventId,
    /// The accept.
    pub accept: EventId,
    /// When.
    pub at: Timestamp,
}

/// How the sender ended the referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderEnd {
    /// No accept in time.
    Expired {
        /// The `OfferExpired`.
        event: EventId,
    },
    /// Taken back.
    Withdrawn {
        /// The `ReferralWithdrawn`.
        event: EventId,
        /// At whose wish.
        by: EndedBy,
    },
    /// The offer was entered in error.
    InError {
        /// The `EntryInError`.
        event: EventId,
    },
}

impl SenderEnd {
    /// The entry that ended it.
    #[must_use]
    pub const fn event(&self) -> EventId {
        match self {
            Self::Expired { event } | Self::Withdrawn { event, .. } | Self::InError { event } => *event,
        }
    }
}

/// One party's part of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cancel {
    /// It asked; again, after the other party declined.
    pub requested: Option<EventId>,
    /// It agreed.
    pub agreed: Option<EventId>,
    /// The newest of the other party's requests that it declined.
    pub declined: Option<EventId>,
}

impl Cancel {
    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if let Event::CancellationDeclined(body) = event {
            self.declined = Some(body.request);
            return if self.agreed.is_some() { Err(Anomaly::AfterEnd) } else { Ok(()) };
        }
        if matches!(event, Event::CancellationRequested(_)) {
            self.requested = Some(applied.event_id);
            return Ok(());
        }
        once(&mut self.agreed, applied.event_id)
    }

    /// Its request, unless the other party declined it.
    pub(super) fn wanted(&self, other: &Self) -> Option<EventId> {
        self.requested.filter(|request| other.declined != Some(*request))
    }
}

/// Which steps of which deadline the sender has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks(u16);

/// A step after which a deadline is brought to somebody's mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Half of the time has passed.
    Reminded,
    /// All of it.
    Missed,
    /// Half of it again: the coordinators.
    Escalated,
}

impl Marks {
    /// Whether `step` of `deadline` was written.
    #[must_use]
    pub const fn has(self, deadline: Deadline, step: Step) -> bool {
        self.0 & Self::bit(deadline, step) != 0
    }

    const fn bit(deadline: Deadline, step: Step) -> u16 {
        let first = match deadline {
            Deadline::Acknowledge => 0,
            Deadline::Contact => 3,
            Deadline::Erasure => 6,
        };
        1 << (first + step as u8)
    }

    /// A new end asks anew.
    fn clear_erasure(&mut self) {
        self.0 &= 0b11_1111;
    }

    fn mark(&mut self, deadline: Deadline, step: Step) -> Result<(), Anomaly> {
        if self.has(deadline, step) {
            return Err(Anomaly::Repeated);
        }
        self.0 |= Self::bit(deadline, step);
        Ok(())
    }
}

/// The requests for disclosure that were refused, and how much of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refused(Vec<(EventId, Categories)>);

impl Refused {
    /// Whether any of `request` was refused.
    #[must_use]
    pub fn contains(&self, request: &EventId) -> bool {
        self.0.iter().any(|(refused, _)| refused == request)
    }

    /// What was refused of `request`.
    #[must_use]
    pub fn of(&self, request: EventId) -> Categories {
        let parts = self.0.iter().filter(|(refused, _)| *refused == request);
        parts.fold(Categories::EMPTY, |all, (_, part)| all.union(*part))
    }
}

/// A disclosure without consent; either party may make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emergency {
    /// The `EmergencyDeclared`.
    pub event: EventId,
    /// The ground.
    pub ground: EmergencyGround,
    /// Who decided, and who agreed: neither reviews it.
    pub first: StaffId,
    /// The other of the two.
    pub second: StaffId,
    /// The day on which it was declared.
    pub declared_on: Day,
    /// What it covers.
    pub categories: Categories,
    /// By when it is reviewed.
    pub review_by: Timestamp,
    /// The newest `EmergencyDisclosed`.
    pub disclosed: Option<EventId>,
    /// How many there were.
    pub times: u8,
    /// The review: its entry, and whether the disclosure was upheld.
    pub reviewed: Option<(EventId, bool)>,
}

impl Emergency {
    /// Whether a section of `category` may be disclosed under it: what was declared, and the reason.
    #[must_use]
    pub fn covers(&self, category: Category) -> bool {
        category == Category::Coordination || self.categories.contains(category)
    }
}

/// Whether two people decided an emergency, as it must be.
#[must_use]
pub fn two_decided(first: StaffId, second: StaffId) -> bool {
    first != second && ![first, second].contains(&StaffId::NOBODY)
}

pub(super) fn take_emergency(
    emergencies: &mut Vec<Emergency>,
    applied: &Applied,
    event: &Event,
) -> Result<(), Anomaly> {
    let known = |emergencies: &mut Vec<Emergency>, id: EventId| {
        emergencies.iter().position(|emergency| emergency.event == id).ok_or(Anomaly::OutOfOrder)
    };
    if let Event::EmergencyDeclared(body) = event {
        if !two_decided(body.first, body.second) {
            return Err(Anomaly::DecidedAlone);
        }
        // A later review is void beyond the 72 hours, whatever a peer writes.
        let review_by = body.review_by.min(applied.claimed_at.plus(REVIEW_SECONDS));
        let emergency = Emergency {
            event: applied.event_id,
            ground: body.ground,
            first: body.first,
            second: body.second,
            declared_on: applied.claimed_at.day(),
            categories: (&body.categories).into(),
            review_by,
            disclosed: None,
            times: 0,
            reviewed: None,
        };
        return push(emergencies, emergency, EMERGENCIES_MAX);
    }
    if let Event::EmergencyReviewed(body) = event {
        let position = known(emergencies, body.emergency)?;
        let emergency = emergencies.get_mut(position).ok_or(Anomaly::OutOfOrder)?;
        return once(&mut emergency.reviewed, (applied.event_id, body.upheld));
    }
    if let Event::EmergencyDisclosed(body) = event {
        let position = known(emergencies, body.emergency)?;
        let emergency = emergencies.get_mut(position).ok_or(Anomaly::OutOfOrder)?;
        let disclosed = Categories::from(&body.categories);
        emergency.disclosed = Some(applied.event_id);
        emergency.times = emergency.times.saturating_add(1);
        return if disclosed.is_subset(emergency.categories) { Ok(()) } else { Err(Anomaly::Widened) };
    }
    Err(Anomaly::WrongThread)
}

/// A half holds at most this many of anything that may come more than once.
pub(super) const LIST_MAX: usize = 256;
/// And at most so many emergencies: each is erased by itself, and nobody is kept busy with that.
pub const EMERGENCIES_MAX: usize = 32;
/// A declared emergency is reviewed within 72 hours.
pub const REVIEW_SECONDS: u64 = 72 * HOUR;
/// Countries that an office is told with a person, at most.
const BARRED_MAX: usize = 64;

impl SenderHalf {
    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        let in_error = matches!(event, Event::EntryInError(body) if self.is_offer(body.entry));
        if in_error || asks_to_erase(event) {
            self.asked_at = Some(applied.claimed_at);
            self.marks.clear_erasure();
        }
        match event {
            Event::ConsentReleased(_)
            | Event::ConsentNarrowed(_)
            | Event::ConsentRenewed(_)
            | Event::ConsentWithdrawn(_)
            | Event::ConsentExpired(_) => self.take_consent(applied, event),
            Event::ReferralOffered(body) => self.take_offer(applied, body),
            Event::ThreadKeyReplaced(body) => {
                self.key = Some(body.key);
                Ok(())
            }
            Event::QuestionAnswered(body) => push(&mut self.answered, body.question, LIST_MAX),
            Event::AcceptConfirmed(body) => {
                self.going_on()?;
                let confirmed =
                    Confirmed { event: applied.event_id, accept: body.accept, at: applied.claimed_at };
                once(&mut self.confirmed, confirmed)?;
                self.barred =
                    body.barred.iter().copied().filter(|told| told.is_valid()).take(BARRED_MAX).collect();
                Ok(())
            }
            Event::OfferExpired(_) if self.confirmed.is_some() => Err(Anomaly::Repeated),
            Event::OfferExpired(_) => self.end(SenderEnd::Expired { event: applied.event_id }),
            // A hand-over can be revoked only until she departed; both facts are the sender's own.
            Event::ReferralWithdrawn(_) if self.departed() => Err(Anomaly::AfterEnd),
            Event::ReferralWithdrawn(body) => {
                self.end(SenderEnd::Withdrawn { event: applied.event_id, by: body.by })
            }
            // Of an offer that has ended it ends nothing: it says something to people.
            Event::EntryInError(body)
                if self.is_offer(body.entry) && self.end.is_none() && !self.departed() =>
            {
                self.end(SenderEnd::InError { event: applied.event_id })
            }
            Event::SectionsDisclosed(body) => {
                let before = self.disclosed.map_or(Categories::EMPTY, |(_, before)| before);
                self.disclosed = Some((applied.event_id, before.union((&body.categories).into())));
                if self.confirmed.is_some() { Ok(()) } else { Err(Anomaly::OutOfOrder) }
            }
            Event::DisclosureRefused(body) => {
                push(&mut self.refused.0, (body.request, (&body.categories).into()), LIST_MAX)
            }
            Event::SectionsRegranted(body) => push(&mut self.regranted, body.request, LIST_MAX),
            Event::ReferralRedirected(body) => once(&mut self.redirected_to, body.to),
            Event::DeadlineReminded(body) => self.marks.mark(body.deadline, Step::Reminded),
            Event::DeadlineMissed(body) => self.marks.mark(body.deadline, Step::Missed),
            Event::DeadlineEscalated(body) => self.marks.mark(body.deadline, Step::Escalated),
            Event::CancellationRequested(_)
            | Event::CancellationAgreed(_)
            | Event::CancellationDeclined(_) => self.cancel.take(applied, event),
            Event::EmergencyDeclared(_) | Event::EmergencyDisclosed(_) | Event::EmergencyReviewed(_) => {
                take_emergency(&mut self.emergencies, applied, event)
            }
            Event::PlaceRequested(_) | Event::PlaceGivenUp(_) | Event::PlaceChosen(_) => {
                self.place.get_or_insert_default().take(applied, event)
            }
            // These say something to people; no rule depends on them.
            Event::MessageSent(_)
            | Event::EntryInError(_)
            | Event::RegrantRequested(_)
            | Event::GrantRejected(_)
            | Event::RetentionClaimed(_) => Ok(()),
            Event::Erased(body) => {
                push_newest(&mut self.erased, body.because, LIST_MAX);
                Ok(())
            }
            other => self.take_journey(applied, other),
        }
    }

    fn take_journey(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if !JourneyHalf::concerns(event) && !SenderJourney::concerns(event) {
            return Err(Anomaly::WrongThread);
        }
        self.journey.get_or_insert_default().take(applied, event)
    }

    fn take_consent(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        let id = applied.event_id;
        if let Event::ConsentReleased(body) = event {
            return once(&mut self.consent, Chain::released(id, body));
        }
        let chain = self.consent.as_mut().ok_or(Anomaly::OutOfOrder)?;
        if let Event::ConsentNarrowed(body) = event {
            return chain.narrow(id, body);
        }
        if let Event::ConsentRenewed(body) = event {
            return chain.renew(applied.claimed_at.day(), body);
        }
        if let Event::ConsentWithdrawn(body) = event {
            return chain.end(body.chain, Standing::Withdrawn { event: id, by: body.by });
        }
        if let Event::ConsentExpired(body) = event {
            return chain.end(body.chain, Standing::Expired { event: id });
        }
        Err(Anomaly::WrongThread)
    }

    fn take_offer(&mut self, applied: &Applied, body: &ReferralOffered) -> Result<(), Anomaly> {
        if self.consent.as_ref().is_none_or(|chain| chain.head != body.consent) {
            return Err(Anomaly::OtherChain);
        }
        let offer = Offer {
            event: applied.event_id,
            at: applied.claimed_at,
            kind: body.kind,
            purposes: (&body.purposes).into(),
            urgency: body.urgency,
            deadlines: body.deadlines.clone(),
            minor: body.minor,
        };
        once(&mut self.offer, offer)?;
        self.key = Some(body.thread_key);
        Ok(())
    }

    fn end(&mut self, end: SenderEnd) -> Result<(), Anomaly> {
        if self.offer.is_none() {
            return Err(Anomaly::OutOfOrder);
        }
        once(&mut self.end, end)
    }

    fn is_offer(&self, event: EventId) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.event == event)
    }

    fn going_on(&self) -> Result<(), Anomaly> {
        if self.offer.is_none() {
            return Err(Anomaly::OutOfOrder);
        }
        if self.end.is_some() { Err(Anomaly::AfterEnd) } else { Ok(()) }
    }

    /// She has departed, as the sender says.
    #[must_use]
    pub fn departed(&self) -> bool {
        self.journey.as_ref().is_some_and(|journey| journey.departed.is_some())
    }
}
