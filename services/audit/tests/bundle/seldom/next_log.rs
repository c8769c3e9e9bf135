//! An office lost its newest folder and goes on in a new log, with what its copy held and what others gave back.

use std::path::Path;

use waymark_audit::verify::Code;
use waymark_desk::Renewed;
use waymark_domain::command::{AcknowledgeReferral, AskQuestion, DiscloseSections, OpenCase, SendMessage};
use waymark_domain::event::Event;
use waymark_domain::ids::{Hash, KeyId};
use waymark_domain::words::Category;
use waymark_seal::entry::Entry;

use super::{is_whole, reached, reaches, report};
use crate::planted::{Planted, only};
use crate::scenes::{NORTH, Referred, SOUTH, accept, agreed, case, count, offered, withdraw_consent};
use crate::town::Town;

/// Kind of `MessageSent`.
const MESSAGE: u16 = 94;

/// A copy of the folder of an office that goes on.
pub(super) fn copied(town: &mut Town, office: u16) -> std::path::PathBuf {
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
fn what_is_written_again_with_other_keys_is_a_disclosure_of_its_own() {
    let (town, referred) = written_again();
    let planted = Planted::of(town);
    let again = |name: &str, change: &dyn Fn(&mut Entry)| {
        planted.forged(name, |forge| {
            let log = forge.log(planted.north());
            let first = log.newest(|it| it.kind == MESSAGE && it.thread == referred.referral);
            let event = Event::decode(first.kind, &first.public).unwrap();
            let mut entry = log.next(&event, first.thread, first.audience, first.claimed_at);
            (entry.event, entry.basis, entry.grants) = (first.event, first.basis, first.grants);
            change(&mut entry);
            log.append(&entry);
        })
    };
    is_whole(&again("the same once more", &|_| ()));
    let other_key = again("another key", &|entry| entry.grants[0].key = KeyId([9; 16]));
    only(&other_key, Code::AfterWithdrawal);
    let other_wrap = again("another wrap", &|entry| entry.grants[0].wrap_hash = Hash([9; 32]));
    only(&other_wrap, Code::AfterWithdrawal);
}
