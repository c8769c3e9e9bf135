//! What reads bytes of strangers, under changed and spliced examples and under noise: it never panics, and what it takes has one form.
//!
//! Each target begins with the files of its folder in `corpus/`. `deploy/test` gives each a minute (`BOLERO_RANDOM_TEST_TIME_MS`);
//! `cargo bolero` runs the same targets under a coverage-guided engine.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

mod changes;

use std::fs;
use std::path::PathBuf;

use bolero::check;
use waymark_domain::event::Event;
use waymark_seal::checkpoint::Claimed;
use waymark_seal::entry::Entry;
use waymark_seal::fraud::FraudProof;
use waymark_seal::note::{NOTE_MAX, Note};
use waymark_seal::policy::Policy;
use waymark_seal::proof::Proof;
use waymark_seal::roster::Roster;
use waymark_seal::witness::{AddCheckpoint, Told};
use waymark_seal::{Origin, vkey};

use changes::{Change, change};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

fn changed(examples: &[Vec<u8>], which: u8, changes: &[Change]) -> Vec<u8> {
    let mut bytes = examples[usize::from(which) % examples.len()].clone();
    change(&mut bytes, changes, examples);
    bytes
}

fn fuzz(target: &str, read: fn(&[u8])) {
    let examples = corpus(target);
    examples.iter().for_each(|example| read(example));
    check!().with_type::<(u8, Vec<Change>, bool, Vec<u8>)>().for_each(|(which, changes, noise, bytes)| {
        if *noise {
            read(bytes);
        } else {
            read(&changed(&examples, *which, changes));
        }
    });
}

#[test]
fn entry() {
    fuzz("entry", |bytes| {
        if let Ok(entry) = Entry::parse(bytes) {
            assert_eq!(entry.encode(), bytes);
            if let Ok(event) = Event::decode(entry.kind, &entry.public) {
                assert_eq!(event.encode(), entry.public);
            }
        }
    });
}

#[test]
fn note() {
    fuzz("note", |bytes| {
        if let Ok(note) = Note::parse(bytes, NOTE_MAX) {
            assert!(note.text.ends_with('\n') && bytes.starts_with(note.text.as_bytes()));
        }
        let origin: Origin = postcard::from_bytes(&[0; 33]).unwrap();
        let _ = Claimed::parse(bytes, &origin);
    });
}

#[test]
fn proof() {
    fuzz("proof", |bytes| {
        if let Ok(proof) = Proof::parse(bytes) {
            assert_eq!(proof.encode(), bytes);
        }
    });
}

#[test]
fn fraud() {
    fuzz("fraud", |bytes| {
        if let Ok(proof) = FraudProof::parse(bytes) {
            assert_eq!(proof.encode(), bytes);
        }
    });
}

#[test]
fn roster() {
    fuzz("roster", |bytes| {
        if let Ok(roster) = Roster::parse(bytes) {
            assert_eq!(roster.encode(), Note::parse(bytes, NOTE_MAX).unwrap().text);
        }
    });
}

#[test]
fn policy() {
    fuzz("policy", |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Ok(policy) = Policy::parse(text) {
            assert_eq!(Policy::parse(&policy.encode()), Ok(policy));
        }
        let _ = vkey::parse(text, vkey::LOG);
    });
}

#[test]
fn witness() {
    fuzz("witness", |bytes| {
        if let Some(asked) = AddCheckpoint::parse(bytes) {
            assert_eq!(asked.encode(), bytes);
        }
        if let Some(told) = Told::parse(bytes) {
            // What comes with a refusal is for people.
            assert_eq!(Told::parse(&told.encode()), Some(told));
        }
    });
}
