//! What people do at the two offices: each deed is a command of the domain, or the few commands of a plan in one step.
//!
//! A deed that a rule refuses is no step. What a person could do again and again is done once, so that the model has an end.

use waymark_domain::command::*;
use waymark_domain::draft::{Audience, BasisOn, Draft};
use waymark_domain::event::journey::ReceptionConfirmed;
use waymark_domain::ids::{EventId, KeyId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::HOUR;
use waymark_domain::words::{AbortReason, Category, DeclineReason, EndedBy, GoNoGo, TravelMode};

use crate::scene;
use crate::system::{Broken, Rules, Side, State};

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
    Disclose,
    OfferAgain,
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
    /// Who can do it.
    pub(crate) const fn doers(self) -> &'static [Side] {
        match self {
            Self::Acknowledge
            | Self::Accept
            | Self::Decline
            | Self::ConfirmReception
            | Self::AskForMore
            | Self::AskForLostKeys
            | Self::PrepareReception => &[Side::South],
            Self::WithdrawReferral
            | Self::WithdrawConsent
            | Self::Disclose
            | Self::OfferAgain
            | Self::ProposeJourney
            | Self::ClearJourney
            | Self::Depart
            | Self::AbortJourney
            | Self::CloseJourney => &[Side::North],
            Self::ChangeMind | Self::AskToCancel | Self::AgreeToCancel | Self::DeclineToCancel => &Side::BOTH,
        }
    }

    /// The entry after which it is not done again in the same thread, and how often that is written.
    const fn limit(self) -> Option<(&'static str, usize)> {
        match self {
            // One is written with the confirmation.
            Self::Disclose => Some(("SectionsDisclosed", 2)),
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
            | Self::OfferAgain
            | Self::Depart
            | Self::AbortJourney
            | Self::CloseJourney
            | Self::AgreeToCancel => None,
        }
    }

    /// Does it, unless a rule refuses.
    pub(crate) fn done(self, state: &mut State, rules: &Rules, me: Side, thread: ThreadId) -> Option<()> {
        let office = state.office(me);
        let referral = office.referral(thread)?;
        let is = |entry: &&_, name| {
            let entry: &&std::sync::Arc<crate::office::Entry> = entry;
            entry.thread == thread && entry.event.name() == name
        };
        if let Some((name, most)) = self.limit()
            && office.written.iter().filter(|entry| is(entry, name)).count() >= most
        {
            return None;
        }
        let commands = self.commands(state, me, referral)?;
        let refused = commands.iter().any(|command| state.command(rules, me, command).is_none());
        if !refused {
            return Some(());
        }
        if self == Self::ConfirmReception && rules.broken == Some(Broken::ReceptionUnchecked) {
            return receive_all_the_same(state, me, thread);
        }
        None
    }

    fn commands(self, state: &State, me: Side, referral: &ReferralState) -> Option<Vec<Command>> {
        let (thread, now, note) = (referral.thread, state.now(), None);
        let one: Command = match self {
            Self::Acknowledge => AcknowledgeReferral { referral: thread }.into(),
            Self::Accept => AcceptReferral { referral: thread, case: None, note }.into(),
            Self::Decline => {
                DeclineReferral { referral: thread, reason: DeclineReason::NoCapacity, note }.into()
            }
            Self::ConfirmReception => ConfirmReception { referral: thread, at: now }.into(),
            Self::AskForMore => {
                RequestDisclosure { referral: thread, categories: vec![Category::Health], note }.into()
            }
            Self::AskForLostKeys => {
                RequestRegrant { referral: thread, keys: vec![KeyId([1; 16])] }.into()
            }
            Self::WithdrawReferral => {
                WithdrawReferral { referral: thread, by: EndedBy::Sender, note }.into()
            }
            Self::WithdrawConsent => {
                let (case, consent) = given(state, thread)?;
                WithdrawConsent { case, consent, by: EndedBy::Person }.into()
            }
            Self::Disclose => {
                DiscloseSections { referral: thread, categories: vec![Category::Identity] }.into()
            }
            Self::OfferAgain => return offer_again(state, thread),
            Self::ProposeJourney | Self::PrepareReception | Self::ClearJourney => {
                return Some(self.plan(state, thread));
            }
            Self::Depart => Depart { referral: thread }.into(),
            Self::AbortJourney => {
                AbortJourney { referral: thread, reason: AbortReason::Health, note }.into()
            }
            Self::CloseJourney => CloseJourney { referral: thread, stayed: true }.into(),
            Self::ChangeMind => ChangeMind { referral: thread }.into(),
            Self::AskToCancel => RequestCancellation { referral: thread, note }.into(),
            Self::AgreeToCancel => AgreeCancellation { referral: thread }.into(),
            Self::DeclineToCancel => DeclineCancellation { referral: thread, note }.into(),
        };
        let _ = me;
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

/// The case at north to which a thread is linked, and the consent under which it was offered.
fn given(state: &State, thread: ThreadId) -> Option<(ThreadId, EventId)> {
    let case = state.north.case_of(thread)?;
    Some((case.thread, case.link(thread)?.consent?))
}

/// A second offer under the same consent, once.
fn offer_again(state: &State, thread: ThreadId) -> Option<Vec<Command>> {
    let (case, consent) = given(state, thread)?;
    let first = state.north.folded.referrals.len() == 1;
    first.then(|| vec![scene::offer(case, Side::South.id(), consent, state.now())])
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

fn receive_all_the_same(state: &mut State, me: Side, thread: ThreadId) -> Option<()> {
    let referral = state.office(me).referral(thread)?;
    if !referral.is_confirmed() || referral.receiver.received_at().is_some() {
        return None;
    }
    let event_id = state.in_context(me, |ctx| ctx.ids.event());
    let (event, audience) =
        (ReceptionConfirmed { at: state.now() }.into(), Audience::Office(me.other().id()));
    let (basis, causes, sections) = (BasisOn::None, Vec::new(), Vec::new());
    state.commit(me, &[Draft { event_id, thread, audience, event, basis, causes, sections, grant_to: None }]);
    Some(())
}
