//! Letters: under another stamp, for another office, of another network, unsealed, cut, changed, or no letters at all.

use waymark_desk::Taking;
use waymark_domain::ids::{KemPublic, NetworkId, OfficeId, ThreadId};
use waymark_seal::canonical;
use waymark_seal::kem::KemSecret;
use waymark_seal::letter::{
    Address, Checkpoint, Entries, Envelope, Letter, LetterKind, Sealed, VERSION, seal_letter,
};
use waymark_seal::rng::{Rng, Seeded, bytes};
use waymark_seal::roster::{OfficeState, Roster};
use waymark_seal::sign::RootKey;

use super::entries::in_one_part;
use super::{NORTH, Siege, slot_of};
use crate::hostile::Hostile;

const THREAD: ThreadId = ThreadId([1; 16]);

/// A siege, and a good letter with a message.
fn with_letter() -> (Siege, LetterKind) {
    let mut siege = Siege::new();
    let position = siege.hostile.message(THREAD, |_| ());
    let kind = LetterKind::Entries(siege.hostile.entries(&[position]));
    (siege, kind)
}

impl Siege {
    /// Brings a letter that must be refused as one, by this name, with nothing logged; the good one is taken afterwards.
    fn refuses_letter(&mut self, verdict: &'static str, bytes: &[u8], good: LetterKind) {
        let before = self.log();
        assert_eq!(self.bring_bytes(bytes), Taking::Refused("letter"));
        assert_eq!(self.findings(), [(Hostile::slot().to_string(), verdict, 1)]);
        assert_eq!(self.log(), before);
        self.still_serves();
        assert_eq!(self.bring(good), Taking::Kept);
        assert_eq!(self.seen(THREAD).len(), 1);
    }

    /// A letter with another outside.
    fn seal_to(
        &mut self,
        change: impl FnOnce(&mut Address),
        to: Option<KemPublic>,
        kind: LetterKind,
    ) -> Vec<u8> {
        let mut address = self.hostile.address();
        change(&mut address);
        let letter = Letter { seen: None, kind };
        seal_letter(self.hostile.rng(), &address, to.as_ref(), &letter).expect("a letter")
    }
}

#[test]
fn a_letter_under_another_stamp_is_refused() {
    let (mut siege, good) = with_letter();
    let letter = siege.hostile.seal(good.clone());
    let before = siege.log();
    assert_eq!(siege.victim().receive(slot_of(NORTH), &letter), Taking::Refused("letter"));
    assert_eq!(siege.findings(), [(slot_of(NORTH).to_string(), "wrong_stamp", 1)]);
    assert_eq!(siege.log(), before);
    siege.still_serves();
    assert_eq!(siege.bring(good), Taking::Kept);
}

#[test]
fn a_letter_in_the_name_of_another_office_is_refused() {
    let (mut siege, good) = with_letter();
    let (north, inbox) = (siege.town.id(NORTH), siege.hostile.inbox);
    let letter = siege.seal_to(|address| address.from = north, inbox, good.clone());
    siege.refuses_letter("wrong_stamp", &letter, good);
}

#[test]
fn a_letter_of_an_unknown_office_is_refused() {
    let (mut siege, good) = with_letter();
    let inbox = siege.hostile.inbox;
    let letter = siege.seal_to(|address| address.from = OfficeId([0x77; 16]), inbox, good);
    siege.refuses("unknown_office", |siege| siege.bring_bytes(&letter));
}

#[test]
fn a_letter_for_another_office_is_refused() {
    let (mut siege, good) = with_letter();
    let (north, inbox) = (siege.town.id(NORTH), siege.hostile.inbox);
    let letter = siege.seal_to(|address| address.to = north, inbox, good.clone());
    siege.refuses_letter("letter_not_for_us", &letter, good);
}

#[test]
fn a_letter_of_another_network_is_refused() {
    let (mut siege, good) = with_letter();
    let inbox = siege.hostile.inbox;
    let letter = siege.seal_to(|address| address.network = NetworkId([8; 16]), inbox, good.clone());
    siege.refuses_letter("letter_wrong_network", &letter, good);
}

#[test]
fn a_letter_sealed_to_a_key_that_is_not_held_is_refused() {
    let (mut siege, good) = with_letter();
    let stranger = Some(KemSecret::from_bytes([5; 32]).public());
    let letter = siege.seal_to(|_| (), stranger, good.clone());
    siege.refuses_letter("letter_unknown_inbox_key", &letter, good);
}

#[test]
fn a_letter_that_must_be_sealed_is_refused_when_it_is_not() {
    let (mut siege, good) = with_letter();
    let letter = plain(&mut siege, &Letter { seen: None, kind: good.clone() }.encode());
    siege.refuses_letter("letter_must_be_sealed", &letter, good);
}

#[test]
fn a_part_that_came_unsealed_does_not_make_its_letter_sealed() {
    let (mut siege, good) = with_letter();
    let whole = Letter { seen: None, kind: good.clone() }.encode();
    let part = in_one_part(&mut siege.hostile, whole);
    let letter = plain(&mut siege, &Letter { seen: None, kind: part }.encode());
    siege.refuses_letter("letter_must_be_sealed", &letter, good);
}

#[test]
fn a_letter_whose_outside_was_changed_does_not_open() {
    let (mut siege, good) = with_letter();
    let letter = siege.hostile.seal(good.clone());
    let mut envelope = Envelope::parse(&letter).expect("an envelope");
    envelope.id[0] ^= 1;
    siege.refuses_letter("letter_unopenable", &canonical::encode(&envelope), good);
}

#[test]
fn a_letter_of_another_version_is_refused() {
    let (mut siege, good) = with_letter();
    let mut letter = siege.hostile.seal(good.clone());
    letter[0] = VERSION + 1;
    siege.refuses_letter("letter_unknown_version", &letter, good);
}

#[test]
fn bytes_after_a_letter_are_refused() {
    let (mut siege, good) = with_letter();
    let mut letter = siege.hostile.seal(good.clone());
    letter.push(0);
    siege.refuses_letter("letter_trailing_bytes", &letter, good);
}

#[test]
fn an_over_long_number_in_a_letter_is_refused() {
    let (mut siege, good) = with_letter();
    let mut letter = Letter { seen: None, kind: good.clone() }.encode();
    // No head seen, then the kind, 0: here in two bytes.
    assert_eq!(letter[..2], [0, 0]);
    letter.splice(1..2, [0x80, 0x00]);
    let part = in_one_part(&mut siege.hostile, letter);
    let letter = siege.hostile.seal(part);
    siege.refuses_letter("letter_non_canonical", &letter, good);
}

#[test]
fn a_letter_over_the_limit_of_a_message_is_refused() {
    let (mut siege, good) = with_letter();
    let mut letter = siege.hostile.seal(good.clone());
    letter.resize(128 * 1024 + 1, 0);
    siege.refuses_letter("letter_too_large", &letter, good);
}

#[test]
fn parts_that_contradict_their_hash_are_refused() {
    let (mut siege, good) = with_letter();
    let mut part = in_one_part(&mut siege.hostile, Letter { seen: None, kind: good.clone() }.encode());
    if let LetterKind::Part(part) = &mut part {
        part.bytes[0] ^= 1;
    }
    let letter = siege.hostile.seal(part);
    siege.refuses_letter("letter_broken_parts", &letter, good);
}

#[test]
fn garbage_stops_nothing() {
    let (mut siege, good) = with_letter();
    let before = siege.log();
    let mut rng = Seeded::new(5);
    for round in 0..2_000_usize {
        let mut garbage = vec![0; round % 700];
        rng.fill(&mut garbage);
        if round % 2 == 0 && !garbage.is_empty() {
            garbage[0] = VERSION;
        }
        assert_eq!(siege.bring_bytes(&garbage), Taking::Refused("letter"));
    }
    assert_eq!(siege.log(), before);
    siege.still_serves();
    assert_eq!(siege.bring(good), Taking::Kept);
}

#[test]
fn every_cut_of_a_sealed_letter_is_refused() {
    let (mut siege, good) = with_letter();
    let letter = siege.hostile.seal(good);
    let before = siege.log();
    for length in 0..letter.len() {
        assert_eq!(siege.bring_bytes(&letter[..length]), Taking::Refused("letter"), "cut at {length}");
    }
    assert_eq!(siege.log(), before);
    siege.still_serves();
    assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
}

#[test]
fn every_cut_of_what_is_inside_a_letter_is_refused() {
    let (mut siege, good) = with_letter();
    let whole = Letter { seen: None, kind: good.clone() }.encode();
    let before = siege.log();
    for length in 1..whole.len() {
        let part = in_one_part(&mut siege.hostile, whole[..length].to_vec());
        assert_eq!(siege.bring(part), Taking::Refused("letter"), "cut at {length}");
    }
    assert_eq!(siege.log(), before);
    siege.still_serves();
    assert_eq!(siege.bring(good), Taking::Kept);
}

#[test]
fn every_changed_byte_of_a_sealed_letter_is_refused() {
    let (mut siege, good) = with_letter();
    let letter = siege.hostile.seal(good);
    let before = siege.log();
    let mut rng = Seeded::new(6);
    for position in 0..letter.len() {
        let mut changed = letter.clone();
        changed[position] ^= bytes::<1>(&mut rng)[0].max(1);
        assert_eq!(siege.bring_bytes(&changed), Taking::Refused("letter"), "changed at {position}");
    }
    assert_eq!(siege.log(), before);
    siege.still_serves();
    assert_eq!(siege.bring_bytes(&letter), Taking::Kept);
}

#[test]
fn every_changed_byte_of_what_is_inside_a_letter_logs_nothing() {
    let (mut siege, good) = with_letter();
    let whole = Letter { seen: None, kind: good.clone() }.encode();
    let before = siege.log();
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 1 << (position % 8);
        let part = in_one_part(&mut siege.hostile, changed);
        // A changed byte may still be a letter of another kind, but never one with which the entry comes in.
        assert_ne!(siege.bring(part), Taking::Later, "changed at {position}");
        assert_eq!(siege.log(), before, "changed at {position}");
    }
    siege.still_serves();
    assert_eq!(siege.bring(good), Taking::Kept);
    assert_eq!(siege.seen(THREAD).len(), 1);
}

#[test]
fn a_letter_too_large_for_one_commit_is_taken_all_the_same() {
    let mut siege = Siege::new();
    let mut positions = Vec::new();
    for _ in 0..90 {
        positions.push(siege.hostile.bulky(THREAD, 200_000));
    }
    let kind = LetterKind::Entries(siege.hostile.entries(&positions));
    let messages = siege.hostile.seal_large(kind);
    assert!(messages.len() > 16 * 8);
    for message in messages {
        assert_eq!(siege.bring_bytes(&message), Taking::Kept);
    }
    assert_eq!(siege.seen(THREAD).len(), positions.len());
    siege.still_serves();
}

#[test]
fn a_roster_that_the_root_keys_did_not_sign_changes_nothing() {
    let (mut siege, good) = with_letter();
    let offices = siege.victim().offices().len();
    let stranger = RootKey::from_seed(&[51; 32]);
    let adopted =
        std::fs::read(crate::town::data(&siege.town.folder, NORTH).join("roster/1")).expect("a roster");
    let mut next = Roster::parse(&adopted).expect("a roster");
    next.previous = waymark_seal::roster::fingerprint(&next.encode());
    next.version += 1;
    next.offices[0].state = OfficeState::Left;
    next.offices[1].state = OfficeState::Left;
    let forged = next.sign(&[("root", &stranger)]);
    siege.bring(LetterKind::RosterTold { versions: vec![forged, b"no roster".to_vec()] });
    assert_eq!(siege.victim().offices().len(), offices);
    assert!(
        siege
            .victim()
            .offices()
            .iter()
            .all(|office| office.standing == waymark_domain::world::Standing::Active)
    );
    siege.still_serves();
    assert_eq!(siege.bring(good), Taking::Kept);
}

#[test]
fn a_head_of_the_victims_log_that_it_did_not_sign_does_not_stop_it() {
    let (mut siege, good) = with_letter();
    let head = waymark_seal::Head { size: 1_000, root: waymark_domain::ids::Hash([1; 32]) };
    let forged = Checkpoint(siege.hostile.sign(0, head));
    siege.bring(LetterKind::HeadTold { log: 0, head: Some(forged) });
    siege.still_serves();
    assert_eq!(siege.bring(good), Taking::Kept);
}

#[test]
fn an_empty_letter_of_entries_only_tells_a_head() {
    let mut siege = Siege::new();
    let before = siege.log();
    let Entries { items, .. } = siege.hostile.entries(&[]);
    assert!(items.is_empty());
    assert_eq!(siege.send(&[]), Taking::Kept);
    assert_eq!(siege.log(), before);
    siege.still_serves();
}

/// A message that is not sealed, whatever is in it.
fn plain(siege: &mut Siege, letter: &[u8]) -> Vec<u8> {
    let Address { network, from, to, id } = siege.hostile.address();
    let envelope =
        Envelope { version: VERSION, network, from, to, id, sealed: Sealed::Plain, payload: letter.to_vec() };
    canonical::encode(&envelope)
}
