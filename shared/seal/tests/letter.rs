//! Letters: sealed or plain, whole or in parts, and every way in which one may be wrong.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use proptest::prelude::*;
use waymark_domain::ids::{EventId, Hash, NetworkId, OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::hash::ZERO;
use waymark_seal::kem::{KemSecret, kem_hash};
use waymark_seal::letter::parts::{Gathered, Joiner, PIECE, WHOLE_MAX, enclose};
use waymark_seal::letter::{
    Address, Chain, Checkpoint, Consistency, ENVELOPE_MAX, Entries, Envelope, Item, Letter, LetterFault,
    LetterKind, Opened, Part, Sealed, SeenHead, open_letter, seal_letter,
};
use waymark_seal::rng::Seeded;
use waymark_seal::{Audience, Basis, Body, Entry, canonical};

const NETWORK: NetworkId = NetworkId([1; 16]);
const NORTH: OfficeId = OfficeId([2; 16]);
const SOUTH: OfficeId = OfficeId([3; 16]);

fn address() -> Address {
    Address { network: NETWORK, from: NORTH, to: SOUTH, id: [9; 16] }
}

fn entry(audience: Audience) -> Vec<u8> {
    let entry = Entry {
        version: 1,
        suite: 1,
        network: NETWORK,
        office: NORTH,
        log: 0,
        index: 5,
        event: EventId([4; 16]),
        roster: 1,
        claimed_at: Timestamp(1_790_000_000),
        audience,
        pair_seq: 1,
        pair_prev: ZERO,
        kind: 16,
        thread: ThreadId([6; 16]),
        thread_prev: None,
        basis: Basis::None,
        causes: Vec::new(),
        public: Vec::new(),
        actor: Vec::new(),
        sections: Vec::new(),
        grants: Vec::new(),
    };
    entry.encode()
}

fn entries(audience: Audience, body: usize) -> Letter {
    let item = Item {
        entry: entry(audience),
        path: vec![Hash([7; 32]); 3],
        bodies: vec![Body::Whole(vec![5; body]), Body::Withheld(Hash([8; 32]))],
    };
    let consistency = Some(Consistency { from_size: 2, path: vec![Hash([1; 32])] });
    let kind =
        LetterKind::Entries(Entries { log: 0, checkpoint: b"head".to_vec(), consistency, items: vec![item] });
    Letter { seen: Some(SeenHead { log: 0, size: 4, root: Hash([2; 32]) }), kind }
}

fn plain(kind: LetterKind) -> Letter {
    Letter { seen: None, kind }
}

fn read(bytes: &[u8], secret: &KemSecret) -> Result<Opened, LetterFault> {
    open_letter(bytes, NETWORK, SOUTH, |hash| (*hash == kem_hash(&secret.public())).then(|| secret.clone()))
}

#[test]
fn a_sealed_letter_opens_for_its_recipient_only_and_shows_only_a_padded_size() {
    let mut rng = Seeded::new(1);
    let secret = KemSecret::random(&mut rng);
    let letter = entries(Audience::Office(SOUTH), 512);
    let bytes = seal_letter(&mut rng, &address(), Some(&secret.public()), &letter).unwrap();
    let opened = read(&bytes, &secret).unwrap();
    assert_eq!(opened, Opened { address: address(), letter, sealed: true });
    let payload = Envelope::parse(&bytes).unwrap().payload.len();
    for smaller in 500..512 {
        let letter = entries(Audience::Office(SOUTH), smaller);
        let bytes = seal_letter(&mut rng, &address(), Some(&secret.public()), &letter).unwrap();
        assert_eq!(Envelope::parse(&bytes).unwrap().payload.len(), payload, "body of {smaller}");
    }
    assert_eq!(read(&bytes, &KemSecret::random(&mut rng)), Err(LetterFault::UnknownInboxKey));
}

#[test]
fn a_letter_with_another_outside_does_not_open() {
    let mut rng = Seeded::new(1);
    let secret = KemSecret::random(&mut rng);
    let letter = entries(Audience::Office(SOUTH), 10);
    let bytes = seal_letter(&mut rng, &address(), Some(&secret.public()), &letter).unwrap();
    let changed = |change: &dyn Fn(&mut Envelope)| {
        let mut envelope = Envelope::parse(&bytes).unwrap();
        change(&mut envelope);
        read(&canonical::encode(&envelope), &secret)
    };
    assert!(changed(&|_| ()).is_ok());
    assert_eq!(changed(&|envelope| envelope.from = OfficeId([7; 16])), Err(LetterFault::Unopenable));
    assert_eq!(changed(&|envelope| envelope.id = [7; 16]), Err(LetterFault::Unopenable));
    assert_eq!(changed(&|envelope| envelope.payload[0] ^= 1), Err(LetterFault::Unopenable));
    assert_eq!(changed(&|envelope| envelope.payload.truncate(40)), Err(LetterFault::Unopenable));
    assert_eq!(changed(&|envelope| envelope.to = NORTH), Err(LetterFault::NotForUs));
    assert_eq!(changed(&|envelope| envelope.network = NetworkId([7; 16])), Err(LetterFault::WrongNetwork));
    assert_eq!(changed(&|envelope| envelope.version = 2), Err(LetterFault::UnknownVersion(2)));
    let other_enc = |envelope: &mut Envelope| {
        if let Sealed::ToInbox { enc, .. } = &mut envelope.sealed {
            enc[3] ^= 1;
        }
    };
    assert_eq!(changed(&other_enc), Err(LetterFault::Unopenable));
    assert_eq!(changed(&|envelope| envelope.sealed = Sealed::Plain), Err(LetterFault::Malformed));
}

#[test]
fn only_what_names_no_thread_may_go_plain() {
    let mut rng = Seeded::new(1);
    let secret = KemSecret::random(&mut rng);
    let checkpoint = Some(Checkpoint(b"head".to_vec()));
    let may = [
        entries(Audience::Network, 0),
        plain(LetterKind::ResendAsked { log: 0, chain: Chain::Pair, from_seq: 3, to_seq: 9 }),
        plain(LetterKind::HeadAsked { log: 1 }),
        plain(LetterKind::HeadTold { log: 1, head: checkpoint }),
        plain(LetterKind::HeadTold { log: 1, head: None }),
        plain(LetterKind::RosterTold { versions: vec![b"one".to_vec(), b"two".to_vec()] }),
        plain(LetterKind::RosterAsked { above: 4 }),
    ];
    for letter in may {
        let bytes = seal_letter(&mut rng, &address(), None, &letter).unwrap();
        let opened = read(&bytes, &secret).unwrap();
        assert_eq!((opened.letter, opened.sealed), (letter, false));
    }
    let broken = Item { entry: b"not an entry".to_vec(), path: Vec::new(), bodies: Vec::new() };
    let LetterKind::Entries(mut mixed) = entries(Audience::Network, 0).kind else { unreachable!() };
    mixed.items.push(broken);
    let may_not = [
        entries(Audience::Office(SOUTH), 0),
        entries(Audience::Nobody, 0),
        plain(LetterKind::Entries(mixed)),
        plain(LetterKind::CosignAsked(Vec::new())),
        plain(LetterKind::CosignTold(Vec::new())),
    ];
    for letter in may_not {
        assert_eq!(seal_letter(&mut rng, &address(), None, &letter), Err(LetterFault::MustBeSealed));
        // Nor is it taken from an office that sends it so.
        let mut envelope = Envelope::parse(
            &seal_letter(&mut rng, &address(), None, &entries(Audience::Network, 0)).unwrap(),
        )
        .unwrap();
        envelope.payload = letter.encode();
        assert_eq!(read(&canonical::encode(&envelope), &secret), Err(LetterFault::MustBeSealed));
    }
}

#[test]
fn every_limit_of_a_letter_has_its_name() {
    let mut rng = Seeded::new(1);
    let secret = KemSecret::random(&mut rng);
    let refuse = |kind: LetterKind, fault: LetterFault| {
        let letter = plain(kind);
        assert_eq!(Letter::parse(&letter.encode()), Err(fault));
        assert_eq!(seal_letter(&mut Seeded::new(2), &address(), Some(&secret.public()), &letter), Err(fault));
    };
    let change = |change: &dyn Fn(&mut Entries)| {
        let LetterKind::Entries(mut entries) = entries(Audience::Network, 0).kind else { unreachable!() };
        change(&mut entries);
        LetterKind::Entries(entries)
    };
    let limit = LetterFault::OverLimit;
    refuse(change(&|entries| entries.checkpoint = vec![0; 17_000]), limit("tree head"));
    refuse(change(&|entries| entries.items[0].path = vec![ZERO; 65]), limit("path"));
    refuse(change(&|entries| entries.items[0].entry = vec![0; 70_000]), limit("entry"));
    refuse(change(&|entries| entries.items[0].bodies = vec![Body::Withheld(ZERO); 33]), limit("bodies"));
    refuse(change(&|entries| entries.items = vec![entries.items[0].clone(); 257]), limit("entries"));
    let long = Some(Consistency { from_size: 1, path: vec![ZERO; 129] });
    refuse(change(&|entries| entries.consistency.clone_from(&long)), limit("consistency proof"));
    refuse(LetterKind::HeadTold { log: 0, head: Some(Checkpoint(vec![0; 17_000])) }, limit("tree head"));
    refuse(LetterKind::RosterTold { versions: vec![Vec::new(); 65] }, limit("roster versions"));
    refuse(LetterKind::CosignAsked(vec![0; 33_000]), limit("cosigning"));
    for (from_seq, to_seq) in [(0, 5), (6, 5)] {
        let chain = Chain::Network;
        refuse(LetterKind::ResendAsked { log: 0, chain, from_seq, to_seq }, limit("numbers asked for"));
    }
    let large = entries(Audience::Office(SOUTH), ENVELOPE_MAX);
    let refused = seal_letter(&mut rng, &address(), Some(&secret.public()), &large);
    assert_eq!(refused, Err(LetterFault::TooLarge));
    assert_eq!(Envelope::parse(&vec![1; ENVELOPE_MAX + 1]), Err(LetterFault::TooLarge));
    assert_eq!(Envelope::parse(&[]), Err(LetterFault::Malformed));
    let bytes = seal_letter(&mut rng, &address(), None, &entries(Audience::Network, 0)).unwrap();
    assert_eq!(Envelope::parse(&[bytes.as_slice(), &[0]].concat()), Err(LetterFault::TrailingBytes));
}

/// The parts of a letter, opened.
fn parts_of(letter: &Letter, secret: &KemSecret, seed: u64) -> Vec<Part> {
    let enclosed = enclose(&mut Seeded::new(seed), &address(), Some(&secret.public()), letter).unwrap();
    let ids: std::collections::BTreeSet<_> = enclosed.iter().map(|enclosed| enclosed.id).collect();
    assert_eq!(ids.len(), enclosed.len(), "each message has its own name");
    let parts = enclosed.into_iter().map(|enclosed| {
        assert!(enclosed.bytes.len() <= ENVELOPE_MAX);
        let opened = read(&enclosed.bytes, secret).unwrap();
        assert_eq!(opened.address.id, enclosed.id);
        match opened.letter.kind {
            LetterKind::Part(part) => part,
            other => panic!("not a part: {other:?}"),
        }
    });
    parts.collect()
}

/// Takes a part, and opens the letter once it is whole.
fn join(
    joiner: &mut Joiner,
    from: OfficeId,
    part: &Part,
    sealed: bool,
) -> Result<Option<Letter>, LetterFault> {
    joiner.take(from, part.clone(), sealed)?.map(Gathered::open).transpose()
}

#[test]
fn a_large_letter_travels_in_parts_in_any_order_and_twice() {
    let secret = KemSecret::random(&mut Seeded::new(5));
    let letter = entries(Audience::Office(SOUTH), 5 * PIECE);
    let mut parts = parts_of(&letter, &secret, 1);
    assert_eq!(parts.len(), 6);
    assert_eq!(parts_of(&letter, &secret, 2), parts, "made again, the parts are the same");
    parts.reverse();
    let mut joiner = Joiner::new(WHOLE_MAX);
    let mut joined = Vec::new();
    for part in parts.iter().chain(&parts) {
        joined.extend(join(&mut joiner, NORTH, part, true).unwrap());
        if joined.is_empty() {
            assert_eq!(join(&mut joiner, NORTH, part, true), Ok(None), "the same part twice");
        }
    }
    assert_eq!(joined, [letter.clone(), letter]);
}

#[test]
fn parts_that_lie_are_refused_and_a_full_joiner_forgets_the_oldest() {
    let secret = KemSecret::random(&mut Seeded::new(5));
    let letter = entries(Audience::Office(SOUTH), 2 * PIECE);
    let parts = parts_of(&letter, &secret, 1);
    let take = |joiner: &mut Joiner, part: &Part| join(joiner, NORTH, part, true);
    let mut joiner = Joiner::new(WHOLE_MAX);
    assert_eq!(take(&mut joiner, &parts[0]), Ok(None));
    let other_whole = Part { hash: ZERO, ..parts[1].clone() };
    assert_eq!(take(&mut joiner, &other_whole), Err(LetterFault::BrokenParts));
    let mut spoilt = parts[1].clone();
    spoilt.bytes[7] ^= 1;
    assert_eq!(take(&mut joiner, &spoilt), Ok(None));
    assert_eq!(take(&mut joiner, &parts[2]), Err(LetterFault::BrokenParts), "the hash tells");
    for lie in [
        Part { number: 3, ..parts[2].clone() },
        Part { count: 9, ..parts[0].clone() },
        Part { total: u32::MAX, ..parts[0].clone() },
        Part { total: 5, ..parts[0].clone() },
        Part { bytes: vec![0; 5], ..parts[0].clone() },
    ] {
        let fault = Letter::parse(&plain(LetterKind::Part(lie)).encode()).unwrap_err();
        assert!(
            matches!(fault, LetterFault::BrokenParts | LetterFault::OverLimit("letter in parts")),
            "{fault:?}"
        );
    }
    // One plain part spoils a letter that must be sealed.
    let mut joiner = Joiner::new(WHOLE_MAX);
    assert_eq!(take(&mut joiner, &parts[0]), Ok(None));
    assert_eq!(join(&mut joiner, NORTH, &parts[1], false), Ok(None));
    assert_eq!(take(&mut joiner, &parts[2]), Err(LetterFault::MustBeSealed));
    // Room for three pieces: the older letter goes when the newer needs it.
    let mut joiner = Joiner::new(3 * PIECE);
    let newer = parts_of(&entries(Audience::Office(SOUTH), 2 * PIECE + 9), &secret, 1);
    assert_eq!(take(&mut joiner, &parts[0]), Ok(None));
    assert_eq!(take(&mut joiner, &parts[1]), Ok(None));
    assert_eq!(take(&mut joiner, &newer[0]), Ok(None));
    assert_eq!(take(&mut joiner, &newer[1]), Ok(None));
    assert!(take(&mut joiner, &newer[2]).unwrap().is_some());
    assert_eq!(take(&mut joiner, &parts[2]), Ok(None), "the first two were forgotten");
}

#[test]
fn an_office_that_begins_many_letters_crowds_out_only_its_own() {
    let secret = KemSecret::random(&mut Seeded::new(5));
    let parts = parts_of(&entries(Audience::Office(SOUTH), 2 * PIECE), &secret, 1);
    let [first, second, third] = parts.as_slice() else { panic!("three parts") };
    let mut joiner = Joiner::new(3 * PIECE);
    assert_eq!(join(&mut joiner, NORTH, first, true), Ok(None));
    for number in 0..1_000_u32 {
        let mut of = first.of;
        of[..4].copy_from_slice(&number.to_le_bytes());
        assert_eq!(join(&mut joiner, SOUTH, &Part { of, ..first.clone() }, true), Ok(None));
        let small = Part { of, number: 2, ..third.clone() };
        assert_eq!(
            join(&mut joiner, SOUTH, &Part { hash: ZERO, ..small }, true),
            Err(LetterFault::BrokenParts)
        );
    }
    assert_eq!(join(&mut joiner, NORTH, second, true), Ok(None));
    assert!(join(&mut joiner, NORTH, third, true).unwrap().is_some(), "another office's letter was lost");
}

#[test]
fn letters_of_few_bytes_but_many_parts_are_limited_in_number() {
    let secret = KemSecret::random(&mut Seeded::new(5));
    let parts = parts_of(&entries(Audience::Office(SOUTH), 2 * PIECE), &secret, 1);
    let last = |of| Part { of, ..parts[2].clone() };
    let mut joiner = Joiner::new(WHOLE_MAX);
    for number in 0..17 {
        assert_eq!(join(&mut joiner, NORTH, &last([number; 16]), true), Ok(None));
    }
    for part in &parts[..2] {
        assert_eq!(join(&mut joiner, NORTH, &Part { of: [0; 16], ..part.clone() }, true), Ok(None));
    }
}

#[test]
fn a_letter_just_over_one_message_goes_in_parts_and_every_size_below_in_one() {
    let secret = KemSecret::random(&mut Seeded::new(5));
    let mut sizes = Vec::new();
    for body in (118_000..132_000).step_by(200) {
        let letter = entries(Audience::Office(SOUTH), body);
        let enclosed = enclose(&mut Seeded::new(1), &address(), Some(&secret.public()), &letter).unwrap();
        assert!(enclosed.iter().all(|enclosed| enclosed.bytes.len() <= ENVELOPE_MAX));
        sizes.push(enclosed.len());
    }
    assert!(sizes.contains(&1) && sizes.contains(&2) && sizes.is_sorted(), "{sizes:?}");
}

proptest! {
    #[test]
    fn arbitrary_and_changed_bytes_never_panic(
        tail in proptest::collection::vec(any::<u8>(), 0..300), at in any::<usize>(), byte in any::<u8>(),
    ) {
        let _ = Envelope::parse(&[&[1], tail.as_slice()].concat());
        let _ = Letter::parse(&tail);
        let mut bytes = entries(Audience::Network, 30).encode();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(letter) = Letter::parse(&bytes) {
            prop_assert_eq!(letter.encode(), bytes);
        }
    }
}
