//! Texts and bytes from strangers: whatever is changed, reading them neither panics nor accepts two forms of one thing.

use std::num::NonZeroU16;

use proptest::prelude::*;
use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::checkpoint::{Claimed, parse_checkpoint, sign_checkpoint};
use waymark_seal::hash::ZERO;
use waymark_seal::note::{NOTE_MAX, Note, Verifier};
use waymark_seal::proof::Proof;
use waymark_seal::roster::{LogRange, Office, OfficeState, Roster, RosterChain, fingerprint};
use waymark_seal::sign::{LogKey, RootKey};
use waymark_seal::{Head, Origin};

const ORIGIN: Origin = Origin { network: NetworkId([1; 16]), office: OfficeId([2; 16]), log: 0 };

fn checkpoint() -> Vec<u8> {
    sign_checkpoint(&LogKey::from_seed(&[3; 32]), &ORIGIN, &Head { size: 12, root: Hash([4; 32]) })
}

fn roster() -> Roster {
    let (one, two) = (RootKey::from_seed(&[5; 32]), RootKey::from_seed(&[6; 32]));
    Roster {
        network: NetworkId([1; 16]),
        version: 1,
        previous: ZERO,
        expires_at: Timestamp(1_900_000_000),
        threshold: 2,
        roots: vec![
            Verifier { name: "one".into(), key: one.public() },
            Verifier { name: "two".into(), key: two.public() },
        ],
        offices: vec![Office {
            id: OfficeId([2; 16]),
            slot: NonZeroU16::MIN,
            state: OfficeState::Active,
            country: *b"NO",
            institution: Institution::Shelter,
            roles: vec![OfficeRole::Partner],
            name: "Hus ved havet".into(),
            organisation: "Havn".into(),
            logs: vec![LogRange { log: 0, from: 0, end: None, key: LogKey::from_seed(&[3; 32]).public() }],
            witness: None,
        }],
    }
}

fn signed_roster() -> Vec<u8> {
    roster().sign(&[("one", &RootKey::from_seed(&[5; 32])), ("two", &RootKey::from_seed(&[6; 32]))])
}

/// One change: a byte replaced, taken out, put in, or the rest cut off.
fn changed(mut bytes: Vec<u8>, at: usize, byte: u8, how: u8) -> Vec<u8> {
    let at = at % bytes.len();
    match how % 4 {
        0 => bytes.splice(at..=at, [byte]).for_each(drop),
        1 => {
            bytes.remove(at);
        }
        2 => bytes.insert(at, byte),
        _ => bytes.truncate(at),
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_changed_checkpoint_is_never_taken_as_another_head(at in any::<usize>(), byte in any::<u8>(), how in any::<u8>()) {
        let bytes = changed(checkpoint(), at, byte, how);
        let key = LogKey::from_seed(&[3; 32]).public();
        if let Ok(head) = parse_checkpoint(&bytes, &ORIGIN, &key) {
            prop_assert_eq!(head, Head { size: 12, root: Hash([4; 32]) });
            prop_assert_eq!(bytes, checkpoint(), "one head, one text");
        }
    }

    #[test]
    fn a_changed_roster_is_never_taken(at in any::<usize>(), byte in any::<u8>(), how in any::<u8>()) {
        let bytes = changed(signed_roster(), at, byte, how);
        if let Ok(read) = Roster::parse(&bytes) {
            let note = Note::parse(&bytes, NOTE_MAX).unwrap();
            prop_assert_eq!(read.encode(), note.text);
        }
        if RosterChain::start(&bytes, &fingerprint(&roster().encode())).is_ok() {
            prop_assert_eq!(bytes, signed_roster());
        }
    }

    #[test]
    fn a_changed_receipt_reads_back_as_itself_or_not_at_all(at in any::<usize>(), byte in any::<u8>(), how in any::<u8>()) {
        let proof =
            Proof { extra: Some(b"x".to_vec()), index: 3, path: vec![Hash([7; 32]); 4], checkpoint: checkpoint() };
        let bytes = changed(proof.encode(), at, byte, how);
        if let Ok(read) = Proof::parse(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}", tail in "(\n\n\u{2014} [a-z]{1,5} [A-Za-z0-9+/=]{0,40}\n)?") {
        let bytes = [text.as_bytes(), tail.as_bytes()].concat();
        let _ = Note::parse(&bytes, NOTE_MAX);
        let _ = Claimed::parse(&bytes, &ORIGIN);
        let _ = Roster::parse(&bytes);
        let _ = Roster::from_text(&format!("waymark-roster/v1\n{text}\n"));
        let _ = Proof::parse(&bytes);
    }
}
