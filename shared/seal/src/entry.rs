//! An entry of an office's log: the bytes that are stored, sent and hashed, and the one way to read them.
//!
//! Read strictly ([`Entry::parse`]): nothing left over, canonical, every limit held. Never verify a re-encoding.
//! Ciphertexts and wraps are not in here, only their hashes, so they can be erased while the log stays whole.
//! An unknown kind is an ordinary entry: kept, verified, relayed and skipped.

use serde::{Deserialize, Serialize};
use waymark_domain::event::PUBLIC_MAX;
use waymark_domain::ids::{EventId, Hash, KeyId, NetworkId, OfficeId, Ref, ThreadId};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::Category;

use crate::canonical::{self, Uncanonical};
use crate::{hash, padding};

/// The version of the format.
pub const VERSION: u8 = 1;
/// The suite: Ed25519, SHA-256, Cobblestone-256, X25519 with HKDF-SHA256 and ChaCha20-Poly1305.
///
/// # Security
/// Not safe against harvest-now-decrypt-later; number 2 is reserved for X-Wing.
pub const SUITE: u8 = 1;
/// Bytes of an entry, at most (C2SP tlog-tiles: an entry's length is 16 bits).
pub const ENTRY_MAX: usize = 65_535;
/// Causes, at most.
pub const CAUSES_MAX: usize = 16;
/// Sections, at most.
pub const SECTIONS_MAX: usize = 16;
/// Grants, at most.
pub const GRANTS_MAX: usize = 16;
/// Most bodies of one entry: its section ciphertexts and wraps.
pub const BODIES_MAX: usize = SECTIONS_MAX + GRANTS_MAX;
/// Bytes of the sealed actor, at most.
pub const ACTOR_MAX: usize = 64;

/// To whom an entry is released: one audience, one release per recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Audience {
    /// Nobody outside the office.
    Nobody,
    /// One office.
    Office(OfficeId),
    /// Every office of the network.
    Network,
}

/// On which basis the sections of an entry are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// Nothing is shared.
    None,
    /// A released consent.
    Consent(Ref),
    /// A reply in the thread.
    Reply(Ref),
    /// The office's own bodies, which never leave.
    OwnData,
    /// Vital interests or duty to warn.
    Emergency(Ref),
}

/// A sealed section, by the hash of its ciphertext.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionRef {
    /// Data category: position in [`Category::ALL`]; a newer number is kept.
    pub category: u8,
    /// The section key.
    pub key: KeyId,
    /// Length of the padded plaintext.
    pub padded: u32,
    /// SHA-256 of the ciphertext.
    pub hash: Hash,
}

impl SectionRef {
    /// The data category, when this version knows it.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        category_of(self.category)
    }
}

/// A section key wrapped for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRef {
    /// Data category: position in [`Category::ALL`]; a newer number is kept.
    pub category: u8,
    /// The section key.
    pub key: KeyId,
    /// For whom.
    pub recipient: OfficeId,
    /// SHA-256 of the recipient's KEM key.
    pub kem_hash: Hash,
    /// Commitment to the section key.
    pub commitment: Hash,
    /// SHA-256 of the wrap.
    pub wrap_hash: Hash,
    /// Last day of the grant.
    pub expires: Day,
}

impl GrantRef {
    /// The data category, when this version knows it.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        category_of(self.category)
    }
}

/// The number of a data category on the wire.
#[must_use]
pub const fn category_number(category: Category) -> u8 {
    category as u8
}

/// The data category with a number, when this version knows it.
#[must_use]
pub fn category_of(number: u8) -> Option<Category> {
    Category::ALL.get(usize::from(number)).copied()
}

/// An entry. The field order is the wire order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`VERSION`].
    pub version: u8,
    /// [`SUITE`].
    pub suite: u8,
    /// The network.
    pub network: NetworkId,
    /// The office in whose log it stands.
    pub office: OfficeId,
    /// The incarnation of that log.
    pub log: u32,
    /// The position in that log, from 0.
    pub index: u64,
    /// The event; chosen at random.
    pub event: EventId,
    /// The roster version in force for the writer.
    pub roster: u32,
    /// When, as the writer says: only a claim.
    pub claimed_at: Timestamp,
    /// To whom it is released.
    pub audience: Audience,
    /// Number of this entry among those to this audience, from 1; 0 for nobody.
    pub pair_seq: u64,
    /// Leaf hash of the entry to this audience before it; zero for the first and for nobody.
    pub pair_prev: Hash,
    /// The kind of event.
    pub kind: u16,
    /// The thread.
    pub thread: ThreadId,
    /// Index, in this log, of this office's entry before it in this thread.
    pub thread_prev: Option<u64>,
    /// The basis on which sections are shared.
    pub basis: Basis,
    /// Entries this one answers or follows; ascending.
    #[serde(deserialize_with = "canonical::vec::<_, _, ENTRY_MAX>")]
    pub causes: Vec<Ref>,
    /// The kind's public part.
    #[serde(with = "canonical::bytes")]
    pub public: Vec<u8>,
    /// Who acted, sealed for the own office; empty when the node acted by itself.
    #[serde(with = "canonical::bytes")]
    pub actor: Vec<u8>,
    /// Sealed sections.
    #[serde(deserialize_with = "canonical::vec::<_, _, ENTRY_MAX>")]
    pub sections: Vec<SectionRef>,
    /// Wrapped section keys.
    #[serde(deserialize_with = "canonical::vec::<_, _, ENTRY_MAX>")]
    pub grants: Vec<GrantRef>,
}

/// Why bytes are not an entry, or why an entry may not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// More than [`ENTRY_MAX`] bytes.
    #[error("the entry has {0} bytes, more than {ENTRY_MAX}")]
    TooLarge(usize),
    /// The bytes are not well-formed.
    #[error("the entry is not well-formed")]
    Malformed,
    /// Something follows the entry.
    #[error("bytes follow the end of the entry")]
    TrailingBytes,
    /// Such as an over-long varint.
    #[error("the entry is not in its canonical encoding")]
    NonCanonical,
    /// A version or suite that this software does not have.
    #[error("version {version} with suite {suite} is not known")]
    UnknownVersion {
        /// The version named.
        version: u8,
        /// The suite named.
        suite: u8,
    },
    /// A field is larger than its limit.
    #[error("{0} over its limit")]
    OverLimit(&'static str),
    /// A list is out of order or names one thing twice.
    #[error("{0} out of order or named twice")]
    Disordered(&'static str),
    /// The numbers of the pair chain or the thread contradict each other.
    #[error("the chain numbers contradict each other")]
    BrokenChain,
    /// A draft names an entry that is not before it in its batch.
    #[error("the draft names entry {0} of its batch, which is not before it")]
    NotInBatch(usize),
}

impl From<Uncanonical> for EntryFault {
    fn from(fault: Uncanonical) -> Self {
        match fault {
            Uncanonical::Malformed => Self::Malformed,
            Uncanonical::TrailingBytes => Self::TrailingBytes,
            Uncanonical::NonCanonical => Self::NonCanonical,
        }
    }
}

impl Entry {
    /// The bytes of the entry.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let size =
            320 + self.public.len() + 64 * (self.causes.len() + self.sections.len() + 2 * self.grants.len());
        canonical::encode_sized(self, size)
    }

    /// Reads an entry: whole, canonical, within all limits.
    ///
    /// # Errors
    /// [`EntryFault`] names what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryFault> {
        if bytes.len() > ENTRY_MAX {
            return Err(EntryFault::TooLarge(bytes.len()));
        }
        let &[version, suite, ..] = bytes else { return Err(EntryFault::Malformed) };
        if version != VERSION || suite != SUITE {
            return Err(EntryFault::UnknownVersion { version, suite });
        }
        let entry: Self = canonical::parse(bytes)?;
        entry.check()?;
        Ok(entry)
    }

    /// RFC 6962 leaf hash of the encoded entry. Hash received bytes with [`hash::leaf_hash`] instead.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        hash::leaf_hash(&self.encode())
    }

    /// Number of bodies: section ciphertexts, then wraps.
    #[must_use]
    pub fn body_count(&self) -> usize {
        self.sections.len() + self.grants.len()
    }

    /// The hash of each body, in order: sections, then grants.
    pub fn body_hashes(&self) -> impl Iterator<Item = &Hash> {
        self.sections
            .iter()
            .map(|section| &section.hash)
            .chain(self.grants.iter().map(|grant| &grant.wrap_hash))
    }

    pub(crate) fn check(&self) -> Result<(), EntryFault> {
        if self.version != VERSION || self.suite != SUITE {
            return Err(EntryFault::UnknownVersion { version: self.version, suite: self.suite });
        }
        self.check_limits()?;
        self.check_chain()?;
        self.check_order()
    }

    fn check_limits(&self) -> Result<(), EntryFault> {
        let limits = [
            ("causes", self.causes.len(), CAUSES_MAX),
            ("public part", self.public.len(), PUBLIC_MAX),
            ("actor", self.actor.len(), ACTOR_MAX),
            ("sections", self.sections.len(), SECTIONS_MAX),
            ("grants", self.grants.len(), GRANTS_MAX),
        ];
        for (name, length, max) in limits {
            if length > max {
                return Err(EntryFault::OverLimit(name));
            }
        }
        if self.sections.iter().any(|section| !padding::is_padded(section.padded as usize)) {
            return Err(EntryFault::OverLimit("padded length"));
        }
        Ok(())
    }

    fn check_chain(&self) -> Result<(), EntryFault> {
        let first = self.pair_prev == hash::ZERO;
        let pair_holds = match self.audience {
            Audience::Nobody => self.pair_seq == 0 && first,
            Audience::Office(_) | Audience::Network => self.pair_seq >= 1 && (self.pair_seq == 1) == first,
        };
        let thread_holds = self.thread_prev.is_none_or(|previous| previous < self.index);
        if pair_holds && thread_holds { Ok(()) } else { Err(EntryFault::BrokenChain) }
    }

    fn check_order(&self) -> Result<(), EntryFault> {
        if !self.causes.is_sorted_by(|one, next| one < next) {
            return Err(EntryFault::Disordered("causes"));
        }
        if has_twins(&self.sections, |section| (section.category, section.key)) {
            return Err(EntryFault::Disordered("sections"));
        }
        if has_twins(&self.grants, |grant| (grant.category, grant.key, grant.recipient)) {
            return Err(EntryFault::Disordered("grants"));
        }
        Ok(())
    }
}

fn has_twins<T, K: PartialEq>(items: &[T], key: impl Fn(&T) -> K) -> bool {
    let mut rest = items;
    while let Some((first, after)) = rest.split_first() {
        if after.iter().any(|item| key(item) == key(first)) {
            return true;
        }
        rest = after;
    }
    false
}
