//! What holds in every state, and what holds once everything is heard and nothing is due.

use waymark_domain::consent::Standing;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::referral::{Answer, Ending, Phase, ReferralState, settled};
use waymark_domain::words::Category;
use waymark_domain::world::Party;

use crate::office::{Folded, Office};
use crate::protocol::Protocol;
use crate::responsible::{accepted_first, one_responsible};
use crate::system::{Fault, Side, State};

pub(crate) type Holds = fn(&Protocol, &State) -> bool;

pub(crate) const ONE_RESPONSIBLE: &str = "exactly one office is responsible, in the union of the logs";
pub(crate) const ACCEPTED_FIRST: &str = "nobody is responsible without having accepted";
pub(crate) const NOTHING_AFTER: &str = "nothing is disclosed after the sender's own withdrawal";
pub(crate) const NO_LATE_KEY: &str = "no key is taken over after the end of its consent was heard of";
pub(crate) const RECEPTION_STANDS: &str = "a reception stands over whatever crosses it";
pub(crate) const NO_ANOMALY: &str = "nothing is written that does not fit";
pub(crate) const ANSWERED_ONCE: &str = "asked again, an office says nothing a second time";
pub(crate) const ERASURE_TAKEN: &str = "an erasure that is owed is never refused";
pub(crate) const AGREED: &str = "once all is heard, both ends agree";
pub(crate) const ERASED: &str = "once all is heard, every withdrawal was acknowledged, then erased";
pub(crate) const ANSWERED: &str = "once all is heard, every accept was answered";
pub(crate) const DISCLOSED: &str = "once all is heard, whoever was confirmed was told what she consented to";
pub(crate) const REPLAYED: &str = "once all is heard, replay gives the same states";

pub(crate) const ALWAYS: &[(&str, Holds)] = &[
    (ONE_RESPONSIBLE, |_, state| one_responsible(state)),
    (ACCEPTED_FIRST, |_, state| accepted_first(state)),
    (NOTHING_AFTER, |_, state| each(state, nothing_after)),
    (NO_LATE_KEY, |_, state| !state.faults.contains(&Fault::LateImport)),
    (RECEPTION_STANDS, |_, state| each(state, reception_stands)),
    (NO_ANOMALY, |_, state| no_anomaly(state)),
    (ANSWERED_ONCE, |_, state| !state.faults.contains(&Fault::AnsweredTwice)),
    (ERASURE_TAKEN, |_, state| !state.faults.contains(&Fault::ErasureRefused)),
    (AGREED, |model, state| !model.is_quiet(state) || agreed(state)),
    (ERASED, |model, state| !model.is_quiet(state) || each(state, erased)),
    (ANSWERED, |model, state| !model.is_quiet(state) || each(state, answered)),
    (DISCLOSED, |model, state| !model.is_quiet(state) || each(state, disclosed)),
    (REPLAYED, |model, state| !model.is_quiet(state) || replayed(state)),
];

/// A thread with the entries of both logs, and the offices of its sender and its receiver.
pub(crate) struct Whole<'s> {
    state: &'s State,
    pub(crate) referral: ReferralState,
    sender: &'s Office,
    receiver: &'s Office,
}

impl Whole<'_> {
    pub(crate) fn ending(&self) -> Option<Ending> {
        settled(&self.referral.sender, &self.referral.receiver)
    }

    /// The entries of the sender that end consent or referral, but for an end over which she was met.
    pub(crate) fn withdrawals(&self) -> impl Iterator<Item = EventId> {
        let consent = self.referral.sender.consent.as_ref().and_then(|chain| match chain.standing {
            Standing::Withdrawn { event, .. } | Standing::Expired { event } => Some(event),
            Standing::InForce => None,
        });
        let end = self.referral.sender.end.map(|end| end.event());
        consent.into_iter().chain(end.filter(|_| self.ending() != Some(Ending::HandedOver)))
    }
}

/// Every thread: its sender knows it first.
pub(crate) fn whole(state: &State) -> impl Iterator<Item = Whole<'_>> {
    Side::BOTH.into_iter().flat_map(move |me| {
        let (sender, receiver) = (state.office(me), state.office(me.other()));
        let own = move |ours: &&ReferralState| ours.party(me.id()) == Some(Party::Sender);
        sender.folded.referrals.values().filter(own).map(move |ours| {
            let theirs = receiver.referral(ours.thread).map(|theirs| theirs.receiver.clone());
            let referral = ReferralState { receiver: theirs.unwrap_or_default(), ..ours.clone() };
            Whole { state, referral, sender, receiver }
        })
    })
}

fn each(state: &State, holds: fn(&Whole<'_>) -> bool) -> bool {
    whole(state).all(|thread| holds(&thread))
}

/// In the order of the sender's own log.
fn nothing_after(thread: &Whole<'_>) -> bool {
    let written = thread.sender.written.iter().filter(|entry| entry.thread == thread.referral.thread);
    // A withdrawal of the referral alone, over which she was met, leaves the consent in force.
    let stands = thread.ending() == Some(Ending::HandedOver);
    let ends = |event: &Event| {
        matches!(event, Event::ConsentWithdrawn(_) | Event::ConsentExpired(_))
            || !stands
                && matches!(
                    event,
                    Event::ReferralWithdrawn(_) | Event::OfferExpired(_) | Event::EntryInError(_)
                )
    };
    let mut later = written.skip_while(|entry| !ends(&entry.event));
    later.all(|entry| {
        let discloses = matches!(entry.event, Event::SectionsDisclosed(_) | Event::SectionsRegranted(_));
        entry.granted.is_empty() && !discloses
    })
}

fn reception_stands(thread: &Whole<'_>) -> bool {
    thread.referral.receiver.received_at().is_none() || thread.ending() == Some(Ending::HandedOver)
}

fn no_anomaly(state: &State) -> bool {
    Side::BOTH.into_iter().all(|me| {
        let folded = &state.office(me).folded;
        let referrals = folded.referrals.values();
        let halves = referrals.flat_map(|known| [&known.sender.anomalies, &known.receiver.anomalies]);
        let cases = folded.cases.values().map(|case| &case.anomalies);
        halves.chain(cases).all(|anomalies| anomalies.count == 0)
    })
}

/// Both have the same state of every thread, so also the same phase, the same consent and the same responsible office.
fn agreed(state: &State) -> bool {
    state.north.folded.referrals == state.south.folded.referrals
}

/// What asks for an erasure was acknowledged before it was erased, and no key is left that it covers.
fn erased(thread: &Whole<'_>) -> bool {
    let (referral, today) = (&thread.referral, thread.state.now().day());
    let place = |wanted: &dyn Fn(&Event) -> bool| {
        thread.receiver.written.iter().position(|entry| wanted(&entry.event))
    };
    let told =
        |end| place(&|event| matches!(event, Event::WithdrawalAcknowledged(body) if body.because == end));
    let done = |end| place(&|event| matches!(event, Event::Erased(body) if body.because == end));
    // A decline and a reception are the receiver's own words: it erases after them without an acknowledgement.
    let declined = match referral.receiver.answer {
        Some(Answer::Declined { event, .. }) => Some(event),
        Some(Answer::Accepted { .. }) | None => None,
    };
    let asks = referral.erasure_asks().map(|ask| ask.because);
    let met =
        referral.receiver.journey.as_deref().and_then(|journey| journey.received).map(|(event, _)| event);
    let mut ends = thread.withdrawals().chain(asks).filter(|end| ![declined, met].contains(&Some(*end)));
    let in_order = ends.all(|end| told(end).is_some_and(|told| done(end).is_some_and(|done| told < done)));
    let declined = referral.sender.end.is_some() || declined.is_none_or(|own| done(own).is_some());
    let held = thread.receiver.keys.get(&referral.thread).copied().unwrap_or_default();
    let left = referral.erasure_asks().any(|ask| !held.intersection(ask.categories).is_empty());
    in_order && declined && !left && referral.erasure_due(today).is_none()
}

/// An accept is confirmed, or the referral has ended.
fn answered(thread: &Whole<'_>) -> bool {
    thread.referral.phase() != Phase::Accepted
}

/// Where her consent covers identity and the case holds it, it was disclosed.
fn disclosed(thread: &Whole<'_>) -> bool {
    let case = thread.sender.case_of(thread.referral.thread);
    let held = case.is_some_and(|case| case.recorded.contains(Category::Identity));
    let scope = thread.referral.sender.consent.as_ref().map(|chain| chain.scope);
    let covered = scope.is_some_and(|scope| scope.categories.contains(Category::Identity));
    !held || !covered || thread.referral.phase() != Phase::Confirmed
}

/// Each office's states are what its entries give in another order: first all of the sender's, then all of the receiver's.
fn replayed(state: &State) -> bool {
    Side::BOTH.into_iter().all(|me| {
        let (office, mut folded) = (state.office(me), Folded::default());
        let theirs = state.office(me.other()).letters().take(office.heard);
        let all: Vec<_> = office.written.iter().chain(theirs).collect();
        let sent = |thread: ThreadId, author| {
            office.referral(thread).is_none_or(|referral| referral.party(author) == Some(Party::Sender))
        };
        let (first, then): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|entry| sent(entry.thread, entry.author));
        first.into_iter().chain(then).for_each(|entry| folded.take(me.id(), entry));
        folded == *office.folded
    })
}
