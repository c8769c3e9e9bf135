//! What is searched for in the files of an office after an erasure: keys, secrets, wraps and ciphertexts.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use waymark_desk::Seen;
use waymark_domain::ids::{Hash, ThreadId};
use waymark_seal::hash::sha256;
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use crate::town::{Town, passphrase};

/// The lengths and hashes of all bodies that a thread's entries name, but for what south itself wrote.
pub(crate) fn bodies(town: &Town, referral: ThreadId) -> Vec<(usize, Hash)> {
    let mut bodies = Vec::new();
    for seen in town.desk(1).history(referral).expect("read") {
        if seen.author() != town.id(1) || matches!(seen.basis, waymark_seal::Basis::Reply(_)) {
            continue;
        }
        bodies.extend(seen.sections.iter().map(|section| (sealed(section.padded), section.hash)));
        bodies.extend(seen.grants.iter().map(|grant| (80, grant.wrap_hash)));
    }
    assert!(!bodies.is_empty());
    bodies
}

/// Bytes of a ciphertext whose padded plaintext has so many.
pub(crate) fn sealed(padded: u32) -> usize {
    waymark_seal::chunked::sealed_length(padded as usize)
}

/// Which of `bodies` lie anywhere in the files of a folder.
pub(crate) fn found(folder: &Path, bodies: &[(usize, Hash)]) -> HashSet<(Hash, PathBuf)> {
    let mut found = HashSet::new();
    let lengths: HashSet<usize> = bodies.iter().map(|(length, _)| *length).collect();
    let sought: HashSet<Hash> = bodies.iter().map(|(_, hash)| *hash).collect();
    for path in files(folder) {
        let bytes = std::fs::read(&path).expect("read");
        for length in lengths.iter().copied() {
            // Nothing that was sealed begins with a run of zeros; most of a file that was made ready does.
            let windows = bytes.windows(length).filter(|window| window[..8] != [0; 8]);
            let hashes = windows.map(|window| sha256(&[window]));
            let named = hashes.filter(|hash| sought.contains(hash));
            let place = path.strip_prefix(folder).expect("a file of the folder");
            found.extend(named.map(|hash| (hash, place.to_owned())));
        }
    }
    found
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// That whoever has the folder of an office and its passphrase finds nothing of what was shared in a thread.
pub(crate) fn nothing_left(
    town: &mut Town,
    office: u16,
    referral: ThreadId,
    bodies: &[(usize, Hash)],
    grants: &[Seen],
) {
    let copy = town.copy_of(office);
    assert_eq!(found(&copy, bodies), HashSet::new(), "a body lies in a file of office {office}");
    let vault = Vault::open(&copy.join("vault"), &passphrase(), System).expect("opens");
    no_key_left(&vault, office, referral, grants);
}

/// That a vault has no key of an office for what was shared in a thread.
pub(crate) fn no_key_left(vault: &Vault, office: u16, referral: ThreadId, grants: &[Seen]) {
    for seen in grants {
        for section in &seen.sections {
            let key = vault.section_key(&referral, &section.key).expect("read");
            assert!(key.is_none(), "office {office} can open a section of {:?}", seen.kind);
        }
        for grant in &seen.grants {
            // An inbox secret lives on; what was wrapped to it is in no file.
            let secret = vault.thread_secret(&referral, &grant.kem_hash).expect("read");
            assert!(secret.is_none(), "office {office} can open a wrap of {:?}", seen.kind);
        }
    }
}

/// What north disclosed in a thread under the consent.
pub(crate) fn consented(town: &Town, referral: ThreadId) -> Vec<Seen> {
    let history = town.desk(1).history(referral).expect("read");
    let ours =
        |seen: &Seen| seen.author() == town.id(1) && matches!(seen.basis, waymark_seal::Basis::Consent(_));
    history.into_iter().filter(ours).collect()
}
