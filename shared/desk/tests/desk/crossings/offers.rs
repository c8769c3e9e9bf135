//! The offer and its answer cross what the sender does meanwhile.

use waymark_domain::command::{AcceptReferral, AgreeCancellation, RequestCancellation, WithdrawReferral};
use waymark_domain::event::Event;
use waymark_domain::referral::{Ending, Phase};
use waymark_domain::words::{Category, EndedBy};
use waymark_seal::kem::kem_hash;
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use super::orders::in_every_order;
use super::scenes::*;
use crate::town::{Town, passphrase};

#[test]
fn sender_withdraws_and_receiver_accepts_it_is_withdrawn_and_the_void_accept_is_kept_without_its_keys() {
    let mut town = Town::new(2);
    let case = case(&town);
    let referred = offered(&mut town, case, SOUTH);
    let referral = referred.referral;
    town.does(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: Some("Plans changed.".into()) })
        .expect("withdrawn");
    accept(&town, referred);
    let (_, fresh) = state(&town, SOUTH, referral).receiver.key.expect("a key of the thread");
    let holds = move |town: &mut Town| {
        let vault = Vault::open(&town.copy_of(SOUTH).join("vault"), &passphrase(), System).expect("opens");
        vault.thread_secret(&referral, &kem_hash(&fresh)).expect("read").is_some()
    };
    assert!(holds(&mut town), "there is no fresh key");
    in_every_order(&mut town, &|town| {
        let state = agreed(town, referred);
        assert_eq!(state.phase(), Phase::Ended(Ending::Withdrawn(EndedBy::Sender)));
        assert_eq!(state.responsible(), town.id(NORTH));
        assert!(state.accept_is_void() && state.receiver.accepted().is_some(), "kept, shown as void");
        assert_eq!(state.receiver.told.len(), 1, "the receiver is told");
        assert!(state.sender.confirmed.is_none() && state.sender.disclosed.is_none());
        assert!(matches!(town.desk(SOUTH).latest_section(referral, Category::Identity), Ok(None)));
        assert_erased(town, referred, Category::Triage);
        assert_all_erased(town, referred);
        assert!(!holds(town), "a fresh key is left");
    });
}

#[test]
fn receiver_accepts_and_the_offer_expires_the_senders_one_entry_decides() {
    let mut town = Town::new(2);
    for accept_comes_first in [false, true] {
        let case = case(&town);
        let referred = offered(&mut town, case, SOUTH);
        let referral = referred.referral;
        let expires_at = state(&town, NORTH, referral).sender.offer.expect("an offer").deadlines.expires_at;
        town.pass(expires_at.0 - town.clock_now().0);
        accept(&town, referred);
        if accept_comes_first {
            town.exchange();
        }
        for _ in 0..6 {
            town.pass(60);
            town.desk(NORTH).meet_deadlines();
        }
        let expired = count(&town, NORTH, referral, |event| matches!(event, Event::OfferExpired(_)));
        assert_eq!(expired, usize::from(!accept_comes_first));
        if accept_comes_first {
            assert_eq!(agreed(&town, referred).phase(), Phase::Disclosed);
            continue;
        }
        in_every_order(&mut town, &|town| {
            let state = agreed(town, referred);
            assert_eq!(state.phase(), Phase::Ended(Ending::Expired));
            assert!(state.accept_is_void() && state.sender.confirmed.is_none());
            assert_eq!(state.responsible(), town.id(NORTH));
            assert_eq!(state.receiver.told.len(), 1, "the receiver is told");
            assert_erased(town, referred, Category::Triage);
            assert_all_erased(town, referred);
        });
    }
}

#[test]
fn both_sides_cancel_it_is_cancelled_once() {
    let mut town = Town::new(2);
    let referred = accepted(&mut town);
    let referral = referred.referral;
    for office in [NORTH, SOUTH] {
        town.does(office, RequestCancellation { referral, note: Some("It cannot be.".into()) })
            .expect("asked for");
    }
    in_every_order(&mut town, &|town| {
        let state = agreed(town, referred);
        assert_eq!(state.phase(), Phase::Ended(Ending::Cancelled));
        assert_eq!(state.responsible(), town.id(NORTH));
        let agreements = count(town, NORTH, referral, |event| matches!(event, Event::CancellationAgreed(_)));
        assert_eq!(agreements, 0, "nothing is left to agree to");
        for office in [NORTH, SOUTH] {
            assert!(town.does(office, AgreeCancellation { referral }).is_err());
            assert!(town.does(office, RequestCancellation { referral, note: None }).is_err());
        }
        assert!(town.does(SOUTH, AcceptReferral { referral, case: None, note: None }).is_err());
        assert_erased(town, referred, Category::Identity);
        assert_all_erased(town, referred);
    });
}
