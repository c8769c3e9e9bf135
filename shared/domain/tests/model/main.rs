//! The protocol of hand-over and withdrawal, every state of it.

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

fn explored(name: &str, model: Protocol) {
    let began = Instant::now();
    let checker = model.checker().spawn_dfs().join();
    let (unique, all, depth) = (checker.unique_state_count(), checker.state_count(), checker.max_depth());
    eprintln!("{name}: {unique} states, {all} steps, depth {depth}, {:.1?}", began.elapsed());
    checker.assert_properties();
}

const CORE: &[Deed] =
    &[Acknowledge, Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, Disclose];

#[test]
fn core() {
    let model = Protocol {
        reaches: &[
            HANDED_OVER,
            WITHDRAWN_FIRST,
            WITHDRAWAL_X_ACCEPT,
            CONSENT_X_ACCEPT,
            CONSENT_X_DISCLOSURE,
            WITHDRAWAL_X_RECEPTION,
        ],
        may_crash: &Side::BOTH,
        ..Protocol::new(CORE)
    };
    explored("core", model);
}

#[test]
fn time_south() {
    let model = Protocol {
        reaches: &[HANDED_OVER, EXPIRY_X_ACCEPT, EXPIRY_X_DECLINE],
        may_crash: &[Side::South],
        until: 2,
        ..Protocol::new(CORE)
    };
    explored("time, south crashes", model);
}

#[test]
fn time_north() {
    let model = Protocol {
        reaches: &[HANDED_OVER, EXPIRY_X_ACCEPT, EXPIRY_X_DECLINE],
        may_crash: &[Side::North],
        until: 2,
        ..Protocol::new(CORE)
    };
    explored("time, north crashes", model);
}

#[test]
fn journey() {
    let model = Protocol {
        reaches: &[HANDED_OVER, ABORT_X_RECEPTION, CLOSED_UNMET, MIND_X_RECEPTION],
        may_crash: &[Side::South],
        ..Protocol::new(&[
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
        ])
    };
    explored("journey", model);
}

#[test]
fn cancel() {
    let model = Protocol {
        reaches: &[HANDED_OVER, CANCELLED, CANCEL_X_RECEPTION, CANCELS_CROSS],
        may_crash: &Side::BOTH,
        ..Protocol::new(&[
            Accept,
            ConfirmReception,
            WithdrawReferral,
            WithdrawConsent,
            AskToCancel,
            AgreeToCancel,
            DeclineToCancel,
        ])
    };
    explored("cancel", model);
}

#[test]
fn second() {
    let model = Protocol {
        reaches: &[HANDED_OVER, SECOND_HANDED_OVER],
        may_crash: &[Side::South],
        ..Protocol::new(&[Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, OfferAgain])
    };
    explored("second", model);
}

#[test]
fn back() {
    let model = Protocol {
        reaches: &[HANDED_OVER, GIVEN_BACK],
        may_crash: &[Side::South],
        ..Protocol::new(&[Accept, ConfirmReception, WithdrawReferral, WithdrawConsent, GiveBack])
    };
    explored("back", model);
}

#[test]
fn asking() {
    let model = Protocol {
        reaches: &[HANDED_OVER, REGRANTED, REFUSED],
        may_crash: &Side::BOTH,
        ..Protocol::new(&[
            Accept,
            ConfirmReception,
            WithdrawReferral,
            WithdrawConsent,
            AskForMore,
            AskForLostKeys,
        ])
    };
    explored("asking", model);
}

#[test]
fn narrowed() {
    let model = Protocol {
        reaches: &[HANDED_OVER, NARROWED_X_ACCEPT],
        may_crash: &Side::BOTH,
        ..Protocol::new(&[Accept, ConfirmReception, WithdrawConsent, NarrowConsent, Disclose, AskForLostKeys])
    };
    explored("narrowed", model);
}

#[test]
fn error() {
    let model = Protocol {
        reaches: &[HANDED_OVER, ERROR_X_ACCEPT, ERROR_X_RECEPTION],
        may_crash: &Side::BOTH,
        ..Protocol::new(&[Accept, Decline, ConfirmReception, WithdrawReferral, WithdrawConsent, MarkInError])
    };
    explored("error", model);
}

/// The shortest way to a state in which `property` does not hold.
fn missed(model: &Protocol, property: &'static str) -> Vec<Step> {
    let found = (2..30).find_map(|depth| {
        let checker = model.clone().checker().target_max_depth(depth).spawn_bfs().join();
        checker.discovery(property).map(|path| path.into_actions())
    });
    found.expect("a broken rule is missed")
}

#[test]
fn broken() {
    let all = [
        (Broken::WithdrawalIgnored, AGREED),
        (Broken::AnswerForgotten, ANSWERED),
        (Broken::KeyUnchecked, NO_LATE_KEY),
        (Broken::DisclosureUnchecked, NOTHING_AFTER),
        (Broken::NothingErased, ERASED),
        (Broken::ReceptionUnchecked, RECEPTION_STANDS),
    ];
    for (broken, property) in all {
        let model = Protocol { may_crash: &Side::BOTH, ..Protocol::new(CORE) }.breaking(broken);
        eprintln!("{broken:?}: {property}: {:?}", missed(&model, property));
    }
}
