//! Offices as each other's witnesses: what is cosigned, what never is, and what follows from it.

use std::sync::Arc;
use std::thread;

use waymark_desk::{Desk, NotCosigned, NotReady, SubmitError, heads_of, notices_of, read_roster};
use waymark_domain::command::{
    AcceptReferral, AcknowledgeReferral, DiscloseSections, OpenCase, PublishProfile,
};
use waymark_domain::event::Event;
use waymark_domain::event::log::Witnessed;
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::time::{DAY, HOUR};
use waymark_domain::words::Category;
use waymark_seal::cosign::{Cosigner, Timed};
use waymark_seal::letter::{Address, Letter, LetterKind, open_letter, seal_letter};
use waymark_seal::rng::Seeded;
use waymark_seal::witness::{AddCheckpoint, Answer, Told};
use waymark_seal::{Head, Origin};

use crate::bad_input::{SOUTH, Siege, profile};
use crate::exchange::offered;
use crate::hostile::{Hostile, LOG};
use crate::town::{NETWORK, Town, data, slot};

/// Longer than a round of asking lasts.
const A_FEW: usize = 3;

/// The heads that an office has cosigned, in the order of its log.
fn witnessed(desk: &Desk) -> Vec<Witnessed> {
    let history = desk.history(heads_of(desk.me())).expect("the history");
    let heads = history.into_iter().filter_map(|seen| match seen.event {
        Ok(Event::Witnessed(body)) => Some(body),
        _ => None,
    });
    heads.collect()
}

fn sizes(town: &Town) -> Vec<u64> {
    town.desks.iter().flatten().map(|desk| desk.status().head.size).collect()
}

fn of_organisations(names: &[&str]) -> Town {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Town::of_organisations(&names, |_| Vec::new())
}

#[test]
fn a_head_is_cosigned_by_two_other_organisations() {
    let mut town = Town::new(3);
    town.does(1, OpenCase::default()).expect("opened");
    let size = town.desk(1).status().head.size;
    town.minutes(A_FEW);
    let stands = town.desk(1).witnessing();
    assert!(stands.under_quorum >= size && stands.silent.is_empty());
    let newest = stands.newest.expect("a cosigned head");
    let who: Vec<OfficeId> = newest.cosignatures.iter().map(|one| one.office).collect();
    let mut others = vec![town.id(2), town.id(3)];
    others.sort_unstable();
    assert_eq!(who, others);
    let roster = read_roster(&data(&town.folder, 1), town.clock_now()).expect("a roster");
    let origin = Origin { network: NETWORK, office: town.id(1), log: 0 };
    let head = Head { size: newest.size, root: newest.root };
    for one in &newest.cosignatures {
        let key = roster.office(&one.office).expect("an office").witness.expect("a key");
        let witness = Cosigner::of(&NETWORK, &one.office, key);
        assert!(witness.cosigned(&origin, &head, &Timed::from(one)));
    }
    for number in 1..=3 {
        town.stop(number);
        town.open(number);
        assert_eq!(town.desk(number).verify_log(0, &|_, _| {}).expect("checked").faults, []);
    }
    assert_eq!(town.desk(1).witnessing().newest, Some(newest), "it is in the log");
}

#[test]
fn two_offices_of_one_organisation_count_once() {
    let mut town = of_organisations(&["own", "red", "red", "blue"]);
    town.minutes(A_FEW);
    town.crash(4);
    town.does(1, OpenCase::default()).expect("opened");
    let size = town.desk(1).status().head.size;
    town.minutes(10);
    let stands = town.desk(1).witnessing();
    assert!(stands.under_quorum < size, "red alone was enough");
    let newest = stands.newest.expect("a cosigned head");
    assert!(newest.size >= size && newest.cosignatures.len() == 2, "both reds have cosigned it: {newest:?}");
    assert_eq!(stands.silent.iter().map(|(office, _)| *office).collect::<Vec<_>>(), [town.id(4)]);
    town.open_and_begin(4);
    town.minutes(10);
    let stands = town.desk(1).witnessing();
    assert!(stands.under_quorum >= size && stands.silent.is_empty(), "{stands:?}");
}

#[test]
fn offices_with_nothing_to_say_come_to_rest() {
    let mut town = Town::new(5);
    town.does(2, PublishProfile { profile: profile() }).expect("published");
    town.minutes(10);
    let before = sizes(&town);
    for number in 1..=5 {
        let stands = town.desk(number).witnessing();
        assert!(stands.under_quorum > 0 && stands.silent.is_empty(), "office {number}: {stands:?}");
    }
    town.minutes(120);
    assert_eq!(sizes(&town), before, "witnesses keep each other busy");
}

#[test]
fn where_nobody_else_could_cosign_nobody_is_asked_and_nothing_is_flagged() {
    let mut town = of_organisations(&["own", "own"]);
    offered(&mut town);
    town.minutes(A_FEW);
    let stands = town.desk(1).witnessing();
    assert!(stands.nobody && stands.newest.is_none() && stands.silent.is_empty());
    assert!(flags(&town, 1).iter().all(|unwitnessed| !unwitnessed));
}

/// Of each disclosure of an office, whether it is flagged.
fn flags(town: &Town, office: u16) -> Vec<bool> {
    let desk = town.desk(office);
    let found = (0..desk.status().head.size).filter_map(|index| desk.disclosure_at(index).expect("read"));
    found.filter(|found| found.from == town.id(office)).map(|found| found.unwitnessed).collect()
}

#[test]
fn a_disclosure_before_the_quorum_is_flagged_and_the_flag_clears_by_itself() {
    let mut town = Town::new(3);
    town.minutes(A_FEW);
    town.crash(3);
    let referral = offered(&mut town);
    town.minutes(A_FEW);
    assert_eq!(flags(&town, 1), [true]);
    town.stop(1);
    town.open_and_begin(1);
    assert_eq!(flags(&town, 1), [true], "a start forgets it");
    town.open_and_begin(3);
    town.minutes(10);
    assert_eq!(flags(&town, 1), [false]);
    assert!(matches!(town.desk(1).thread(referral), Ok(Some(_))));
}

#[test]
fn after_a_day_without_witnesses_nothing_is_disclosed_and_it_goes_on_by_itself_once_they_are_back() {
    let mut town = Town::new(3);
    town.minutes(A_FEW);
    town.crash(3);
    let referral = offered(&mut town);
    town.exchange();
    town.pass(DAY + HOUR);
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    let disclosed = |town: &Town| {
        let history = town.desk(2).history(referral).expect("the history");
        history.iter().any(|seen| matches!(seen.event, Ok(Event::SectionsDisclosed(_))))
    };
    assert!(!disclosed(&town), "her sections went out under a consent that only north has seen");
    let disclose = DiscloseSections { referral, categories: vec![Category::Identity] };
    match town.does(1, disclose) {
        Err(SubmitError::Refused(refusal)) => assert_eq!(refusal.reason(), "CONSENT_UNWITNESSED"),
        other => panic!("{other:?}"),
    }
    town.open_and_begin(3);
    town.minutes(70);
    assert!(disclosed(&town), "it did not go on by itself");
    assert!(flags(&town, 1).iter().all(|unwitnessed| !unwitnessed));
}

#[test]
fn an_office_started_from_an_old_copy_is_stopped_by_a_witness_to_which_it_wrote_nothing_since() {
    let mut town = Town::new(3);
    town.minutes(A_FEW);
    let old = town.copy_of(1);
    // A case is for nobody else: only the cosigned head tells of it.
    town.does(1, OpenCase::default()).expect("opened");
    town.minutes(A_FEW);
    let cosigned = town.desk(1).witnessing().newest.expect("a cosigned head").size;
    for number in [2, 3] {
        town.stop(number);
        std::fs::remove_dir_all(data(&town.folder, number).join("index")).expect("removed");
    }
    town.crash(1);
    town.put_back(1, &old);
    for number in 1..=3 {
        town.open(number);
    }
    town.exchange_some(5);
    let refused = town.does(1, OpenCase::default());
    let Err(SubmitError::NotReady(NotReady::Behind { theirs, .. })) = refused else { panic!("{refused:?}") };
    assert_eq!(theirs, cosigned);
    // Nor does it cosign: it may have cosigned a larger head than it remembers.
    let request = request_of(&town.desk(2), 0);
    assert!(matches!(town.desk(1).cosign(&request), Err(NotCosigned::NotReady(NotReady::Behind { .. }))));
}

fn request_of(desk: &Desk, old: u64) -> Vec<u8> {
    AddCheckpoint { old, proof: Vec::new(), checkpoint: desk.checkpoint() }.encode()
}

#[test]
fn a_witness_that_claims_to_know_more_is_asked_for_it_and_stops_nobody() {
    let mut town = Town::new(3);
    town.minutes(A_FEW);
    town.crash(3);
    town.does(1, OpenCase::default()).expect("opened");
    // The round begins and office 2 answers; office 3 lies instead.
    town.pass(60);
    town.desk(1).seek_cosignatures();
    let size = town.desk(1).status().durable_size;
    let origin = Origin { network: NETWORK, office: town.id(1), log: 0 }.to_string();
    town.mail.clear();
    for known in [size + 1_000, 1, 1, 1, 1, size, size] {
        let told = Told { origin: origin.clone(), size, answer: Answer::Conflict(known) };
        let letter = letter_from(&town, 3, 1, LetterKind::CosignTold(told.encode()));
        town.deliver(slot(3), slot(1), &letter);
    }
    town.collect();
    let kinds: Vec<LetterKind> = plain_letters(&town, 3);
    assert!(
        kinds.contains(&LetterKind::HeadAsked { log: 0 }),
        "it is not asked for what it claims: {kinds:?}"
    );
    town.does(1, OpenCase::default()).expect("a claim stops nobody");
    // A signature of somebody else is none.
    let told = Told { origin, size, answer: Answer::Cosigned("\u{2014} x AAAAAAAA\n".into()) };
    let is_found =
        |town: &Town| town.desk(1).status().findings.iter().any(|found| found.verdict == "bad_cosignature");
    for (time, found) in [("its key may be in a roster that is not here yet", false), ("it is not", true)] {
        town.pass(if found { HOUR } else { 0 });
        let letter = letter_from(&town, 3, 1, LetterKind::CosignTold(told.encode()));
        town.deliver(slot(3), slot(1), &letter);
        assert_eq!(is_found(&town), found, "{time}");
    }
    assert!(town.desk(1).witnessing().under_quorum < size);
}

/// Letters under way to an office that travel unsealed.
fn plain_letters(town: &Town, to: u16) -> Vec<LetterKind> {
    let letters = town.mail.iter().filter(|(_, at, _)| *at == slot(to));
    let opened = letters.filter_map(|(_, _, bytes)| open_letter(bytes, NETWORK, town.id(to), |_| None).ok());
    opened.map(|opened| opened.letter.kind).collect()
}

/// A letter of an office whose node does not run, sealed to another.
fn letter_from(town: &Town, from: u16, to: u16, kind: LetterKind) -> Vec<u8> {
    let notices = town.desk(to).history(notices_of(town.id(to))).expect("notices");
    let mut keys = notices.iter().filter_map(|seen| match &seen.event {
        Ok(Event::InboxKey(key)) => Some(key.key),
        _ => None,
    });
    let inbox = keys.next_back().expect("an inbox key");
    let mut rng = Seeded::new(u64::from(from) << 8 | town.mail.len() as u64);
    let address = Address { network: NETWORK, from: town.id(from), to: town.id(to), id: [from as u8; 16] };
    seal_letter(&mut rng, &address, Some(&inbox), &Letter { seen: None, kind }).expect("a letter")
}

#[test]
fn a_clock_that_was_set_back_is_known_from_what_others_signed() {
    let mut town = Town::new(3);
    town.minutes(A_FEW);
    town.does(1, OpenCase::default()).expect("opened");
    town.minutes(A_FEW);
    town.set_back(HOUR / 2);
    town.desk(1).seek_cosignatures();
    assert!(town.desk(1).witnessing().clock_behind.is_none(), "clocks differ");
    town.set_back(2 * HOUR);
    for _ in 0..5 {
        town.desk(1).seek_cosignatures();
    }
    assert!(town.desk(1).witnessing().clock_behind.is_some());
    let found = town.desk(1).status().findings;
    let counted: Vec<_> = found.iter().filter(|found| found.verdict == "clock_set_back").collect();
    assert_eq!(counted.len(), 1, "{found:?}");
    assert_eq!(counted[0].count, 1, "it is said again all the time");
}

// The witness and a hostile log.

fn request(hostile: &Hostile, old: u64, size: u64) -> AddCheckpoint {
    let grown = 0 < old && old < size;
    let proof = if grown { hostile.growth(old, size).expect("a proof").path } else { Vec::new() };
    AddCheckpoint { old, proof, checkpoint: hostile.sign(LOG, hostile.head(size)) }
}

impl Siege {
    /// What the victim answers to a letter of the hostile office; none when it answers nothing.
    fn asks(&mut self, request: &AddCheckpoint) -> Option<Answer> {
        self.asks_bytes(request.encode())
    }

    fn asks_bytes(&mut self, request: Vec<u8>) -> Option<Answer> {
        self.bring(LetterKind::CosignAsked(request));
        let told = self.heard().into_iter().find_map(|kind| match kind {
            LetterKind::CosignTold(bytes) => Told::parse(&bytes),
            _ => None,
        });
        told.map(|told| told.answer)
    }

    fn grows(&mut self, entries: usize) -> u64 {
        for _ in 0..entries {
            self.hostile.message(ThreadId([9; 16]), |_| ());
        }
        self.hostile.size()
    }

    /// The size of the hostile log that the victim knows.
    fn known(&self) -> u64 {
        let cards = self.victim().offices();
        cards.iter().find(|card| card.id == self.hostile.id).expect("in the roster").log_size
    }

    fn forks(&self) -> u64 {
        let forks = self.findings().into_iter().filter(|(_, verdict, _)| *verdict == "forked_tree");
        forks.map(|(_, _, count)| count).sum()
    }
}

#[test]
fn a_letter_is_answered_as_the_standard_says() {
    let mut siege = Siege::new();
    let (held, size) = (siege.hostile.held, siege.grows(3));
    let good = request(&siege.hostile, held, size);
    assert_eq!(siege.asks_bytes(b"old 0\n".to_vec()), Some(Answer::BadRequest));
    assert_eq!(siege.asks(&AddCheckpoint { old: size + 1, ..good.clone() }), Some(Answer::BadRequest));
    let own = siege.victim().checkpoint();
    assert_eq!(siege.asks(&AddCheckpoint { old: 0, proof: vec![], checkpoint: own }), Some(Answer::NotFound));
    let closed = siege.hostile.sign(0, siege.hostile.head(size));
    assert_eq!(siege.asks(&AddCheckpoint { checkpoint: closed, ..good.clone() }), Some(Answer::NotFound));
    let text = String::from_utf8(good.checkpoint.clone()).expect("text");
    let larger = text.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
    assert_eq!(
        siege.asks(&AddCheckpoint { checkpoint: larger.into_bytes(), ..good.clone() }),
        Some(Answer::Forbidden),
        "a known key with a signature that does not hold"
    );
    let unsigned = text.rsplit_once("\n\n").map(|(text, _)| format!("{text}\n\n\u{2014} x AAAAAAAA\n"));
    let unsigned = AddCheckpoint { checkpoint: unsigned.expect("a note").into_bytes(), ..good.clone() };
    assert_eq!(siege.asks(&unsigned), Some(Answer::Forbidden), "nobody who is known has signed");
    assert_eq!(
        siege.asks(&AddCheckpoint { old: 0, proof: vec![], ..good.clone() }),
        Some(Answer::Conflict(held)),
        "what came with letters counts"
    );
    assert!(witnessed(&siege.victim()).iter().all(|head| head.office != siege.hostile.id));
    assert_eq!(siege.forks(), 0);
    let mut wrong = good.clone();
    wrong.proof.pop();
    assert_eq!(siege.asks(&wrong), Some(Answer::Unprocessable));
    assert_eq!(siege.forks(), 1, "its own letter says that its log does not continue");
    assert!(matches!(siege.asks(&good), Some(Answer::Cosigned(_))));
    let log = siege.log();
    assert_eq!(siege.asks(&good), Some(Answer::Conflict(size)));
    let again = request(&siege.hostile, size, size);
    assert!(matches!(siege.asks(&again), Some(Answer::Cosigned(_))));
    assert_eq!(siege.log(), log, "the same head is in the log once");
}

#[test]
fn a_stranger_with_a_bad_proof_accuses_nobody() {
    let mut siege = Siege::new();
    let size = siege.grows(3);
    let mut wrong = request(&siege.hostile, siege.hostile.held, size);
    wrong.proof.pop();
    assert!(matches!(siege.victim().cosign(&wrong.encode()), Ok(Answer::Unprocessable)));
    assert_eq!(siege.forks(), 0);
}

#[test]
fn a_fork_shown_to_two_witnesses_is_refused_by_the_second_once_it_has_seen_a_letter_and_freezes_the_office() {
    let mut siege = Siege::new();
    let shown = siege.hostile.message(ThreadId([9; 16]), |_| ());
    siege.send(&[shown]);
    // Another history from there on, of the same size and then of a larger one.
    let size = siege.hostile.size();
    siege.hostile.forget_from(size as usize - 1);
    siege.hostile.message(ThreadId([8; 16]), |_| ());
    let same = request(&siege.hostile, size - 1, size);
    assert_eq!(siege.asks(&same), Some(Answer::Conflict(size)));
    assert_eq!(siege.forks(), 1, "both heads are signed");
    let larger = siege.grows(2);
    let fork = request(&siege.hostile, size, larger);
    assert_eq!(siege.asks(&fork), Some(Answer::NotFound));
    assert_eq!(siege.victim().frauds().expect("read").len(), 1);
    assert!(witnessed(&siege.victim()).iter().all(|head| head.office != siege.hostile.id));
}

#[test]
fn of_two_requests_at_once_one_is_cosigned_and_nothing_rolls_back() {
    let mut siege = Siege::new();
    for _ in 0..15 {
        let old = siege.known();
        let [small, large] = [1, 2].map(|entries| {
            let size = siege.grows(entries);
            request(&siege.hostile, old, size).encode()
        });
        let answers: Vec<Answer> = thread::scope(|scope| {
            let ask = |request: &Vec<u8>| {
                let (desk, request): (Arc<Desk>, _) = (siege.victim(), request.clone());
                scope.spawn(move || desk.cosign(&request).expect("an answer"))
            };
            let asked = [ask(&large), ask(&small)];
            asked.map(|thread| thread.join().expect("answered")).into()
        });
        let cosigned = answers.iter().filter(|answer| matches!(answer, Answer::Cosigned(_))).count();
        assert_eq!(cosigned, 1, "both passed against one head: {answers:?}");
    }
    let heads = witnessed(&siege.victim());
    let heads: Vec<u64> =
        heads.iter().filter(|head| head.office == siege.hostile.id).map(|head| head.size).collect();
    assert!(heads.len() == 15 && heads.is_sorted_by(|one, next| one < next), "{heads:?}");
}

#[test]
fn what_was_durable_before_the_answer_left_is_answered_again_and_never_less() {
    let mut siege = Siege::new();
    let (held, size) = (siege.hostile.held, siege.grows(3));
    let good = request(&siege.hostile, held, size);
    // The answer is lost with the node.
    siege.victim().cosign(&good.encode()).expect("an answer");
    for index in [true, false] {
        siege.town.crash(SOUTH);
        if index {
            std::fs::remove_dir_all(data(&siege.town.folder, SOUTH).join("index")).expect("removed");
        }
        siege.town.pass(30);
        siege.town.open(SOUTH);
        siege.town.exchange();
        siege.town.pass(6);
        siege.town.exchange();
        assert!(matches!(siege.victim().cosign(&good.encode()), Ok(Answer::Conflict(at)) if at == size));
        let smaller = request(&siege.hostile, held, size - 1).encode();
        assert!(matches!(siege.victim().cosign(&smaller), Ok(Answer::Conflict(at)) if at == size));
        let again = request(&siege.hostile, size, size).encode();
        assert!(matches!(siege.victim().cosign(&again), Ok(Answer::Cosigned(_))));
    }
    let heads = witnessed(&siege.victim());
    assert_eq!(heads.iter().filter(|head| head.office == siege.hostile.id).count(), 1);
}

#[test]
fn who_asks_without_end_does_not_fill_the_log() {
    let mut siege = Siege::new();
    let mut old = siege.hostile.held;
    let mut taken = 0;
    let refused = loop {
        let size = siege.grows(1);
        match siege.victim().cosign(&request(&siege.hostile, old, size).encode()) {
            Ok(Answer::Cosigned(_)) => (old, taken) = (size, taken + 1),
            other => break other,
        }
        assert!(taken < 2_000, "there is no end");
    };
    assert!(matches!(refused, Err(NotCosigned::TooMany)), "{refused:?}");
    assert_eq!(taken, 600);
    assert!(siege.findings().iter().any(|(_, verdict, _)| *verdict == "too_many_heads"));
    siege.town.pass(HOUR);
    let size = siege.hostile.size();
    let later = siege.victim().cosign(&request(&siege.hostile, old, size).encode());
    assert!(matches!(later, Ok(Answer::Cosigned(_))), "{later:?}");
}
