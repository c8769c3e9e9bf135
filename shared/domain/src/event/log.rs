//! What an office says about its own log: opening, receipts, erasures, errors.

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, Hash, KeyId, OfficeId, Ref};
use crate::time::{Day, Timestamp};
use crate::words::{Category, RetentionGround};

/// The head at which an incarnation of a log was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedHead {
    /// The incarnation.
    pub log: u32,
    /// Entries under the head.
    pub size: u64,
    /// RFC 6962 root.
    pub root: Hash,
}

/// First entry of a log; names the head of the incarnation before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOpened {
    /// The closed incarnation, when this is not the first.
    pub previous: Option<ClosedHead>,
}

/// Another office's entry was verified and kept; sent back to its writer it is the machine receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The entry.
    pub entry: Ref,
    /// SHA-256 of each body kept with it, in the entry's order of sections then grants.
    pub bodies: Vec<Hash>,
}

/// Receipts that arrived, in batches; never themselves receipted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipted {
    /// The other offices' `Received` entries, at most 64.
    pub entries: Vec<Ref>,
}

/// An entry of before, kept on in the next incarnation of a log: this office's own of the closed one, or another office's that
/// the closed one kept. The entry and what proves it stand beside this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedOver {
    /// The entry.
    pub entry: Ref,
    /// SHA-256 of each body kept with it, in the entry's order of sections then grants.
    pub bodies: Vec<Hash>,
}

/// An office has sent back all that it holds of a closed incarnation of this log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// The office.
    pub office: OfficeId,
    /// The closed incarnation.
    pub log: u32,
}

/// A head of this log that other offices have cosigned: everything below it was written by then, everything after this entry
/// later. Never itself a reason to ask for cosignatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosigned {
    /// Entries under the head.
    pub size: u64,
    /// RFC 6962 root.
    pub root: Hash,
    /// Ascending by office, each once, at least 1 and at most 32.
    pub cosignatures: Vec<Cosignature>,
}

/// One office's cosignature on a head (C2SP tlog-cosignature, Ed25519).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosignature {
    /// Who.
    pub office: OfficeId,
    /// When, by its clock.
    pub at: Timestamp,
    /// The two halves of the signature (RFC 8032: R, then S).
    pub signature: [[u8; 32]; 2],
}

/// A head of another office's log that this office cosigns: the largest one of that log from here on. It is durable before the
/// cosignature leaves, and with its signature it can be shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// Whose log.
    pub office: OfficeId,
    /// Its incarnation.
    pub log: u32,
    /// Entries under the head.
    pub size: u64,
    /// RFC 6962 root.
    pub root: Hash,
    /// The two halves of the signature of that log's key (RFC 8032: R, then S).
    pub signature: [[u8; 32]; 2],
}

/// Another office signed two histories of its log. Everybody judges the proof for himself; the word of who publishes it counts for
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudProven {
    /// Whose log.
    pub office: OfficeId,
    /// Its incarnation.
    pub log: u32,
    /// The proof as a file, which verifies alone with the roster; at most 8,000 bytes.
    pub proof: Vec<u8>,
}

/// The roster versions that this office holds, cosigned as a log of their own: whoever was shown another roster finds it out, and who
/// showed it. Once for each newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterWitnessed {
    /// The newest version held: the size of the log.
    pub version: u32,
    /// RFC 6962 root over the texts of all versions up to it.
    pub root: Hash,
    /// When, by this office's clock.
    pub at: Timestamp,
    /// The two halves of the signature of its witness key (C2SP tlog-cosignature, Ed25519; RFC 8032: R, then S).
    pub signature: [[u8; 32]; 2],
}

/// What a holder did with the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErasureOutcome {
    /// Keys, wraps and ciphertexts are destroyed.
    Shredded,
    /// Part is kept on a legal ground until a day.
    PartlyHeld {
        /// The ground.
        ground: RetentionGround,
        /// Until when.
        until: Day,
    },
    /// The office never held it.
    NeverHeld,
}

/// Data of this thread was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The withdrawal, expiry or claim that asked for it.
    pub because: EventId,
    /// The section keys destroyed.
    pub keys: Vec<KeyId>,
    /// What was done.
    pub outcome: ErasureOutcome,
}

/// A holder keeps categories on a legal ground until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionClaimed {
    /// The withdrawal it answers.
    pub because: EventId,
    /// What is kept.
    pub categories: Vec<Category>,
    /// Why.
    pub ground: RetentionGround,
    /// Until when.
    pub until: Day,
}

/// An earlier entry of this office in this thread was entered in error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryInError {
    /// The entry.
    pub entry: EventId,
}
