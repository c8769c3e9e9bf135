//! The worked example: two offices, one log of two entries, one section disclosed, its receipt, its letter, the roster.
//! All keys come from known seeds and are worth nothing.

use std::num::NonZeroU16;

use waymark_domain::event::log::{LogOpened, RosterWitnessed};
use waymark_domain::event::{Event, referral::SectionsDisclosed};
use waymark_domain::ids::{EventId, Hash, KemPublic, KeyId, NetworkId, OfficeId, Ref, StaffId, ThreadId};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{Category, Institution, OfficeRole};
use waymark_seal::actor::ActorKey;
use waymark_seal::checkpoint::{RosterOrigin, checkpoint_text, parse_checkpoint, sign_checkpoint};
use waymark_seal::cosign::{Cosigner, cosign};
use waymark_seal::grant::{GrantContext, unwrap, wrap};
use waymark_seal::hash::{ZERO, leaf_hash, sha256};
use waymark_seal::kem::{KemSecret, kem_hash};
use waymark_seal::letter::{Address, Entries, Item, Letter, LetterKind, SeenHead, open_letter, seal_letter};
use waymark_seal::note::Verifier;
use waymark_seal::proof::Proof;
use waymark_seal::rng::Seeded;
use waymark_seal::roster::{LogRange, Office, OfficeState, Roster, RosterChain, fingerprint};
use waymark_seal::section::{SectionContext, SectionKey, open_section, seal_section};
use waymark_seal::sign::{LogKey, RootKey, WitnessKey, halves};
use waymark_seal::verify::{verify_head, verify_item};
use waymark_seal::{Audience, Basis, Body, Entry, Head, Origin, SectionRef, merkle};

const NETWORK: NetworkId = NetworkId([0x4e; 16]);
const NORTH: OfficeId = OfficeId([0x11; 16]);
const SOUTH: OfficeId = OfficeId([0x22; 16]);
const THREAD: ThreadId = ThreadId([0x33; 16]);
const EVENT: EventId = EventId([0x44; 16]);
const KEY: KeyId = KeyId([0x55; 16]);
const CONSENT: EventId = EventId([0x66; 16]);
const PLAINTEXT: &[u8] = b"an example, not a person";

/// Collects the facts of the example under headings.
#[derive(Default)]
struct Page(String);

impl Page {
    fn heading(&mut self, text: &str) {
        self.0.push_str(&format!("### {text}\n\n"));
    }

    fn hex(&mut self, name: &str, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let lines: Vec<_> = hex.as_bytes().chunks(96).map(|line| String::from_utf8_lossy(line)).collect();
        self.0.push_str(&format!(
            "{name} ({} bytes):\n\n```text\n{}\n```\n\n",
            bytes.len(),
            lines.join("\n")
        ));
    }

    fn verbatim(&mut self, name: &str, text: &[u8]) {
        let text = String::from_utf8(text.to_vec()).expect("the text form is UTF-8");
        self.0.push_str(&format!("{name}:\n\n```text\n{text}```\n\n"));
    }
}

fn log_key() -> LogKey {
    LogKey::from_seed(&[1; 32])
}

fn entry(index: u64, audience: Audience, event: &Event) -> Entry {
    Entry {
        version: 1,
        suite: 1,
        network: NETWORK,
        office: NORTH,
        log: 0,
        index,
        event: EventId([0x77; 16]),
        roster: 1,
        claimed_at: Timestamp(1_795_500_061),
        audience,
        pair_seq: 0,
        pair_prev: ZERO,
        kind: event.kind(),
        thread: ThreadId([0; 16]),
        thread_prev: None,
        basis: Basis::None,
        causes: Vec::new(),
        public: event.encode(),
        actor: Vec::new(),
        sections: Vec::new(),
        grants: Vec::new(),
    }
}

/// Both parties' side of one disclosure.
struct Disclosure {
    first: Vec<u8>,
    second: Vec<u8>,
    section: Vec<u8>,
    wrap: Vec<u8>,
}

fn disclosure(page: &mut Page, rng: &mut Seeded) -> Disclosure {
    page.heading("Keys");
    page.hex("seed of north's log key", &[1; 32]);
    page.hex("north's log key", log_key().public().as_bytes());
    let secret = KemSecret::from_bytes([2; 32]);
    let KemPublic(public) = secret.public();
    page.hex("secret of south's thread key", secret.reveal());
    page.hex("south's thread key", &public);
    let key = SectionKey::from_bytes([3; 32]);
    page.hex("section key", key.reveal());
    page.hex("its commitment", &key.commitment().0);
    page.heading("Section");
    let context = SectionContext {
        network: NETWORK,
        office: NORTH,
        thread: THREAD,
        basis: Some(CONSENT),
        category: Category::Identity,
        event: EVENT,
        key: KEY,
    };
    page.hex("context", &context.hash().0);
    page.hex("plaintext", PLAINTEXT);
    let (section, padded) = seal_section(rng, &key, &context, PLAINTEXT).unwrap();
    assert_eq!(open_section(&key, &context, &section).unwrap().as_slice(), PLAINTEXT);
    page.hex("ciphertext: salt, commitment, one chunk", &section);
    page.heading("Grant");
    let terms = GrantContext {
        network: NETWORK,
        sender: NORTH,
        recipient: SOUTH,
        thread: THREAD,
        basis: Some(CONSENT),
        category: Category::Identity,
        event: EVENT,
        key: KEY,
        expires: Day(20_900),
    };
    let (grant, wrapped) = wrap(rng, &secret.public(), &key, &terms).unwrap();
    assert_eq!(unwrap(&secret, &grant, &wrapped, &terms).unwrap().reveal(), key.reveal());
    page.hex("wrap: encapsulated key, sealed key", &wrapped);
    page.heading("Entries");
    let first = entry(0, Audience::Nobody, &Event::from(LogOpened { previous: None })).encode();
    page.hex("entry 0, `LogOpened`", &first);
    page.hex("its leaf hash", &leaf_hash(&first).0);
    let basis = Ref { office: NORTH, log: 0, index: 0, leaf: leaf_hash(&first) };
    let disclosed = Event::from(SectionsDisclosed { categories: vec![Category::Identity] });
    let second = Entry {
        event: EVENT,
        pair_seq: 1,
        thread: THREAD,
        basis: Basis::Consent(basis),
        actor: ActorKey::from_bytes([4; 32]).ready().seal(&EVENT, &StaffId([5; 8]), None),
        sections: vec![SectionRef::new(Category::Identity, KEY, &section, padded)],
        grants: vec![grant],
        ..entry(1, Audience::Office(SOUTH), &disclosed)
    };
    let second = second.encode();
    assert!(Entry::parse(&first).is_ok() && Entry::parse(&second).is_ok());
    page.hex("entry 1, `SectionsDisclosed` (its basis names entry 0 only to be short; section, grant and wrap are bound to a consent \
         whose event is sixteen bytes 66, and the plaintext is any text, not a content)", &second);
    page.hex("its leaf hash", &leaf_hash(&second).0);
    Disclosure { first, second, section, wrap: wrapped }
}

fn roster(page: &mut Page) -> RosterChain {
    let office = |id, slot, name: &str, country, key| Office {
        id,
        slot: NonZeroU16::new(slot).unwrap(),
        state: OfficeState::Active,
        country,
        institution: Institution::Ngo,
        roles: vec![OfficeRole::Office],
        name: name.into(),
        organisation: format!("{name} Association"),
        logs: vec![LogRange { log: 0, from: 0, end: None, key }],
        witness: None,
    };
    let roots = [("anna", RootKey::from_seed(&[11; 32])), ("boris", RootKey::from_seed(&[12; 32]))];
    let roster = Roster {
        network: NETWORK,
        version: 1,
        previous: ZERO,
        expires_at: Timestamp(1_830_000_000),
        threshold: 2,
        roots: roots.iter().map(|(name, key)| Verifier { name: (*name).into(), key: key.public() }).collect(),
        offices: vec![
            office(NORTH, 1, "North", *b"NO", log_key().public()),
            office(SOUTH, 2, "South", *b"MD", LogKey::from_seed(&[6; 32]).public()),
        ],
    };
    let keys: Vec<_> = roots.iter().map(|(name, key)| (*name, key)).collect();
    let bytes = roster.sign(&keys);
    page.heading("Roster");
    page.verbatim("version 1, signed", &bytes);
    let Hash(compared) = fingerprint(&roster.encode());
    page.hex("its fingerprint", &compared);
    let chain = RosterChain::start(&bytes, &Hash(compared)).unwrap();
    let (head, at) = (chain.head_at(1).unwrap(), Timestamp(1_800_000_000));
    let key = WitnessKey::from_seed(&[13; 32]);
    let (south, made) =
        (Cosigner::of(&NETWORK, &SOUTH, key.public()), cosign(&key, &RosterOrigin(NETWORK), &head, at));
    page.hex("South's witness key, if it had one", key.public().as_bytes());
    let cosigned = format!("{}\n{}", checkpoint_text(&RosterOrigin(NETWORK), &head), south.line(&made));
    page.verbatim("head of the roster as a log, cosigned by South", cosigned.as_bytes());
    let word = RosterWitnessed { version: 1, root: head.root, at, signature: halves(made.signature) };
    page.hex("public part of South's `RosterWitnessed`", &Event::from(word).encode());
    chain
}

pub(crate) fn text() -> String {
    let (mut page, mut rng) = (Page::default(), Seeded::new(1));
    let Disclosure { first, second, section, wrap } = disclosure(&mut page, &mut rng);
    let chain = roster(&mut page);
    page.heading("Tree head and receipt");
    let leaves = (leaf_hash(&first), leaf_hash(&second));
    let head = Head { size: 2, root: merkle::node_hash(&leaves.0, &leaves.1) };
    page.hex("root over both leaves", &head.root.0);
    let origin = Origin { network: NETWORK, office: NORTH, log: 0 };
    let checkpoint = sign_checkpoint(&log_key(), &origin, &head);
    assert_eq!(parse_checkpoint(&checkpoint, &origin, &log_key().public()), Ok(head));
    page.verbatim("checkpoint", &checkpoint);
    let proof = Proof { extra: None, index: 1, path: vec![leaves.0], checkpoint: checkpoint.clone() };
    assert_eq!(proof.verify(&second, &origin, &log_key().public()), Ok(head));
    page.verbatim("receipt of entry 1", &proof.encode());
    page.heading("Letter");
    let item =
        Item { entry: second, path: vec![leaves.0], bodies: vec![Body::Whole(section), Body::Whole(wrap)] };
    let verified = verify_head(&chain, NORTH, 0, &checkpoint).unwrap();
    assert!(verify_item(&chain, SOUTH, &verified, &item).is_ok());
    let entries = Entries { log: 0, checkpoint, consistency: None, items: vec![item] };
    let seen = Some(SeenHead { log: 0, size: 0, root: sha256(&[]) });
    let letter = Letter { seen, kind: LetterKind::Entries(entries) };
    let address = Address { network: NETWORK, from: NORTH, to: SOUTH, id: [0x99; 16] };
    let inbox = KemSecret::from_bytes([7; 32]);
    let envelope = seal_letter(&mut rng, &address, Some(&inbox.public()), &letter).unwrap();
    let opened = open_letter(&envelope, NETWORK, SOUTH, |hash| {
        (*hash == kem_hash(&inbox.public())).then(|| inbox.clone())
    });
    assert_eq!(opened.unwrap().letter, letter);
    page.hex("letter, before padding", &letter.encode());
    page.hex("secret of south's inbox key", inbox.reveal());
    page.hex("envelope", &envelope);
    page.0
}
