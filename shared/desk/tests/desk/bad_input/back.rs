//! Giving back: what a hostile office sends to one whose log was closed, and what it asks for itself.

use waymark_desk::Taking;
use waymark_domain::event::log::EntryInError;
use waymark_domain::ids::{EventId, ThreadId};
use waymark_seal::hash::leaf_hash;
use waymark_seal::letter::{Chain, GivenBack, LetterFault, LetterKind, SeenHead};
use waymark_seal::merkle::Frontier;
use waymark_seal::unplaced::Kept;
use waymark_seal::{Head, entry::Audience};

use super::{SOUTH, Siege};

const THREAD: ThreadId = ThreadId([1; 16]);

/// The victim goes on in a new log and has asked the hostile office for what it holds of the old one; from which number.
fn asked() -> (Siege, u64) {
    let mut siege = Siege::new();
    siege.town.crash(SOUTH);
    siege.town.close_log_signed(SOUTH, &[("root", 50)]);
    siege.town.open_and_begin(SOUTH);
    let Head { size, root } = siege.log();
    let knows = LetterKind::RosterAsked { above: 9 };
    let letter = siege.hostile.seal_having_seen(SeenHead { log: 1, size, root }, knows);
    assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
    siege.town.exchange();
    siege.victim().get_back().expect("asked");
    siege.town.pass(60);
    siege.victim().get_back().expect("asked");
    let from = siege.heard().into_iter().find_map(|kind| match kind {
        LetterKind::BackAsked { log: 0, chain: Chain::Pair, from_seq } => Some(from_seq),
        _ => None,
    });
    (siege, from.expect("the victim asks for what it lost"))
}

fn given(from_seq: u64, items: Vec<Kept>) -> GivenBack {
    GivenBack { log: 0, chain: Chain::Pair, from_seq, to_seq: from_seq, held: from_seq, sent: 0, items }
}

/// An entry that only the hostile office has signed, dressed as one of the victim's closed log.
fn forged(siege: &mut Siege) -> Kept {
    let victim = siege.town.id(SOUTH);
    let event = EntryInError { entry: EventId([9; 16]) };
    let mut entry = siege.hostile.entry(&event.into(), THREAD);
    (entry.office, entry.log, entry.index) = (victim, 0, 0);
    entry.audience = Audience::Office(siege.hostile.id);
    let entry = entry.encode();
    let mut tree = Frontier::new();
    tree.push(leaf_hash(&entry));
    let checkpoint = siege.hostile.sign(0, Head { size: 1, root: tree.root() });
    let checkpoint = String::from_utf8(checkpoint).expect("text");
    // The victim's own name over the hostile office's signature.
    let checkpoint = checkpoint.replace(&siege.hostile.id.to_string(), &victim.to_string());
    Kept { entry, bodies: Vec::new(), checkpoint: checkpoint.into_bytes(), path: Vec::new() }
}

#[test]
fn what_the_victim_did_not_sign_is_not_taken_back() {
    let (mut siege, from) = asked();
    let before = siege.victim().history(THREAD).expect("read").len();
    let forged = forged(&mut siege);
    assert_eq!(siege.bring(LetterKind::GivenBack(given(from, vec![forged]))), Taking::Kept);
    assert_eq!(siege.victim().history(THREAD).expect("read").len(), before);
    let findings = siege.findings();
    assert!(
        findings
            .iter()
            .any(|(_, verdict, _)| ["bad_signature", "wrong_log", "bad_checkpoint"].contains(verdict)),
        "{findings:?}"
    );
    siege.still_serves();
    assert_eq!(siege.victim().verify_log(0, &|_, _| {}).expect("checked").faults, []);
}

#[test]
fn what_was_not_asked_for_is_not_looked_at() {
    let (mut siege, from) = asked();
    let before = siege.log();
    for odd in [
        GivenBack { log: 1, ..given(from, Vec::new()) },
        GivenBack { log: 7, ..given(from, Vec::new()) },
        given(from + 1, Vec::new()),
    ] {
        assert_eq!(siege.bring(LetterKind::GivenBack(odd)), Taking::Kept);
    }
    assert_eq!((siege.log(), siege.findings()), (before, Vec::new()));
    assert!(siege.victim().awaited().contains(&siege.hostile.id), "it has given nothing back");
    siege.still_serves();
}

#[test]
fn numbers_without_end_hold_up_nobody_but_their_writer() {
    let (mut siege, from) = asked();
    let endless = GivenBack { to_seq: u64::MAX, held: u64::MAX, sent: u64::MAX, ..given(from, Vec::new()) };
    assert_eq!(siege.bring(LetterKind::GivenBack(endless)), Taking::Kept);
    siege.town.pass(60);
    siege.town.exchange();
    assert_eq!(siege.victim().awaited(), [siege.hostile.id]);
    siege.still_serves();
}

#[test]
fn a_letter_whose_numbers_contradict_each_other_is_refused() {
    let (mut siege, from) = asked();
    let address = siege.hostile.address();
    for odd in [
        given(0, Vec::new()),
        GivenBack { to_seq: from + 1, ..given(from, Vec::new()) },
        GivenBack { to_seq: from - 2, held: 0, ..given(from, Vec::new()) },
    ] {
        let letter = waymark_seal::letter::Letter { seen: None, kind: LetterKind::GivenBack(odd) };
        let inbox = siege.hostile.inbox;
        let sealed =
            waymark_seal::letter::seal_letter(siege.hostile.rng(), &address, inbox.as_ref(), &letter);
        assert_eq!(sealed, Err(LetterFault::OverLimit("numbers given back")));
    }
}

#[test]
fn who_asks_back_gets_only_its_own_and_only_what_there_is() {
    let mut siege = Siege::new();
    for (log, chain, from_seq) in
        [(0, Chain::Pair, 1), (1, Chain::Pair, u64::MAX), (9, Chain::Network, 1), (1, Chain::Network, 1)]
    {
        assert_eq!(siege.bring(LetterKind::BackAsked { log, chain, from_seq }), Taking::Kept);
        let answers: Vec<_> = siege
            .heard()
            .into_iter()
            .filter_map(|kind| match kind {
                LetterKind::GivenBack(given) => Some(given),
                _ => None,
            })
            .collect();
        for kept in answers.iter().flat_map(|given| &given.items) {
            let entry = waymark_seal::Entry::parse(&kept.entry).expect("an entry");
            assert_eq!(entry.office, siege.hostile.id, "another office's entry was given away");
        }
        assert_eq!(answers.len(), 1, "log {log}, {chain:?} from {from_seq}");
    }
    siege.still_serves();
}
