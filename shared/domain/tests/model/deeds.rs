//! What people do at the two offices: each deed is a command of the domain, or the few commands of a plan in one step.
//!
//! A deed that a rule refuses is no step. What a person could do again and again is done once, so that the model has an end.

use waymark_domain::command::*;
use waymark_domain::ids::{EventId, KeyId, ThreadId};
use waymark_domain::time::HOUR;
use waymark_domain::words::{AbortReason, Category, DeclineReason, EndedBy, GoNoGo, TravelMode};
use waymark_domain::world::Party;

use crate::broken::Broken;
use crate::scene;
use crate::system::{Rules, Side, State};

/// Something that people at an office do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    Acknowledge,
    Accept,
    Decline,
    ConfirmReception,
    AskForMore,
    AskForLostKeys,
    WithdrawReferral,
    WithdrawConsent,
    NarrowConsent,
    MarkInError,
    Disclose,
    OfferAgain,
    GiveBack,
    ProposeJourney,
    PrepareReception,
    ClearJourney,
    Depart,
    AbortJourney,
    CloseJourney,
    ChangeMind,
    AskToCancel,
    AgreeToCancel,
    DeclineToCancel,
}

impl Deed {
    /// Whether `me` can do it, as the party that it is of the thread.
    const fn is_for(self, me: Side, party: Party) -> bool {
        match self {
            Self::Acknowledge
            | Self::Accept
            | Self::Decline
            | Self::ConfirmReception
            | Self::AskForMore
            | Self::AskForLostKeys
            | Self::PrepareReception => matches!(party, Party::Receiver),
            Self::WithdrawReferral
            | Self::WithdrawConsent
            | Self::NarrowConsent
            | Self::MarkInError
            | Self::Disclose
            | Self::ProposeJourney
            | Self::ClearJourney
            | Self::Depart
            | Self::AbortJourney
            | Self::CloseJourney => matches!(party, Party::Sender),
            Self::OfferAgain => matches!((me, party), (Side::North, Party::Sender)),
            Self::GiveBack => matches!((me, party), (Side::South, Party::Receiver)),
            Self::ChangeMind | Self::AskToCancel | Self::AgreeToCancel | Self::DeclineToCancel => true,
        }
    }

    /// The entry after which it is not done again in the same thread, and how often that is written.
    const fn limit(self) -> Option<(&'static str, usize)> {
        match self {
            // One is written with the confirmation.
            Self::Disclose => Some(("SectionsDisclosed", 2)),
            Self::MarkInError => Some(("EntryInError", 1)),
            Self::AskForMore => Some(("DisclosureRequested", 1)),
            Self::AskForLostKeys => Some(("RegrantRequested", 1)),
            Self::ProposeJourney => Some(("JourneyProposed", 1)),
            Self::PrepareReception => Some(("ReceptionArranged", 1)),
            Self::ClearJourney => Some(("JourneyCleared", 1)),
            Self::ChangeMind => Some(("MindChanged", 1)),
            Self::AskToCancel => Some(("CancellationRequested", 1)),
            Self::DeclineToCancel => Some(("CancellationDeclined", 1)),
            Self::Acknowledge
            | Self::Accept
            | Self::Decline
            | Self::ConfirmReception
            | Self::WithdrawReferral
            | Self::WithdrawConsent
            | Self::NarrowConsent
            | Self::OfferAgain
            | Self::GiveBack
            | Self::Depart
            | Self::AbortJourney
            | Self::CloseJourney
            | Self::AgreeToCancel => None,
        }
    }

    /// Does it, unless a rule refuses.
    pub(crate) fn done(self, state: &mut State, rules: &Rules, me: Side, thread: ThreadId) -> Option<()> {
        let office = state.office(me);
        let party = office.referral(thread)?.party(me.id())?;
        let written = |name| {
            let named = office.written.iter().filter(|entry| entry.thread == thread);
            named.filter(|entry| entry.event.name() == name).count()
        };
        let enough = self.limit().is_some_and(|(name, most)| written(name) >= most);
        if enough || !self.is_for(me, party) {
            return None;
        }
        if self == Self::GiveBack {
            return give_back(state, rules, me, thread);
        }
        let commands = self.commands(state, me, thread)?;
        let refused = commands.iter().any(|command| state.command(rules, me, command).is_none());
        if !refused {
            return Some(());
        }
        if self == Self::ConfirmReception && rules.broken == Some(Broken::ReceptionUnchecked) {
            return state.careless_reception(me, thread);
        }
        None
    }

    fn commands(self, state: &State, me: Side, referral: ThreadId) -> Option<Vec<Command>> {
        let (now, note, by) = (state.now(), None, EndedBy::Person);
        let one: Command = match self {
            Self::Acknowledge => AcknowledgeReferral { referral }.into(),
            Self::Accept => AcceptReferral { referral, case: own_case(state, me), note }.into(),
            Self::Decline => DeclineReferral { referral, reason: DeclineReason::NoCapacity, note }.into(),
            Self::ConfirmReception => ConfirmReception { referral, at: now }.into(),
            Self::AskForMore => {
                RequestDisclosure { referral, categories: vec![Category::Health], note }.into()
            }
            Self::AskForLostKeys => RequestRegrant { referral, keys: vec![KeyId([1; 16])] }.into(),
            Self::WithdrawReferral => WithdrawReferral { referral, by: EndedBy::Sender, note }.into(),
            Self::WithdrawConsent => {
                let (case, consent) = given(state, me, referral)?;
                WithdrawConsent { case, consent, by }.into()
            }
            Self::NarrowConsent => {
                let (case, consent) = given(state, me, referral)?;
                scene::narrow(case, consent)
            }
            Self::MarkInError => {
                let entry = state.office(me).referral(referral)?.sender.offer.as_ref()?.event;
                MarkInError { referral, entry, note }.into()
            }
            Self::Disclose => DiscloseSections { referral, categories: vec![Category::Identity] }.into(),
            Self::OfferAgain => offer_again(state, me, referral)?,
            Self::GiveBack => return None,
            Self::ProposeJourney | Self::PrepareReception | Self::ClearJourney => {
                return Some(self.plan(state, referral));
            }
            Self::Depart => Depart { referral }.into(),
            Self::AbortJourney => AbortJourney { referral, reason: AbortReason::Health, note }.into(),
            Self::CloseJourney => CloseJourney { referral, stayed: true }.into(),
            Self::ChangeMind => ChangeMind { referral }.into(),
            Self::AskToCancel => RequestCancellation { referral, note }.into(),
            Self::AgreeToCancel => AgreeCancellation { referral }.into(),
            Self::DeclineToCancel => DeclineCancellation { referral, note }.into(),
        };
        Some(vec![one])
    }

    /// The steps of a plan that are written together here: nobody waits for one of them alone.
    fn plan(self, state: &State, referral: ThreadId) -> Vec<Command> {
        let (now, today) = (state.now(), state.now().day());
        let assessed = AssessRisk {
            referral,
            verdict: GoNoGo::Go,
            assessed_on: today,
            rows: Vec::new(),
            summary: "calm".into(),
        };
        let proposed = ProposeJourney { referral, depart_on: today };
        let reception = ArrangeReception {
            referral,
            meets_at: now.plus(6 * HOUR),
            place: Place::Named("Main hall".into()),
            contact: None,
        };
        if self == Self::ProposeJourney {
            return vec![proposed.into(), assessed.into()];
        }
        if self == Self::PrepareReception {
            return vec![reception.into(), assessed.into()];
        }
        vec![
            DecideJourney { referral, verdict: GoNoGo::Go }.into(),
            RecordDocuments { referral, valid_until: today.plus(90) }.into(),
            BookLeg { referral, leg: leg(state), itinerary: Vec::new() }.into(),
            NameEscort { referral, leg: 1, name: "an escort".into() }.into(),
            ArrangePlace { referral, shelter: None, from: today, until: today.plus(4) }.into(),
            ClearJourney { referral }.into(),
        ]
    }
}

/// The case of this office to which a thread is linked, and the consent under which it was offered.
fn given(state: &State, me: Side, thread: ThreadId) -> Option<(ThreadId, EventId)> {
    let case = state.office(me).case_of(thread)?;
    Some((case.thread, case.link(thread)?.consent?))
}

/// She comes back to the case that north opened; south opens one for each accept.
fn own_case(state: &State, me: Side) -> Option<ThreadId> {
    state.office(me).folded.cases.keys().next().copied().filter(|_| me == Side::North)
}

/// A second offer under the same consent, once.
fn offer_again(state: &State, me: Side, thread: ThreadId) -> Option<Command> {
    let (case, consent) = given(state, me, thread)?;
    let first = state.office(me).folded.referrals.len() == 1;
    first.then(|| scene::offer(case, me.other().id(), consent, state.now()))
}

/// She consents to what north may know, and is handed over to it; once.
fn give_back(state: &mut State, rules: &Rules, me: Side, thread: ThreadId) -> Option<()> {
    let case = state.office(me).case_of(thread)?.thread;
    let mut own = state.office(me).folded.referrals.values();
    if own.any(|referral| referral.party(me.id()) == Some(Party::Sender)) {
        return None;
    }
    state.command(rules, me, &scene::consent(case, me.other().id()))?;
    let consent = state.office(me).folded.cases.get(&case)?.consents.last()?.id;
    let offer = scene::offer(case, me.other().id(), consent, state.now());
    state.command(rules, me, &offer)
}

fn leg(state: &State) -> LegPlan {
    let departs_at = state.now().plus(HOUR);
    LegPlan {
        number: 1,
        from: Place::Locode(*b"XNAAA"),
        to: Place::Named("Central station".into()),
        mode: TravelMode::Rail,
        departs_at,
        departs_offset_minutes: 0,
        arrives_at: departs_at.plus(4 * HOUR),
        arrives_offset_minutes: 0,
        escorting: Side::North.id(),
        check_in_minutes: 60,
    }
}
