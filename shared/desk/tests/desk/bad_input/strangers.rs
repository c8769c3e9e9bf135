//! What an office can spoil only for itself: threads of others, its own keys, what it claims to have seen.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use waymark_courier::PostFault;
use waymark_desk::{SubmitError, Taking};
use waymark_domain::command::{
    AcceptReferral, AcknowledgeReferral, AskQuestion, GiveConsent, OfferReferral, OpenCase, PublishProfile,
    RecordSection, SendMessage,
};
use waymark_domain::event::Event;
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::consent::{RegrantRequested, ThreadKey, ThreadKeyReplaced};
use waymark_domain::event::notice::InboxKey;
use waymark_domain::event::referral::{ReferralAccepted, ReferralKind, ReferralWithdrawn};
use waymark_domain::ids::{Hash, KemPublic, KeyId, ThreadId};
use waymark_domain::referral::Phase;
use waymark_domain::refusal::Refusal;
use waymark_domain::section::{Content, Field, Triage};
use waymark_domain::time::Day;
use waymark_domain::words::{Category, ConsentForm, Disclosure, EndedBy, Purpose, RiskBand, Urgency};
use waymark_seal::letter::{Chain, LetterKind, SeenHead};
use waymark_seal::{Audience, Entry, Head};

use super::{NORTH, SOUTH, Siege, profile, slot_of};
use crate::hostile::{LOG, kem_secret};
use crate::town::slot;

/// The hostile office among those of the town.
const HOSTILE_NUMBER: u16 = 3;

/// An honest office offers a service to another one, with identity under consent.
fn offered(siege: &mut Siege, from: u16, to: u16) -> ThreadId {
    let (to, today) = (siege.town.id(to), siege.hostile.now.day());
    let does = |command: waymark_domain::command::Command| siege.town.does(from, command).expect("done");
    let case = does(OpenCase::default().into()).thread;
    let content = Content::Fields(vec![(Field::GivenName, "Canary".to_owned())]);
    does(RecordSection { case, category: Category::Identity, content }.into());
    let scope = ConsentScope {
        recipient: to,
        purposes: vec![Purpose::SafeReturn],
        categories: vec![Category::Triage, Category::Identity],
        onward: false,
        from: today,
        until: today.plus(180),
    };
    let (form, told) = (ConsentForm::Written, Disclosure::ALL.to_vec());
    let consent = does(GiveConsent { case, scope, form, told, record: Vec::new() }.into()).events[0];
    let offer = OfferReferral {
        case,
        to,
        kind: ReferralKind::Service,
        purposes: vec![Purpose::SafeReturn],
        triage: triage(today),
        consent,
        expires_at: None,
    };
    does(offer.into()).thread
}

fn triage(today: Day) -> Triage {
    Triage {
        services: vec![Purpose::SafeReturn],
        from: today.plus(14),
        until: None,
        languages: vec!["bg".to_owned()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    }
}

#[test]
fn a_stranger_in_a_thread_of_two_others_changes_nothing_there() {
    let mut siege = Siege::new();
    let referral = offered(&mut siege, NORTH, SOUTH);
    siege.town.exchange();
    let mut seen = siege.seen(referral).into_iter();
    let consent = seen.find(|seen| matches!(seen.event, Ok(Event::ConsentReleased(_))));
    let consent = consent.expect("the consent of north").at;
    // At the place in its own log that the consent has in north's, and beyond.
    while siege.hostile.size() < consent.index {
        siege.hostile.message(referral, |entry| (entry.audience, entry.pair_seq) = (Audience::Nobody, 0));
    }
    let first = siege.hostile.message(referral, |_| ());
    let withdrawn = siege.hostile.entry(&ReferralWithdrawn { by: EndedBy::Sender }.into(), referral);
    let withdrawn = siege.hostile.log(&withdrawn, Vec::new());
    assert_eq!(siege.hostile.at(first).index, consent.index);
    siege.send(&[first, withdrawn]);
    assert_eq!(siege.phase(referral), Phase::Delivered);
    siege.town.does(SOUTH, AcknowledgeReferral { referral }).expect("acknowledged");
    siege.town.does(SOUTH, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    siege.town.exchange();
    assert_eq!(siege.phase(referral), Phase::Disclosed);
    let identity = siege.victim().latest_section(referral, Category::Identity);
    assert!(matches!(identity, Ok(Some(_))), "{identity:?}");
    let triage = siege.victim().latest_section(referral, Category::Triage);
    assert!(matches!(triage, Ok(Some(_))), "{triage:?}");
    siege.still_serves();
}

#[test]
fn a_key_that_nobody_can_seal_to_only_silences_its_owner() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let key = KemPublic([0; 32]);
    let key = InboxKey { key, from: today, until: today.plus(30), destroyed_on: today.plus(60) };
    let previous = siege.hostile.at(1).leaf;
    let mut notice = siege.hostile.entry(&key.into(), ThreadId(siege.hostile.id.0));
    (notice.audience, notice.pair_seq, notice.pair_prev) = (Audience::Network, 2, previous);
    let notice = siege.hostile.log(&notice, Vec::new());
    let message = siege.hostile.message(ThreadId([1; 16]), |_| ());
    assert_eq!(siege.send(&[notice, message]), Taking::Kept);
    assert!(siege.heard().is_empty());
    siege.still_serves();
}

#[test]
fn a_question_for_a_thread_key_that_nobody_can_seal_to_is_not_asked() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let mut offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    let referral = offered.thread;
    siege.respell(offered.positions[1], |event| {
        if let Event::ReferralOffered(offer) = event {
            offer.thread_key = KemPublic([0; 32]);
        }
    });
    offered.offer.0 = siege.hostile.at(offered.positions[1]);
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    let before = siege.log();
    assert!(siege.town.does(SOUTH, AskQuestion { referral, text: "a child?".into() }).is_err());
    assert_eq!(siege.log(), before);
    siege.still_serves();
}

/// The hostile office tells its key for a thread and accepts.
fn accepts(siege: &mut Siege, referral: ThreadId, key: KemPublic) -> [usize; 2] {
    let events: [Event; 2] = [ThreadKey { key }.into(), ReferralAccepted {}.into()];
    events.map(|event| {
        let entry = siege.hostile.entry(&event, referral);
        siege.hostile.log(&entry, Vec::new())
    })
}

#[test]
fn an_accept_that_cannot_be_answered_holds_up_no_other_and_tires_nobody() {
    for crash in [false, true] {
        let mut siege = Siege::new();
        let [bad, good] = [(); 2].map(|()| offered(&mut siege, SOUTH, HOSTILE_NUMBER));
        siege.heard();
        let unanswerable = accepts(&mut siege, bad, KemPublic([0; 32]));
        let answerable = accepts(&mut siege, good, kem_secret().public());
        let accepts = siege.hostile.entries(&[unanswerable, answerable].concat());
        siege.hostile.held = siege.hostile.size();
        let letter = siege.hostile.seal(LetterKind::Entries(accepts));
        if crash {
            siege.town.mail.push_back((slot(HOSTILE_NUMBER), slot(SOUTH), letter));
            siege.town.crash_before_answers(SOUTH);
            siege.town.open(SOUTH);
            siege.town.exchange();
            siege.town.pass(6);
        } else {
            assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
        }
        siege.heard();
        assert_eq!(siege.phase(good), Phase::Disclosed, "crash: {crash}");
        let disclosed = |thread| {
            let answers = siege.answers(thread).into_iter();
            answers.filter(|event| matches!(event, Event::SectionsDisclosed(_))).count()
        };
        assert_eq!((disclosed(bad), disclosed(good)), (0, 1), "crash: {crash}");
        let before = siege.log();
        for _ in 0..5 {
            siege.town.pass(600);
            siege.heard();
        }
        assert_eq!(siege.log(), before, "it writes the same again and again");
        siege.still_serves();
    }
}

#[test]
fn keys_asked_for_again_under_a_key_that_nobody_can_seal_to_are_not_sent_and_what_follows_is_answered() {
    let mut siege = Siege::new();
    let [spoilt, good] = [(); 2].map(|()| offered(&mut siege, SOUTH, HOSTILE_NUMBER));
    siege.heard();
    let accepted = accepts(&mut siege, spoilt, kem_secret().public());
    assert_eq!(siege.send(&accepted), Taking::Kept);
    assert_eq!(siege.phase(spoilt), Phase::Disclosed);
    let replaced = siege.hostile.entry(&ThreadKeyReplaced { key: KemPublic([0; 32]) }.into(), spoilt);
    let replaced = siege.hostile.log(&replaced, Vec::new());
    let asked = siege.hostile.entry(&RegrantRequested { keys: vec![KeyId([1; 16])] }.into(), spoilt);
    let asked = siege.hostile.log(&asked, Vec::new());
    let accepted = accepts(&mut siege, good, kem_secret().public());
    assert_eq!(siege.send(&[&[replaced, asked][..], &accepted].concat()), Taking::Kept);
    assert_eq!(siege.phase(good), Phase::Disclosed);
    let regranted = |siege: &Siege| {
        siege.answers(spoilt).iter().any(|event| matches!(event, Event::SectionsRegranted(_)))
    };
    assert!(!regranted(&siege));
    // A human is refused by name; with a good key it is answered after all.
    let told = siege.town.does(SOUTH, SendMessage { referral: spoilt, text: "hello".into() });
    assert!(matches!(told, Err(SubmitError::Refused(Refusal::KeyUnusable { .. }))), "{told:?}");
    let mended = siege.hostile.entry(&ThreadKeyReplaced { key: kem_secret().public() }.into(), spoilt);
    let mended = siege.hostile.log(&mended, Vec::new());
    let again = siege.hostile.entry(&RegrantRequested { keys: vec![KeyId([1; 16])] }.into(), spoilt);
    let again = siege.hostile.log(&again, Vec::new());
    assert_eq!(siege.send(&[mended, again]), Taking::Kept);
    assert!(regranted(&siege));
    siege.still_serves();
}

impl Siege {
    /// Changes the public part of an entry that was logged last.
    fn respell(&mut self, position: usize, change: impl FnOnce(&mut Event)) {
        let written = self.hostile.written[position].clone();
        let mut entry = Entry::parse(&written.entry).expect("an entry");
        let mut event = Event::decode(entry.kind, &entry.public).expect("an event");
        change(&mut event);
        entry.public = event.encode();
        self.hostile.forget_from(position);
        self.hostile.log(&entry, written.bodies);
    }
}

#[test]
fn what_a_letter_claims_to_have_seen_hurts_only_its_writer() {
    let mut siege = Siege::new();
    let mut held = None;
    let longer = siege.log().size + 9;
    for (log, size) in [(0, u64::MAX), (u32::MAX, 1), (0, 0), (0, 1), (0, 2), (0, longer), (0, longer - 9)] {
        let message = siege.hostile.message(ThreadId([1; 16]), |_| ());
        let kind = LetterKind::Entries(siege.hostile.entries(&[message]));
        siege.hostile.held = siege.hostile.size();
        let letter = siege.hostile.seal_having_seen(SeenHead { log, size, root: Hash([1; 32]) }, kind);
        assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
        let heard = siege.heard();
        assert_eq!(proven(&heard, &mut held), 1, "no receipt for {message}");
    }
    siege.still_serves();
}

#[test]
fn an_office_that_goes_back_to_an_older_head_is_proven_to_from_there() {
    let mut siege = Siege::new();
    let early = siege.log();
    for _ in 0..3 {
        siege.town.does(SOUTH, OpenCase::default()).expect("a case is opened");
    }
    let late = siege.log();
    assert!(early.size < late.size);
    let message = siege.hostile.message(ThreadId([1; 16]), |_| ());
    let kind = LetterKind::Entries(siege.hostile.entries(&[message]));
    siege.hostile.held = siege.hostile.size();
    let seen = |head: Head| SeenHead { log: 0, size: head.size, root: head.root };
    let letter = siege.hostile.seal_having_seen(seen(late), kind);
    assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
    assert_eq!(proven(&siege.heard(), &mut Some(late.size)), 1);
    // It notes a head, loses it in a crash, and cannot follow what begins there.
    let asked = LetterKind::ResendAsked { log: 0, chain: Chain::Pair, from_seq: 1, to_seq: 9 };
    let letter = siege.hostile.seal_having_seen(seen(early), asked);
    assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
    assert_eq!(proven(&siege.heard(), &mut Some(early.size)), 1);
    siege.still_serves();
}

/// Counts letters of entries; each head must continue the one held, by a proof from that one.
fn proven(heard: &[LetterKind], held: &mut Option<u64>) -> usize {
    let mut letters = 0;
    for kind in heard {
        let LetterKind::Entries(entries) = kind else { continue };
        letters += 1;
        let text = std::str::from_utf8(&entries.checkpoint).expect("a text");
        let size = text.lines().nth(1).and_then(|line| line.parse::<u64>().ok()).expect("a size");
        let from = entries.consistency.as_ref().map(|proof| proof.from_size);
        assert!(held.is_none_or(|held| held == size || from == Some(held)), "{held:?} {size} {from:?}");
        *held = Some(size);
    }
    letters
}

#[test]
fn an_entry_in_the_thread_of_another_offices_notices_says_nothing_about_that_office() {
    let mut siege = Siege::new();
    let south = siege.town.id(SOUTH);
    let inbox = |siege: &Siege| {
        let offices = siege.victim().offices();
        offices.into_iter().map(|office| (office.id, office.inbox_key_until)).collect::<Vec<_>>()
    };
    let before = inbox(&siege);
    let until = siege.hostile.now.day().plus(400);
    let key = InboxKey { key: KemPublic([7; 32]), from: Day(0), until, destroyed_on: until };
    let previous = siege.hostile.at(1).leaf;
    let mut notice = siege.hostile.entry(&key.into(), ThreadId(south.0));
    (notice.audience, notice.pair_seq, notice.pair_prev) = (Audience::Network, 2, previous);
    let notice = siege.hostile.log(&notice, Vec::new());
    siege.send(&[notice]);
    for ((office, before), (_, after)) in before.into_iter().zip(inbox(&siege)) {
        assert!(office == siege.hostile.id || before == after);
    }
    assert_eq!(siege.findings(), []);
    siege.still_serves();
}

#[test]
fn an_event_id_of_another_event_replaces_nothing() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    let twin = siege.hostile.message(offered.thread, |entry| entry.event = offered.offer.1);
    let [consent, offer] = offered.positions;
    assert_eq!(siege.send(&[consent, offer, twin]), Taking::Kept);
    let triage = siege.victim().open_section(offered.thread, offered.offer.1, Category::Triage);
    assert!(triage.is_ok(), "{triage:?}");
    assert_eq!(siege.phase(offered.thread), Phase::Delivered);
    siege.still_serves();
}

#[test]
fn a_flood_of_requests_is_answered_and_stops_nobody() {
    let mut siege = Siege::new();
    for log in 0..3_000 {
        assert_eq!(siege.bring(LetterKind::HeadAsked { log }), Taking::Kept);
        assert_eq!(siege.bring(LetterKind::RosterAsked { above: 0 }), Taking::Kept);
    }
    assert_eq!(siege.bring(LetterKind::HeadAsked { log: LOG }), Taking::Kept);
    siege.town.does(SOUTH, PublishProfile { profile: profile() }).expect("a notice is written");
    // A notice to north leaves beside the answers, not behind them.
    let first = siege.victim().outgoing_letters(4);
    assert!(first.iter().any(|letter| letter.to == slot_of(NORTH)));
    for letter in first {
        siege.victim().letter_sent(letter.ticket, Err(PostFault::Unanswered));
    }
    let answers = siege.heard();
    let heads = answers.iter().filter(|kind| matches!(kind, LetterKind::HeadTold { .. })).count();
    let rosters = answers.iter().filter(|kind| matches!(kind, LetterKind::RosterTold { .. })).count();
    assert_eq!((heads, rosters), (1, 1));
    let told = |kind: &LetterKind| matches!(kind, LetterKind::HeadTold { log: LOG, head: Some(_) });
    assert!(answers.iter().any(told), "the newest request has no answer");
    siege.town.pass(60);
    siege.still_serves();
    let position = siege.hostile.message(ThreadId([1; 16]), |_| ());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert_eq!(siege.receipts(), [position]);
}

#[test]
fn who_asks_for_the_roster_gets_what_it_could_not_take_right_behind_it_but_not_at_every_call() {
    let mut siege = Siege::new();
    siege.town.does(SOUTH, PublishProfile { profile: profile() }).expect("a notice is written");
    assert_eq!(siege.heard_entries().len(), 1);
    assert!(siege.heard().is_empty(), "what is sent waits for its receipt");
    assert_eq!(siege.bring(LetterKind::RosterAsked { above: 0 }), Taking::Kept);
    let heard = siege.heard();
    assert!(matches!(heard.first(), Some(LetterKind::RosterTold { .. })), "{heard:?}");
    assert!(heard.iter().any(|kind| matches!(kind, LetterKind::Entries(_))));
    assert_eq!(siege.bring(LetterKind::RosterAsked { above: 0 }), Taking::Kept);
    assert!(matches!(siege.heard()[..], [LetterKind::RosterTold { .. }]));
}
