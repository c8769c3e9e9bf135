//! An office lost its newest folder and goes on in a new log, with what its copy held and what others gave back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use waymark_audit::verify::Code;
use waymark_desk::{Renewed, notices_of};
use waymark_domain::command::{AcknowledgeReferral, AskQuestion, DiscloseSections, OpenCase, SendMessage};
use waymark_domain::event::Event;
use waymark_domain::event::consent::ConsentRenewed;
use waymark_domain::event::log::{CarriedOver, GivenBack, LogOpened};
use waymark_domain::event::referral::SectionsDisclosed;
use waymark_domain::ids::{Hash, KeyId, OfficeId, Ref};
use waymark_domain::time::{DAY, Day, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::entry::{Audience, Basis, Entry};
use waymark_seal::proven::Proven;
use waymark_seal::sign::LogKey;

use super::{is_whole, reached, reaches, report};
use crate::forge::{Forge, plant};
use crate::planted::{Planted, among, only};
use crate::scenes::{NORTH, Referred, SOUTH, accept, agreed, case, count, offered, withdraw_consent};
use crate::story::{export, keys, verified};
use crate::town::Town;

/// Kind of `ConsentReleased`.
const CONSENT_RELEASED: u16 = 48;
/// Kind of `MessageSent`.
const MESSAGE: u16 = 94;

/// A copy of the folder of an office that goes on.
pub(super) fn copied(town: &mut Town, office: u16) -> PathBuf {
    town.stop(office);
    let backup = town.copy_of(office);
    town.open(office);
    town.minutes(2);
    backup
}

/// The folder of an office is a copy again; its log is closed, and it begins the next one.
pub(super) fn goes_on_from(town: &mut Town, office: u16, backup: &Path) {
    town.crash(office);
    town.put_back(office, backup);
    town.mail.clear();
    // It hears how far its log had come, before it may write.
    town.open(office);
    town.exchange_some(8);
    town.stop(office);
    begins_the_next(town, office);
}

/// The root holders close the log of an office that does not run, and it begins the next one.
fn begins_the_next(town: &mut Town, office: u16) {
    town.mail.clear();
    town.close_log(office);
    town.open_and_begin(office);
    town.minutes(4);
    assert_eq!(town.desk(office).awaited(), []);
}

fn says(town: &mut Town, office: u16, referred: Referred, text: &str) {
    let referral = referred.referral;
    town.does(office, SendMessage { referral, text: text.into() }).expect("sent");
    town.minutes(2);
}

/// South acknowledges, asks and is answered; its folder is from before the question.
fn receiver_lost(town: &mut Town) -> Referred {
    let case = case(town);
    let referred = offered(town, case, SOUTH);
    let referral = referred.referral;
    town.does(SOUTH, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(SOUTH, OpenCase::default()).expect("opened");
    town.minutes(3);
    let backup = copied(town, SOUTH);
    town.does(SOUTH, AskQuestion { referral, text: "a child?".into() }).expect("asked");
    town.minutes(2);
    says(town, NORTH, referred, "no child");
    goes_on_from(town, SOUTH, &backup);
    accept(town, referred);
    town.minutes(3);
    reaches(town, referred);
    agreed(town, referred);
    referred
}

/// North goes on from a copy without its newest message and without the newest disclosure.
fn sender_lost(town: &mut Town) -> Referred {
    let referred = reached(town);
    let backup = copied(town, NORTH);
    says(town, NORTH, referred, "lost with the folder");
    discloses_again(town, referred);
    town.minutes(3);
    goes_on_from(town, NORTH, &backup);
    says(town, NORTH, referred, "we are back");
    discloses_again(town, referred);
    town.minutes(3);
    agreed(town, referred);
    referred
}

fn discloses_again(town: &Town, referred: Referred) {
    let (referral, categories) = (referred.referral, vec![Category::Contact]);
    town.does(NORTH, DiscloseSections { referral, categories }).expect("disclosed");
}

/// South hears of a message, and of the withdrawal after it, only from north's next log.
fn written_again() -> (Town, Referred) {
    let mut town = Town::new(3);
    let referred = reached(&mut town);
    town.stop(SOUTH);
    says(&mut town, NORTH, referred, "before she withdrew");
    withdraw_consent(&town, referred);
    town.minutes(3);
    town.crash(NORTH);
    town.open(SOUTH);
    begins_the_next(&mut town, NORTH);
    agreed(&town, referred);
    (town, referred)
}

#[test]
fn a_receiver_that_goes_on_in_its_next_log_is_whole_and_so_are_those_who_gave_back() {
    let mut town = Town::new(3);
    receiver_lost(&mut town);
    let report = report(&town);
    is_whole(&report);
    let next: Vec<_> = report.logs.iter().filter(|log| log.log == 1).collect();
    assert_eq!((report.logs.len(), next.len()), (3, 1));
}

#[test]
fn a_sender_that_goes_on_in_its_next_log_is_whole_also_after_she_has_withdrawn() {
    let mut town = Town::new(3);
    let referred = sender_lost(&mut town);
    is_whole(&report(&town));
    withdraw_consent(&town, referred);
    town.minutes(3);
    is_whole(&report(&town));
}

#[test]
fn an_office_that_has_a_referral_back_in_any_order_is_whole_by_itself_as_well() {
    for lost in [NORTH, SOUTH] {
        let mut town = Town::new(3);
        let backup = copied(&mut town, lost);
        let referred = reached(&mut town);
        says(&mut town, SOUTH, referred, "she is well");
        goes_on_from(&mut town, lost, &backup);
        // Every deadline passes.
        super::days(&mut town, 20);
        is_whole(&report(&town));
        for office in [NORTH, SOUTH] {
            let place = tempfile::tempdir().unwrap();
            let dir = place.path().join("bundle");
            export(&town, &[office], &dir);
            assert_eq!(verified(&dir).verdict, None, "office {office}, after {lost} had lost its folder");
        }
    }
}

#[test]
fn both_ends_of_a_referral_go_on_in_their_next_logs_and_one_in_a_third() {
    let mut town = Town::new(3);
    let referred = receiver_lost(&mut town);
    let backup = copied(&mut town, NORTH);
    says(&mut town, NORTH, referred, "lost with the folder");
    goes_on_from(&mut town, NORTH, &backup);
    is_whole(&report(&town));
    let backup = copied(&mut town, SOUTH);
    says(&mut town, SOUTH, referred, "lost as well");
    goes_on_from(&mut town, SOUTH, &backup);
    says(&mut town, SOUTH, referred, "in the third");
    agreed(&town, referred);
    is_whole(&report(&town));
}

#[test]
fn a_log_under_its_second_key_is_closed_like_any_other() {
    let mut town = Town::new(3);
    let referred = reached(&mut town);
    town.stop(NORTH);
    let made = town.new_keys(NORTH, Renewed::Both);
    let signed = town.naming(NORTH, &made);
    town.adopt(NORTH, &signed);
    town.open(NORTH);
    town.minutes(3);
    says(&mut town, NORTH, referred, "under the second key");
    let backup = copied(&mut town, NORTH);
    says(&mut town, NORTH, referred, "lost with the folder");
    goes_on_from(&mut town, NORTH, &backup);
    says(&mut town, NORTH, referred, "in the next log");
    agreed(&town, referred);
    is_whole(&report(&town));
}

#[test]
fn what_was_said_before_a_withdrawal_and_is_written_again_after_it_is_no_fault() {
    let (town, referred) = written_again();
    let said =
        |office| count(&town, office, referred.referral, |event| matches!(event, Event::MessageSent(_)));
    assert_eq!((said(NORTH), said(SOUTH)), (2, 1), "it stands in both logs of north, and came once");
    is_whole(&report(&town));
}

#[test]
fn what_is_written_again_with_other_keys_or_content_is_a_disclosure_of_its_own() {
    let (town, referred) = written_again();
    let planted = Planted::of(town);
    let again = |name: &str, change: &dyn Fn(&mut Entry)| {
        planted.forged(name, |forge| {
            let log = forge.log(planted.north());
            let first = log.newest(|it| it.kind == MESSAGE && it.thread == referred.referral);
            let event = Event::decode(first.kind, &first.public).unwrap();
            let mut entry = log.next(&event, first.thread, first.audience, first.claimed_at);
            (entry.event, entry.basis) = (first.event, first.basis);
            (entry.sections, entry.grants) = (first.sections, first.grants);
            change(&mut entry);
            log.append(&entry);
        })
    };
    is_whole(&again("the same once more", &|_| ()));
    let other_key = again("another key", &|entry| entry.grants[0].key = KeyId([9; 16]));
    only(&other_key, Code::AfterWithdrawal);
    let other_wrap = again("another wrap", &|entry| entry.grants[0].wrap_hash = Hash([9; 32]));
    only(&other_wrap, Code::AfterWithdrawal);
    let more = again("more under the same key", &|entry| entry.sections[0].hash = Hash([9; 32]));
    only(&more, Code::AfterWithdrawal);
}

/// North has gone on in its next log; with the bundle of the closed one, and the key that signed it.
struct Closed {
    planted: Planted,
    referred: Referred,
    before: tempfile::TempDir,
    keys: BTreeMap<OfficeId, LogKey>,
}

fn closed() -> Closed {
    let mut town = Town::new(3);
    let referred = reached(&mut town);
    let before = tempfile::tempdir().unwrap();
    export(&town, &[NORTH], &before.path().join("bundle"));
    town.stop(NORTH);
    let keys = BTreeMap::from([(town.id(NORTH), keys(&town, NORTH).0)]);
    begins_the_next(&mut town, NORTH);
    says(&mut town, NORTH, referred, "we are back");
    Closed { planted: Planted::of(town), referred, before, keys }
}

/// North discloses her name until a day, on a consent of the log before.
fn discloses(forge: &mut Forge<'_>, planted: &Planted, referred: Referred, consent: Ref, until: Day) {
    let (log, to, now) = (forge.log(planted.north()), planted.south(), planted.town.clock_now());
    let event = SectionsDisclosed { categories: vec![Category::Identity] }.into();
    let mut entry = log.next(&event, referred.referral, Audience::Office(to), now);
    entry.basis = Basis::Consent(consent);
    entry.grants.push(plant::grant(Category::Identity, to, until));
    log.append(&entry);
}

#[test]
fn what_is_claimed_of_a_closed_log_stands_under_the_head_at_which_it_ended_or_nowhere() {
    let Closed { planted, referred, before, keys } = closed();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let mut of_before = Forge::open(&before.path().join("bundle"), &keys);
    let old = of_before.log(north);
    let consent = old.newest(|it| it.thread == referred.referral && it.kind == CONSENT_RELEASED);
    let until = now.day().plus(300);
    let event = Event::from(ConsentRenewed { chain: consent.event, until });
    let renewed = old.next(&event, referred.referral, Audience::Office(planted.south()), now);
    old.append(&renewed);
    let (origin, head, path) = (old.origin(), old.head(), old.path(renewed.index));
    // What is disclosed rests on it.
    let made_up = |name: &str, signer: &LogKey, spoil: &dyn Fn(&mut Proven)| {
        planted.forged(name, |forge| {
            let log = forge.log(north);
            let carried = CarriedOver { entry: plant::at_of(&renewed), bodies: Vec::new() };
            let next = log.next(&carried.into(), referred.referral, Audience::Nobody, now);
            log.append(&next);
            let checkpoint = sign_checkpoint(signer, &origin, &head);
            let mut record =
                Proven { at: next.index, entry: renewed.encode(), checkpoint, path: path.clone() };
            spoil(&mut record);
            log.records.push(record);
            discloses(forge, &planted, referred, plant::at_of(&consent), until);
        })
    };
    only(&made_up("under the key that ended", &keys[&north], &|_| ()), Code::WrongKeyRange);
    let unproven = [Code::ReceivedUnproven, Code::OutsideConsent];
    among(&made_up("under another", &planted.keys[&north], &|_| ()), &unproven);
    among(&made_up("by a path", &keys[&north], &|record| record.path[0] = Hash([7; 32])), &unproven);
    let within = |name, consent: Ref| {
        planted.forged(name, |forge| discloses(forge, &planted, referred, consent, now.day()))
    };
    is_whole(&within("on the consent that was carried over", plant::at_of(&consent)));
    let uncarried = Ref { index: 999, leaf: Hash([7; 32]), ..plant::at_of(&consent) };
    only(&within("on one that was not", uncarried), Code::OutsideConsent);
}

#[test]
fn only_the_entry_that_opened_the_log_leaves_earlier_times_undecided() {
    let Closed { planted, referred, .. } = closed();
    let (north, now) = (planted.north(), planted.town.clock_now());
    // The log begins with this, and ends with a message from the day before.
    let opened = |name: &str, event: Event| {
        planted.forged(name, |forge| {
            let log = forge.log(north);
            log.change(0, |first| (first.kind, first.public) = (event.kind(), event.encode()));
            let message = plant::message(log, referred.referral, planted.south(), Timestamp(now.0 - DAY));
            log.append(&message);
        })
    };
    let nothing = opened("without a closed head", LogOpened { previous: None }.into());
    assert!(nothing.says(Code::Rewritten) && !nothing.says(Code::Backdated), "{:?}", nothing.findings);
    among(&opened("with another kind", GivenBack { office: north, log: 0 }.into()), &[Code::Backdated]);
}

#[test]
fn a_head_above_the_end_of_a_log_accuses_only_the_key_that_signed_it() {
    let Closed { planted, before, keys, .. } = closed();
    let rosters = Forge::open(&planted.honest(), &planted.keys).rosters;
    let longer = |name: &str, keys: &BTreeMap<OfficeId, LogKey>| {
        let mut of_before = Forge::open(&before.path().join("bundle"), keys);
        of_before.rosters.clone_from(&rosters);
        let log = of_before.log(planted.north());
        let more = GivenBack { office: planted.north(), log: 0 }.into();
        let next = log.next(&more, notices_of(planted.north()), Audience::Nobody, planted.town.clock_now());
        log.append(&next);
        let dir = planted.place.path().join(name);
        of_before.write(&dir);
        verified(&dir)
    };
    only(&longer("by the key that ended", &keys), Code::WrongKeyRange);
    only(&longer("by the key of the next log", &planted.keys), Code::CheckpointSignature);
}
