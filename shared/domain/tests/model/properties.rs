//! What holds in every state, what holds once everything is heard, and what the model must reach to have proven anything.

use waymark_domain::consent::Standing;
use waymark_domain::draft::Audience;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::{Ending, Phase, ReferralState, settled};
use waymark_domain::responsible::responsible_office;
use waymark_domain::words::EndedBy;

use crate::office::Folded;
use crate::protocol::Protocol;
use crate::system::{Fault, Side, State};

type Holds = fn(&Protocol, &State) -> bool;

pub(crate) const ONE_RESPONSIBLE: &str = "exactly one office is responsible, in the union of the logs";
pub(crate) const ACCEPTED_FIRST: &str = "nobody is responsible without having accepted";
pub(crate) const NOTHING_AFTER: &str = "nothing is disclosed after the sender's own withdrawal";
pub(crate) const NO_LATE_KEY: &str = "no key is taken over after the end of its consent was heard of";
pub(crate) const RECEPTION_STANDS: &str = "a reception stands over whatever crosses it";
pub(crate) const NO_ANOMALY: &str = "nothing is written that does not fit";
pub(crate) const ANSWERED_ONCE: &str = "asked again, an office says nothing a second time";
pub(crate) const AGREED: &str = "once all is heard, both ends agree";
pub(crate) const ERASED: &str = "once all is heard, every withdrawal was acknowledged, then erased";
pub(crate) const REPLAYED: &str = "once all is heard, replay gives the same states";

pub(crate) const ALWAYS: &[(&str, Holds)] = &[
    (ONE_RESPONSIBLE, one_responsible),
    (ACCEPTED_FIRST, accepted_first),
    (NOTHING_AFTER, nothing_after),
    (NO_LATE_KEY, |_, state| !state.faults.contains(&Fault::LateImport)),
    (RECEPTION_STANDS, reception_stands),
    (NO_ANOMALY, no_anomaly),
    (ANSWERED_ONCE, |_, state| !state.faults.contains(&Fault::AnsweredTwice)),
    (AGREED, |model, state| !model.is_quiet(state) || agreed(state)),
    (ERASED, |model, state| !model.is_quiet(state) || erased(state)),
    (REPLAYED, |model, state| !model.is_quiet(state) || replayed(state)),
];

pub(crate) const HANDED_OVER: &str = "a hand-over completes";
pub(crate) const WITHDRAWN_FIRST: &str = "a withdrawal before any accept";
pub(crate) const WITHDRAWAL_X_ACCEPT: &str = "a withdrawal crosses the accept";
pub(crate) const CONSENT_X_ACCEPT: &str = "the end of the consent crosses the accept";
pub(crate) const CONSENT_X_DISCLOSURE: &str = "the end of the consent is heard before a disclosure is taken over";
pub(crate) const EXPIRY_X_ACCEPT: &str = "the expiry crosses the accept";
pub(crate) const EXPIRY_X_DECLINE: &str = "the expiry crosses the decline";
pub(crate) const WITHDRAWAL_X_RECEPTION: &str = "a withdrawal crosses the reception";
pub(crate) const ABORT_X_RECEPTION: &str = "an abort crosses the reception";
pub(crate) const CLOSED_UNMET: &str = "a journey is closed without a reception";
pub(crate) const CANCELLED: &str = "both cancel, and it is cancelled";
pub(crate) const CANCEL_X_RECEPTION: &str = "the agreement to cancel crosses the reception";
pub(crate) const SECOND_HANDED_OVER: &str = "a second hand-over completes after the first was withdrawn";

pub(crate) const REACHED: &[(&str, Holds)] = &[
    (HANDED_OVER, |model, state| model.is_quiet(state) && both_end(state, |end| end == Ending::HandedOver)),
    (WITHDRAWN_FIRST, |model, state| {
        let accepted = union(state).any(|(_, referral)| referral.receiver.accepted().is_some());
        let withdrawn = |end| matches!(end, Ending::Withdrawn(EndedBy::Sender | EndedBy::Person));
        model.is_quiet(state) && !accepted && both_end(state, withdrawn)
    }),
    (WITHDRAWAL_X_ACCEPT, |_, state| crosses(state, "ReferralWithdrawn", "ReferralAccepted")),
    (CONSENT_X_ACCEPT, |_, state| crosses(state, "ConsentWithdrawn", "ReferralAccepted")),
    (CONSENT_X_DISCLOSURE, disclosure_too_late),
    (EXPIRY_X_ACCEPT, |_, state| crosses(state, "OfferExpired", "ReferralAccepted")),
    (EXPIRY_X_DECLINE, |_, state| crosses(state, "OfferExpired", "ReferralDeclined")),
    (WITHDRAWAL_X_RECEPTION, |_, state| {
        crosses(state, "ReferralWithdrawn", "ReceptionConfirmed")
            && crosses(state, "ConsentWithdrawn", "ReceptionConfirmed")
    }),
    (ABORT_X_RECEPTION, |_, state| crosses(state, "JourneyAborted", "ReceptionConfirmed")),
    (CLOSED_UNMET, |model, state| {
        model.is_quiet(state) && both_end(state, |end| end == Ending::JourneyOver)
    }),
    (CANCELLED, |model, state| model.is_quiet(state) && both_end(state, |end| end == Ending::Cancelled)),
    (CANCEL_X_RECEPTION, |_, state| crosses(state, "CancellationAgreed", "ReceptionConfirmed")),
    (SECOND_HANDED_OVER, |model, state| {
        let ended = |wanted: fn(Ending) -> bool| {
            union(state).any(|(_, referral)| ending(&referral).is_some_and(wanted))
        };
        let withdrawn = ended(|end| matches!(end, Ending::Withdrawn(_)));
        model.is_quiet(state) && withdrawn && ended(|end| end == Ending::HandedOver)
    }),
];

/// Each thread with the entries of both logs.
fn union(state: &State) -> impl Iterator<Item = (ThreadId, ReferralState)> {
    let (north, south) = (&state.north.folded.referrals, &state.south.folded.referrals);
    north.iter().map(|(thread, ours)| {
        let receiver = south.get(thread).map_or_else(|| ours.receiver.clone(), |theirs| theirs.receiver.clone());
        (*thread, ReferralState { receiver, ..ours.clone() })
    })
}

fn ending(referral: &ReferralState) -> Option<Ending> {
    settled(&referral.sender, &referral.receiver)
}

/// The office responsible in the eyes of `me`, which has a case.
fn responsible(me: Side, folded: &Folded, of: impl Fn(&ReferralState) -> ReferralState) -> Vec<OfficeId> {
    let judged = |case: &waymark_domain::case::CaseState| {
        let known = |link: &waymark_domain::case::Link| folded.referrals.get(&link.referral).map(&of);
        let linked: Vec<ReferralState> = case.links.iter().filter_map(known).collect();
        responsible_office(me.id(), case, &linked.iter().collect::<Vec<_>>())
    };
    folded.cases.values().map(judged).collect()
}

/// With all entries, every case of either office names the same office. With what each has heard, the receiver says of itself
/// exactly what is so, and the sender gives up nothing before that.
fn one_responsible(_: &Protocol, state: &State) -> bool {
    let union: Vec<_> = union(state).collect();
    let whole = |known: &ReferralState| {
        let found = union.iter().find(|(thread, _)| *thread == known.thread);
        found.map_or_else(|| known.clone(), |(_, referral)| referral.clone())
    };
    let met = union.iter().find(|(_, referral)| ending(referral) == Some(Ending::HandedOver));
    let really = met.map_or(Side::North.id(), |(_, referral)| referral.to);
    let once = union.iter().filter(|(_, referral)| ending(referral) == Some(Ending::HandedOver)).count() <= 1;
    let (north, south) = (Side::North, Side::South);
    let north_knows = responsible(north, &state.north.folded, whole).into_iter().all(|office| office == really);
    let south_says = responsible(south, &state.south.folded, ReferralState::clone);
    let south_is = south_says.iter().filter(|office| **office == south.id()).count();
    let north_says = responsible(north, &state.north.folded, ReferralState::clone);
    let given_up = north_says.iter().any(|office| *office != north.id());
    let claimed = south_is == usize::from(really == south.id());
    once && north_knows && claimed && (!given_up || really == south.id())
}

fn accepted_first(_: &Protocol, state: &State) -> bool {
    let views = Side::BOTH.into_iter().flat_map(|me| state.office(me).folded.referrals.values().cloned());
    let all = union(state).map(|(_, referral)| referral).chain(views);
    all.into_iter().all(|referral| {
        let accepted = referral.receiver.accepted().is_some() && referral.is_confirmed();
        referral.responsible() == referral.from || accepted
    })
}

/// In the order of the sender's own log.
fn nothing_after(_: &Protocol, state: &State) -> bool {
    let written = &state.north.written;
    let withdrawn = |entry: &&std::sync::Arc<crate::office::Entry>| {
        matches!(entry.event, Event::ConsentWithdrawn(_) | Event::ConsentExpired(_) | Event::ReferralWithdrawn(_))
    };
    written.iter().enumerate().filter(|(_, entry)| withdrawn(entry)).all(|(at, end)| {
        let later = written.iter().skip(at).filter(|entry| entry.thread == end.thread);
        let referral = state.north.referral(end.thread);
        // A withdrawal of the referral alone, over which she was met, leaves the consent in force.
        let stands = matches!(end.event, Event::ReferralWithdrawn(_))
            && referral.is_some_and(|referral| referral.phase() == Phase::Ended(Ending::HandedOver));
        let discloses = |event: &Event| matches!(event, Event::SectionsDisclosed(_) | Event::SectionsRegranted(_));
        stands || later.into_iter().all(|entry| entry.granted.is_empty() && !discloses(&entry.event))
    })
}

fn reception_stands(_: &Protocol, state: &State) -> bool {
    union(state).all(|(_, referral)| {
        referral.receiver.received_at().is_none() || ending(&referral) == Some(Ending::HandedOver)
    })
}

fn no_anomaly(_: &Protocol, state: &State) -> bool {
    Side::BOTH.into_iter().all(|me| {
        let folded = &state.office(me).folded;
        let cases = folded.cases.values().all(|case| case.anomalies.count == 0);
        let halves = |referral: &ReferralState| referral.sender.anomalies.count + referral.receiver.anomalies.count;
        cases && folded.referrals.values().all(|referral| halves(referral) == 0)
    })
}

/// Both have the same state of every thread, so also the same phase, consent and responsible office.
fn agreed(state: &State) -> bool {
    let (north, south) = (&state.north.folded.referrals, &state.south.folded.referrals);
    let (ours, theirs) = (
        responsible(Side::North, &state.north.folded, ReferralState::clone),
        responsible(Side::South, &state.south.folded, ReferralState::clone),
    );
    let same = ours.iter().chain(&theirs).all(|office| Some(office) == ours.first());
    north == south && (same || union(state).count() > 1)
}

/// What asks for an erasure: each was acknowledged before it was erased, and no key is left that it covers.
fn erased(state: &State) -> bool {
    let (today, written) = (state.now().day(), &state.south.written);
    let place = |wanted: &dyn Fn(&Event) -> bool| written.iter().position(|entry| wanted(&entry.event));
    let told = |end: EventId| place(&|event| matches!(event, Event::WithdrawalAcknowledged(body) if body.because == end));
    let done = |end: EventId| place(&|event| matches!(event, Event::Erased(body) if body.because == end));
    state.south.folded.referrals.values().all(|referral| {
        let held = state.south.keys.get(&referral.thread).copied().unwrap_or_default();
        let asked = withdrawals(referral).chain(own_words(referral));
        let answered = asked.into_iter().all(|end| {
            let acknowledged = own_words(referral).any(|own| own == end) || told(end).is_some() && told(end) < done(end);
            done(end).is_some() && acknowledged
        });
        let left = referral.erasure_asks().any(|ask| !held.intersection(ask.categories).is_empty());
        answered && !left && referral.erasure_due(today).is_none()
    })
}

/// The entries of the sender that end consent or referral, but for an end over which she was met.
fn withdrawals(referral: &ReferralState) -> impl Iterator<Item = EventId> {
    let consent = referral.sender.consent.as_ref().and_then(|chain| match chain.standing {
        Standing::Withdrawn { event, .. } | Standing::Expired { event } => Some(event),
        Standing::InForce => None,
    });
    let end = referral.sender.end.map(|end| end.event());
    consent.into_iter().chain(end.filter(|_| ending(referral) != Some(Ending::HandedOver)))
}

/// What the receiver itself ended: it needs no acknowledgement of its own.
fn own_words(referral: &ReferralState) -> impl Iterator<Item = EventId> {
    use waymark_domain::referral::Answer;
    let declined = match referral.receiver.answer {
        Some(Answer::Declined { event, .. }) => Some(event),
        Some(Answer::Accepted { .. }) | None => None,
    };
    declined.filter(|_| referral.sender.end.is_none()).into_iter()
}

/// Each office's states are what its entries give in another order: first what it heard, then what it wrote.
fn replayed(state: &State) -> bool {
    Side::BOTH.into_iter().all(|me| {
        let (office, mut folded) = (state.office(me), Folded::default());
        let theirs = state.office(me.other()).letters().take(office.heard);
        let (own, mine) = (me.id(), office.written.iter());
        match me {
            Side::North => mine.chain(theirs).for_each(|entry| folded.take(own, entry)),
            Side::South => theirs.chain(mine).for_each(|entry| folded.take(own, entry)),
        }
        folded == *office.folded
    })
}

/// Whether `ours` of north and `theirs` of south were written in one thread, and neither office has heard of the other's.
fn crosses(state: &State, ours: &str, theirs: &str) -> bool {
    let unheard = |me: Side, name: &str| {
        let letters = state.office(me).letters().skip(state.office(me.other()).heard);
        let named = letters.filter(|entry| entry.event.name() == name && entry.audience != Audience::Nobody);
        named.map(|entry| entry.thread).collect::<Vec<_>>()
    };
    let south = unheard(Side::South, theirs);
    unheard(Side::North, ours).iter().any(|thread| south.contains(thread))
}

/// South crashed with a disclosure unanswered, and the withdrawal came before it looked again: the key was not taken over.
fn disclosure_too_late(_: &Protocol, state: &State) -> bool {
    let south = &state.south;
    let heard = state.north.letters().take(south.heard);
    let disclosed = heard.into_iter().any(|entry| matches!(entry.event, Event::SectionsDisclosed(_)));
    let ended = |referral: &ReferralState| withdrawals(referral).next().is_some();
    let erased = south.written.iter().any(|entry| matches!(entry.event, Event::Erased(_)));
    let empty = south.keys.values().all(|held| held.len() <= 1);
    let answered = south.crashed && !south.to_answer_again && !erased;
    disclosed && empty && answered && south.folded.referrals.values().any(ended)
}

fn both_end(state: &State, wanted: impl Fn(Ending) -> bool) -> bool {
    Side::BOTH.into_iter().all(|me| {
        let mut referrals = state.office(me).folded.referrals.values();
        referrals.any(|referral| ending(referral).is_some_and(&wanted))
    })
}
