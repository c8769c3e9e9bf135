//! An office that signs two histories of its log: whoever sees both proves it to everybody, nothing is disclosed to it any more, and who is on a
//! journey is met all the same.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use waymark_desk::{Desk, NotCosigned, Seen, SubmitError, Taking, notices_of};
use waymark_domain::command::{AcceptReferral, Command, ConfirmReception, RecordCheckIn, SendMessage, Text};
use waymark_domain::event::Event;
use waymark_domain::event::consent::ConsentWithdrawn;
use waymark_domain::event::journey::{
    CheckInRecorded, Departed, JourneyCleared, JourneyProposed, LegBooked, LegStarted,
};
use waymark_domain::event::log::FraudProven;
use waymark_domain::event::referral::{AcceptConfirmed, ReferralKind};
use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::time::HOUR;
use waymark_domain::words::{Category, EndedBy};
use waymark_domain::world::Standing;
use waymark_seal::fraud::{FraudProof, Side};
use waymark_seal::letter::{Chain, LetterKind};
use waymark_seal::roster::{LogRange, OfficeState, Roster};
use waymark_seal::sign::LogKey;
use waymark_seal::verify::verify_head;
use waymark_seal::witness::{AddCheckpoint, Answer};
use waymark_seal::{Body, Head};

use crate::bad_input::{NORTH, SOUTH, Siege, next_roster};
use crate::hostile::{Hostile, LOG, Written};
use crate::town::data;

const EAST: u16 = 4;
const THREAD: ThreadId = ThreadId([1; 16]);

/// Three honest offices and a hostile one, which has signed one history for south and another for north; nobody has seen both.
struct Forked {
    siege: Siege,
    /// The history that south holds, and the one that north holds.
    histories: [Vec<Written>; 2],
}

/// The two histories part at the next entry.
fn fork(mut siege: Siege) -> Forked {
    siege.meet(NORTH);
    let common = siege.hostile.size() as usize;
    let mut histories = Vec::new();
    for number in [SOUTH, NORTH] {
        siege.hostile.forget_from(common);
        siege.turn_to(number);
        let shown = siege.hostile.message(THREAD, |_| ());
        assert_eq!(siege.send(&[shown]), Taking::Kept);
        histories.push(siege.hostile.written.clone());
    }
    siege.heard();
    siege.turn_to(SOUTH);
    siege.hostile.take_up(&histories[0]);
    let histories = histories.try_into().expect("two of them");
    Forked { siege, histories }
}

fn forked() -> Forked {
    fork(Siege::of(&[NORTH, SOUTH, EAST]))
}

impl Forked {
    /// Somebody shows south the head that north holds.
    fn come_to_light(&mut self) {
        let [_, norths] = &self.histories;
        let hostile = &mut self.siege.hostile;
        hostile.take_up(norths);
        let checkpoint = hostile.sign(LOG, hostile.head(hostile.size()));
        let known = hostile.size();
        hostile.take_up(&self.histories[0]);
        let request = AddCheckpoint { old: known, proof: Vec::new(), checkpoint };
        let answer = self.siege.town.desk(SOUTH).cosign(&request.encode());
        assert!(matches!(answer, Ok(Answer::Conflict(at)) if at == known), "{answer:?}");
        self.siege.town.exchange();
    }

    fn desk(&self, number: u16) -> std::sync::Arc<Desk> {
        self.siege.town.desk(number)
    }

    fn standing(&self, number: u16) -> Standing {
        let cards = self.desk(number).offices();
        cards.iter().find(|card| card.id == self.siege.hostile.id).expect("in the roster").standing
    }

    fn all_say(&self, standing: Standing) {
        for number in [NORTH, SOUTH, EAST] {
            assert_eq!(self.standing(number), standing, "office {number}");
        }
    }

    fn refused(&self, number: u16, command: impl Into<Command>) -> &'static str {
        match self.siege.town.does(number, command) {
            Err(SubmitError::Refused(refusal)) => refusal.reason(),
            other => panic!("{other:?}"),
        }
    }

    fn disputed(&self, number: u16, seen: &[Seen]) -> Vec<bool> {
        seen.iter().map(|seen| self.desk(number).is_disputed(seen)).collect()
    }

    fn restart(&mut self, number: u16, without_index: bool) {
        self.siege.town.crash(number);
        if without_index {
            std::fs::remove_dir_all(data(&self.siege.town.folder, number).join("index")).expect("removed");
        }
        self.siege.town.pass(30);
        self.siege.town.open(number);
        self.siege.town.exchange_some(20);
        self.siege.town.pass(6);
        self.siege.town.exchange();
    }

    /// Everybody is told the next roster.
    fn adopt(&mut self, change: impl FnOnce(&mut Roster)) {
        let version = next_roster(&self.siege.town, SOUTH, change);
        for number in [NORTH, SOUTH, EAST] {
            self.siege.turn_to(number);
            let told = LetterKind::RosterTold { versions: vec![version.clone()] };
            assert_eq!(self.siege.bring(told), Taking::Kept);
        }
        self.siege.turn_to(SOUTH);
    }

    /// The root holders close the log of the hostile office and open a new one.
    fn open_new_log(&mut self) {
        let (id, end) = (self.siege.hostile.id, Head { size: 2, root: self.siege.hostile.head(2).root });
        self.adopt(|roster| {
            let office = roster.offices.iter_mut().find(|office| office.id == id).expect("a member");
            office.logs.last_mut().expect("a log").end = Some(end);
            let key = LogKey::from_seed(&[91; 32]).public();
            office.logs.push(LogRange { log: LOG + 1, from: 0, end: None, key });
        });
    }
}

fn proofs(desk: &Desk) -> usize {
    let of = |office| desk.history(notices_of(office)).expect("notices");
    let all = desk.offices().into_iter().flat_map(|card| of(card.id));
    all.filter(|seen| matches!(seen.event, Ok(Event::FraudProven(_)))).count()
}

#[test]
fn whoever_sees_both_histories_proves_it_to_everybody_and_all_freeze_the_office() {
    let mut forked = forked();
    forked.all_say(Standing::Active);
    forked.come_to_light();
    forked.all_say(Standing::Frozen);
    for number in [NORTH, SOUTH, EAST] {
        let desk = forked.desk(number);
        assert_eq!(proofs(&desk), 1, "it is told once");
        let frauds = desk.frauds().expect("read");
        assert_eq!(frauds[0].by, forked.siege.town.id(SOUTH));
        let roster = waymark_desk::read_roster(&data(&forked.siege.town.folder, number), desk.now());
        let proof = FraudProof::parse(&frauds[0].proof).expect("a proof");
        assert!(proof.verify(&roster.expect("a roster")).is_ok(), "it verifies alone");
        let accused: Vec<_> = desk.status().findings;
        assert!(accused.iter().all(|found| found.verdict == "forked_tree"), "{accused:?}");
        assert_eq!(desk.verify_log(0, &|_, _| {}).expect("checked").faults, []);
    }
    // The same once more is nothing new.
    forked.come_to_light_again();
    assert_eq!(proofs(&forked.desk(EAST)), 1);
}

impl Forked {
    fn come_to_light_again(&mut self) {
        let hostile = &self.siege.hostile;
        let checkpoint = hostile.sign(LOG, hostile.head(hostile.size()));
        let request = AddCheckpoint { old: hostile.size(), proof: Vec::new(), checkpoint };
        let answer = self.siege.town.desk(NORTH).cosign(&request.encode());
        assert!(matches!(answer, Ok(Answer::NotFound)), "no head of it is worth a cosignature: {answer:?}");
        self.siege.town.exchange();
    }
}

#[test]
fn a_fork_that_a_letter_brings_to_light_is_proven_by_the_entries_that_were_kept() {
    let mut siege = Siege::of(&[NORTH, SOUTH, EAST]);
    let common = siege.hostile.size() as usize;
    let one = siege.hostile.message(THREAD, |_| ());
    assert_eq!(siege.send(&[one]), Taking::Kept);
    siege.hostile.forget_from(common);
    let other = siege.hostile.message(THREAD, |_| ());
    siege.hostile.message(THREAD, |_| ());
    siege.hostile.held = 0;
    // No proof of growth at all, and another size: only the two entries at one index tell.
    let letter = siege.hostile.entries(&[other]);
    assert_eq!(siege.send_entries(letter), Taking::Refused("growth_unproven"));
    let frauds = siege.victim().frauds().expect("read");
    let proof = FraudProof::parse(&frauds[0].proof).expect("a proof");
    assert_eq!(proof.origin(), siege.hostile.origin(LOG));
    assert!(String::from_utf8(proof.encode()).expect("text").contains("c2sp.org/tlog-proof@v1"));
}

#[test]
fn a_refused_head_is_remembered_and_proves_it_when_the_other_half_comes() {
    let mut siege = Siege::of(&[NORTH, SOUTH, EAST]);
    let (held, common) = (siege.hostile.held, siege.hostile.size() as usize);
    siege.hostile.message(THREAD, |_| ());
    let size = siege.hostile.message(THREAD, |_| ()) as u64 + 1;
    let mut growth = siege.hostile.growth(held, size).expect("a proof").path;
    growth.pop();
    // A head that nobody can tell from an honest one: only its proof is spoilt.
    let checkpoint = siege.hostile.sign(LOG, siege.hostile.head(size));
    let spoilt = AddCheckpoint { old: held, proof: growth, checkpoint };
    assert!(matches!(siege.victim().cosign(&spoilt.encode()), Ok(Answer::Unprocessable)));
    assert!(siege.victim().frauds().expect("read").is_empty(), "nothing is proven yet");
    siege.hostile.forget_from(common);
    siege.hostile.message(THREAD, |_| ());
    let last = siege.hostile.message(THREAD, |_| ());
    assert_eq!(siege.hostile.size(), size);
    siege.hostile.held = held;
    assert_eq!(siege.send(&[last - 1, last]), Taking::Kept, "it continues what is held");
    assert_eq!(siege.victim().frauds().expect("read").len(), 1);
}

#[test]
fn restarts_snapshots_and_an_index_that_is_made_again_keep_it_frozen() {
    let mut forked = forked();
    forked.come_to_light();
    for number in [SOUTH, EAST] {
        forked.restart(number, false);
        forked.restart(number, true);
        forked.siege.town.stop(number);
        forked.siege.town.open_and_begin(number);
        assert_eq!(proofs(&forked.desk(number)), 1);
    }
    forked.all_say(Standing::Frozen);
}

#[test]
fn a_new_log_by_roster_ends_it_and_a_proof_about_the_closed_one_freezes_nobody() {
    let mut forked = forked();
    forked.come_to_light();
    forked.open_new_log();
    forked.all_say(Standing::Active);
    for number in [NORTH, SOUTH, EAST] {
        let frauds = forked.desk(number).frauds().expect("read");
        assert_eq!(frauds.iter().map(|fraud| fraud.in_force).collect::<Vec<_>>(), [false]);
        forked.restart(number, true);
    }
    forked.all_say(Standing::Active);
}

#[test]
fn what_the_root_holders_say_of_a_frozen_office_stands_over_it() {
    let mut forked = forked();
    forked.come_to_light();
    let id = forked.siege.hostile.id;
    for (state, standing) in
        [(OfficeState::Suspended, Standing::Suspended), (OfficeState::Left, Standing::Left)]
    {
        forked.adopt(|roster| {
            roster
                .offices
                .iter_mut()
                .filter(|office| office.id == id)
                .for_each(|office| office.state = state);
        });
        forked.all_say(standing);
    }
}

/// A hand-over from the hostile office to south, on its way.
fn on_the_way(siege: &mut Siege) -> ThreadId {
    let today = siege.hostile.now.day();
    let categories = [Category::Triage, Category::Identity];
    let offered = siege.hostile.offer_of(ReferralKind::HandOver, &categories, today, today.plus(60));
    let referral = offered.thread;
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    siege.heard();
    siege.town.does(SOUTH, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    siege.heard();
    let accept =
        siege.seen(referral).into_iter().find(|seen| matches!(seen.event, Ok(Event::ReferralAccepted(_))));
    let accept: EventId = accept.expect("the accept").event_id;
    let (id, at) = (siege.hostile.id, siege.hostile.now);
    let leg = LegBooked {
        number: 1,
        departs_on: today,
        arrives_on: today.plus(1),
        escorting: id,
        check_in_minutes: 60,
    };
    let says: [Event; 6] = [
        AcceptConfirmed { accept, barred: Vec::new() }.into(),
        JourneyProposed { depart_on: today }.into(),
        leg.into(),
        JourneyCleared { gates: Vec::new() }.into(),
        Departed { gates: Vec::new() }.into(),
        LegStarted { leg: 1, at }.into(),
    ];
    let positions: Vec<usize> = says.into_iter().map(|event| siege.hostile.say(referral, event)).collect();
    assert_eq!(siege.send(&positions), Taking::Kept);
    siege.heard();
    referral
}

fn check_in(siege: &Siege, number: u16) -> Event {
    CheckInRecorded { leg: 1, number, at: siege.hostile.now }.into()
}

#[test]
fn nothing_is_disclosed_to_it_while_check_ins_receptions_and_withdrawals_go_on() {
    let mut siege = Siege::of(&[NORTH, SOUTH, EAST]);
    let referral = on_the_way(&mut siege);
    let text = || Text("she is well".to_owned());
    let mut forked = fork(siege);
    // Written before, and still on its way when the office is frozen.
    forked.siege.town.does(SOUTH, SendMessage { referral, text: text() }).expect("written before");
    forked.come_to_light();
    let at = forked.desk(SOUTH).now();
    let with_note = RecordCheckIn { referral, leg: 1, at, note: Some(text()) };
    assert_eq!(forked.refused(SOUTH, SendMessage { referral, text: text() }), "OFFICE_FROZEN");
    assert_eq!(forked.refused(SOUTH, with_note.clone()), "OFFICE_FROZEN");
    let without = RecordCheckIn { note: None, ..with_note };
    forked.siege.town.does(SOUTH, without).expect("a check-in without words goes on");

    // What it says in the history that south holds.
    let one = {
        let event = check_in(&forked.siege, 1);
        forked.siege.hostile.say(referral, event)
    };
    assert_eq!(forked.siege.send(&[one]), Taking::Kept);
    // And out of the other one, under a number that is taken: she may be on either way.
    let [souths, norths] = forked.histories.clone();
    forked.siege.hostile.take_up(&norths);
    let other = {
        let event = check_in(&forked.siege, 2);
        forked.siege.hostile.say(referral, event)
    };
    for _ in 0..2 {
        assert_eq!(forked.siege.send(&[other]), Taking::Kept);
    }
    let check_ins = |forked: &Forked| {
        let seen = forked.siege.seen(referral).into_iter();
        let theirs = seen.filter(|seen| seen.author() == forked.siege.hostile.id);
        theirs.filter(|seen| matches!(seen.event, Ok(Event::CheckInRecorded(_)))).collect::<Vec<_>>()
    };
    let seen = check_ins(&forked);
    assert_eq!(forked.disputed(SOUTH, &seen), [true, true], "each is taken once, and disputed");
    let before = forked.siege.seen(referral);
    assert!(!forked.desk(SOUTH).is_disputed(&before[0]), "what came before is not");
    let found = forked.siege.findings();
    assert!(found.iter().any(|(_, verdict, _)| *verdict == "frozen"), "{found:?}");

    forked.siege.town.does(SOUTH, ConfirmReception { referral, at }).expect("she has been met");
    let again = LetterKind::ResendAsked { log: 0, chain: Chain::Pair, from_seq: 1, to_seq: 100 };
    assert_eq!(forked.siege.bring(again), Taking::Kept);
    let heard = forked.siege.heard();
    let mut told = Vec::new();
    for letter in &heard {
        let LetterKind::Entries(entries) = letter else { continue };
        for item in &entries.items {
            let whole = item.bodies.iter().any(|body| matches!(body, Body::Whole(_)));
            assert!(!whole, "something readable went out to a frozen office");
            let entry = waymark_seal::Entry::parse(&item.entry).expect("an entry");
            told.extend(Event::decode(entry.kind, &entry.public).ok().map(|event| event.name()));
        }
    }
    for name in ["MessageSent", "CheckInRecorded", "ReceptionConfirmed"] {
        assert!(told.contains(&name), "{name} was not told: {told:?}");
    }
    forked.siege.hostile.take_up(&souths);
    forked.restart(SOUTH, true);
    assert_eq!(forked.disputed(SOUTH, &check_ins(&forked)), [true, true]);
    assert_eq!(forked.desk(SOUTH).verify_log(0, &|_, _| {}).expect("checked").faults, []);
}

#[test]
fn a_withdrawal_crosses_the_freeze_and_is_answered() {
    let mut siege = Siege::of(&[NORTH, SOUTH, EAST]);
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(30));
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    siege.heard();
    let referral = offered.thread;
    let mut forked = fork(siege);
    forked.come_to_light();
    let withdrawn = ConsentWithdrawn { chain: offered.consent.1, by: EndedBy::Person };
    let position = forked.siege.hostile.say(referral, withdrawn);
    assert_eq!(forked.siege.send(&[position]), Taking::Kept);
    forked.siege.town.pass(HOUR);
    forked.siege.heard();
    let answers: Vec<_> = forked.siege.answers(referral).iter().map(Event::name).collect();
    assert!(answers.contains(&"WithdrawalAcknowledged") && answers.contains(&"Erased"), "{answers:?}");
}

fn accuse(siege: &mut Siege, body: FraudProven) -> Taking {
    let mut entry = siege.hostile.entry(&body.into(), notices_of(siege.hostile.id));
    entry.audience = waymark_seal::Audience::Network;
    let (seq, prev) = siege.hostile.last_of(entry.audience);
    (entry.pair_seq, entry.pair_prev) = (seq + 1, prev);
    let position = siege.hostile.log(&entry, Vec::new());
    siege.send(&[position])
}

#[test]
fn a_false_proof_freezes_nobody_and_is_held_against_who_shows_it() {
    let mut siege = Siege::of(&[NORTH, SOUTH, EAST]);
    let (north, south) = (siege.town.id(NORTH), siege.victim());
    let checkpoint = siege.town.desk(NORTH).checkpoint();
    let text = String::from_utf8(checkpoint).expect("text");
    let twice = format!("waymark-fraud/v1\n{text}==\n{text}").into_bytes();
    for (count, proof) in (1..).zip([twice, b"nonsense".to_vec(), Vec::new()]) {
        assert_eq!(accuse(&mut siege, FraudProven { office: north, log: 0, proof }), Taking::Kept);
        let found = siege.findings();
        assert_eq!(found, [(siege.hostile.id.to_string(), "false_accusation", count)]);
    }
    assert!(south.frauds().expect("read").is_empty());
    assert!(south.may_disclose_to(north).is_ok());
    siege.restart();
    assert!(siege.victim().may_disclose_to(north).is_ok());
}

#[test]
fn what_an_ended_key_signs_accuses_nobody() {
    let mut siege = Siege::of(&[NORTH, SOUTH, EAST]);
    // Only the head at the end of a key counts any more: whoever stole it signs what he likes.
    let roster =
        waymark_desk::read_roster(&data(&siege.town.folder, SOUTH), siege.hostile.now).expect("a roster");
    let head = |root: u8| {
        let head = Head { size: crate::hostile::ENDED.size, root: waymark_domain::ids::Hash([root; 32]) };
        verify_head(&roster, siege.hostile.id, 0, &siege.hostile.sign(0, head)).map(Side::head)
    };
    assert!(head(9).is_ok() && head(8).is_err());
    let ours = siege.hostile.sign(0, crate::hostile::ENDED);
    let theirs =
        siege.hostile.sign(0, Head { root: waymark_domain::ids::Hash([8; 32]), ..crate::hostile::ENDED });
    let pieces = [theirs, ours].map(|piece| String::from_utf8(piece).expect("text"));
    let proof = format!("waymark-fraud/v1\n{}==\n{}", pieces[0], pieces[1]).into_bytes();
    let body = FraudProven { office: siege.hostile.id, log: 0, proof };
    assert_eq!(accuse(&mut siege, body), Taking::Kept);
    assert!(siege.victim().frauds().expect("read").is_empty());
    assert!(siege.victim().may_disclose_to(siege.hostile.id).is_ok());
}

#[test]
fn nothing_is_cosigned_for_a_frozen_office() {
    let mut forked = forked();
    forked.come_to_light();
    let hostile = &mut forked.siege.hostile;
    let old = hostile.size();
    hostile.message(THREAD, |_| ());
    let proof = hostile.growth(old, old + 1).expect("a proof").path;
    let request = AddCheckpoint { old, proof, checkpoint: hostile.sign(LOG, hostile.head(old + 1)) };
    let answer: Result<Answer, NotCosigned> = forked.desk(SOUTH).cosign(&request.encode());
    assert!(matches!(answer, Ok(Answer::NotFound)), "{answer:?}");
    assert_eq!(Hostile::slot(), crate::bad_input::slot_of(3));
}
