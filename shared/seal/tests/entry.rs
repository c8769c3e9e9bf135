//! Reading entries: one encoding, every limit, every fault by name.

use proptest::prelude::*;
use waymark_domain::ids::{EventId, Hash, KeyId, NetworkId, OfficeId, Ref, ThreadId};
use waymark_domain::time::{Day, Timestamp};
use waymark_seal::hash::ZERO;
use waymark_seal::{
    Audience, Basis, BasisTo, Entry, EntryFault, GrantRef, Place, RefTo, SectionRef, Unplaced, entry,
};

fn reference(number: u8) -> Ref {
    Ref { office: OfficeId([number; 16]), log: 0, index: u64::from(number) * 1_000, leaf: Hash([number; 32]) }
}

fn section(number: u8) -> SectionRef {
    SectionRef { category: number, key: KeyId([number; 16]), padded: 512, hash: Hash([number; 32]) }
}

fn grant(number: u8) -> GrantRef {
    GrantRef {
        category: number,
        key: KeyId([number; 16]),
        recipient: OfficeId([9; 16]),
        kem_hash: Hash([1; 32]),
        commitment: Hash([2; 32]),
        wrap_hash: Hash([3; 32]),
        expires: Day(20_000),
    }
}

fn full() -> Entry {
    Entry {
        version: entry::VERSION,
        suite: entry::SUITE,
        network: NetworkId([1; 16]),
        office: OfficeId([2; 16]),
        log: 0,
        index: 300,
        event: EventId([3; 16]),
        roster: 4,
        claimed_at: Timestamp(1_790_000_000),
        audience: Audience::Office(OfficeId([9; 16])),
        pair_seq: 7,
        pair_prev: Hash([6; 32]),
        kind: 68,
        thread: ThreadId([5; 16]),
        thread_prev: Some(299),
        basis: Basis::Consent(reference(1)),
        causes: vec![reference(1), reference(2)],
        public: vec![1, 2, 3],
        actor: vec![8; 24],
        sections: vec![section(1), section(2)],
        grants: vec![grant(1), grant(2)],
    }
}

#[test]
fn an_entry_reads_back_and_its_bytes_are_plain_postcard() {
    let entry = full();
    let bytes = entry.encode();
    assert_eq!(Entry::parse(&bytes), Ok(entry.clone()));
    assert_eq!(postcard::to_allocvec(&entry).unwrap(), bytes);
    assert_eq!(entry.leaf(), waymark_seal::hash::leaf_hash(&bytes));
}

#[test]
fn bytes_that_are_not_the_one_encoding_are_refused_by_name() {
    let bytes = full().encode();
    assert_eq!(Entry::parse(&[bytes.as_slice(), &[0]].concat()), Err(EntryFault::TrailingBytes));
    for length in 0..bytes.len() {
        assert_eq!(Entry::parse(&bytes[..length]), Err(EntryFault::Malformed), "cut to {length}");
    }
    // `log` is the varint after 2 + 16 + 16 bytes; 0 written in two bytes.
    let long = [&bytes[..34], &[0x80, 0x00], &bytes[35..]].concat();
    assert_eq!(bytes[34], 0);
    assert_eq!(Entry::parse(&long), Err(EntryFault::NonCanonical));
    assert_eq!(Entry::parse(&vec![1; 70_000]), Err(EntryFault::TooLarge(70_000)));
    for (version, suite) in [(0, 1), (2, 1), (1, 2), (1, 0)] {
        let mut other = bytes.clone();
        (other[0], other[1]) = (version, suite);
        assert_eq!(Entry::parse(&other), Err(EntryFault::UnknownVersion { version, suite }));
    }
}

#[test]
fn an_unknown_kind_and_category_are_kept() {
    let mut entry = full();
    entry.kind = 60_000;
    entry.sections[0].category = 200;
    assert_eq!(Entry::parse(&entry.encode()), Ok(entry.clone()));
    assert_eq!(entry.sections[0].category(), None);
}

#[test]
fn every_limit_has_its_name() {
    let refuse = |change: &dyn Fn(&mut Entry), fault: EntryFault| {
        let mut entry = full();
        change(&mut entry);
        assert_eq!(Entry::parse(&entry.encode()), Err(fault));
    };
    let limit = EntryFault::OverLimit;
    refuse(&|entry| entry.public = vec![0; 8 * 1024 + 1], limit("public part"));
    refuse(&|entry| entry.actor = vec![0; 65], limit("actor"));
    refuse(&|entry| entry.causes = (1..18).map(reference).collect(), limit("causes"));
    refuse(&|entry| entry.sections = (1..18).map(section).collect(), limit("sections"));
    refuse(&|entry| entry.grants = (1..18).map(grant).collect(), limit("grants"));
    for padded in [0, 100, 513, 4_097, u32::MAX] {
        refuse(&|entry| entry.sections[1].padded = padded, limit("padded length"));
    }
    let disordered = EntryFault::Disordered;
    refuse(&|entry| entry.causes.reverse(), disordered("causes"));
    refuse(&|entry| entry.causes = vec![reference(1); 2], disordered("causes"));
    refuse(&|entry| entry.sections = vec![section(1); 2], disordered("sections"));
    refuse(&|entry| entry.grants = vec![grant(1); 2], disordered("grants"));
    refuse(&|entry| entry.pair_seq = 0, EntryFault::BrokenChain);
    refuse(&|entry| entry.pair_seq = 1, EntryFault::BrokenChain);
    refuse(&|entry| entry.pair_prev = ZERO, EntryFault::BrokenChain);
    refuse(&|entry| entry.audience = Audience::Nobody, EntryFault::BrokenChain);
    refuse(&|entry| entry.thread_prev = Some(300), EntryFault::BrokenChain);
}

#[test]
fn the_largest_entry_is_within_the_limit() {
    let mut entry = full();
    entry.public = vec![0xff; 8 * 1024];
    entry.actor = vec![0xff; 64];
    entry.causes = (1..17).map(reference).collect();
    entry.sections = (1..17).map(section).collect();
    entry.grants = (1..17).map(grant).collect();
    assert!(entry.encode().len() < 16 * 1024);
    assert!(Entry::parse(&entry.encode()).is_ok());
}

fn draft() -> Unplaced {
    let Entry {
        network, office, log, event, roster, claimed_at, audience, kind, thread, public, actor, ..
    } = full();
    Unplaced {
        network,
        office,
        log,
        event,
        roster,
        claimed_at,
        audience,
        kind,
        thread,
        basis: BasisTo::Reply(RefTo::Batch(0)),
        causes: vec![
            RefTo::Known(reference(2)),
            RefTo::Batch(0),
            RefTo::Known(reference(1)),
            RefTo::Batch(0),
        ],
        public,
        actor,
        sections: vec![section(1)],
        grants: Vec::new(),
        bodies: vec![vec![0; 10]],
        keep: None,
        to: vec![OfficeId([9; 16])],
    }
}

#[test]
fn a_draft_gets_its_place_and_what_it_names_in_its_batch() {
    let batch = [reference(5)];
    let place = Place { index: 12, pair_seq: 1, pair_prev: ZERO, thread_prev: Some(11), batch: &batch };
    let entry = draft().place(place).unwrap();
    assert_eq!(entry.basis, Basis::Reply(reference(5)));
    assert_eq!(entry.causes, [reference(1), reference(2), reference(5)]);
    assert_eq!(Entry::parse(&entry.encode()), Ok(entry));
    assert_eq!(draft().place(Place { batch: &[], ..place }), Err(EntryFault::NotInBatch(0)));
    assert_eq!(draft().place(Place { pair_seq: 2, ..place }), Err(EntryFault::BrokenChain));
    let large = Unplaced { public: vec![0; 9_000], ..draft() };
    assert_eq!(large.place(place), Err(EntryFault::OverLimit("public part")));
}

proptest! {
    /// Whatever is accepted is the encoding of what was read: one entry, one encoding.
    #[test]
    fn changed_bytes_are_refused_or_read_back_as_themselves(at in any::<usize>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = full().encode();
        let at = at % bytes.len();
        if cut {
            bytes.remove(at);
        } else {
            bytes[at] = byte;
        }
        if let Ok(entry) = Entry::parse(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..600)) {
        let bytes = [&[entry::VERSION, entry::SUITE], tail.as_slice()].concat();
        if let Ok(entry) = Entry::parse(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }
}
