//! The one table of crossings: what holds when the two parties acted before hearing of each other.
//!
//! Each row looks at the two halves only, never at an order of arrival; the first row that applies says how the referral
//! ended. A fact about the person (she was met, she was served) stands over every word between offices that its writer had not
//! heard: what an office writes after it has acknowledged an end crosses nothing.

use super::{Answer, ReceiverHalf, ReferralState, SenderEnd, SenderHalf};
use crate::event::referral::ReferralKind;
use crate::ids::EventId;
use crate::words::{DeclineReason, EndedBy, Outcome};

/// How a referral ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// She was met: the receiver is the responsible office.
    HandedOver,
    /// The offer was entered in error.
    EnteredInError,
    /// The service ended.
    Completed(Outcome),
    /// Taken back; an accept is void.
    Withdrawn(EndedBy),
    /// Both parties agreed to cancel.
    Cancelled,
    /// Declined.
    Declined(DeclineReason),
    /// No accept in time; a late one is void.
    Expired,
    /// The journey was closed without a reception.
    JourneyOver,
}

/// A row: its meaning, and how the referral ended when it applies.
pub struct Crossing {
    /// The row in words.
    pub says: &'static str,
    /// What it looks at.
    ending: fn(&SenderHalf, &ReceiverHalf) -> Option<Ending>,
}

/// The rows; the first that applies wins.
pub const CROSSINGS: &[Crossing] = &[
    Crossing {
        says: "reception stands over abort, withdrawal, revocation, cancellation and expiry: she has been met",
        ending: received,
    },
    Crossing { says: "an offer entered in error voids every answer to it", ending: in_error },
    Crossing {
        says: "a completed service stands over withdrawal and cancellation: it was given",
        ending: completed,
    },
    Crossing { says: "a withdrawal voids an accept, a decline and a cancellation", ending: withdrawn },
    Crossing {
        says: "what both parties cancel is cancelled once; a request that was declined cancels nothing",
        ending: cancelled,
    },
    Crossing { says: "a decline stands over an expiry: it is an answer", ending: declined },
    Crossing { says: "the sender's expiry voids a late accept", ending: expired },
    Crossing {
        says: "a journey that the sender closed without reception ends its hand-over; the receiver closes only after reception",
        ending: journey_over,
    },
];

/// How the referral ended, if it has.
#[must_use]
pub fn settled(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    CROSSINGS.iter().find_map(|row| (row.ending)(sender, receiver))
}

/// The sender's word that ended the referral, once there is one: what the receiver acknowledges.
pub(super) fn word_of_end(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<EventId> {
    let ended = sender.end.as_ref().map(SenderEnd::event);
    let cancelled = || cancelled(sender, receiver).and(sender.cancel.agreed.or(sender.cancel.requested));
    let closed =
        || sender.journey.as_ref().and_then(|journey| journey.half.closed).map(|closed| closed.event);
    ended.or_else(cancelled).or_else(closed)
}

impl ReferralState {
    /// Whether the receiver's own log shows that it knows of the end: what it writes from then on crosses nothing.
    #[must_use]
    pub fn receiver_knows_end(&self) -> bool {
        let (sender, receiver) = (&self.sender, &self.receiver);
        let told = word_of_end(sender, receiver).is_some_and(|end| receiver.told.contains(&end));
        let own = match settled(sender, receiver) {
            Some(Ending::Cancelled) => receiver.cancel.agreed.is_some(),
            Some(Ending::HandedOver | Ending::Completed(_) | Ending::Declined(_)) => true,
            Some(Ending::EnteredInError | Ending::Withdrawn(_) | Ending::Expired | Ending::JourneyOver)
            | None => false,
        };
        told || own
    }
}

/// The sender has confirmed the receiver's accept: without that nobody takes over or is served.
fn agreed(sender: &SenderHalf, receiver: &ReceiverHalf) -> bool {
    sender.confirmed.is_some_and(|confirmed| Some(confirmed.accept) == receiver.accepted())
}

fn is(sender: &SenderHalf, kind: ReferralKind) -> bool {
    sender.offer.as_ref().is_some_and(|offer| offer.kind == kind)
}

fn received(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let end = word_of_end(sender, receiver);
    let cancelled = receiver.agreed_at_reception && cancelled(sender, receiver).is_some();
    let late = cancelled || end.is_some_and(|end| receiver.told_of(end, receiver.told_at_reception));
    let met = receiver.received_at().is_some() && !late;
    (is(sender, ReferralKind::HandOver) && agreed(sender, receiver) && met).then_some(Ending::HandedOver)
}

fn in_error(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    matches!(sender.end, Some(SenderEnd::InError { .. })).then_some(Ending::EnteredInError)
}

fn completed(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let end = word_of_end(sender, receiver);
    let late = end.is_some_and(|end| receiver.told_of(end, receiver.told_at_completion));
    let given = is(sender, ReferralKind::Service) && agreed(sender, receiver) && !late;
    receiver.completed.filter(|_| given).map(Ending::Completed)
}

fn withdrawn(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    match sender.end {
        Some(SenderEnd::Withdrawn { by, .. }) => Some(Ending::Withdrawn(by)),
        Some(SenderEnd::Expired { .. } | SenderEnd::InError { .. }) | None => None,
    }
}

fn cancelled(sender: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    let (ours, theirs) = (sender.cancel, receiver.cancel);
    let both = ours.wanted(&theirs).is_some() && theirs.wanted(&ours).is_some();
    let agreed = both
        || (ours.requested.is_some() && theirs.agreed.is_some())
        || (theirs.requested.is_some() && ours.agreed.is_some());
    // She has left: that is a fact about her, and only an abort answers it.
    (agreed && !sender.departed()).then_some(Ending::Cancelled)
}

fn declined(_: &SenderHalf, receiver: &ReceiverHalf) -> Option<Ending> {
    match receiver.answer {
        Some(Answer::Declined { reason, .. }) => Some(Ending::Declined(reason)),
        Some(Answer::Accepted { .. }) | None => None,
    }
}

fn expired(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    matches!(sender.end, Some(SenderEnd::Expired { .. })).then_some(Ending::Expired)
}

fn journey_over(sender: &SenderHalf, _: &ReceiverHalf) -> Option<Ending> {
    let closed = sender.journey.as_ref().and_then(|journey| journey.half.closed);
    closed.map(|_| Ending::JourneyOver)
}

#[cfg(test)]
mod tests {
    use crate::basis::importable;
    use crate::command::*;
    use crate::event::consent::GrantFault;
    use crate::event::journey::{JourneyClosed, ReceptionConfirmed};
    use crate::event::referral::{CancellationDeclined, ReferralKind, ServiceCompleted};
    use crate::event::{BasisKind, rule_of};
    use crate::ids::ThreadId;
    use crate::referral::journey::Way;
    use crate::story::*;
    use crate::time::{DAY, HOUR};
    use crate::words::{AbortReason, CaseOutcome, Category, DeclineReason, EndedBy, Outcome, PlaceReason};

    fn both(story: &Story, thread: ThreadId) -> [&'static str; 2] {
        let referral = story.referral(NORTH, thread);
        [story.phase(referral.from, thread), story.phase(referral.to, thread)]
    }

    #[test]
    fn sender_withdraws_and_receiver_accepts_withdrawn_and_the_accept_is_void() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.given(SOUTH, accept(referral));
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["withdrawn_by_sender"; 2]);
            let state = story.referral(SOUTH, referral);
            assert!(state.accept_is_void() && state.receiver.accepted().is_some(), "kept, shown as void");
            assert!(state.sender.disclosed.is_none());
            assert!(state.erasure_due(TODAY).is_some(), "fresh keys are destroyed");
        });
    }

    #[test]
    fn person_withdraws_consent_and_the_accept_comes_nothing_is_disclosed() {
        let mut story = network();
        let (case, consent, referral) = offered(&mut story);
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        story.given(SOUTH, accept(referral));
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["withdrawn_by_person"; 2]);
            assert!(story.referral(SOUTH, referral).sender.disclosed.is_none());
        });
    }

    #[test]
    fn sender_discloses_and_the_person_withdraws_what_was_imported_is_erased_and_acknowledged() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        story.given(NORTH, DiscloseSections { referral, categories: vec![Category::Travel] });
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        let categories = vec![Category::Identity];
        story.given(SOUTH, RequestDisclosure { referral, categories, note: None });
        story.in_every_order(&|story| {
            let state = story.referral(SOUTH, referral);
            let rule = rule_of(68).unwrap();
            let late = importable(state, BasisKind::Consent, Category::Travel, rule, TODAY);
            assert_eq!(late, Err(GrantFault::Late));
            assert_eq!(story.referral(NORTH, referral).receiver.told.len(), 2, "consent and referral");
            assert_eq!(story.event(SOUTH, "DisclosureRefused"), story.event(NORTH, "DisclosureRefused"));
        });
    }

    #[test]
    fn receiver_accepts_and_the_offer_expires_the_sender_decides_by_one_entry() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        story.now = START.plus(14 * DAY);
        story.given(SOUTH, accept(referral));
        assert!(story.pass(1).contains(&"OfferExpired"));
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["expired"; 2]);
            assert!(story.referral(SOUTH, referral).accept_is_void());
        });
    }

    #[test]
    fn an_accept_that_arrives_before_the_sender_writes_expiry_is_confirmed() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        story.now = START.plus(14 * DAY);
        story.given(SOUTH, accept(referral));
        story.now = story.now.plus(HOUR);
        story.mail();
        story.pass(DAY);
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["disclosed"; 2]));
    }

    #[test]
    fn a_decline_stands_over_an_expiry() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        story.now = START.plus(14 * DAY);
        story.given(SOUTH, DeclineReferral { referral, reason: DeclineReason::Waitlist, note: None });
        story.pass(1);
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["declined"; 2]));
    }

    #[test]
    fn abort_and_reception_reception_stands() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.given(NORTH, AbortJourney { referral, reason: AbortReason::Transport, note: None });
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["handed_over"; 2]);
            assert_eq!(story.referral(NORTH, referral).responsible(), SOUTH);
            assert_eq!(story.journey(NORTH, referral), "handed_over");
        });
    }

    #[test]
    fn revocation_and_reception_reception_stands() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Person, note: None });
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["handed_over"; 2]);
            assert_eq!(story.referral(NORTH, referral).responsible(), SOUTH);
            assert_eq!(story.referral(SOUTH, referral).erasure_due(TODAY), None, "the consent holds");
        });
    }

    #[test]
    fn a_reception_after_the_acknowledged_end_moves_nothing() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.mail();
        assert_eq!(story.refusal(SOUTH, ConfirmReception { referral, at: START }), "REFERRAL_ENDED");
        // An office that writes it all the same.
        story.writes(SOUTH, referral, ReceptionConfirmed { at: START });
        story.mail();
        assert_eq!(both(&story, referral), ["withdrawn_by_sender"; 2]);
        assert_eq!(story.referral(NORTH, referral).responsible(), NORTH);
    }

    #[test]
    fn a_service_that_was_never_confirmed_or_ended_after_the_acknowledged_end_was_not_given() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.mail();
        story.writes(HARBOUR, referral, ServiceCompleted { outcome: Outcome::ServiceProvided });
        story.mail();
        assert_eq!(both(&story, referral), ["withdrawn_by_sender"; 2]);
    }

    #[test]
    fn a_second_hand_over_waits_until_the_first_receiver_knows_that_it_has_ended() {
        let mut story = network();
        let (case, _, referral) = accepted(&mut story);
        let to_west = consent(&mut story, case, WEST, &RETURN_CATEGORIES);
        let second = offer(case, WEST, ReferralKind::HandOver, to_west);
        assert_eq!(story.refusal(NORTH, second.clone()), "HAND_OVER_OPEN");
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        assert_eq!(story.refusal(NORTH, second.clone()), "END_NOT_ACKNOWLEDGED");
        story.mail();
        assert!(story.when(NORTH, second).is_ok());
    }

    #[test]
    fn she_who_was_met_meanwhile_is_not_handed_over_to_somebody_else() {
        let mut story = network();
        let (case, _, referral) = accepted(&mut story);
        let to_west = consent(&mut story, case, WEST, &RETURN_CATEGORIES);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.mail();
        let second = offer(case, WEST, ReferralKind::HandOver, to_west);
        assert_eq!(story.refusal(NORTH, second), "NOT_RESPONSIBLE");
    }

    #[test]
    fn after_both_cancel_the_receiver_is_asked_to_erase_and_may_read_no_more() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, RequestCancellation { referral, note: None });
        story.mail();
        story.given(SOUTH, AgreeCancellation { referral });
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["cancelled"; 2]);
            assert!(story.referral(SOUTH, referral).erasure_due(TODAY).is_some());
            assert!(!story.referral(SOUTH, referral).may_read(Category::Identity, TODAY));
        });
    }

    #[test]
    fn who_declines_may_not_read_the_offer_any_more() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        story.given(SOUTH, DeclineReferral { referral, reason: DeclineReason::Waitlist, note: None });
        assert!(!story.referral(SOUTH, referral).may_read(Category::Triage, TODAY));
    }

    #[test]
    fn withdrawal_and_reception_reception_stands_and_data_is_erased() {
        let mut story = network();
        let (case, consent, referral) = departed(&mut story);
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.in_every_order(&|story| {
            assert_eq!(both(story, referral), ["handed_over"; 2]);
            assert!(story.referral(SOUTH, referral).erasure_due(TODAY).is_some());
            assert_eq!(story.referral(NORTH, referral).receiver.told.len(), 1);
        });
    }

    #[test]
    fn the_senders_close_and_reception_reception_stands_and_the_journey_goes_on() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.given(NORTH, AbortJourney { referral, reason: AbortReason::Transport, note: None });
        story.given(NORTH, CloseJourney { referral, stayed: true });
        story.given(SOUTH, ConfirmReception { referral, at: START });
        story.in_every_order(&|story| {
            assert_eq!(story.journey(NORTH, referral), "handed_over");
            assert_eq!(story.referral(SOUTH, referral).erasure_due(TODAY), None);
        });
    }

    #[test]
    fn the_receivers_close_before_reception_ends_nothing() {
        let mut story = network();
        let (case, _, referral) = departed(&mut story);
        story.writes(SOUTH, referral, JourneyClosed { stayed: true });
        story.given(NORTH, SendMessage { referral, text: "On the way?".into() });
        story.in_every_order(&|story| {
            assert_eq!(story.journey(NORTH, referral), "departed");
            assert_eq!(both(story, referral), ["disclosed"; 2]);
            assert_eq!(story.referral(SOUTH, referral).erasure_due(TODAY), None);
        });
        story.mail();
        let closing = CloseCase { case, outcome: CaseOutcome::LostContact, note: None };
        assert_eq!(story.refusal(NORTH, closing), "JOURNEY_OPEN");
    }

    #[test]
    fn a_change_of_mind_and_a_departure_she_is_watched_over_until_she_is_safe() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.mail();
        story.given(SOUTH, ChangeMind { referral });
        story.given(NORTH, Depart { referral });
        story.in_every_order(&|story| {
            for me in [NORTH, SOUTH] {
                assert_eq!(story.journey(me, referral), "changed_mind");
                assert_eq!(story.referral(me, referral).way(), Some(Way::Before(1)));
                assert!(story.referral(me, referral).has_open_journey());
            }
        });
    }

    #[test]
    fn a_hold_that_expires_or_is_confirmed_is_what_the_shelter_wrote_first() {
        for confirm_first in [true, false] {
            let mut story = network();
            let case = open_case(&mut story);
            let referral = place_held(&mut story, case);
            if confirm_first {
                story.given(HARBOUR, ConfirmPlace { referral });
            }
            story.pass(25 * HOUR);
            if !confirm_first {
                assert_eq!(story.refusal(HARBOUR, ConfirmPlace { referral }), "WRONG_PLACE_PHASE");
            }
            story.given(NORTH, SendMessage { referral, text: "Is it still free?".into() });
            let expected = if confirm_first { "confirmed" } else { "expired" };
            story.in_every_order(&|story| assert_eq!(story.place(NORTH, referral), expected));
        }
    }

    #[test]
    fn a_place_given_up_and_confirmed_is_released() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(NORTH, GiveUpPlace { referral, reason: PlaceReason::Other, note: None });
        story.given(HARBOUR, ConfirmPlace { referral });
        story.mail.retain(|_, queue| queue.iter().any(|entry| entry.thread == referral));
        for queue in story.mail.values_mut() {
            queue.retain(|entry| entry.thread == referral);
        }
        story.in_every_order(&|story| {
            assert_eq!(story.place(NORTH, referral), "released");
            assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 2);
        });
    }

    #[test]
    fn both_sides_cancel_cancelled_once() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, RequestCancellation { referral, note: None });
        story.given(SOUTH, RequestCancellation { referral, note: None });
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["cancelled"; 2]));
    }

    #[test]
    fn what_one_side_declined_and_then_asks_for_itself_waits_for_the_other() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, RequestCancellation { referral, note: None });
        story.mail();
        story.given(SOUTH, DeclineCancellation { referral, note: None });
        story.given(SOUTH, RequestCancellation { referral, note: None });
        story.given(NORTH, SendMessage { referral, text: "And?".into() });
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["cancellation_requested"; 2]));
        story.mail();
        story.given(NORTH, AgreeCancellation { referral });
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["cancelled"; 2]));
    }

    #[test]
    fn what_was_agreed_is_cancelled_whatever_its_writer_declines_afterwards() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, RequestCancellation { referral, note: None });
        story.mail();
        let request = story.event(SOUTH, "CancellationRequested");
        story.given(SOUTH, AgreeCancellation { referral });
        story.writes(SOUTH, referral, CancellationDeclined { request });
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["cancelled"; 2]));
    }

    #[test]
    fn two_shelters_accept_and_both_stand_until_one_is_chosen() {
        let mut story = network();
        let case = open_case(&mut story);
        let categories = [Category::Triage, Category::Shelter];
        let threads = [HARBOUR, HAVEN].map(|shelter| {
            let given = consent(&mut story, case, shelter, &categories);
            let kind = ReferralKind::Service;
            let thread = story.given(NORTH, offer(case, shelter, kind, given))[0].thread;
            story.mail();
            story.given(shelter, accept(thread));
            thread
        });
        story.in_every_order(&|story| {
            for thread in threads {
                assert_eq!(both(story, thread), ["confirmed"; 2]);
            }
        });
    }

    #[test]
    fn a_check_in_and_its_alarm_the_alarm_is_cleared_and_stays_in_the_history() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.now = leg(1, NORTH).departs_at;
        story.given(NORTH, StartLeg { referral, leg: 1, at: story.now });
        story.mail();
        let at = story.now.plus(50 * 60);
        story.now = story.now.plus(75 * 60);
        story.given(NORTH, RecordCheckIn { referral, leg: 1, at, note: None });
        assert!(story.pass(0).contains(&"CheckInMissed"), "south has not heard");
        story.in_every_order(&|story| {
            for me in [NORTH, SOUTH] {
                assert_eq!(story.journey(me, referral), "in_transit");
                assert_eq!(story.referral(me, referral).alarm(), None);
                story.event(me, "CheckInMissed");
            }
        });
    }

    #[test]
    fn a_service_completed_stands_over_a_withdrawal() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.given(HARBOUR, CompleteService { referral, outcome: Outcome::ServiceProvided, note: None });
        story.in_every_order(&|story| assert_eq!(both(story, referral), ["completed"; 2]));
    }

    #[test]
    fn a_cancellation_asked_for_and_a_departure_she_is_on_her_way() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.mail();
        story.given(SOUTH, RequestCancellation { referral, note: None });
        story.given(NORTH, Depart { referral });
        story.in_every_order(&|story| {
            assert_eq!(story.journey(SOUTH, referral), "departed");
            assert_eq!(both(story, referral), ["cancellation_requested"; 2]);
        });
    }
}
