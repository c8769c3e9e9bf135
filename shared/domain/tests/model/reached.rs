//! What the model must reach to have proven anything: each crossing, and each way in which a hand-over ends.

use waymark_domain::event::Event;
use waymark_domain::referral::Ending;

use crate::properties::{Holds, whole};
use crate::protocol::Protocol;
use crate::system::{Side, State};

pub(crate) const HANDED_OVER: &str = "a hand-over completes";
pub(crate) const WITHDRAWN_FIRST: &str = "a withdrawal before any accept";
pub(crate) const WITHDRAWAL_X_ACCEPT: &str = "a withdrawal crosses the accept";
pub(crate) const CONSENT_X_ACCEPT: &str = "the end of the consent crosses the accept";
pub(crate) const CONSENT_X_DISCLOSURE: &str =
    "the end of the consent is heard before a disclosed key is taken over";
pub(crate) const EXPIRY_X_ACCEPT: &str = "the expiry crosses the accept";
pub(crate) const EXPIRY_X_DECLINE: &str = "the expiry crosses the decline";
pub(crate) const CONSENT_EXPIRES: &str = "the last day of the consent passes";
pub(crate) const WITHDRAWAL_X_RECEPTION: &str = "a withdrawal crosses the reception";
pub(crate) const ABORT_X_RECEPTION: &str = "an abort crosses the reception";
pub(crate) const MIND_X_RECEPTION: &str = "she changes her mind, and that crosses the reception";
pub(crate) const CLOSED_UNMET: &str = "a journey is closed without a reception";
pub(crate) const CANCELLED: &str = "both cancel, and it is cancelled";
pub(crate) const CANCELS_CROSS: &str = "two requests to cancel cross";
pub(crate) const CANCEL_X_RECEPTION: &str = "the agreement to cancel crosses the reception";
pub(crate) const SECOND_HANDED_OVER: &str = "a second hand-over completes after the first was withdrawn";
pub(crate) const GIVEN_BACK: &str = "she is handed over, and back";
pub(crate) const NARROWED_X_ACCEPT: &str = "a narrower consent crosses the accept";
pub(crate) const ERROR_X_ACCEPT: &str = "that the offer was an error crosses the accept";
pub(crate) const ERROR_X_RECEPTION: &str = "that the offer was an error crosses the reception";
pub(crate) const REGRANTED: &str = "lost keys are granted again";
pub(crate) const REFUSED: &str = "what was asked for is refused";

pub(crate) const REACHED: &[(&str, Holds)] = &[
    (HANDED_OVER, |model, state| ends(model, state, |end| end == Ending::HandedOver) > 0),
    (WITHDRAWN_FIRST, |model, state| {
        let accepted = whole(state).any(|thread| thread.referral.receiver.accepted().is_some());
        !accepted && ends(model, state, |end| matches!(end, Ending::Withdrawn(_))) > 0
    }),
    (WITHDRAWAL_X_ACCEPT, |_, state| crosses(state, "ReferralWithdrawn", "ReferralAccepted")),
    (CONSENT_X_ACCEPT, |_, state| crosses(state, "ConsentWithdrawn", "ReferralAccepted")),
    (CONSENT_X_DISCLOSURE, disclosure_too_late),
    (EXPIRY_X_ACCEPT, |_, state| crosses(state, "OfferExpired", "ReferralAccepted")),
    (EXPIRY_X_DECLINE, |_, state| crosses(state, "OfferExpired", "ReferralDeclined")),
    (CONSENT_EXPIRES, |_, state| {
        state.north.written.iter().any(|e| matches!(e.event, Event::ConsentExpired(_)))
    }),
    (WITHDRAWAL_X_RECEPTION, |_, state| {
        crosses(state, "ReferralWithdrawn", "ReceptionConfirmed")
            && crosses(state, "ConsentWithdrawn", "ReceptionConfirmed")
    }),
    (ABORT_X_RECEPTION, |_, state| crosses(state, "JourneyAborted", "ReceptionConfirmed")),
    (MIND_X_RECEPTION, |_, state| crosses(state, "MindChanged", "ReceptionConfirmed")),
    (CLOSED_UNMET, |model, state| ends(model, state, |end| end == Ending::JourneyOver) > 0),
    (CANCELLED, |model, state| ends(model, state, |end| end == Ending::Cancelled) > 0),
    (CANCELS_CROSS, |_, state| crosses(state, "CancellationRequested", "CancellationRequested")),
    (CANCEL_X_RECEPTION, |_, state| crosses(state, "CancellationAgreed", "ReceptionConfirmed")),
    (SECOND_HANDED_OVER, |model, state| {
        ends(model, state, |end| matches!(end, Ending::Withdrawn(_))) > 0
            && ends(model, state, |end| end == Ending::HandedOver) > 0
    }),
    (GIVEN_BACK, |model, state| ends(model, state, |end| end == Ending::HandedOver) == 2),
    (NARROWED_X_ACCEPT, |_, state| crosses(state, "ConsentNarrowed", "ReferralAccepted")),
    (ERROR_X_ACCEPT, |_, state| crosses(state, "EntryInError", "ReferralAccepted")),
    (ERROR_X_RECEPTION, |_, state| crosses(state, "EntryInError", "ReceptionConfirmed")),
    (REGRANTED, |_, state| {
        state.north.written.iter().any(|e| matches!(e.event, Event::SectionsRegranted(_)))
    }),
    (REFUSED, |_, state| state.north.written.iter().any(|e| matches!(e.event, Event::DisclosureRefused(_)))),
];

/// How many threads have ended so, once all is heard.
fn ends(model: &Protocol, state: &State, so: impl Fn(Ending) -> bool) -> usize {
    if !model.is_quiet(state) {
        return 0;
    }
    whole(state).filter(|thread| thread.ending().is_some_and(&so)).count()
}

/// Whether `ours` of north and `theirs` of south were written in one thread, and neither office has heard of the other's.
fn crosses(state: &State, ours: &str, theirs: &str) -> bool {
    let unheard = |me: Side, name: &str| {
        let letters = state.office(me).letters().skip(state.office(me.other()).heard);
        let named = letters.filter(|entry| entry.event.name() == name);
        named.map(|entry| entry.thread).collect::<Vec<_>>()
    };
    let south = unheard(Side::South, theirs);
    unheard(Side::North, ours).iter().any(|thread| south.contains(thread))
}

/// South crashed with a disclosure unanswered, and heard of a withdrawal before it looked again: it did not take over the key.
fn disclosure_too_late(_: &Protocol, state: &State) -> bool {
    let south = &state.south;
    let mut heard = state.north.letters().take(south.heard);
    let disclosed = heard.any(|entry| matches!(entry.event, Event::SectionsDisclosed(_)));
    let erased = south.written.iter().any(|entry| matches!(entry.event, Event::Erased(_)));
    let looked_again = south.crashed && !south.to_answer_again;
    let only_triage = south.keys.values().all(|held| held.len() <= 1);
    let ended = whole(state).any(|thread| thread.withdrawals().next().is_some());
    disclosed && !erased && looked_again && only_triage && ended
}
