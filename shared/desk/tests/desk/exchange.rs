//! Two offices and a referral: what arrives, what opens, what survives.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::sync::Arc;

use waymark_courier::{PostFault, Taken};
use waymark_desk::{Order, Projection, SectionFault, Seen, SubmitError, Taking, Thread};
use waymark_domain::command::{
    AcceptReferral, AcknowledgeReferral, AskQuestion, Command, DeclineReferral, GiveConsent, OfferReferral,
    OpenCase, PublishProfile, RecordSection, ReplaceThreadKey, RequestRegrant, SendMessage, WithdrawReferral,
};
use waymark_domain::event::Event;
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::{KeyId, ThreadId};
use waymark_domain::referral::{Ending, Phase};
use waymark_domain::section::{Content, Field, Triage};
use waymark_domain::words::{
    Category, ConsentForm, DeclineReason, Disclosure, EndedBy, Purpose, RiskBand, Urgency,
};

use crate::town::{BEGIN, STAFF, Town, slot};

const CATEGORIES: [Category; 3] = [Category::Triage, Category::Identity, Category::Contact];

/// North opens a case with identity, health and a consent for south, and offers the return.
pub(crate) fn offered(town: &mut Town) -> ThreadId {
    let case = town.does(1, OpenCase::default()).expect("opened").thread;
    for (category, field, text) in [
        (Category::Identity, Field::GivenName, "Canary"),
        (Category::Contact, Field::CodeWord, "lantern"),
        (Category::Health, Field::HealthNeeds, "asthma"),
    ] {
        let content = Content::Fields(vec![(field, text.to_owned())]);
        town.does(1, RecordSection { case, category, content }).expect("recorded");
    }
    let today = BEGIN.day();
    let scope = ConsentScope {
        recipient: town.id(2),
        purposes: vec![Purpose::SafeReturn],
        categories: CATEGORIES.to_vec(),
        onward: false,
        from: today,
        until: today.plus(180),
    };
    let give = GiveConsent {
        case,
        scope,
        form: ConsentForm::Written,
        told: Disclosure::ALL.to_vec(),
        record: Vec::new(),
    };
    let consent = town.does(1, give).expect("consented").events[0];
    let triage = Triage {
        services: vec![Purpose::SafeReturn],
        from: today.plus(14),
        until: None,
        languages: vec!["bg".to_owned()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    };
    let offer = OfferReferral {
        case,
        to: town.id(2),
        kind: ReferralKind::HandOver,
        purposes: vec![Purpose::SafeReturn],
        triage,
        consent,
        expires_at: None,
    };
    town.does(1, offer).expect("offered").thread
}

pub(crate) fn phase(town: &Town, office: u16, thread: ThreadId) -> Phase {
    let thread = town.desk(office).thread(thread).expect("read").expect("there");
    thread.referral().expect("a referral").phase()
}

#[test]
fn what_she_consented_to_opens_at_the_receiver_and_nothing_else_is_there() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    let south = town.desk(2);
    assert!(south.open_section(referral, south_event(&town, referral), Category::Triage).is_ok());
    assert!(matches!(south.latest_section(referral, Category::Identity), Ok(None)));
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(2, AskQuestion { referral, text: "a child?".into() }).expect("asked");
    town.exchange();
    let north = town.desk(1);
    assert!(
        matches!(north.latest_section(referral, Category::Coordination), Ok(Some((_, Content::Message(text)))) if text == "a child?")
    );
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    for category in [Category::Identity, Category::Contact] {
        assert!(matches!(south.latest_section(referral, category), Ok(Some(_))), "{category}");
    }
    assert!(matches!(south.latest_section(referral, Category::Health), Ok(None)));
    assert_eq!(phase(&town, 1, referral), phase(&town, 2, referral));
    assert_eq!(town.refused, Vec::<&str>::new());
}

/// The event of the thread that carries the triage section.
fn south_event(town: &Town, referral: ThreadId) -> waymark_domain::ids::EventId {
    let (event, _) = town.desk(2).latest_section(referral, Category::Triage).expect("opens").expect("there");
    event
}

#[test]
fn every_letter_brought_twice_and_in_any_order_changes_nothing() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.collect();
    let letters: Vec<_> = town.mail.iter().cloned().collect();
    for _ in 0..2 {
        for (from, to, bytes) in letters.iter().rev() {
            town.deliver(*from, *to, bytes);
        }
    }
    town.mail.clear();
    town.pass(60);
    town.exchange();
    let before = town.desk(2).status().head;
    for (from, to, bytes) in &letters {
        town.deliver(*from, *to, bytes);
    }
    assert_eq!(town.desk(2).status().head, before);
    assert_eq!(phase(&town, 1, referral), phase(&town, 2, referral));
}

#[test]
fn an_office_that_crashed_has_everything_it_answered_and_its_states_are_as_before() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    let (head, before) = (town.desk(2).status().head, phase(&town, 2, referral));
    town.crash(2);
    town.pass(30);
    town.open(2);
    assert_eq!(town.desk(2).status().head, head);
    assert_eq!(phase(&town, 2, referral), before);
    town.exchange();
    assert_eq!(phase(&town, 1, referral), before);
}

#[test]
fn letters_that_the_broker_lost_are_sent_again() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.collect();
    assert!(!town.mail.is_empty());
    town.mail.clear();
    town.exchange();
    assert!(town.desk(2).thread(referral).expect("read").is_none());
    town.minutes(40);
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
}

#[test]
fn a_letter_under_another_offices_stamp_is_refused() {
    let mut town = Town::new(3);
    offered(&mut town);
    town.collect();
    let letter = town.mail.iter().find(|(from, to, _)| (*from, *to) == (slot(1), slot(2))).cloned();
    let (_, to, bytes) = letter.expect("a letter from north to south");
    town.deliver(slot(3), to, &bytes);
    assert_eq!(town.refused, ["letter"]);
}

#[test]
fn after_a_crash_nothing_gets_a_place_before_the_others_have_said_what_they_hold() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.crash(2);
    town.does(1, WithdrawReferral { referral, by: EndedBy::Sender, note: None }).expect("withdrawn");
    town.collect();
    town.open(2);
    let before = town.desk(2).status().head;
    let letters: Vec<_> = town.mail.drain(..).collect();
    for (from, _, bytes) in &letters {
        assert_eq!(town.desk(2).receive(*from, bytes), Taking::Later);
    }
    assert_eq!(town.desk(2).status().head, before);
    town.mail.extend(letters);
    town.exchange();
    assert_eq!(phase(&town, 2, referral), phase(&town, 1, referral));
    let told =
        |town: &Town| town.desk(1).thread(referral).unwrap().unwrap().referral().unwrap().receiver.told.len();
    assert_eq!(told(&town), 1, "and it was answered once");
}

#[test]
fn deadlines_are_kept_after_a_restart_of_any_kind() {
    for crash in [false, true] {
        let mut town = Town::new(2);
        let referral = offered(&mut town);
        town.exchange();
        if crash {
            town.crash(1);
        } else {
            town.stop(1);
        }
        town.open(1);
        town.exchange();
        town.pass(20 * 86_400);
        town.exchange();
        assert_eq!(phase(&town, 1, referral), Phase::Ended(Ending::Expired), "crash: {crash}");
    }
}

#[test]
fn what_was_received_and_not_answered_before_a_crash_is_answered_after_it() {
    for snapshot in [false, true] {
        let mut town = Town::new(2);
        if snapshot {
            town.desk(2).store_snapshot().expect("stored");
        }
        let referral = offered(&mut town);
        town.collect();
        // Its own answer cannot be written: the crash comes between the receipt and the answer.
        town.crash_before_answers(2);
        town.open(2);
        town.exchange();
        assert_eq!(phase(&town, 1, referral), Phase::Delivered, "snapshot: {snapshot}");
        assert!(town.desk(2).latest_section(referral, Category::Triage).expect("opens").is_some());
    }
}

#[test]
fn an_inbox_secret_is_not_destroyed_on_the_word_of_the_own_clock_alone() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.collect();
    let letters: Vec<_> = town.mail.drain(..).collect();
    town.pass(400 * 86_400);
    town.desk(2).keep_inbox_keys().expect("kept");
    for (from, to, bytes) in &letters {
        town.deliver(*from, *to, bytes);
    }
    assert_eq!(town.refused, Vec::<&str>::new(), "the offer could not be opened");
    assert!(town.desk(2).thread(referral).expect("read").is_some());
}

#[test]
fn after_a_withdrawal_what_was_disclosed_is_locked_at_once() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    assert!(matches!(town.desk(2).latest_section(referral, Category::Identity), Ok(Some(_))));
    town.does(1, WithdrawReferral { referral, by: EndedBy::Person, note: None }).expect("withdrawn");
    town.collect();
    town.deliver_all();
    let locked = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(locked, Err(SectionFault::Ended)), "{locked:?}");
}

#[test]
fn after_the_last_day_of_the_consent_nothing_opens_any_more() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    town.pass(181 * 86_400);
    let locked = town.desk(2).latest_section(referral, Category::Identity);
    assert!(matches!(locked, Err(SectionFault::Ended)), "{locked:?}");
}

#[test]
fn keys_that_were_lost_are_wrapped_again_to_the_new_key_of_the_thread() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    town.does(2, ReplaceThreadKey { referral }).expect("replaced");
    town.exchange();
    // Everything from now on is wrapped to the new key.
    town.does(1, SendMessage { referral, text: "to the new key".into() }).expect("sent");
    town.exchange();
    let opened = town.desk(2).latest_section(referral, Category::Coordination);
    assert!(matches!(opened, Ok(Some((_, Content::Message(text)))) if text == "to the new key"));
    town.does(2, RequestRegrant { referral, keys: vec![KeyId([1; 16])] }).expect("asked");
    town.exchange();
    let (event, _) =
        town.desk(2).latest_section(referral, Category::Identity).expect("opens").expect("there");
    let history = town.desk(2).history(referral).expect("read");
    let again = history.iter().find(|seen| seen.event_id == event).expect("there");
    assert!(matches!(again.event, Ok(Event::SectionsRegranted(_))));
    assert!(!again.grants.is_empty(), "sections came, and no key");
}

#[test]
fn a_request_id_used_for_something_else_is_refused_also_after_a_restart() {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    let order = |command: Command, content: &[u8]| {
        let content = content.to_vec();
        Order { request_id: Some([7; 16]), content, ..Order::new(command, STAFF) }
    };
    let asked = order(AskQuestion { referral, text: "a child?".into() }.into(), b"a child?");
    let other = order(AskQuestion { referral, text: "which day?".into() }.into(), b"which day?");
    let declined = DeclineReferral { referral, reason: DeclineReason::OutOfArea, note: None };
    let declined = order(declined.into(), b"");
    let first = town.desk(2).submit(asked.clone()).expect("asked");
    for _ in 0..2 {
        assert_eq!(town.desk(2).submit(asked.clone()).expect("asked again").events, first.events);
        for another in [&other, &declined] {
            let refused = town.desk(2).submit(another.clone());
            assert!(matches!(refused, Err(SubmitError::RequestIdReused)), "{refused:?}");
        }
        town.crash(2);
        town.open(2);
        town.exchange();
    }
}

#[test]
fn a_request_made_twice_at_the_same_time_is_carried_out_once() {
    let town = Town::new(1);
    let desk = town.desk(1);
    for request in 0..20 {
        let order =
            Order { request_id: Some([request; 16]), ..Order::new(OpenCase::default().into(), STAFF) };
        let before = desk.status().head.size;
        let gate = std::sync::Barrier::new(4);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let call = || {
                gate.wait();
                desk.submit(order.clone()).expect("opened").events
            };
            let calls: Vec<_> = (0..4).map(|_| scope.spawn(call)).collect();
            calls.into_iter().map(|call| call.join().expect("answered")).collect()
        });
        assert!(answers.iter().all(|events| *events == answers[0]));
        assert_eq!(desk.status().head.size, before + 1);
    }
}

/// A projection that cannot stand a case.
struct Brittle;

impl Projection for Brittle {
    fn name(&self) -> &'static str {
        "brittle"
    }

    fn apply(&self, seen: &Seen, _: &Thread) {
        assert!(!matches!(seen.event, Ok(Event::CaseOpened(_))), "a projection that breaks");
    }

    fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    fn restore(&self, _: &[u8]) -> bool {
        true
    }
}

#[test]
fn a_projection_that_breaks_stops_neither_the_office_nor_the_next_command() {
    let town = Town::with(1, |_| vec![Arc::new(Brittle)]);
    let case = town.does(1, OpenCase::default()).expect("opened").thread;
    let content = Content::Fields(vec![(Field::GivenName, "Canary".to_owned())]);
    town.does(1, RecordSection { case, category: Category::Identity, content }).expect("recorded");
    assert!(town.desk(1).store_snapshot().is_err(), "a snapshot would hold what the projection missed");
}

#[test]
fn a_letter_that_found_no_post_is_due_at_once_under_its_name_and_one_that_was_refused_waits() {
    let town = Town::new(2);
    let desk = town.desk(1);
    town.does(1, OpenCase::default()).expect("a case is opened");
    desk.keep_inbox_keys().expect("kept");
    let profile = crate::bad_input::profile();
    town.does(1, PublishProfile { profile }).expect("a notice is written");
    let names = || {
        let letters = desk.outgoing_letters(64);
        letters.into_iter().map(|letter| (letter.ticket, letter.msg_id)).collect::<Vec<_>>()
    };
    let [(ticket, name)] = names()[..] else { panic!("one letter") };
    assert!(names().is_empty());
    desk.letter_sent(ticket, Err(PostFault::Unanswered));
    let [(ticket, again)] = names()[..] else { panic!("it is due at once") };
    assert_eq!(again, name, "the hub would not know it again");
    desk.letter_sent(ticket, Err(PostFault::BoxFull));
    assert!(names().is_empty(), "it waits for the box to empty");
    town.pass(60);
    let [(_, later)] = names()[..] else { panic!("it is due again") };
    assert_ne!(later, name, "the hub would take it for a copy");
}

#[test]
fn a_hub_that_claims_to_know_a_letter_it_never_had_is_found_out() {
    let mut town = Town::new(2);
    town.pass(3_600);
    town.exchange();
    let desk = town.desk(1);
    let profile = crate::bad_input::profile();
    town.does(1, PublishProfile { profile }).expect("a notice is written");
    for letter in desk.outgoing_letters(64) {
        desk.letter_sent(letter.ticket, Ok(Taken { duplicate: true }));
    }
    let findings: Vec<_> = desk.status().findings.into_iter().map(|found| found.verdict).collect();
    assert_eq!(findings, ["letter_name_was_known"]);
}
