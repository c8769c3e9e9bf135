//! What the projection keeps of a case and of a referral: small, without personal data, a function of the thread's state.

use serde::{Deserialize, Serialize};
use waymark_api::serve::rows::Rows;
use waymark_api::serve::{link_side, party_of, side_of};
use waymark_api::v1;
use waymark_domain::case::{CasePhase, CaseState, Consent};
use waymark_domain::consent::Standing;
use waymark_domain::event::case::LinkSide;
use waymark_domain::event::referral::{Deadlines, ReferralKind};
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::{Answer, Ending, Offer, Phase, ReferralState};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{CaseOutcome, EndedBy, Purpose, Urgency};
use waymark_domain::world::Party;

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CaseRow {
    /// Version of the thread.
    pub etag: u64,
    pub opened_at: Timestamp,
    pub changed_at: Timestamp,
    /// How it was closed; none while open.
    pub closed: Option<CaseOutcome>,
    /// How far its erasure is.
    pub erasing: Erasing,
    /// The row's version at which its state last changed.
    pub opened_or_closed: u64,
    pub minor: bool,
    pub sections: u32,
    /// First and last day of each consent that was not ended.
    pub consents: Vec<(Day, Day)>,
    /// The office that was responsible when the case came here; none: this one.
    pub came_from: Option<OfficeId>,
    pub links: Vec<LinkRow>,
    pub standing: CaseStanding,
}

/// How far the erasure of a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Erasing {
    /// Nobody has ordered it.
    No,
    /// It is ordered.
    Ordered,
    /// It is carried out.
    Done,
}

/// A referral of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkRow {
    pub referral: ThreadId,
    pub other: OfficeId,
    pub side: LinkSide,
    pub kind: ReferralKind,
}

/// What a case's referrals say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct CaseStanding {
    /// Referrals that have not ended.
    pub open_referrals: u32,
    /// The responsible office; none: this one.
    pub responsible: Option<OfficeId>,
    /// She has departed and was not met, as far as is known.
    pub on_the_way: bool,
}

/// A referral, once it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReferralRow {
    /// Version of the thread.
    pub etag: u64,
    pub changed_at: Timestamp,
    pub offered_at: Timestamp,
    pub kind: ReferralKind,
    /// Number of its [`v1::ReferralPhase`].
    pub phase: i32,
    pub side: LinkSide,
    pub other: OfficeId,
    /// The case of this office to which it belongs.
    pub case: Option<ThreadId>,
    pub purposes: Vec<Purpose>,
    pub urgency: Urgency,
    pub minor: bool,
    pub deadlines: Deadlines,
    pub responsible: OfficeId,
    pub needs_answer: bool,
    /// The deadline that runs now.
    pub due_at: Option<Timestamp>,
    pub ended: bool,
    /// It was a hand-over and she was met.
    pub handed_over: bool,
    /// She has departed and was not met.
    pub on_the_way: bool,
    /// When this office asked the other one to erase, while the answer is awaited.
    pub asked_at: Option<Timestamp>,
    /// Emergency disclosures of this office that wait for their review, and by when.
    pub reviews: Vec<(EventId, Timestamp)>,
}

impl CaseRow {
    /// The row of a case as it stands after the own-log entry before `version`.
    pub(crate) fn of(
        case: &CaseState,
        etag: u64,
        version: u64,
        recorded_at: Timestamp,
        before: Option<&Self>,
    ) -> Self {
        let (closed, erasing) = match case.phase {
            CasePhase::Unknown | CasePhase::Open => (None, Erasing::No),
            CasePhase::Closed(outcome) => (Some(outcome), Erasing::No),
            CasePhase::ErasureOrdered(erasure) => (Some(erasure.outcome), Erasing::Ordered),
            CasePhase::Erased(erasure) => (Some(erasure.outcome), Erasing::Done),
        };
        let unchanged =
            before.filter(|before| (before.closed.is_some(), before.erasing) == (closed.is_some(), erasing));
        let holds = |consent: &&Consent| erasing == Erasing::No && consent.standing == Standing::InForce;
        let in_force = case.consents.iter().filter(holds);
        let came_by = case.links.first().filter(|link| link.side == LinkSide::Receiver);
        let links = case.links.iter().map(|link| LinkRow {
            referral: link.referral,
            other: link.other,
            side: link.side,
            kind: link.kind,
        });
        Self {
            etag,
            opened_at: case.opened_at,
            changed_at: recorded_at,
            closed,
            erasing,
            opened_or_closed: unchanged.map_or(version, |before| before.opened_or_closed),
            minor: case.minor,
            sections: case.recorded.len(),
            consents: in_force.map(|consent| (consent.scope.from, consent.scope.until)).collect(),
            came_from: came_by.map(|link| link.other),
            links: links.collect(),
            standing: CaseStanding::default(),
        }
    }

    /// What its referrals say about it.
    ///
    /// Responsibility follows `waymark_domain::responsible`, of which this is the same fold over rows; a test holds them together.
    pub(crate) fn standing(&self, referrals: &Rows<ThreadId, ReferralRow>) -> CaseStanding {
        let mut standing = CaseStanding { responsible: self.came_from, ..CaseStanding::default() };
        for link in &self.links {
            let Some(referral) = referrals.get(&link.referral) else { continue };
            standing.open_referrals += u32::from(!referral.data.ended);
            standing.on_the_way |= referral.data.on_the_way;
            if referral.data.handed_over && link.kind == ReferralKind::HandOver {
                standing.responsible = match link.side {
                    LinkSide::Sender => Some(link.other),
                    LinkSide::Receiver => None,
                };
            }
        }
        standing
    }

    pub(crate) fn state(&self) -> v1::CaseState {
        match (self.erasing, self.closed) {
            (Erasing::Done, _) => v1::CaseState::Erased,
            (Erasing::Ordered, _) => v1::CaseState::ErasureOrdered,
            (Erasing::No, Some(_)) => v1::CaseState::Closed,
            (Erasing::No, None) => v1::CaseState::Open,
        }
    }

    /// Consents in force on `today`.
    pub(crate) fn consents_in_force(&self, today: Day) -> u32 {
        let in_force = self.consents.iter().filter(|(from, until)| (*from..=*until).contains(&today));
        u32::try_from(in_force.count()).unwrap_or(u32::MAX)
    }
}

impl ReferralRow {
    /// The row of a referral; none before it is offered.
    pub(crate) fn of(
        referral: &ReferralState,
        me: OfficeId,
        etag: u64,
        recorded_at: Timestamp,
    ) -> Option<Self> {
        let offer = referral.sender.offer.as_ref()?;
        let side = side_of(referral, me);
        Some(Self {
            etag,
            changed_at: recorded_at,
            offered_at: offer.at,
            kind: offer.kind,
            phase: phase(referral.phase())?.into(),
            side: link_side(side),
            other: referral.office(side.other()),
            case: None,
            purposes: offer.purposes.to_vec(),
            urgency: offer.urgency,
            minor: offer.minor,
            deadlines: offer.deadlines.clone(),
            responsible: referral.responsible(),
            needs_answer: owes_next_step(referral, side),
            due_at: due_at(referral, offer),
            ended: referral.has_ended(),
            handed_over: referral.phase() == Phase::Ended(Ending::HandedOver),
            on_the_way: referral.is_on_the_way(),
            asked_at: referral.asked_at().filter(|_| side == Party::Sender),
            reviews: referral.reviews_due(side).collect(),
        })
    }

    pub(crate) fn party(&self) -> Party {
        party_of(self.side)
    }
}

/// Where a referral stands, as the contract says it; none before it is offered.
pub(crate) const fn phase(phase: Phase) -> Option<v1::ReferralPhase> {
    Some(match phase {
        Phase::Drafted => return None,
        Phase::Offered => v1::ReferralPhase::Offered,
        Phase::Delivered => v1::ReferralPhase::Delivered,
        Phase::Acknowledged => v1::ReferralPhase::Acknowledged,
        Phase::InformationRequested => v1::ReferralPhase::InformationRequested,
        Phase::Accepted => v1::ReferralPhase::Accepted,
        Phase::Confirmed => v1::ReferralPhase::Confirmed,
        Phase::Disclosed => v1::ReferralPhase::Disclosed,
        Phase::ServiceScheduled(_) => v1::ReferralPhase::ServiceScheduled,
        Phase::InProgress => v1::ReferralPhase::InProgress,
        Phase::CancellationRequested => v1::ReferralPhase::CancellationRequested,
        Phase::Ended(ending) => ended(ending),
    })
}

const fn ended(ending: Ending) -> v1::ReferralPhase {
    match ending {
        Ending::HandedOver => v1::ReferralPhase::HandedOver,
        Ending::EnteredInError => v1::ReferralPhase::EnteredInError,
        Ending::Completed(_) => v1::ReferralPhase::Completed,
        Ending::Withdrawn(EndedBy::Sender) => v1::ReferralPhase::WithdrawnBySender,
        Ending::Withdrawn(EndedBy::Person) => v1::ReferralPhase::WithdrawnByPerson,
        Ending::Cancelled => v1::ReferralPhase::Cancelled,
        Ending::Declined(_) => v1::ReferralPhase::Declined,
        Ending::Expired => v1::ReferralPhase::Expired,
        Ending::JourneyOver => v1::ReferralPhase::JourneyOver,
    }
}

/// Whether the other party waits for something that only `side` can do.
fn owes_next_step(referral: &ReferralState, side: Party) -> bool {
    let receiver = &referral.receiver;
    match (referral.phase(), side) {
        (Phase::Ended(_) | Phase::Drafted, _) => false,
        (Phase::CancellationRequested, side) => referral.wants_to_cancel(side).is_none(),
        (Phase::Offered | Phase::Delivered | Phase::Acknowledged, side) => side == Party::Receiver,
        (Phase::InformationRequested | Phase::Accepted, side) => side == Party::Sender,
        (
            Phase::Confirmed | Phase::Disclosed | Phase::ServiceScheduled(_) | Phase::InProgress,
            Party::Sender,
        ) => open_requests(referral).next().is_some(),
        (Phase::Confirmed | Phase::Disclosed, Party::Receiver) => receiver.contacted.is_none(),
        (Phase::ServiceScheduled(_) | Phase::InProgress, Party::Receiver) => false,
    }
}

/// Requests for disclosure that were neither met nor refused.
fn open_requests(referral: &ReferralState) -> impl Iterator<Item = EventId> {
    let disclosed = referral.sender.disclosed.map(|(_, categories)| categories).unwrap_or_default();
    let open = referral.receiver.requests.iter().filter(move |(request, categories)| {
        !referral.sender.refused.contains(request) && !categories.is_subset(disclosed)
    });
    open.map(|(request, _)| *request)
}

/// The deadline that runs now: of a human's acknowledgement, then of the first contact.
fn due_at(referral: &ReferralState, offer: &Offer) -> Option<Timestamp> {
    if referral.has_ended() {
        return None;
    }
    let receiver = &referral.receiver;
    match receiver.answer {
        Some(Answer::Accepted { .. }) => {
            let waiting = receiver.contacted.is_none() && receiver.started.is_none();
            waiting.then_some(offer.deadlines.contact_by)
        }
        Some(Answer::Declined { .. }) => None,
        None => receiver.acknowledged.is_none().then_some(offer.deadlines.acknowledge_by),
    }
}
