//! Every state of the protocol of hand-over and withdrawal between two offices, within bounds small enough to see them all.
//!
//! What is the domain's own: [`decide`](waymark_domain::decide), `react`, the timers, `apply`, `importable`. A state of the model
//! is what each office has written, how much of the other's letters it has heard, the keys that it took over, and the clock.
//!
//! What the model adds: the letters of one office to the other come in the order of their numbers, each at any time or later; an
//! office may crash between keeping a letter and answering it, or at rest, once; what it kept stays, and after the restart it
//! looks at everything again. People do what the rules let them, in any order, each thing once. Time is three instants: the
//! offer, just after its end, just after the end of the consent.
//!
//! What is not in it: repeats, which the desk drops by their numbers; two clocks that differ; other offices; entries that a peer
//! forges; witnesses; bytes, keys and signatures. Reminders and the steps of a plan come together with the entry behind them.
//!
//! No step leads back and each thing that happens by itself uses something up, so every run ends in a state in which all is heard
//! and nothing is due: what holds in those states is what holds in the end. Read [`protocol`] next, then [`properties`].

mod broken;
mod deeds;
mod node;
mod office;
mod properties;
mod protocol;
mod reached;
mod responsible;
mod scene;
mod system;

use std::time::Instant;

use stateright::{Checker, Model};

use broken::Broken;
use deeds::Deed::{self, *};
use properties::*;
use protocol::{Protocol, Step};
use reached::*;
use system::Side;

/// The answers to an offer, the two withdrawals, and a disclosure by hand.
const ANSWERS: &[Deed] =
    &[Acknowledge, Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, Disclose];

/// A second offer after the first was taken back.
const OFFERS: &[Deed] = &[Accept, ConfirmReception, WithdrawReferral, OfferAgain];

/// Visits every state; fails with the steps to one in which something does not hold.
fn explore(name: &str, model: Protocol) {
    let began = Instant::now();
    let checker = model.checker().spawn_dfs().join();
    let (states, steps, depth) = (checker.unique_state_count(), checker.state_count(), checker.max_depth());
    eprintln!("{name}: {states} states, {steps} steps, at most {depth} in a row, {:.1?}", began.elapsed());
    checker.assert_properties();
}

#[test]
fn a_hand_over_is_answered_or_withdrawn_and_both_offices_crash() {
    let reaches = &[
        HANDED_OVER,
        WITHDRAWN_FIRST,
        WITHDRAWAL_X_ACCEPT,
        CONSENT_X_ACCEPT,
        CONSENT_X_DISCLOSURE,
        WITHDRAWAL_X_RECEPTION,
    ];
    let model = Protocol { reaches, may_crash: &Side::BOTH, ..Protocol::new(ANSWERS) };
    explore("answers and withdrawals", model);
}

#[test]
fn offer_and_consent_come_to_their_end() {
    let deeds = &[Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent];
    let reaches = &[HANDED_OVER, WITHDRAWAL_X_ACCEPT, EXPIRY_X_ACCEPT, EXPIRY_X_DECLINE, CONSENT_EXPIRES];
    let model = Protocol { reaches, may_crash: &Side::BOTH, until: 2, ..Protocol::new(deeds) };
    explore("time", model);
}

#[test]
fn a_journey_is_planned_begun_aborted_and_received() {
    let deeds = &[
        Accept,
        ConfirmReception,
        WithdrawReferral,
        WithdrawConsent,
        ProposeJourney,
        PrepareReception,
        ClearJourney,
        Depart,
        AbortJourney,
        CloseJourney,
        ChangeMind,
    ];
    let reaches = &[HANDED_OVER, ABORT_X_RECEPTION, MIND_X_RECEPTION, CLOSED_UNMET];
    let model = Protocol { reaches, may_crash: &Side::BOTH, ..Protocol::new(deeds) };
    explore("journey", model);
}

#[test]
fn both_cancel_and_decline_to() {
    let deeds = &[
        Accept,
        ConfirmReception,
        WithdrawReferral,
        WithdrawConsent,
        AskToCancel,
        AgreeToCancel,
        DeclineToCancel,
    ];
    let reaches = &[HANDED_OVER, CANCELLED, CANCELS_CROSS, CANCEL_X_RECEPTION];
    let model = Protocol { reaches, may_crash: &Side::BOTH, ..Protocol::new(deeds) };
    explore("cancellation", model);
}

#[test]
fn more_is_asked_for_and_lost_keys_are_granted_again() {
    let deeds = &[Accept, ConfirmReception, WithdrawReferral, WithdrawConsent, AskForMore, AskForLostKeys];
    let reaches = &[HANDED_OVER, REGRANTED, REFUSED];
    let model = Protocol { reaches, may_crash: &Side::BOTH, ..Protocol::new(deeds) };
    explore("requests", model);
}

#[test]
fn a_consent_is_narrowed() {
    let deeds = &[Accept, ConfirmReception, WithdrawConsent, NarrowConsent, Disclose, AskForLostKeys];
    let reaches = &[HANDED_OVER, NARROWED_X_ACCEPT];
    let model = Protocol { reaches, may_crash: &[Side::South], ..Protocol::new(deeds) };
    explore("narrower consent", model);
}

#[test]
fn an_offer_was_entered_in_error() {
    let deeds = &[Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, MarkInError];
    let reaches = &[HANDED_OVER, ERROR_X_ACCEPT, ERROR_X_RECEPTION];
    let model = Protocol { reaches, may_crash: &Side::BOTH, ..Protocol::new(deeds) };
    explore("error", model);
}

#[test]
fn she_is_offered_again_after_the_first_hand_over_ended() {
    let deeds = &[Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, OfferAgain];
    let model = Protocol { reaches: &[HANDED_OVER, SECOND_HANDED_OVER], ..Protocol::new(deeds) };
    explore("second offer", model);
}

#[test]
fn she_is_offered_again_and_both_offices_crash() {
    let reaches = &[HANDED_OVER, SECOND_HANDED_OVER];
    let model = Protocol { reaches, may_crash: &Side::BOTH, ..Protocol::new(OFFERS) };
    explore("second offer, crashes", model);
}

#[test]
fn she_is_handed_over_and_back() {
    let deeds = &[Accept, ConfirmReception, WithdrawReferral, WithdrawConsent, GiveBack];
    let reaches = &[HANDED_OVER, GIVEN_BACK];
    let model = Protocol { reaches, may_crash: &[Side::South], ..Protocol::new(deeds) };
    explore("there and back", model);
}

/// The shortest way to a state in which `property` does not hold.
fn shortest(model: &Protocol, property: &'static str) -> Option<Vec<Step>> {
    (2..30).find_map(|depth| {
        let checker = model.clone().checker().target_max_depth(depth).spawn_bfs().join();
        checker.discovery(property).map(|path| path.into_actions())
    })
}

#[test]
fn each_broken_rule_is_missed() {
    let answers = Protocol { may_crash: &Side::BOTH, ..Protocol::new(ANSWERS) };
    let offers = Protocol::new(OFFERS);
    let missed = [
        (&answers, Broken::WithdrawalIgnored, AGREED),
        (&answers, Broken::AnswerForgotten, ANSWERED),
        (&answers, Broken::KeyUnchecked, NO_LATE_KEY),
        (&answers, Broken::DisclosureUnchecked, NOTHING_AFTER),
        (&answers, Broken::NothingErased, ERASED),
        (&answers, Broken::ReceptionUnchecked, RECEPTION_STANDS),
        (&offers, Broken::LinksForgotten, ONE_RESPONSIBLE),
    ];
    for (model, broken, property) in missed {
        let model = model.clone().breaking(broken);
        let found = shortest(&model, property).unwrap_or_else(|| panic!("{broken:?} is not missed"));
        eprintln!("{broken:?}: not \"{property}\" after {found:?}");
    }
}
