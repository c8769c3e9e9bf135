//! Erasing on real folders: what is gone is gone from every file, whatever crash or old copy comes between.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

mod awaited;
mod came_back;
mod checking;
mod claims;
mod own_case;

use std::collections::HashSet;

use waymark_desk::{DisclosureVerdict, SectionFault, Seen};
use waymark_domain::command::{
    AcceptReferral, DiscloseInEmergency, NarrowConsent, RecordSection, ReviewEmergency, SendMessage,
    WithdrawConsent,
};
use waymark_domain::event::Event;
use waymark_domain::event::log::ErasureOutcome;
use waymark_domain::ids::{EventId, Hash, StaffId, ThreadId};
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::section::{Content, Field};
use waymark_domain::words::{Category, EmergencyGround, EndedBy};
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use crate::exchange::offered;
use crate::search::{bodies, consented, found, nothing_left};
use crate::town::{Town, passphrase};

const DAY: u64 = 86_400;

/// A case, its consent and the referral that south has accepted, with everything disclosed.
struct Shared {
    case: ThreadId,
    consent: EventId,
    referral: ThreadId,
}

fn disclosed(town: &mut Town) -> Shared {
    let referral = offered(town);
    town.exchange();
    accept(town, referral);
    town.exchange();
    assert!(matches!(town.desk(2).latest_section(referral, Category::Identity), Ok(Some(_))));
    of(town, referral)
}

fn accept(town: &Town, referral: ThreadId) {
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
}

fn of(town: &Town, referral: ThreadId) -> Shared {
    let case = town.desk(1).case_of(referral).expect("a case");
    let thread = town.desk(1).thread(case).expect("read").expect("there");
    let consent = thread.case().expect("a case").consents[0].id;
    Shared { case, consent, referral }
}

fn withdraw(town: &Town, shared: &Shared) {
    let Shared { case, consent, .. } = *shared;
    town.does(1, WithdrawConsent { case, consent, by: EndedBy::Person }).expect("withdrawn");
}

/// Every report of an erasure that an office knows of in a thread: by whom, and what was done.
fn reports(town: &Town, office: u16, thread: ThreadId) -> Vec<(u16, ErasureOutcome)> {
    let who = |seen: &Seen| if seen.author() == town.id(1) { 1 } else { 2 };
    let history = town.desk(office).history(thread).expect("read");
    let told = history.iter().filter_map(|seen| match &seen.event {
        Ok(Event::Erased(body)) => Some((who(seen), body.outcome.clone())),
        _ => None,
    });
    told.collect()
}

/// How far south has come, as north knows.
fn standing(town: &Town, referral: ThreadId) -> Vec<ErasureStanding> {
    let thread = town.desk(1).thread(referral).expect("read").expect("there");
    let referral = thread.referral().expect("a referral");
    let today = town.desk(1).now().day();
    referral.asks_of_thread().map(|ask| referral.erasure_standing(ask.because, today)).collect()
}

/// Whether south's vault has a key with which it could open what was disclosed in a category.
fn has_key(town: &mut Town, referral: ThreadId, category: Category) -> bool {
    let copy = town.copy_of(2);
    let vault = Vault::open(&copy.join("vault"), &passphrase(), System).expect("opens");
    let history = town.desk(2).history(referral).expect("read");
    let sections = history.iter().filter(|seen| seen.author() == town.id(1)).flat_map(|seen| &seen.sections);
    sections
        .filter(|section| section.category() == Some(category))
        .any(|section| vault.section_key(&referral, &section.key).expect("read").is_some())
}

#[test]
fn after_a_withdrawal_no_key_wrap_or_ciphertext_is_left_at_either_end_and_both_say_so() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
    for office in [1, 2] {
        let before = town.copy_of(office);
        let seen: HashSet<Hash> = found(&before, &bodies).into_iter().map(|(hash, _)| hash).collect();
        assert_eq!(seen.len(), bodies.len(), "the search sees nothing");
    }
    withdraw(&town, &shared);
    town.exchange();
    for office in [1, 2] {
        town.desk(office).close().expect("closed");
        nothing_left(&mut town, office, shared.referral, &bodies, &grants);
        let told = reports(&town, office, shared.referral);
        assert!(
            told.contains(&(2, ErasureOutcome::Shredded)) && told.contains(&(1, ErasureOutcome::Shredded))
        );
    }
    assert!(standing(&town, shared.referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    let opened = town.desk(2).latest_section(shared.referral, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::Erased)), "{opened:?}");
    let own = town.desk(1).latest_section(shared.case, Category::Identity);
    assert!(matches!(own, Ok(Some(_))), "the case of the office that she trusts keeps what it is made of");
    for office in [1, 2] {
        let checked = town.desk(office).verify_log(0, &|_, _| {}).expect("checked");
        assert_eq!(checked.faults.len(), 0);
    }
}

#[test]
fn a_withdrawal_that_crosses_a_disclosure_leaves_nothing_to_open() {
    // The disclosure is under way, or still waits in north's outbox, when she withdraws.
    for under_way in [true, false] {
        let mut town = Town::new(2);
        let referral = offered(&mut town);
        town.exchange();
        accept(&town, referral);
        let shared = of(&town, referral);
        town.collect();
        town.deliver_all();
        if under_way {
            town.collect();
        }
        let (bodies, grants) = (bodies(&town, referral), consented(&town, referral));
        assert!(grants.iter().any(|seen| matches!(seen.event, Ok(Event::SectionsDisclosed(_)))));
        withdraw(&town, &shared);
        if !under_way {
            town.desk(1).meet_deadlines();
        }
        town.exchange();
        town.desk(2).close().expect("closed");
        nothing_left(&mut town, 2, referral, &bodies, &grants);
        let opened = town.desk(2).latest_section(referral, Category::Identity);
        assert!(matches!(opened, Err(SectionFault::Erased | SectionFault::NotForUs)), "{opened:?}");
        assert!(standing(&town, referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    }
}

/// What an office's log says of every disclosure.
fn judged(town: &Town, office: u16) -> Vec<DisclosureVerdict> {
    let desk = town.desk(office);
    let entries = (0..desk.status().head.size).filter_map(|index| desk.disclosure_at(index).expect("read"));
    entries.map(|found| found.verdict).collect()
}

#[test]
fn from_the_log_alone_each_disclosure_lay_within_a_consent_in_force() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    withdraw(&town, &shared);
    town.exchange();
    for office in [1, 2] {
        let judged = judged(&town, office);
        assert!(
            judged.len() >= 2 && judged.iter().all(|verdict| *verdict == DisclosureVerdict::Within),
            "{judged:?}"
        );
    }
}

#[test]
fn an_office_that_was_away_erases_when_it_returns() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
    town.stop(2);
    withdraw(&town, &shared);
    town.exchange();
    town.pass(9 * DAY);
    town.exchange_some(20);
    assert_eq!(standing(&town, shared.referral)[0], ErasureStanding::Notified);
    town.open(2);
    town.minutes(5);
    assert!(standing(&town, shared.referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    town.desk(2).close().expect("closed");
    nothing_left(&mut town, 2, shared.referral, &bodies, &grants);
}

#[test]
fn what_is_narrowed_away_goes_and_the_rest_still_opens() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let thread = town.desk(1).thread(shared.case).expect("read").expect("there");
    let scope = thread.case().expect("a case").consents[0].scope;
    let narrow = NarrowConsent {
        case: shared.case,
        consent: shared.consent,
        purposes: scope.purposes.to_vec(),
        categories: vec![Category::Triage, Category::Contact],
        onward: false,
        until: scope.until,
    };
    town.does(1, narrow).expect("narrowed");
    town.exchange();
    let opened = town.desk(2).latest_section(shared.referral, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::Erased)), "{opened:?}");
    assert!(matches!(town.desk(2).latest_section(shared.referral, Category::Contact), Ok(Some(_))));
    // And they go on talking, under a fresh key.
    let referral = shared.referral;
    town.does(1, SendMessage { referral, text: "still here".into() }).expect("sent");
    town.exchange();
    assert!(matches!(town.desk(2).latest_section(referral, Category::Coordination), Ok(Some(_))));
}

#[test]
fn a_day_that_only_the_own_clock_says_has_come_locks_and_destroys_nothing() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    town.pass(181 * DAY);
    town.desk(2).meet_deadlines();
    let opened = town.desk(2).latest_section(shared.referral, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::Ended)), "{opened:?}");
    for office in [1, 2] {
        town.desk(office).keep_inbox_keys().expect("kept");
    }
    for _ in 0..4 {
        town.exchange();
        town.pass(60);
    }
    let opened = town.desk(2).latest_section(shared.referral, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::Erased)), "{opened:?}");
}

#[test]
fn what_saves_a_life_after_a_withdrawal_opens_until_it_is_turned_down() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let content = Content::Fields(vec![(Field::HealthNeeds, "insulin".to_owned())]);
    town.does(1, RecordSection { case: shared.case, category: Category::Health, content }).expect("recorded");
    withdraw(&town, &shared);
    town.exchange();
    let referral = shared.referral;
    let emergency = DiscloseInEmergency {
        referral,
        ground: EmergencyGround::VitalInterests,
        categories: vec![Category::Health],
        first: StaffId([1; 8]),
        second: StaffId([2; 8]),
        reason: "She was found unconscious.".into(),
    };
    let written = town.does(1, emergency).expect("disclosed").events;
    let (declared, disclosed) = (written[0], written[1]);
    town.exchange();
    assert!(matches!(town.desk(2).latest_section(referral, Category::Health), Ok(Some(_))));
    assert!(matches!(town.desk(2).latest_section(referral, Category::Identity), Err(SectionFault::Erased)));
    let why =
        |town: &Town, office| town.desk(office).open_section(referral, disclosed, Category::Coordination);
    assert_eq!(
        why(&town, 2).expect("it is told why"),
        Content::Message("She was found unconscious.".to_owned())
    );
    for office in [1, 2] {
        assert_eq!(town.desk(office).status().findings, [], "nobody is accused of it");
    }
    let (told_on, by) = (town.desk(1).now().day(), StaffId([3; 8]));
    let review = ReviewEmergency { referral, emergency: declared, by, upheld: false, told_on };
    town.does(1, review).expect("reviewed");
    town.exchange();
    for office in [1, 2] {
        let opened = town.desk(office).latest_section(referral, Category::Health);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{opened:?}");
        let opened = why(&town, office);
        assert!(matches!(opened, Err(SectionFault::Erased)), "the reason went with it: {opened:?}");
    }
    assert!(matches!(town.desk(1).latest_section(shared.case, Category::Health), Ok(Some(_))));
}

// --- hostile review ---

fn narrow_to(town: &Town, shared: &Shared, categories: &[Category]) {
    let thread = town.desk(1).thread(shared.case).expect("read").expect("there");
    let scope = thread.case().expect("a case").consents[0].scope;
    let narrow = NarrowConsent {
        case: shared.case,
        consent: shared.consent,
        purposes: scope.purposes.to_vec(),
        categories: categories.to_vec(),
        onward: false,
        until: scope.until,
    };
    town.does(1, narrow).expect("narrowed");
}

#[test]
fn a_clock_that_is_wrong_for_a_moment_destroys_nothing_that_was_disclosed() {
    for (there, back) in [(11 * 3_600_u64).wrapping_neg(), 200 * DAY].map(|by| (by, by.wrapping_neg())) {
        let mut town = Town::new(2);
        let referral = offered(&mut town);
        town.exchange();
        accept(&town, referral);
        town.collect();
        town.deliver_all();
        town.collect();
        // South's clock is wrong while the disclosure arrives.
        town.pass(there);
        town.deliver_all();
        town.pass(back);
        town.minutes(4);
        let opened = town.desk(2).latest_section(referral, Category::Identity);
        assert!(matches!(opened, Ok(Some(_))), "{opened:?}");
    }
}

#[test]
fn what_saves_a_life_opens_also_when_it_crosses_the_erasure_of_a_withdrawal() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    withdraw(&town, &shared);
    town.collect();
    town.collect();
    town.deliver_all();
    town.desk(2).meet_deadlines();
    // South has erased and has a fresh key; north has not heard of it.
    let emergency = DiscloseInEmergency {
        referral: shared.referral,
        ground: EmergencyGround::VitalInterests,
        categories: vec![Category::Health],
        first: StaffId([1; 8]),
        second: StaffId([2; 8]),
        reason: "She was found unconscious.".into(),
    };
    town.does(1, emergency).expect("disclosed");
    town.exchange();
    town.minutes(3);
    for category in [Category::Health, Category::Coordination] {
        let opened = town.desk(2).latest_section(shared.referral, category);
        assert!(matches!(opened, Ok(Some(_))), "{category}: {opened:?}");
    }
}

#[test]
fn a_reply_after_the_end_of_the_consent_is_told_as_one_and_one_that_crosses_it_is_not() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let referral = shared.referral;
    town.does(2, SendMessage { referral, text: "She is well.".into() }).expect("sent");
    withdraw(&town, &shared);
    town.exchange();
    for office in [1, 2] {
        let judged = judged(&town, office);
        assert!(judged.iter().all(|verdict| *verdict == DisclosureVerdict::Within), "{office}: {judged:?}");
    }
}

#[test]
fn what_is_narrowed_before_the_accept_leaves_the_rest_to_be_disclosed() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    let shared = of(&town, referral);
    narrow_to(&town, &shared, &[Category::Triage, Category::Contact]);
    town.exchange();
    accept(&town, referral);
    town.exchange();
    let opened = town.desk(2).latest_section(referral, Category::Contact);
    assert!(matches!(opened, Ok(Some(_))), "{opened:?}");
    town.does(1, SendMessage { referral, text: "hello".into() }).expect("north can write");
}

#[test]
fn what_was_rejected_once_can_be_disclosed_again() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    accept(&town, referral);
    town.collect();
    town.collect();
    town.deliver_all();
    town.collect();
    town.collect();
    let by = 200 * DAY;
    town.pass(by);
    town.deliver_all();
    town.pass(by.wrapping_neg());
    town.minutes(4);
    let again = waymark_domain::command::DiscloseSections { referral, categories: vec![Category::Identity] };
    town.does(1, again).expect("disclosed again by a case worker");
    town.minutes(4);
    let opened = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(opened, Ok(Some(_))), "{opened:?}");
}
