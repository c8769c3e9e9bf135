//! Erasing on real folders: what is gone is gone from every file, whatever crash or old copy comes between.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use waymark_desk::{DisclosureVerdict, Duty, Keeping, SectionFault, Seen};
use waymark_domain::command::{
    AcceptReferral, ClaimRetention, DiscloseInEmergency, NarrowConsent, RecordSection, ReviewEmergency,
    SendMessage, WithdrawConsent,
};
use waymark_domain::event::Event;
use waymark_domain::event::log::ErasureOutcome;
use waymark_domain::ids::{EventId, Hash, StaffId, ThreadId};
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::section::{Content, Field};
use waymark_domain::words::{Category, EmergencyGround, EndedBy, RetentionGround};
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use crate::exchange::offered;
use crate::search::{bodies, consented, files, found, nothing_left};
use crate::town::{Town, data, passphrase};

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
        let mail: Vec<_> = town.mail.drain(..).collect();
        for (from, to, bytes) in mail {
            town.deliver(from, to, &bytes);
        }
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
    for _ in 0..5 {
        town.pass(60);
        town.exchange();
    }
    assert!(standing(&town, shared.referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    town.desk(2).close().expect("closed");
    nothing_left(&mut town, 2, shared.referral, &bodies, &grants);
}

#[test]
fn an_erasure_that_a_crash_cut_short_is_carried_out_once() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
    withdraw(&town, &shared);
    town.collect();
    let mail: Vec<_> = town.mail.drain(..).collect();
    for (from, to, bytes) in mail {
        town.deliver(from, to, &bytes);
    }
    // Keys and bodies are gone, and the report is not written.
    town.cut_power(true);
    let _cut = catch_unwind(AssertUnwindSafe(|| town.desk(2).meet_deadlines()));
    town.cut_power(false);
    assert_eq!(reports(&town, 2, shared.referral).iter().filter(|(who, _)| *who == 2).count(), 0);
    town.crash(2);
    town.open(2);
    town.pass(30);
    town.exchange();
    let ours =
        |town: &Town| reports(town, 2, shared.referral).into_iter().filter(|(who, _)| *who == 2).count();
    let once = ours(&town);
    town.pass(30);
    town.exchange();
    assert_eq!(ours(&town), once, "it is not erased again and again");
    assert!(once > 0);
    town.desk(2).close().expect("closed");
    nothing_left(&mut town, 2, shared.referral, &bodies, &grants);
}

/// Writes what lay in the segments of an older copy where it lay.
fn unerase(old: &Path, new: &Path) {
    for path in files(old) {
        let before = std::fs::read(&path).expect("read");
        let used = before.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let newer = new.join(path.strip_prefix(old).expect("a file of the folder"));
        let mut bytes = std::fs::read(&newer).expect("read");
        bytes[..used].copy_from_slice(&before[..used]);
        std::fs::write(&newer, bytes).expect("written");
    }
}

#[test]
fn what_an_older_copy_brings_back_is_destroyed_before_anything_is_opened() {
    for part in ["vault", "bodies"] {
        let mut town = Town::new(2);
        let shared = disclosed(&mut town);
        let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
        town.stop(2);
        let before = town.copy_of(2);
        town.open(2);
        withdraw(&town, &shared);
        town.exchange();
        town.stop(2);
        match part {
            "vault" => town.put_back_part(2, &before, part),
            _ => unerase(&before.join(part), &data(&town.folder, 2).join(part)),
        }
        town.open(2);
        let opened = town.desk(2).latest_section(shared.referral, Category::Identity);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{part}: {opened:?}");
        nothing_left(&mut town, 2, shared.referral, &bodies, &grants);
    }
}

#[test]
fn without_its_index_an_office_knows_what_it_erased_and_nothing_comes_back() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
    withdraw(&town, &shared);
    town.exchange();
    let told = reports(&town, 2, shared.referral);
    town.stop(2);
    std::fs::remove_dir_all(data(&town.folder, 2).join("index")).expect("removed");
    town.open(2);
    town.exchange();
    assert_eq!(reports(&town, 2, shared.referral), told);
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
fn what_is_claimed_on_a_legal_ground_is_locked_kept_and_goes_when_the_claim_ends() {
    for by_hand in [true, false] {
        let mut town = Town::new(2);
        let ground = RetentionGround::LegalObligation;
        let duty = Duty { categories: vec![Category::Identity, Category::Health], ground, days: 40 };
        town.keeping = match by_hand {
            true => Keeping { wait_seconds: 6 * 3_600, duty: None },
            false => Keeping { wait_seconds: 0, duty: Some(duty) },
        };
        for office in [1, 2] {
            town.stop(office);
            town.open(office);
        }
        town.exchange();
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
        for _ in 0..4 {
            town.pass(60);
            town.exchange();
        }
        assert!(matches!(
            town.desk(2).latest_section(referral, Category::Identity),
            Err(SectionFault::Erased)
        ));
        assert!(standing(&town, referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    }
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
    let declared = town.does(1, emergency).expect("disclosed").events[0];
    town.exchange();
    assert!(matches!(town.desk(2).latest_section(referral, Category::Health), Ok(Some(_))));
    assert!(matches!(town.desk(2).latest_section(referral, Category::Identity), Err(SectionFault::Erased)));
    let told_on = town.desk(1).now().day();
    let review = ReviewEmergency { referral, emergency: declared, upheld: false, told_on };
    town.does(1, review).expect("reviewed");
    town.exchange();
    for office in [1, 2] {
        let opened = town.desk(office).latest_section(referral, Category::Health);
        assert!(matches!(opened, Err(SectionFault::Erased)), "{opened:?}");
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

fn with_duty(categories: &[Category]) -> Town {
    let mut town = Town::new(2);
    let ground = RetentionGround::LegalObligation;
    town.keeping =
        Keeping { wait_seconds: 0, duty: Some(Duty { categories: categories.to_vec(), ground, days: 40 }) };
    for office in [1, 2] {
        town.stop(office);
        town.open(office);
    }
    town.exchange();
    town
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
    for _ in 0..6 {
        town.pass(60);
        town.exchange();
    }
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
fn a_clock_that_is_wrong_for_a_moment_destroys_nothing_that_was_disclosed() {
    for (there, back) in [(11 * 3_600_u64).wrapping_neg(), 200 * DAY].map(|by| (by, by.wrapping_neg())) {
        let mut town = Town::new(2);
        let referral = offered(&mut town);
        town.exchange();
        accept(&town, referral);
        town.collect();
        let mail: Vec<_> = town.mail.drain(..).collect();
        for (from, to, bytes) in mail {
            town.deliver(from, to, &bytes);
        }
        town.collect();
        // South's clock is wrong while the disclosure arrives.
        town.pass(there);
        let mail: Vec<_> = town.mail.drain(..).collect();
        for (from, to, bytes) in mail {
            town.deliver(from, to, &bytes);
        }
        town.pass(back);
        for _ in 0..4 {
            town.pass(60);
            town.exchange();
        }
        let opened = town.desk(2).latest_section(referral, Category::Identity);
        assert!(matches!(opened, Ok(Some(_))), "{opened:?}");
    }
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
fn after_a_recovery_what_is_withdrawn_is_in_no_folder() {
    let mut town = Town::new(3);
    let shared = disclosed(&mut town);
    town.stop(3);
    town.crash(2);
    town.close_log(2);
    town.open_and_begin(2);
    for _ in 0..3 {
        town.pass(60);
        town.exchange_some(30);
    }
    let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
    withdraw(&town, &shared);
    for _ in 0..3 {
        town.pass(60);
        town.exchange_some(30);
    }
    assert!(standing(&town, shared.referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    town.desk(2).close().expect("closed");
    nothing_left(&mut town, 2, shared.referral, &bodies, &grants);
}

#[test]
fn what_an_older_folder_brings_back_into_a_new_log_is_erased_again() {
    let mut town = Town::new(2);
    let (one, other) = (disclosed(&mut town), disclosed(&mut town));
    let (bodies, grants) = (bodies(&town, one.referral), consented(&town, one.referral));
    town.stop(2);
    let backup = town.copy_of(2);
    town.open(2);
    withdraw(&town, &one);
    town.exchange();
    assert!(standing(&town, one.referral).iter().all(|standing| *standing == ErasureStanding::Erased));
    town.crash(2);
    town.put_back(2, &backup);
    // Another second, so that another desk draws other event ids.
    town.pass(77);
    town.open(2);
    town.exchange_some(8);
    town.stop(2);
    town.mail.clear();
    town.close_log(2);
    town.open_and_begin(2);
    // Both answers of north are read before south's clock ticks again.
    for _ in 0..8 {
        for office in [1, 2] {
            town.desk(office).get_back().expect("asked");
        }
        town.collect();
        let mail: Vec<_> = town.mail.drain(..).collect();
        for (from, to, bytes) in mail {
            town.deliver(from, to, &bytes);
        }
    }
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    assert_eq!(town.desk(2).awaited(), []);
    let came_back = has_key(&mut town, one.referral, Category::Identity);
    // Something else is erased in the new log, and the office is stopped and started in good order.
    withdraw(&town, &other);
    for _ in 0..3 {
        town.pass(60);
        town.exchange();
    }
    town.stop(2);
    town.open(2);
    town.exchange();
    let stays = has_key(&mut town, one.referral, Category::Identity);
    assert!(!came_back && !stays, "the key came back: {came_back}, stays for ever: {stays}");
    town.desk(2).close().expect("closed");
    nothing_left(&mut town, 2, one.referral, &bodies, &grants);
}

#[test]
fn what_saves_a_life_opens_also_when_it_crosses_the_erasure_of_a_withdrawal() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    withdraw(&town, &shared);
    town.collect();
    town.collect();
    let mail: Vec<_> = town.mail.drain(..).collect();
    for (from, to, bytes) in mail {
        town.deliver(from, to, &bytes);
    }
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
    for _ in 0..3 {
        town.pass(60);
        town.exchange();
    }
    let opened = town.desk(2).latest_section(shared.referral, Category::Health);
    assert!(matches!(opened, Ok(Some(_))), "{opened:?}");
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
fn what_was_withdrawn_is_not_written_again_after_a_recovery() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    accept(&town, referral);
    town.collect();
    town.collect();
    let mail: Vec<_> = town.mail.drain(..).collect();
    for (from, to, bytes) in mail {
        town.deliver(from, to, &bytes);
    }
    // North has disclosed, and south has not got it.
    let shared = of(&town, referral);
    let (bodies, grants) = (bodies(&town, referral), consented(&town, referral));
    assert!(grants.iter().any(|seen| matches!(seen.event, Ok(Event::SectionsDisclosed(_)))));
    town.crash(1);
    town.mail.clear();
    town.close_log(1);
    town.open_and_begin(1);
    withdraw(&town, &shared);
    for _ in 0..5 {
        town.desk(1).meet_deadlines();
    }
    assert!(reports(&town, 1, referral).iter().any(|(who, _)| *who == 1), "north has erased");
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    assert_eq!(town.desk(1).awaited(), []);
    town.stop(1);
    town.open(1);
    town.exchange();
    town.desk(1).close().expect("closed");
    let copy = town.copy_of(1);
    assert_eq!(found(&copy, &bodies), HashSet::new(), "a body lies in a file of north");
}

#[test]
fn what_was_rejected_once_can_be_disclosed_again() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    accept(&town, referral);
    town.collect();
    town.collect();
    let mail: Vec<_> = town.mail.drain(..).collect();
    for (from, to, bytes) in mail {
        town.deliver(from, to, &bytes);
    }
    town.collect();
    town.collect();
    let by = 200 * DAY;
    town.pass(by);
    let mail: Vec<_> = town.mail.drain(..).collect();
    for (from, to, bytes) in mail {
        town.deliver(from, to, &bytes);
    }
    town.pass(by.wrapping_neg());
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    let again = waymark_domain::command::DiscloseSections { referral, categories: vec![Category::Identity] };
    town.does(1, again).expect("disclosed again by a case worker");
    for _ in 0..4 {
        town.pass(60);
        town.exchange();
    }
    let opened = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(opened, Ok(Some(_))), "{opened:?}");
}

#[test]
fn a_deadline_is_met_in_time_also_while_an_erasure_waits() {
    use waymark_domain::command::{HoldPlace, PublishCapacity, RequestPlace};
    use waymark_domain::ids::UnitId;
    use waymark_domain::words::{Admits, UnitKind};
    for narrows in [false, true] {
        let mut town = Town::new(2);
        town.keeping = Keeping { wait_seconds: 72 * 3_600, duty: None };
        for office in [1, 2] {
            town.stop(office);
            town.open(office);
        }
        town.exchange();
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
