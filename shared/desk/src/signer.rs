//! Who signs the tree heads of the log in use: one key at a time, and those before it in the same incarnation are recognised.
//!
//! Entries are not signed, heads are: after a rotation the newest head, which the old key signed, is signed once more by the new one
//! ([`Signer::in_force`]). Ed25519 is repeatable, so nothing of that has to be kept.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use waymark_ledger::HeadSigner;
use waymark_seal::checkpoint::{Claimed, Head, Origin, parse_checkpoint, sign_checkpoint};
use waymark_seal::roster::RosterChain;
use waymark_seal::sign::{LogKey, PublicKey};

use crate::office_file::OfficeFile;

/// Signs the tree heads of one incarnation of the log.
pub(crate) struct Signer {
    origin: Origin,
    keys: RwLock<Keys>,
}

struct Keys {
    key: LogKey,
    /// The smallest size that it may sign.
    from: u64,
    /// Every key of this incarnation, by the roster.
    known: Vec<PublicKey>,
    /// The one that the roster names as in use.
    newest: PublicKey,
}

impl Keys {
    fn new(key: LogKey, origin: &Origin, roster: Option<&RosterChain>) -> Self {
        let (mut from, mut known, mut newest) = (0, vec![key.public()], key.public());
        let ranges = roster.into_iter().flat_map(|roster| roster.log_ranges(&origin.office, origin.log));
        for range in ranges {
            if range.end.is_none() {
                newest = range.key;
            }
            if range.key == key.public() {
                from = range.from;
            } else {
                known.push(range.key);
            }
        }
        Self { key, from, known, newest }
    }
}

impl Signer {
    /// Without a roster only `key` is known.
    pub(crate) fn new(key: LogKey, file: OfficeFile, roster: Option<&RosterChain>) -> Self {
        let OfficeFile { network, office, log } = file;
        let origin = Origin { network, office, log };
        let keys = RwLock::new(Keys::new(key, &origin, roster));
        Self { origin, keys }
    }

    /// From now on `key` signs.
    pub(crate) fn renew(&self, key: LogKey, roster: &RosterChain) {
        let keys = Keys::new(key, &self.origin, Some(roster));
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The key in use by the roster; of a copy from before a rotation it is not this folder's.
    pub(crate) fn newest_known(&self) -> PublicKey {
        self.keys().newest
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.keys().key.public()
    }

    /// The checkpoint of `head` under the key in force: `checkpoint`, or another one where that is by the key before.
    pub(crate) fn in_force(&self, head: &Head, checkpoint: Vec<u8>) -> Vec<u8> {
        let keys = self.keys();
        let is_old = head.size >= keys.from
            && Claimed::parse(&checkpoint, &self.origin)
                .is_ok_and(|claimed| claimed.size() == head.size && !claimed.names(&keys.key.public()));
        if is_old { sign_checkpoint(&keys.key, &self.origin, head) } else { checkpoint }
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeadSigner for Signer {
    fn sign(&self, head: &Head) -> Vec<u8> {
        sign_checkpoint(&self.keys().key, &self.origin, head)
    }

    fn verify(&self, checkpoint: &[u8]) -> Option<Head> {
        let keys = self.keys();
        keys.known.iter().find_map(|key| parse_checkpoint(checkpoint, &self.origin, key).ok())
    }
}
