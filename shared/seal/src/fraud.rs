//! Proof that an office signed two histories of one log, as a file that verifies alone with the roster: who brings it is not trusted.
//!
//! Two signed heads of one size with different roots, or two entries, each proven under a signed head, whose paths know one node of
//! the tree by two hashes. A tree that only grows never changes a complete node, so no honest log can be accused: what a path says of
//! its siblings is bound by the head that was signed. That a proof of growth does not hold proves nothing, anybody can spoil one.

use std::collections::{BTreeMap, HashMap};

use waymark_domain::event::log::FraudProven;
use waymark_domain::ids::Hash;

use crate::checkpoint::{Claimed, Head, Origin};
use crate::merkle;
use crate::prefix;
use crate::proof::Proof;
use crate::roster::RosterChain;
use crate::verify::{Verdict, VerifiedHead, verify_head_as_of};

/// Bytes of a proof of fraud, at most: it travels in the public part of an entry.
pub const FRAUD_MAX: usize = 8_000;

/// Stands between the two sides.
const BETWEEN: &str = "\n==\n";

/// Why bytes prove no fraud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FraudFault {
    /// Over its limit.
    #[error("the proof of fraud is over its limit")]
    TooLarge,
    /// Not in the form of a proof of fraud.
    #[error("the proof of fraud is not well-formed")]
    Malformed,
    /// Well-formed, but not in the one form in which it is written.
    #[error("the proof of fraud is not written in its one form")]
    NonCanonical,
    /// Its sides are heads of two logs, or of another log than the one accused.
    #[error("the two sides do not belong to the log that is accused")]
    OtherLog,
    /// A head does not hold.
    #[error("a tree head of the proof: {0}")]
    Head(#[from] Verdict),
    /// A path does not lead to its head.
    #[error("a path does not lead to its tree head")]
    WrongPath,
    /// Both sides can stand in one history.
    #[error("the two sides fit each other")]
    NoContradiction,
}

/// An entry under a head: only its hash, so that the proof says nothing of what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its index.
    pub index: u64,
    /// Its leaf hash.
    pub hash: Hash,
    /// The inclusion path.
    pub path: Vec<Hash>,
}

/// What somebody saw of a log: a head that its key signed, perhaps with an entry that stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    head: VerifiedHead,
    leaf: Option<Leaf>,
}

impl Side {
    /// A head alone.
    #[must_use]
    pub const fn head(head: VerifiedHead) -> Self {
        Self { head, leaf: None }
    }

    /// A head with an entry; `None` when the path does not lead from the entry to the head.
    #[must_use]
    pub fn with_leaf(head: VerifiedHead, leaf: Leaf) -> Option<Self> {
        stands(&leaf, &head.head()).then_some(Self { head, leaf: Some(leaf) })
    }

    /// The head.
    #[must_use]
    pub const fn signed(&self) -> &VerifiedHead {
        &self.head
    }

    /// The index of its entry, if it has one.
    #[must_use]
    pub fn index(&self) -> Option<u64> {
        self.leaf.as_ref().map(|leaf| leaf.index)
    }

    fn shown(&self, with_leaf: bool) -> Shown {
        let leaf = self.leaf.clone().filter(|_| with_leaf);
        Shown { checkpoint: self.head.checkpoint(), head: self.head.head(), leaf }
    }
}

/// One side as the file has it; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    checkpoint: Vec<u8>,
    head: Head,
    leaf: Option<Leaf>,
}

/// A proof of fraud taken apart; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudProof {
    origin: Origin,
    /// The smaller head first; of one size, the smaller root.
    sides: [Shown; 2],
}

/// What a proof proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraud {
    /// The log of which two histories were signed.
    pub origin: Origin,
    /// Both heads, the smaller one first.
    pub heads: [Head; 2],
    /// The entries that were proven under them; none where both heads have one size.
    pub indices: Option<[u64; 2]>,
}

impl FraudProof {
    /// The proof that two sides give; `None` where they can stand in one history, or no one can tell.
    #[must_use]
    pub fn between(one: &Side, other: &Side) -> Option<Self> {
        let origin = one.head.origin();
        if origin != other.head.origin() {
            return None;
        }
        let (first, second) = (one.head.head(), other.head.head());
        let proven = if first.size == second.size {
            first.root != second.root
        } else {
            let both = one.leaf.as_ref().zip(other.leaf.as_ref());
            both.is_some_and(|(leaf, against)| contradict((leaf, first.size), (against, second.size)))
        };
        let with_leaf = first.size != second.size;
        let mut sides = [one.shown(with_leaf), other.shown(with_leaf)];
        sides.sort_by_key(|side| (side.head.size, side.head.root));
        proven.then_some(Self { origin, sides })
    }

    /// The first proof that any two of many sides of one log give.
    #[must_use]
    pub fn among(sides: &[Side]) -> Option<Self> {
        let (mut heads, mut known) = (HashMap::new(), HashMap::new());
        for side in sides {
            let size = side.head.head().size;
            let of_size = *heads.entry(size).or_insert(side);
            if let Some(proof) = Self::between(of_size, side) {
                return Some(proof);
            }
            for (place, hash) in side.leaf.iter().flat_map(|leaf| nodes(leaf, size)) {
                let (before, by) = *known.entry(place).or_insert((hash, side));
                if before != hash
                    && let Some(proof) = Self::between(by, side)
                {
                    return Some(proof);
                }
            }
        }
        None
    }

    /// The log that is accused.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The entry that publishes it.
    #[must_use]
    pub fn published(&self) -> FraudProven {
        FraudProven { office: self.origin.office, log: self.origin.log, proof: self.encode() }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let [one, other] = self.sides.each_ref().map(Shown::encode);
        let one = one.strip_suffix(b"\n").unwrap_or(&one);
        [prefix::FRAUD.bytes(), one, BETWEEN.as_bytes(), &other].concat()
    }

    /// Takes a proof apart.
    ///
    /// # Errors
    /// [`FraudFault::TooLarge`], [`FraudFault::Malformed`], [`FraudFault::NonCanonical`] or [`FraudFault::OtherLog`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FraudFault> {
        if bytes.len() > FRAUD_MAX {
            return Err(FraudFault::TooLarge);
        }
        let text = core::str::from_utf8(bytes).ok().and_then(|text| text.strip_prefix(prefix::FRAUD.text));
        let (one, other) = text.and_then(|text| text.split_once(BETWEEN)).ok_or(FraudFault::Malformed)?;
        let one = Shown::parse(format!("{one}\n").as_bytes()).ok_or(FraudFault::Malformed)?;
        let other = Shown::parse(other.as_bytes()).ok_or(FraudFault::Malformed)?;
        if one.0 != other.0 {
            return Err(FraudFault::OtherLog);
        }
        let proof = Self { origin: one.0, sides: [one.1, other.1] };
        if proof.is_in_its_form() && proof.encode() == bytes {
            Ok(proof)
        } else {
            Err(FraudFault::NonCanonical)
        }
    }

    /// Reads what an entry publishes: the log named beside the proof must be the one it is about.
    ///
    /// # Errors
    /// As [`FraudProof::parse`].
    pub fn of_published(body: &FraudProven) -> Result<Self, FraudFault> {
        let proof = Self::parse(&body.proof)?;
        let named = (proof.origin.office, proof.origin.log);
        if named == (body.office, body.log) { Ok(proof) } else { Err(FraudFault::OtherLog) }
    }

    /// What it proves under the newest roster.
    ///
    /// # Errors
    /// [`FraudFault`] names what does not hold.
    pub fn verify(&self, roster: &RosterChain) -> Result<Fraud, FraudFault> {
        self.verify_as_of(roster, roster.newest().version)
    }

    /// The same under the roster as version `as_of` has it: for a proof that was kept then, and whose key was ended since.
    ///
    /// # Errors
    /// [`FraudFault`] names what does not hold.
    ///
    /// # Security
    /// Only for what is known to have been kept under that version: whoever steals an ended key can sign as many histories as he likes.
    pub fn verify_as_of(&self, roster: &RosterChain, as_of: u32) -> Result<Fraud, FraudFault> {
        if self.origin.network != roster.network() {
            return Err(Verdict::WrongNetwork.into());
        }
        for side in &self.sides {
            let (office, log) = (self.origin.office, self.origin.log);
            let head = verify_head_as_of(roster, office, log, &side.checkpoint, as_of)?;
            if head.checkpoint() != side.checkpoint {
                return Err(FraudFault::NonCanonical);
            }
            if side.leaf.as_ref().is_some_and(|leaf| !stands(leaf, &side.head)) {
                return Err(FraudFault::WrongPath);
            }
        }
        let [one, other] = &self.sides;
        let indices = match (&one.leaf, &other.leaf) {
            (Some(leaf), Some(against)) => {
                if !contradict((leaf, one.head.size), (against, other.head.size)) {
                    return Err(FraudFault::NoContradiction);
                }
                Some([leaf.index, against.index])
            }
            // Of one size, with two roots: that is the form.
            _ => None,
        };
        Ok(Fraud { origin: self.origin, heads: [one.head, other.head], indices })
    }

    /// Heads of one size stand alone, in the order of their roots; of two sizes, the smaller first, each with its entry.
    fn is_in_its_form(&self) -> bool {
        let [one, other] = &self.sides;
        let leaves = (one.leaf.is_some(), other.leaf.is_some());
        if one.head.size == other.head.size {
            one.head.root < other.head.root && leaves == (false, false)
        } else {
            one.head.size < other.head.size && leaves == (true, true)
        }
    }
}

impl Shown {
    /// A checkpoint, or a tlog-proof with the leaf hash as its extra data.
    fn encode(&self) -> Vec<u8> {
        let Some(Leaf { index, hash, path }) = &self.leaf else { return self.checkpoint.clone() };
        let (extra, path, checkpoint) = (Some(hash.0.to_vec()), path.clone(), self.checkpoint.clone());
        Proof { extra, index: *index, path, checkpoint }.encode()
    }

    fn parse(bytes: &[u8]) -> Option<(Origin, Self)> {
        let (leaf, checkpoint) = if bytes.starts_with(prefix::TLOG_PROOF.bytes()) {
            let Proof { extra, index, path, checkpoint } = Proof::parse(bytes).ok()?;
            let hash = Hash(extra?.try_into().ok()?);
            (Some(Leaf { index, hash, path }), checkpoint)
        } else {
            (None, bytes.to_vec())
        };
        let origin = Origin::parse(core::str::from_utf8(&checkpoint).ok()?.split('\n').next()?)?;
        let head = Claimed::parse(&checkpoint, &origin).ok()?.head();
        Some((origin, Self { checkpoint, head, leaf }))
    }
}

fn stands(leaf: &Leaf, head: &Head) -> bool {
    merkle::verify_inclusion(&leaf.hash, leaf.index, head.size, &leaf.path, &head.root)
}

/// Whether two paths know one complete node of the tree by two hashes; `size` is that of the head of each.
fn contradict((one, one_size): (&Leaf, u64), (other, other_size): (&Leaf, u64)) -> bool {
    let known = nodes(one, one_size);
    nodes(other, other_size).iter().any(|(place, hash)| known.get(place).is_some_and(|known| known != hash))
}

/// The complete nodes that a path knows, by level and position: the leaf, what stands above it, and the siblings of all of them. What
/// reaches over the end of the tree is a complete node further down where it covers as many leaves as one.
fn nodes(leaf: &Leaf, size: u64) -> BTreeMap<(u32, u64), Hash> {
    let mut known = BTreeMap::new();
    let mut note = |level: u32, at: u64, hash: Hash| {
        let (start, left) = (at << level, size.saturating_sub(at << level));
        if left >> level > 0 {
            known.insert((level, at), hash);
        } else if left.is_power_of_two() {
            let below = left.trailing_zeros();
            known.insert((below, start >> below), hash);
        }
    };
    let (mut level, mut at, mut hash) = (0, leaf.index, leaf.hash);
    let mut last = size.saturating_sub(1);
    note(level, at, hash);
    for sibling in &leaf.path {
        // The right edge has no right sibling: up to where there is a left one.
        while at == last && at & 1 == 0 && at > 0 {
            (level, at, last) = (level + 1, at >> 1, last >> 1);
        }
        if at & 1 == 1 {
            note(level, at - 1, *sibling);
            hash = merkle::node_hash(sibling, &hash);
        } else {
            note(level, at + 1, *sibling);
            hash = merkle::node_hash(&hash, sibling);
        }
        (level, at, last) = (level + 1, at >> 1, last >> 1);
        note(level, at, hash);
    }
    known
}
