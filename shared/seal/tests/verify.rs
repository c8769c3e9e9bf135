//! What a recipient checks: one good letter, and every single thing that can be wrong with it.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod network;

use std::collections::HashMap;

use waymark_domain::ids::{EventId, Hash, KeyId, NetworkId, OfficeId, Ref, ThreadId};
use waymark_domain::time::{DAY, Day, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::entry::category_number;
use waymark_seal::grant::{GrantContext, wrap};
use waymark_seal::hash::{ZERO, leaf_hash};
use waymark_seal::kem::KemSecret;
use waymark_seal::letter::{Consistency, Item};
use waymark_seal::merkle::{self, Frontier};
use waymark_seal::rng::Seeded;
use waymark_seal::section::{SectionContext, SectionKey, seal_section};
use waymark_seal::sign::LogKey;
use waymark_seal::verify::{
    ConsentScope, Verdict, VerifiedHead, check_chain, check_clock, check_consent, check_kind, verify_growth,
    verify_head, verify_item,
};
use waymark_seal::{Audience, Basis, Body, Entry, Head, Origin, SectionRef};

use network::{NETWORK, NORTH, SOUTH, chain, log_key};

const DISCLOSED: u16 = 68;

/// An entry of north to south that discloses one section, with its bodies.
fn disclosure() -> (Entry, Vec<Body>) {
    let mut rng = Seeded::new(1);
    let (key, recipient) = (SectionKey::random(&mut rng), KemSecret::random(&mut rng));
    let (event, thread, key_id, basis) =
        (EventId([4; 16]), ThreadId([5; 16]), KeyId([6; 16]), Some(EventId([7; 16])));
    let category = Category::Identity;
    let context =
        SectionContext { network: NETWORK, office: NORTH, thread, basis, category, event, key: key_id };
    let (sealed, padded) = seal_section(&mut rng, &key, &context, b"words").unwrap();
    let terms = GrantContext {
        network: NETWORK,
        sender: NORTH,
        recipient: SOUTH,
        thread,
        basis,
        category,
        event,
        key: key_id,
        expires: Day(20_000),
    };
    let (grant, wrapped) = wrap(&mut rng, &recipient.public(), &key, &terms).unwrap();
    let entry = Entry {
        version: 1,
        suite: 1,
        network: NETWORK,
        office: NORTH,
        log: 0,
        index: 5,
        event,
        roster: 1,
        claimed_at: Timestamp(1_700_000_000),
        audience: Audience::Office(SOUTH),
        pair_seq: 1,
        pair_prev: ZERO,
        kind: DISCLOSED,
        thread,
        thread_prev: None,
        basis: Basis::Consent(Ref { office: NORTH, log: 0, index: 2, leaf: Hash([1; 32]) }),
        causes: Vec::new(),
        public: Vec::new(),
        actor: Vec::new(),
        sections: vec![SectionRef::new(category, key_id, &sealed, padded)],
        grants: vec![grant],
    };
    (entry, vec![Body::Whole(sealed), Body::Whole(wrapped)])
}

/// A log of ten leaves with `entry` at its index: its nodes and head.
fn log_with(entry: &[u8], index: u64, size: u64) -> (HashMap<(u8, u64), Hash>, Head) {
    let (mut frontier, mut nodes) = (Frontier::new(), HashMap::new());
    for at in 0..size {
        let leaf = if at == index { leaf_hash(entry) } else { leaf_hash(&at.to_le_bytes()) };
        frontier.push_with(leaf, |level, at, hash| {
            nodes.insert((level, at), hash);
        });
    }
    (nodes, Head { size, root: frontier.root() })
}

fn origin() -> Origin {
    Origin { network: NETWORK, office: NORTH, log: 0 }
}

/// The entry as south receives it: its head, signed, and the item.
fn received(entry: &Entry, bodies: Vec<Body>) -> (Vec<u8>, Item) {
    let bytes = entry.encode();
    let (nodes, head) = log_with(&bytes, entry.index, 10);
    let path =
        merkle::inclusion(10, entry.index, &|level, at| nodes.get(&(level, at)).copied()).unwrap_or_default();
    (sign_checkpoint(&log_key(), &origin(), &head), Item { entry: bytes, path, bodies })
}

fn judge(checkpoint: &[u8], item: &Item) -> Result<Ref, Verdict> {
    let chain = chain();
    let head = verify_head(&chain, NORTH, 0, checkpoint)?;
    verify_item(&chain, SOUTH, &head, item).map(|verified| verified.at())
}

/// The verdict on an entry that an office wrote wrongly but logged and signed all the same.
fn written(change: impl FnOnce(&mut Entry, &mut Vec<Body>)) -> Result<Ref, Verdict> {
    let (mut entry, mut bodies) = disclosure();
    change(&mut entry, &mut bodies);
    let (checkpoint, item) = received(&entry, bodies);
    judge(&checkpoint, &item)
}

/// The verdict on a good entry spoilt on its way.
fn spoilt(change: impl FnOnce(&mut Vec<u8>, &mut Item)) -> Result<Ref, Verdict> {
    let (entry, bodies) = disclosure();
    let (mut checkpoint, mut item) = received(&entry, bodies);
    change(&mut checkpoint, &mut item);
    judge(&checkpoint, &item)
}

#[test]
fn a_good_entry_is_taken_also_with_a_body_withheld_or_of_an_unknown_kind() {
    let (entry, _) = disclosure();
    let at = written(|_, _| ()).unwrap();
    assert_eq!(at, Ref { office: NORTH, log: 0, index: 5, leaf: entry.leaf() });
    assert!(written(|entry, bodies| bodies[0] = Body::Withheld(entry.sections[0].hash)).is_ok());
    assert!(written(|entry, _| entry.kind = 60_000).is_ok());
    let notice = |entry: &mut Entry, bodies: &mut Vec<Body>| {
        (entry.audience, entry.kind, entry.basis) = (Audience::Network, 16, Basis::None);
        entry.sections.clear();
        entry.grants.clear();
        bodies.clear();
    };
    assert!(written(notice).is_ok());
}

#[test]
fn a_wrong_tree_head_gets_its_verdict() {
    let (entry, bodies) = disclosure();
    let (good, item) = received(&entry, bodies);
    let (_, head) = log_with(&item.entry, 5, 10);
    let stranger = LogKey::from_seed(&[90; 32]);
    assert_eq!(judge(&sign_checkpoint(&stranger, &origin(), &head), &item), Err(Verdict::BadSignature));
    let text = String::from_utf8(good.clone()).unwrap();
    assert_eq!(judge(text.replace("\n10\n", "\n11\n").as_bytes(), &item), Err(Verdict::BadSignature));
    let other_log = sign_checkpoint(&log_key(), &Origin { log: 1, ..origin() }, &head);
    assert_eq!(judge(&other_log, &item), Err(Verdict::WrongLog));
    let other_network =
        sign_checkpoint(&log_key(), &Origin { network: NetworkId([9; 16]), ..origin() }, &head);
    assert_eq!(judge(&other_network, &item), Err(Verdict::WrongLog));
    assert_eq!(judge(b"nonsense", &item), Err(Verdict::BadCheckpoint));
    assert_eq!(verify_head(&chain(), OfficeId([77; 16]), 0, &good), Err(Verdict::WrongLog));
    let unknown = Origin { office: OfficeId([77; 16]), ..origin() };
    let from_unknown = sign_checkpoint(&stranger, &unknown, &head);
    assert_eq!(verify_head(&chain(), unknown.office, 0, &from_unknown), Err(Verdict::UnknownOffice));
    let third_log = sign_checkpoint(&log_key(), &Origin { log: 3, ..origin() }, &head);
    assert_eq!(verify_head(&chain(), NORTH, 3, &third_log), Err(Verdict::WrongRosterRange));
}

#[test]
fn an_entry_that_does_not_stand_under_the_head_gets_its_verdict() {
    assert_eq!(spoilt(|_, item| item.path[0].0[0] ^= 1), Err(Verdict::WrongPath));
    assert_eq!(spoilt(|_, item| item.path.truncate(1)), Err(Verdict::WrongPath));
    assert_eq!(spoilt(|_, item| item.path.clear()), Err(Verdict::WrongPath));
    // A byte of the event's id.
    assert_eq!(spoilt(|_, item| item.entry[36] ^= 1), Err(Verdict::WrongPath));
    let at_end = |entry: &mut Entry, _: &mut Vec<Body>| entry.index = 10;
    assert_eq!(written(at_end), Err(Verdict::NotUnderHead));
    assert_eq!(written(|entry, _| entry.network = NetworkId([9; 16])), Err(Verdict::WrongNetwork));
    assert_eq!(written(|entry, _| entry.office = SOUTH), Err(Verdict::WrongLog));
    assert_eq!(written(|entry, _| entry.log = 1), Err(Verdict::WrongLog));
    assert_eq!(written(|entry, _| entry.roster = 2), Err(Verdict::RosterPending(2)));
}

#[test]
fn bytes_that_are_not_one_canonical_entry_get_their_verdict() {
    assert_eq!(spoilt(|_, item| item.entry.push(0)), Err(Verdict::TrailingBytes));
    assert_eq!(spoilt(|_, item| item.entry = vec![1; 70_000]), Err(Verdict::TooLarge));
    assert_eq!(spoilt(|_, item| item.entry.truncate(200)), Err(Verdict::Malformed));
    assert_eq!(spoilt(|_, item| item.entry[0] = 2), Err(Verdict::UnknownVersion));
    let long_varint = |_: &mut Vec<u8>, item: &mut Item| {
        item.entry.splice(34..35, [0x80, 0x00]);
    };
    assert_eq!(spoilt(long_varint), Err(Verdict::NonCanonical));
    assert_eq!(written(|entry, _| entry.public = vec![0; 9_000]), Err(Verdict::TooLarge));
    assert_eq!(written(|entry, _| entry.pair_seq = 0), Err(Verdict::Malformed));
}

#[test]
fn an_entry_for_others_or_against_the_table_gets_its_verdict() {
    let other = OfficeId([8; 16]);
    assert_eq!(written(|entry, _| entry.audience = Audience::Office(other)), Err(Verdict::NotForUs));
    let to_nobody =
        |entry: &mut Entry, _: &mut Vec<Body>| (entry.audience, entry.pair_seq) = (Audience::Nobody, 0);
    assert_eq!(written(to_nobody), Err(Verdict::NotForUs));
    assert_eq!(written(|entry, _| entry.audience = Audience::Network), Err(Verdict::WrongKindRule));
    assert_eq!(written(|entry, _| entry.basis = Basis::None), Err(Verdict::WrongKindRule));
    let at = Ref { office: NORTH, log: 0, index: 1, leaf: ZERO };
    assert_eq!(written(|entry, _| entry.basis = Basis::Reply(at)), Err(Verdict::WrongKindRule));
    let office = category_number(Category::Office);
    assert_eq!(written(|entry, _| entry.sections[0].category = office), Err(Verdict::WrongKindRule));
    assert_eq!(written(|entry, _| entry.grants[0].category = office), Err(Verdict::WrongKindRule));
    assert_eq!(written(|entry, _| entry.sections[0].category = 200), Err(Verdict::WrongKindRule));
    assert_eq!(written(|entry, _| entry.grants[0].recipient = other), Err(Verdict::GrantForAnother));
    // Of a kind not known here, what shares data is still held to a basis.
    let unknown = |entry: &mut Entry, _: &mut Vec<Body>| (entry.kind, entry.basis) = (60_000, Basis::None);
    assert_eq!(written(unknown), Err(Verdict::GrantOutsideConsent));
    let to_all =
        |entry: &mut Entry, _: &mut Vec<Body>| (entry.kind, entry.audience) = (60_000, Audience::Network);
    assert_eq!(written(to_all), Err(Verdict::GrantOutsideConsent));
    assert_eq!(check_kind(&disclosure().0), Ok(()));
}

#[test]
fn bodies_that_are_not_the_ones_named_get_their_verdict() {
    let mismatch = Err(Verdict::BodyMismatch);
    assert_eq!(spoilt(|_, item| item.bodies.swap(0, 1)), mismatch);
    assert_eq!(spoilt(|_, item| item.bodies.truncate(1)), mismatch);
    assert_eq!(spoilt(|_, item| item.bodies.push(Body::Withheld(ZERO))), mismatch);
    assert_eq!(spoilt(|_, item| item.bodies[0] = Body::Withheld(ZERO)), mismatch);
    assert_eq!(spoilt(|_, item| item.bodies[0] = Body::Whole(Vec::new())), mismatch);
    let flip = |_: &mut Vec<u8>, item: &mut Item| {
        if let Body::Whole(bytes) = &mut item.bodies[1] {
            bytes[3] ^= 1;
        }
    };
    assert_eq!(spoilt(flip), mismatch);
    assert_eq!(
        written(|entry, _| entry.sections[0].padded = 1_024),
        mismatch,
        "the length is part of the name"
    );
}

fn grown(size: u64) -> VerifiedHead {
    let (_, head) = log_with(b"", u64::MAX, size);
    verify_head(&chain(), NORTH, 0, &sign_checkpoint(&log_key(), &origin(), &head)).unwrap()
}

#[test]
fn a_head_must_continue_the_one_held() {
    let (nodes, _) = log_with(b"", u64::MAX, 10);
    let node = |level, at| nodes.get(&(level, at)).copied();
    let proof =
        |from, to| Consistency { from_size: from, path: merkle::consistency(from, to, &node).unwrap() };
    let (held, new) = (grown(6).head(), grown(10));
    assert_eq!(verify_growth(Some(&held), &new, Some(&proof(6, 10))), Ok(()));
    assert_eq!(verify_growth(None, &new, None), Ok(()));
    assert_eq!(verify_growth(Some(&Head::empty()), &new, None), Ok(()));
    assert_eq!(verify_growth(Some(&new.head()), &new, None), Ok(()));
    assert_eq!(verify_growth(Some(&held), &new, None), Err(Verdict::GrowthUnproven));
    assert_eq!(verify_growth(Some(&held), &new, Some(&proof(5, 10))), Err(Verdict::GrowthUnproven));
    assert_eq!(verify_growth(Some(&new.head()), &grown(6), None), Err(Verdict::ShrunkTree));
    let forked = Head { root: Hash([9; 32]), ..held };
    assert_eq!(verify_growth(Some(&forked), &new, Some(&proof(6, 10))), Err(Verdict::ForkedTree));
    let same_size = Head { root: Hash([9; 32]), ..new.head() };
    assert_eq!(verify_growth(Some(&same_size), &new, None), Err(Verdict::ForkedTree));
}

#[test]
fn the_chain_of_a_pair_tells_gaps_repeats_and_contradictions() {
    let (mut entry, _) = disclosure();
    assert_eq!(check_chain(None, &entry), Ok(()));
    (entry.pair_seq, entry.pair_prev) = (8, Hash([7; 32]));
    assert_eq!(check_chain(Some((7, Hash([7; 32]))), &entry), Ok(()));
    assert_eq!(check_chain(Some((5, Hash([7; 32]))), &entry), Err(Verdict::Gap { expected: 6 }));
    assert_eq!(check_chain(None, &entry), Err(Verdict::Gap { expected: 1 }));
    assert_eq!(check_chain(Some((8, Hash([7; 32]))), &entry), Err(Verdict::Duplicate));
    assert_eq!(check_chain(Some((7, Hash([6; 32]))), &entry), Err(Verdict::WrongPrevious));
}

#[test]
fn grants_are_held_to_the_consent() {
    let (entry, _) = disclosure();
    let scope = ConsentScope {
        recipient: SOUTH,
        categories: &[Category::Identity, Category::Travel],
        from: Day(19_000),
        until: Day(20_000),
    };
    let today = Day(19_500);
    assert_eq!(check_consent(&entry, &scope, today), Ok(()));
    let narrowed = ConsentScope { categories: &[Category::Travel], ..scope };
    assert_eq!(check_consent(&entry, &narrowed, today), Err(Verdict::GrantOutsideConsent));
    let other = ConsentScope { recipient: NORTH, ..scope };
    assert_eq!(check_consent(&entry, &other, today), Err(Verdict::GrantForAnother));
    for day in [Day(18_999), Day(20_001)] {
        assert_eq!(check_consent(&entry, &scope, day), Err(Verdict::ConsentExpired));
    }
    let shorter = ConsentScope { until: Day(19_999), ..scope };
    assert_eq!(
        check_consent(&entry, &shorter, today),
        Err(Verdict::ConsentExpired),
        "a grant may not outlast it"
    );
}

#[test]
fn a_clock_three_days_off_is_told() {
    let now = Timestamp(1_700_000_000);
    for (off, verdict) in [(0, Ok(())), (DAY, Ok(())), (3 * DAY, Err(Verdict::ClockFarOff))] {
        assert_eq!(check_clock(now.plus(off), now), verdict);
        assert_eq!(check_clock(now, now.plus(off)), verdict);
    }
}
