//! An office that lost its newest folder goes on in a new log: with what its copy still held and with what the others give back.

use waymark_desk::{Finding, NotReady, OpenFault, SubmitError};
use waymark_domain::command::{
    AcceptReferral, AcknowledgeReferral, AskQuestion, OpenCase, PublishProfile, SendMessage,
};
use waymark_domain::event::Event;
use waymark_domain::event::log::LogOpened;
use waymark_domain::ids::ThreadId;
use waymark_domain::referral::Phase;
use waymark_domain::section::Content;
use waymark_domain::words::Category;

use crate::bad_input::profile;
use crate::exchange::{offered, phase};
use crate::town::{Town, data};

/// What an office reads in a referral of each event: who wrote it, which kind, and what it says where it opens.
pub(crate) fn read(town: &Town, office: u16, referral: ThreadId) -> Vec<(u16, Option<String>)> {
    let desk = town.desk(office);
    let thread = desk.thread(referral).expect("read").expect("there");
    let mut told: Vec<_> = desk
        .history(referral)
        .expect("read")
        .iter()
        .filter(|seen| !matches!(seen.event, Ok(Event::Received(_) | Event::CarriedOver(_))))
        .filter(|seen| !thread.repeats(seen))
        .map(|seen| {
            let text = desk.open_seen(&thread, seen, Category::Coordination);
            let text = match text {
                Ok(Content::Message(text)) => Some(text),
                _ => None,
            };
            (seen.event_id, seen.kind, text)
        })
        .collect();
    told.sort_unstable();
    told.into_iter().map(|(_, kind, text)| (kind, text)).collect()
}

pub(crate) fn is_sound(town: &Town, office: u16) {
    let checked = town.desk(office).verify_log(0, &|_, _| {}).expect("checked");
    assert_eq!(checked.faults, [], "office {office}");
    let findings = town.desk(office).status().findings;
    // A letter that overtook another is no fault; what was missing has come.
    let faults = findings.iter().filter(|finding: &&Finding| finding.verdict != "gap");
    assert_eq!(
        faults.map(|finding| finding.verdict).collect::<Vec<_>>(),
        Vec::<&str>::new(),
        "office {office}"
    );
}

/// Lets the time pass that what was lost takes to be asked for again, and again.
pub(crate) fn settle(town: &mut Town) {
    for _ in 0..3 {
        town.pass(60);
        town.exchange();
    }
}

/// The roster closes the log of an office, which begins the next one and gets back what there is to get.
fn goes_on(town: &mut Town, office: u16) {
    town.close_log(office);
    town.open_and_begin(office);
    settle(town);
}

/// South has acknowledged, asked and been answered; a copy of its folder is from before the question.
fn south_lost(town: &mut Town) -> ThreadId {
    let referral = offered(town);
    town.exchange();
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(2, OpenCase::default()).expect("opened");
    town.does(2, PublishProfile { profile: profile() }).expect("told");
    town.exchange();
    let backup = town.copy_of(2);
    town.does(2, AskQuestion { referral, text: "a child?".into() }).expect("asked");
    town.exchange();
    town.does(1, SendMessage { referral, text: "no child".into() }).expect("told");
    town.exchange();
    town.crash(2);
    town.put_back(2, &backup);
    referral
}

#[test]
fn what_was_lost_comes_back_from_the_other_office_and_both_go_on() {
    let mut town = Town::new(2);
    let referral = south_lost(&mut town);
    town.open(2);
    town.exchange_some(8);
    assert!(matches!(town.desk(2).status().guard, Err(NotReady::Behind { .. })));
    town.stop(2);
    town.mail.clear();
    town.close_log(2);
    town.open_and_begin(2);
    let refused = town.does(2, AcceptReferral { referral, case: None, note: None });
    assert!(matches!(refused, Err(SubmitError::NotGivenBack { .. })), "{refused:?}");
    town.does(2, OpenCase::default()).expect("its own cases are its own");
    settle(&mut town);
    let first = town.desk(2).history(waymark_desk::notices_of(town.id(2))).expect("read");
    assert!(
        matches!(&first[0].event, Ok(Event::LogOpened(LogOpened { previous: Some(head) })) if head.log == 0)
    );
    assert_eq!(town.desk(2).awaited(), []);
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    assert!(
        matches!(phase(&town, 1, referral), Phase::Accepted | Phase::Disclosed),
        "{:?}",
        phase(&town, 1, referral)
    );
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    // What south itself sealed under a key that was lost with the folder is read by north only.
    let lost = town.desk(2).latest_section(referral, Category::Coordination);
    assert!(matches!(lost, Ok(Some(_))), "north's answer is the newest");
    let (mut south, north) = (read(&town, 2, referral), read(&town, 1, referral));
    let question = |told: &(u16, Option<String>)| told.0 == 81;
    let (lost, kept) = (south.iter().position(question), north.iter().position(question));
    assert_eq!(south[lost.expect("asked")].1, None);
    south[lost.expect("asked")].1 = north[kept.expect("asked")].1.clone();
    assert_eq!(south, north);
    assert!(matches!(town.desk(2).latest_section(referral, Category::Identity), Ok(Some(_))));
    is_sound(&town, 1);
    is_sound(&town, 2);
}

/// South's folder is an old copy and the roster has closed its log; it has begun the next and everybody has given back.
fn recovered(town: &mut Town) -> ThreadId {
    let referral = south_lost(town);
    town.mail.clear();
    goes_on(town, 2);
    assert_eq!(town.desk(2).awaited(), []);
    referral
}

#[test]
fn what_never_reached_the_other_office_reaches_it_once() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.exchange();
    // Both are in the copy, and north has neither.
    town.does(2, AskQuestion { referral, text: "a child?".into() }).expect("asked");
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.crash(2);
    town.mail.clear();
    goes_on(&mut town, 2);
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    assert!(matches!(phase(&town, 1, referral), Phase::Accepted | Phase::Disclosed));
    assert_eq!(
        read(&town, 2, referral),
        read(&town, 1, referral),
        "each event once, and it opens on both sides"
    );
    town.does(1, SendMessage { referral, text: "on her way".into() }).expect("told");
    town.exchange();
    assert_eq!(read(&town, 2, referral), read(&town, 1, referral));
    is_sound(&town, 1);
    is_sound(&town, 2);
}

#[test]
fn who_is_away_is_awaited_and_holds_up_nobody_else() {
    let mut town = Town::new(3);
    let referral = south_lost(&mut town);
    let south = town.id(2);
    town.stop(1);
    town.mail.clear();
    town.close_log(2);
    town.open_and_begin(2);
    town.pass(60);
    town.exchange_some(20);
    assert_eq!(town.desk(2).awaited(), [town.id(1)], "the shelter has given back what it held");
    let refused = town.does(2, AcceptReferral { referral, case: None, note: None });
    assert!(matches!(refused, Err(SubmitError::NotGivenBack { .. })), "{refused:?}");
    // A restart changes nothing of that.
    town.stop(2);
    town.open_and_begin(2);
    town.exchange_some(20);
    assert_eq!(town.desk(2).awaited(), [town.id(1)]);
    town.open(1);
    settle(&mut town);
    assert_eq!(town.desk(2).awaited(), []);
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    assert_eq!(phase(&town, 1, referral), phase(&town, 2, referral));
    let told = town.desk(1).offices().into_iter().find(|office| office.id == south).expect("south");
    assert!(told.profile.is_some() && told.inbox_key_until.is_some());
    (1..=3).for_each(|office| is_sound(&town, office));
}

#[test]
fn a_recovery_that_is_cut_short_anywhere_goes_on_at_the_next_start() {
    let mut town = Town::new(2);
    let referral = south_lost(&mut town);
    town.mail.clear();
    town.close_log(2);
    // Killed before anything was written, after the first entries, while it is given back, and after it is done.
    town.open(2);
    town.crash(2);
    town.open_and_begin(2);
    let size = town.desk(2).status().head.size;
    town.crash(2);
    town.open_and_begin(2);
    assert_eq!(town.desk(2).status().head.size, size, "nothing is carried over twice");
    for rounds in [2, 3, 4] {
        town.pass(60);
        town.exchange_some(rounds);
        town.crash(2);
        town.open_and_begin(2);
    }
    settle(&mut town);
    assert_eq!(town.desk(2).awaited(), []);
    town.crash(2);
    town.open_and_begin(2);
    assert_eq!(town.desk(2).awaited(), [], "what was given back once is not asked for again");
    let closed = data(&town.folder, 2).join("closed/0");
    assert!(closed.join("log").exists() && !closed.join("bodies").exists(), "bodies lie in one log only");
    town.exchange();
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    is_sound(&town, 1);
    is_sound(&town, 2);
}

#[test]
fn a_folder_that_lost_its_log_altogether_has_everything_back_that_others_hold() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.exchange();
    town.crash(2);
    for part in ["log", "bodies", "index"] {
        std::fs::remove_dir_all(data(&town.folder, 2).join(part)).expect("removed");
    }
    goes_on(&mut town, 2);
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    assert!(matches!(town.desk(2).latest_section(referral, Category::Identity), Ok(Some(_))));
    assert_eq!(read(&town, 2, referral), read(&town, 1, referral));
    is_sound(&town, 1);
    is_sound(&town, 2);
}

#[test]
fn a_log_that_was_closed_twice_is_whole_in_the_third() {
    let mut town = Town::new(2);
    let referral = recovered(&mut town);
    let before = read(&town, 1, referral);
    let backup = town.copy_of(2);
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    town.crash(2);
    town.put_back(2, &backup);
    goes_on(&mut town, 2);
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    assert!(read(&town, 1, referral).len() > before.len());
    is_sound(&town, 1);
    is_sound(&town, 2);
    town.crash(2);
    town.open_and_begin(2);
    town.exchange();
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    is_sound(&town, 2);
}

#[test]
fn a_folder_that_the_roster_has_closed_and_that_did_not_ask_for_it_never_writes_again() {
    let mut town = Town::new(2);
    let stale = town.copy_of(2);
    let _ = recovered(&mut town);
    let recovered = town.copy_of(2);
    // Another old copy, with the new roster: its key is not the one that the roster has.
    town.stop(2);
    town.put_back(2, &stale);
    std::fs::copy(recovered.join("roster/2"), data(&town.folder, 2).join("roster/2")).expect("copied");
    assert!(matches!(town.try_open(2), Err(OpenFault::Closed)));
    // And one that hears of that roster only from the others.
    town.put_back(2, &stale);
    town.open(2);
    town.exchange_some(8);
    assert!(matches!(town.desk(2).status().guard, Err(NotReady::Closed | NotReady::Behind { .. })));
}

#[test]
fn a_sender_that_lost_the_case_and_the_offer_sees_the_referral_again() {
    let mut town = Town::new(2);
    town.does(1, OpenCase::default()).expect("opened");
    town.exchange();
    let backup = town.copy_of(1);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    let before = phase(&town, 2, referral);
    town.crash(1);
    town.put_back(1, &backup);
    town.mail.clear();
    goes_on(&mut town, 1);
    assert_eq!(town.desk(1).awaited(), []);
    assert_eq!((phase(&town, 1, referral), phase(&town, 2, referral)), (before, before));
    town.does(1, SendMessage { referral, text: "we are back".into() }).expect("told");
    town.exchange();
    let told = town.desk(2).latest_section(referral, Category::Coordination);
    assert!(matches!(told, Ok(Some((_, Content::Message(text)))) if text == "we are back"));
    is_sound(&town, 1);
    is_sound(&town, 2);
}

#[test]
fn a_copy_from_before_the_next_log_does_not_begin_it_a_second_time() {
    let mut town = Town::new(2);
    let _ = south_lost(&mut town);
    town.mail.clear();
    town.close_log(2);
    let before = town.copy_of(2);
    town.open_and_begin(2);
    settle(&mut town);
    town.crash(2);
    town.put_back(2, &before);
    town.stop(1);
    // Nobody can be asked, and the copy holds the key: it waits, and once it hears of the log it stays closed.
    town.open(2);
    town.exchange_some(3);
    town.pass(6);
    assert!(matches!(town.desk(2).begin_log(), Err(SubmitError::NotReady(NotReady::Alone))));
    town.open(1);
    town.desk(2).ask_heads();
    town.exchange_some(6);
    assert!(matches!(town.desk(2).status().guard, Err(NotReady::Behind { .. })));
    assert_eq!(town.desk(2).status().head.size, 0);
}

#[test]
fn what_an_office_wrote_before_its_own_log_was_closed_reaches_one_that_lost_it_since() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    let backup = town.copy_of(1);
    // All of this is in south's first log, and north's copy is from before it.
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(2, AskQuestion { referral, text: "a child?".into() }).expect("asked");
    town.exchange();
    town.crash(2);
    goes_on(&mut town, 2);
    assert_eq!(town.desk(2).awaited(), []);
    town.crash(1);
    town.put_back(1, &backup);
    std::fs::copy(data(&town.folder, 2).join("roster/2"), data(&town.folder, 1).join("roster/2"))
        .expect("copied");
    town.mail.clear();
    goes_on(&mut town, 1);
    settle(&mut town);
    assert_eq!(town.desk(1).awaited(), []);
    assert_eq!(phase(&town, 1, referral), phase(&town, 2, referral));
    assert_eq!(read(&town, 1, referral), read(&town, 2, referral));
    is_sound(&town, 1);
    is_sound(&town, 2);
}
