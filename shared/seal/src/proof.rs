//! A receipt on paper: one entry, its path and the tree head, as a C2SP tlog-proof.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use waymark_domain::ids::Hash;

use crate::checkpoint::{
    CHECKPOINT_MAX, CheckpointFault, Head, Origin, base64_hash, decimal, parse_checkpoint,
};
use crate::entry::Entry;
use crate::merkle::{self, PATH_MAX};
use crate::prefix;
use crate::roster::RosterChain;
use crate::sign::PublicKey;
use crate::unplaced::Kept;
use crate::verify::{Verdict, VerifiedHead, check_stands, verify_head};

/// Bytes of extra data, at most.
pub const EXTRA_MAX: usize = 64 * 1024;
/// Bytes of a proof, at most.
pub const PROOF_MAX: usize = CHECKPOINT_MAX + PATH_MAX * 45 + EXTRA_MAX / 3 * 4 + 256;

/// Why a proof does not show that the entry stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// Over its limit.
    #[error("the proof is over its limit")]
    TooLarge,
    /// Not in the form of a tlog-proof.
    #[error("the proof is not well-formed")]
    Malformed,
    /// The tree head does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointFault),
    /// The path does not lead from this entry to the head.
    #[error("the path does not lead from this entry to the tree head")]
    WrongPath,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// It is not a proof.
    #[error(transparent)]
    Proof(#[from] ProofFault),
    /// It does not carry the entry that it is about.
    #[error("the proof does not carry an entry")]
    NoEntry,
    /// The entry does not stand in the log that it names.
    #[error(transparent)]
    Verdict(#[from] Verdict),
}

/// What a receipt proves.
#[derive(Debug, Clone)]
pub struct ProvenEntry {
    /// The entry.
    pub entry: Entry,
    /// Its leaf hash.
    pub leaf: Hash,
    /// The head under which it stands.
    pub head: VerifiedHead,
}

/// A proof taken apart; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Opaque data that nothing authenticates.
    pub extra: Option<Vec<u8>>,
    /// The index of the entry.
    pub index: u64,
    /// The inclusion path.
    pub path: Vec<Hash>,
    /// The tree head, as signed.
    pub checkpoint: Vec<u8>,
}

impl Proof {
    /// The proof of an entry that was kept, with the entry itself as extra data: then nothing else is needed but the roster.
    #[must_use]
    pub fn of_kept(kept: &Kept, index: u64) -> Self {
        let (path, checkpoint) = (kept.path.clone(), kept.checkpoint.clone());
        Self { extra: Some(kept.entry.clone()), index, path, checkpoint }
    }

    /// The entry that the proof carries, once it is proven to stand in the log that it names under a head that this log's key has signed.
    ///
    /// # Errors
    /// [`ReceiptFault`] names what does not hold.
    pub fn verify_carried(&self, roster: &RosterChain) -> Result<ProvenEntry, ReceiptFault> {
        let bytes = self.extra.as_ref().ok_or(ReceiptFault::NoEntry)?;
        let entry = Entry::parse(bytes).map_err(Verdict::from)?;
        if entry.index != self.index {
            return Err(ReceiptFault::NoEntry);
        }
        let head = verify_head(roster, entry.office, entry.log, &self.checkpoint)?;
        let leaf = merkle::leaf_hash(bytes);
        check_stands(&entry, &leaf, &head, &self.path)?;
        Ok(ProvenEntry { entry, leaf, head })
    }

    /// The text of the proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut text = prefix::TLOG_PROOF.text.to_owned();
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&STANDARD.encode(hash.0));
            text.push('\n');
        }
        text.push('\n');
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.checkpoint);
        bytes
    }

    /// Takes a proof apart.
    ///
    /// # Errors
    /// [`ProofFault::TooLarge`] or [`ProofFault::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFault> {
        if bytes.len() > PROOF_MAX {
            return Err(ProofFault::TooLarge);
        }
        core::str::from_utf8(bytes).ok().and_then(parse).ok_or(ProofFault::Malformed)
    }

    /// The head under which `entry` stands at the proof's index, signed by `key`.
    ///
    /// # Errors
    /// [`ProofFault`] names what does not hold.
    pub fn verify(&self, entry: &[u8], origin: &Origin, key: &PublicKey) -> Result<Head, ProofFault> {
        let head = parse_checkpoint(&self.checkpoint, origin, key)?;
        let leaf = merkle::leaf_hash(entry);
        if merkle::verify_inclusion(&leaf, self.index, head.size, &self.path, &head.root) {
            Ok(head)
        } else {
            Err(ProofFault::WrongPath)
        }
    }
}

fn parse(text: &str) -> Option<Proof> {
    let (head, checkpoint) = text.strip_prefix(prefix::TLOG_PROOF.text)?.split_once("\n\n")?;
    let mut lines = head.split('\n').peekable();
    let extra = match lines.peek()?.strip_prefix("extra ") {
        Some(encoded) => {
            lines.next();
            Some(STANDARD.decode(encoded).ok()?)
        }
        None => None,
    };
    let index = decimal(lines.next()?.strip_prefix("index ")?)?;
    let path = lines.map(base64_hash).collect::<Option<Vec<_>>>()?;
    let within = path.len() <= PATH_MAX && extra.as_ref().is_none_or(|extra| extra.len() <= EXTRA_MAX);
    within.then(|| Proof { extra, index, path, checkpoint: checkpoint.as_bytes().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::sign_checkpoint;
    use crate::sign::LogKey;
    use waymark_domain::ids::{NetworkId, OfficeId};

    #[test]
    fn a_receipt_reads_back_and_every_spoilt_one_is_refused() {
        let origin = Origin { network: NetworkId([1; 16]), office: OfficeId([2; 16]), log: 0 };
        let key = LogKey::from_seed(&[3; 32]);
        let (one, two) = (merkle::leaf_hash(b"one"), merkle::leaf_hash(b"two"));
        let head = Head { size: 2, root: merkle::node_hash(&one, &two) };
        let checkpoint = sign_checkpoint(&key, &origin, &head);
        let proof = Proof { extra: Some(b"hello".to_vec()), index: 1, path: vec![one], checkpoint };
        let text = String::from_utf8(proof.encode()).unwrap();
        let read = Proof::parse(text.as_bytes()).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.verify(b"two", &origin, &key.public()), Ok(head));
        assert_eq!(read.verify(b"one", &origin, &key.public()), Err(ProofFault::WrongPath));
        assert_eq!(
            Proof { index: 0, ..read.clone() }.verify(b"two", &origin, &key.public()),
            Err(ProofFault::WrongPath)
        );
        let stranger = LogKey::from_seed(&[4; 32]).public();
        let refused = read.verify(b"two", &origin, &stranger);
        assert_eq!(refused, Err(ProofFault::Checkpoint(CheckpointFault::Unsigned)));
        for spoilt in
            [text.replace("index 1", "index 01"), text.replace("@v1", "@v2"), text.replace("\n\n", "\n")]
        {
            assert_eq!(Proof::parse(spoilt.as_bytes()), Err(ProofFault::Malformed), "{spoilt}");
        }
        let without = Proof { extra: None, path: Vec::new(), ..proof };
        assert_eq!(Proof::parse(&without.encode()), Ok(without));
    }
}
