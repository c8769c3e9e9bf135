//! What is kept on a legal ground, claimed by hand or by duty, and what waits for a claim.

use waymark_desk::{Duty, Keeping, SectionFault};
use waymark_domain::command::{ClaimRetention, DiscloseInEmergency};
use waymark_domain::event::Event;
use waymark_domain::event::log::ErasureOutcome;
use waymark_domain::ids::StaffId;
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::words::{Category, EmergencyGround, RetentionGround};

use super::{DAY, disclosed, has_key, narrow_to, reports, standing, withdraw};
use crate::town::Town;

#[test]
fn what_is_claimed_on_a_legal_ground_is_locked_kept_and_goes_when_the_claim_ends() {
    for by_hand in [true, false] {
        let mut town = Town::new(2);
        let ground = RetentionGround::LegalObligation;
        let duty = Duty { categories: vec![Category::Identity, Category::Health], ground, days: 40 };
        town.keep(match by_hand {
            true => Keeping { wait_seconds: 6 * 3_600, duty: None, closed_case_days: None },
            false => Keeping { wait_seconds: 0, duty: Some(duty), closed_case_days: None },
        });
        let shared = disclosed(&mut town);
        withdraw(&town, &shared);
        town.exchange();
        let referral = shared.referral;
        let until = town.desk(2).now().day().plus(40);
        if by_hand {
            assert!(
                standing(&town, referral).contains(&ErasureStanding::Acknowledged),
                "it waits for a claim"
            );
            let categories = vec![Category::Identity];
            town.does(2, ClaimRetention { referral, because: None, categories, ground, until })
                .expect("claimed");
            town.pass(7 * 3_600);
            town.exchange();
        }
        let kept = ErasureStanding::Retained { ground, until };
        assert_eq!(standing(&town, referral)[0], kept);
        assert!(reports(&town, 1, referral).contains(&(2, ErasureOutcome::PartlyHeld { ground, until })));
        let locked = town.desk(2).latest_section(referral, Category::Identity);
        assert!(matches!(locked, Err(SectionFault::Ended)), "kept, not read: {locked:?}");
        let gone = town.desk(2).latest_section(referral, Category::Contact);
        assert!(matches!(gone, Err(SectionFault::Erased)), "{gone:?}");
        town.pass(41 * DAY);
        // South's own clock alone destroys nothing.
        town.desk(2).meet_deadlines();
        assert!(matches!(
            town.desk(2).latest_section(referral, Category::Identity),
            Err(SectionFault::Ended)
        ));
        for office in [1, 2] {
            town.desk(office).keep_inbox_keys().expect("kept");
        }
        town.minutes(4);
        assert!(matches!(
            town.desk(2).latest_section(referral, Category::Identity),
            Err(SectionFault::Erased)
        ));
        assert!(standing(&town, referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    }
}

fn with_duty(categories: &[Category]) -> Town {
    let mut town = Town::new(2);
    let ground = RetentionGround::LegalObligation;
    let duty = Duty { categories: categories.to_vec(), ground, days: 40 };
    town.keep(Keeping { wait_seconds: 0, duty: Some(duty), closed_case_days: None });
    town
}

#[test]
fn what_is_kept_of_a_narrowing_goes_when_the_claim_ends_also_after_a_second_narrowing() {
    let mut town = with_duty(&[Category::Identity]);
    let shared = disclosed(&mut town);
    narrow_to(&town, &shared, &[Category::Triage, Category::Contact]);
    town.exchange();
    assert!(has_key(&mut town, shared.referral, Category::Identity), "kept by law");
    narrow_to(&town, &shared, &[Category::Triage]);
    town.exchange();
    town.pass(42 * DAY);
    for office in [1, 2] {
        town.desk(office).keep_inbox_keys().expect("kept");
    }
    town.minutes(6);
    let standing = standing(&town, shared.referral);
    assert!(
        !has_key(&mut town, shared.referral, Category::Identity),
        "kept for ever; north is told {standing:?}"
    );
}

#[test]
fn what_is_kept_by_law_is_kept_until_its_day_also_when_more_is_withdrawn() {
    let mut town = with_duty(&[Category::Identity, Category::Contact]);
    let shared = disclosed(&mut town);
    narrow_to(&town, &shared, &[Category::Triage, Category::Contact]);
    town.exchange();
    assert!(has_key(&mut town, shared.referral, Category::Identity), "kept by law");
    withdraw(&town, &shared);
    town.exchange();
    assert!(has_key(&mut town, shared.referral, Category::Contact), "kept by law");
    assert!(has_key(&mut town, shared.referral, Category::Identity), "destroyed 40 days early");
}

#[test]
fn what_is_kept_and_not_read_is_not_read_because_of_an_emergency_either() {
    let mut town = with_duty(&[Category::Contact]);
    let shared = disclosed(&mut town);
    let referral = shared.referral;
    let (event, _) = town.desk(2).latest_section(referral, Category::Contact).expect("opens").expect("there");
    withdraw(&town, &shared);
    town.exchange();
    let locked = town.desk(2).open_section(referral, event, Category::Contact);
    assert!(matches!(locked, Err(SectionFault::Ended)), "{locked:?}");
    let emergency = DiscloseInEmergency {
        referral,
        ground: EmergencyGround::VitalInterests,
        categories: vec![Category::Contact],
        first: StaffId([1; 8]),
        second: StaffId([2; 8]),
        reason: "She was found unconscious.".into(),
    };
    town.does(1, emergency).expect("disclosed");
    town.exchange();
    let locked = town.desk(2).open_section(referral, event, Category::Contact);
    assert!(matches!(locked, Err(SectionFault::Ended)), "withdrawn and kept by law, and read: {locked:?}");
}

#[test]
fn a_deadline_is_met_in_time_also_while_an_erasure_waits() {
    use waymark_domain::command::{HoldPlace, PublishCapacity, RequestPlace};
    use waymark_domain::ids::UnitId;
    use waymark_domain::words::{Admits, UnitKind};
    for narrows in [false, true] {
        let mut town = Town::new(2);
        town.keep(Keeping { wait_seconds: 72 * 3_600, duty: None, closed_case_days: None });
        let shared = disclosed(&mut town);
        let referral = shared.referral;
        let (unit, kind) = (UnitId([5; 16]), UnitKind::Single);
        let capacity = PublishCapacity { unit, kind, admits: Admits::Women, maximum: 2, taken_otherwise: 0 };
        town.does(2, capacity).expect("told");
        let from = town.desk(1).now().day();
        town.does(1, RequestPlace { referral, kind, from, nights: 30, persons: 1, note: None })
            .expect("asked");
        town.exchange();
        town.does(2, HoldPlace { referral, unit, until: None }).expect("held");
        town.exchange();
        if narrows {
            narrow_to(&town, &shared, &[Category::Triage, Category::Contact]);
            town.exchange();
        }
        for _ in 0..3 {
            town.pass(9 * 3_600);
            town.desk(2).meet_deadlines();
        }
        let history = town.desk(2).history(referral).expect("read");
        let expired = history.iter().any(|seen| matches!(seen.event, Ok(Event::HoldExpired(_))));
        assert!(expired, "27 hours later a hold of 24 hours still stands (narrowed: {narrows})");
    }
}
