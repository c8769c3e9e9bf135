//! After a recovery nothing is destroyed before what was decided in the lost part has come back.

use waymark_desk::{Keeping, SectionFault, SubmitError};
use waymark_domain::command::{ClaimRetention, CloseCase, OrderCaseErasure, PublishCapacity, RenewConsent};
use waymark_domain::ids::UnitId;
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::words::{Admits, CaseOutcome, Category, ErasureReason, RetentionGround, UnitKind};

use super::{DAY, Shared, disclosed, has_key, standing, withdraw};
use crate::town::Town;

/// South goes back to an older copy and its log is closed, while north is away.
fn lost_while_north_is_away(town: &mut Town, backup: &std::path::Path) {
    town.crash(2);
    town.put_back(2, backup);
    town.stop(1);
    town.mail.clear();
    // Another second, so that another desk draws other event ids.
    town.pass(77);
    town.close_log(2);
    town.open_and_begin(2);
}

fn the_shelter_says_how_late_it_is(town: &mut Town) {
    let (unit, kind, admits) = (UnitId([5; 16]), UnitKind::Single, Admits::Women);
    town.does(3, PublishCapacity { unit, kind, admits, maximum: 2, taken_otherwise: 0 }).expect("told");
    for _ in 0..4 {
        town.pass(60);
        town.exchange_some(20);
    }
}

#[test]
fn what_was_claimed_in_the_lost_part_is_kept_until_the_claim_comes_back() {
    let mut town = Town::new(3);
    town.keep(Keeping { wait_seconds: 6 * 3_600, ..Keeping::default() });
    let shared = disclosed(&mut town);
    let referral = shared.referral;
    withdraw(&town, &shared);
    town.exchange();
    town.stop(2);
    let backup = town.copy_of(2);
    town.open(2);
    town.exchange();
    let (ground, until) = (RetentionGround::LegalObligation, town.desk(2).now().day().plus(40));
    let categories = vec![Category::Identity];
    town.does(2, ClaimRetention { referral, because: None, categories, ground, until }).expect("claimed");
    town.exchange();
    lost_while_north_is_away(&mut town, &backup);
    town.pass(7 * 3_600);
    the_shelter_says_how_late_it_is(&mut town);
    assert_eq!(town.desk(2).awaited(), [town.id(1)]);
    assert!(has_key(&mut town, referral, Category::Identity), "what is to be kept by law is destroyed");
    let locked = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(locked, Err(SectionFault::Ended)), "kept, not read: {locked:?}");
    town.open(1);
    town.minutes(4);
    assert_eq!(town.desk(2).awaited(), []);
    assert!(
        has_key(&mut town, referral, Category::Identity) && !has_key(&mut town, referral, Category::Contact)
    );
    assert_eq!(standing(&town, referral)[0], ErasureStanding::Retained { ground, until });
}

#[test]
fn what_she_agreed_to_again_in_the_lost_part_outlives_the_old_last_day() {
    let mut town = Town::new(3);
    let shared = disclosed(&mut town);
    let referral = shared.referral;
    town.stop(2);
    let backup = town.copy_of(2);
    town.open(2);
    let until = town.desk(1).now().day().plus(300);
    let renewed = RenewConsent { case: shared.case, consent: shared.consent, until };
    town.does(1, renewed).expect("renewed");
    town.exchange();
    lost_while_north_is_away(&mut town, &backup);
    town.pass(190 * DAY);
    // As every node does each day: letters go to keys of this month.
    [2, 3].iter().for_each(|office| town.desk(*office).keep_inbox_keys().expect("kept"));
    the_shelter_says_how_late_it_is(&mut town);
    let locked = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(locked, Err(SectionFault::Ended)), "{locked:?}");
    assert!(has_key(&mut town, referral, Category::Identity), "what she renewed is destroyed");
    town.open(1);
    town.minutes(1);
    town.desk(1).keep_inbox_keys().expect("kept");
    town.minutes(6);
    assert_eq!(town.desk(2).awaited(), []);
    let known = town.desk(2).thread(referral).expect("read").expect("there");
    let consent = known.referral().and_then(|state| state.sender.consent.clone()).expect("a consent");
    assert_eq!(consent.scope.until, until, "{consent:?}");
    let opened = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(opened, Ok(Some(_))), "{opened:?} {:?}", known.referral());
}

/// A town of three in which north has closed the case of a withdrawn referral.
fn closed() -> (Town, Shared) {
    let mut town = Town::new(3);
    let shared = disclosed(&mut town);
    withdraw(&town, &shared);
    town.exchange();
    let (outcome, note) = (CaseOutcome::EndedByPerson, Some("nothing more to do".into()));
    town.does(1, CloseCase { case: shared.case, outcome, note }).expect("closed");
    (town, shared)
}

/// North loses its newest folder, and goes on in a new log before harbour is back.
fn lost_while_the_shelter_is_away(town: &mut Town) {
    town.stop(3);
    town.crash(1);
    town.close_log(1);
    town.open_and_begin(1);
    for _ in 0..4 {
        town.pass(60);
        town.exchange_some(20);
    }
}

#[test]
fn nothing_of_an_own_case_is_erased_while_a_part_of_it_may_still_come_back() {
    let (mut town, shared) = closed();
    let order = OrderCaseErasure { case: shared.case, reason: ErasureReason::Asked };
    lost_while_the_shelter_is_away(&mut town);
    assert_eq!(town.desk(1).awaited(), [town.id(3)]);
    let refused = town.does(1, order);
    assert!(matches!(refused, Err(SubmitError::NotGivenBack { .. })), "{refused:?}");
    town.open(3);
    town.minutes(4);
    let order = OrderCaseErasure { case: shared.case, reason: ErasureReason::Asked };
    town.does(1, order).expect("ordered");
    town.exchange();
    let own = town.desk(1).latest_section(shared.case, Category::Identity);
    assert!(matches!(own, Err(SectionFault::Erased)), "{own:?}");
}

#[test]
fn an_order_that_stands_waits_too() {
    let (mut town, shared) = closed();
    town.does(1, OrderCaseErasure { case: shared.case, reason: ErasureReason::Asked }).expect("ordered");
    lost_while_the_shelter_is_away(&mut town);
    let own = town.desk(1).latest_section(shared.case, Category::Identity);
    assert!(matches!(own, Err(SectionFault::Ended)), "locked, not destroyed: {own:?}");
    town.open(3);
    town.minutes(4);
    let own = town.desk(1).latest_section(shared.case, Category::Identity);
    assert!(matches!(own, Err(SectionFault::Erased)), "{own:?}");
}
