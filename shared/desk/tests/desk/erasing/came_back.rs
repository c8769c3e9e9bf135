//! Crashes in the middle, older copies, a lost index, a new log: what was erased stays erased.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use waymark_desk::SectionFault;
use waymark_domain::event::Event;
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::words::Category;

use super::{accept, disclosed, has_key, of, reports, standing, withdraw};
use crate::exchange::offered;
use crate::search::{bodies, consented, files, found, nothing_left};
use crate::town::{Town, data};

#[test]
fn an_erasure_that_a_crash_cut_short_is_carried_out_once() {
    let mut town = Town::new(2);
    let shared = disclosed(&mut town);
    let (bodies, grants) = (bodies(&town, shared.referral), consented(&town, shared.referral));
    withdraw(&town, &shared);
    town.collect();
    town.deliver_all();
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
pub(super) fn unerase(old: &Path, new: &Path) {
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
        town.deliver_all();
    }
    town.minutes(4);
    assert_eq!(town.desk(2).awaited(), []);
    let came_back = has_key(&mut town, one.referral, Category::Identity);
    // Something else is erased in the new log, and the office is stopped and started in good order.
    withdraw(&town, &other);
    town.minutes(3);
    town.stop(2);
    town.open(2);
    town.exchange();
    let stays = has_key(&mut town, one.referral, Category::Identity);
    assert!(!came_back && !stays, "the key came back: {came_back}, stays for ever: {stays}");
    town.desk(2).close().expect("closed");
    nothing_left(&mut town, 2, one.referral, &bodies, &grants);
}

#[test]
fn what_was_withdrawn_is_not_written_again_after_a_recovery() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    accept(&town, referral);
    town.collect();
    town.collect();
    town.deliver_all();
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
    assert!(reports(&town, 1, referral).is_empty(), "south has not given anything back");
    town.minutes(4);
    assert!(reports(&town, 1, referral).iter().any(|(who, _)| *who == 1), "north has erased");
    assert_eq!(town.desk(1).awaited(), []);
    town.stop(1);
    town.open(1);
    town.exchange();
    town.desk(1).close().expect("closed");
    let copy = town.copy_of(1);
    assert_eq!(found(&copy, &bodies), HashSet::new(), "a body lies in a file of north");
}
