//! The protocol of hand-over and withdrawal, every state of it.

mod deeds;
mod office;
mod properties;
mod protocol;
mod scene;
mod system;

use std::time::Instant;

use stateright::{Checker, Model};

use deeds::Deed;
use properties::*;
use protocol::Protocol;
use system::{Broken, Side};

fn explored(name: &str, model: Protocol) {
    let began = Instant::now();
    let checker = model.checker().spawn_dfs().join();
    let (unique, all, depth) = (checker.unique_state_count(), checker.state_count(), checker.max_depth());
    eprintln!("{name}: {unique} states, {all} steps, depth {depth}, {:.1?}", began.elapsed());
    checker.assert_properties();
}

#[test]
fn hand_over() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER, WITHDRAWN_FIRST, WITHDRAWAL_X_ACCEPT, CONSENT_X_ACCEPT, WITHDRAWAL_X_RECEPTION],
        may_crash: &[],
        ..Protocol::new(&[Acknowledge, Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent])
    };
    explored("hand-over", model);
}

#[test]
fn hand_over_crash() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER, WITHDRAWN_FIRST, WITHDRAWAL_X_ACCEPT, CONSENT_X_ACCEPT, WITHDRAWAL_X_RECEPTION, CONSENT_X_DISCLOSURE],
        may_crash: &Side::BOTH,
        ..Protocol::new(&[Acknowledge, Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, Disclose])
    };
    explored("hand-over with crashes", model);
}

#[test]
fn time() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER, EXPIRY_X_ACCEPT, EXPIRY_X_DECLINE],
        until: 2,
        ..Protocol::new(&[Acknowledge, Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent])
    };
    explored("time", model);
}

#[test]
fn journey() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER, ABORT_X_RECEPTION, CLOSED_UNMET],
        ..Protocol::new(&[Accept, ConfirmReception, WithdrawReferral, WithdrawConsent, ProposeJourney, PrepareReception, ClearJourney, Depart, AbortJourney, CloseJourney, ChangeMind])
    };
    explored("journey", model);
}

#[test]
fn cancel() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER, CANCELLED, CANCEL_X_RECEPTION],
        ..Protocol::new(&[Accept, ConfirmReception, WithdrawReferral, WithdrawConsent, AskToCancel, AgreeToCancel, DeclineToCancel])
    };
    explored("cancel", model);
}

#[test]
fn second() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER, SECOND_HANDED_OVER],
        ..Protocol::new(&[Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, OfferAgain])
    };
    explored("second", model);
}

#[test]
fn asking() {
    use Deed::*;
    let model = Protocol {
        reaches: &[HANDED_OVER],
        may_crash: &[Side::South],
        ..Protocol::new(&[Accept, ConfirmReception, WithdrawReferral, WithdrawConsent, AskForMore, AskForLostKeys])
    };
    explored("asking", model);
}

#[test]
fn broken() {
    use Deed::*;
    let all = [(Broken::WithdrawalIgnored, AGREED), (Broken::AnswerForgotten, ERASED), (Broken::KeyUnchecked, NO_LATE_KEY), (Broken::DisclosureUnchecked, NOTHING_AFTER), (Broken::NothingErased, ERASED), (Broken::ReceptionUnchecked, RECEPTION_STANDS)];
    for (broken, property) in all {
        let model = Protocol {
            may_crash: &Side::BOTH,
            ..Protocol::new(&[Acknowledge, Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, Disclose])
        };
        let checker = model.breaking(broken).checker().spawn_bfs().join();
        for (name, path) in checker.discoveries() { eprintln!("{broken:?}: {name}: {:?}", path.into_actions()); }
        checker.assert_any_discovery(property);
    }
}
