//! The roster: which offices there are and which keys speak for them. A signed text, versioned, each version naming
//! the one before it.
//!
//! Trust follows TUF's rules for roots ([`RosterChain`]). A log key is valid for a range of head *sizes*, and the head
//! at its end is kept, so a stolen key cannot rewrite what lies before. Read [`text`] for the format.

mod chain;
mod text;

pub use chain::{KeyFault, RosterChain, Standing};

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};

use crate::checkpoint::Head;
use crate::hash::sha256;
use crate::note::{self, Note, NoteFault, Verifier};
use crate::sign::{PublicKey, RootKey};

/// Bytes of a version with its signatures, at most.
pub const ROSTER_MAX: usize = 512 * 1024;
/// Root keys, at most.
pub const ROOTS_MAX: usize = 32;
/// Offices, at most.
pub const OFFICES_MAX: usize = 1_000;
/// Key ranges of one office's logs, at most.
pub const LOGS_MAX: usize = 64;
/// Bytes of a name, at most.
pub const NAME_MAX: usize = 120;

/// One version of the roster. The field order is the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The network.
    pub network: NetworkId,
    /// 1, 2, …
    pub version: u32,
    /// SHA-256 of the text of the version before; zero for the first.
    pub previous: Hash,
    /// After this, nothing new is disclosed until a newer version is there.
    pub expires_at: Timestamp,
    /// How many root keys must sign.
    pub threshold: u8,
    /// Root keys, by ascending name.
    pub roots: Vec<Verifier>,
    /// Offices, by ascending slot.
    pub offices: Vec<Office>,
}

/// An office in the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its id.
    pub id: OfficeId,
    /// Its post box: `s001`, …
    pub slot: NonZeroU16,
    /// Whether it takes part.
    pub state: OfficeState,
    /// ISO 3166-1 alpha-2.
    pub country: [u8; 2],
    /// The kind of institution.
    pub institution: Institution,
    /// What it is in the network; ascending, not empty.
    pub roles: Vec<OfficeRole>,
    /// Its public name.
    pub name: String,
    /// The organisation it belongs to; witnesses are counted by organisation.
    pub organisation: String,
    /// The keys of its log, in order; all but the last have ended.
    pub logs: Vec<LogRange>,
    /// Its key for cosigning others.
    pub witness: Option<PublicKey>,
}

/// Whether an office takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeState {
    /// It does.
    Active,
    /// Nothing is disclosed to it for now; what it says is still taken.
    Suspended,
    /// It has left.
    Left,
}

/// A key and the heads it may sign: those of sizes `from..=end.size` of one incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRange {
    /// The incarnation.
    pub log: u32,
    /// Smallest size.
    pub from: u64,
    /// The last head under this key; none while it is in use.
    pub end: Option<Head>,
    /// The key.
    pub key: PublicKey,
}

impl LogRange {
    /// Whether this key may sign `head`: in use and not too small, or exactly the head at its end. A smaller head of an
    /// ended key proves nothing any more, since whoever stole the key could have made it.
    #[must_use]
    pub fn covers(&self, head: &Head) -> bool {
        match self.end {
            None => head.size >= self.from,
            Some(end) => *head == end,
        }
    }
}

impl Office {
    /// The name of its post box.
    #[must_use]
    pub fn slot_name(&self) -> String {
        format!("s{:03}", self.slot)
    }

    /// The key in use, with its incarnation.
    #[must_use]
    pub fn current_log(&self) -> Option<&LogRange> {
        self.logs.last().filter(|range| range.end.is_none())
    }

    /// Whether `key` is in use and signs incarnation `log`.
    #[must_use]
    pub fn signs(&self, log: u32, key: &PublicKey) -> bool {
        self.current_log().is_some_and(|range| range.log == log && range.key == *key)
    }
}

/// Why a roster version is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RosterFault {
    /// Over its limit.
    #[error("the roster is over its limit")]
    TooLarge,
    /// Not in the form of a roster, at this line of the text (from 1).
    #[error("line {0} of the roster is not well-formed")]
    Malformed(usize),
    /// Not a signed note.
    #[error("the roster is not a signed note")]
    NotANote,
    /// The text is well-formed, but not as this format writes it.
    #[error("the roster is not written in its one form")]
    NonCanonical,
    /// A key of small order or with several encodings.
    #[error("line {0} of the roster has a weak key")]
    WeakKey(usize),
    /// A key in two roles, offices or ranges, now or in an earlier version.
    #[error("a key of the roster is used twice")]
    KeyUsedTwice,
    /// Slots, ids, names or key ranges are out of order or repeated.
    #[error("{0} of the roster are out of order or repeated")]
    Disordered(&'static str),
    /// The threshold is 0 or more than there are root keys.
    #[error("the threshold of the roster cannot be met")]
    BadThreshold,
    /// Another network.
    #[error("the roster belongs to another network")]
    WrongNetwork,
    /// Not the version after the newest held.
    #[error("the roster has version {found} where {expected} was expected")]
    WrongVersion {
        /// The next version.
        expected: u32,
        /// What came.
        found: u32,
    },
    /// It does not name the version before it.
    #[error("the roster does not continue the version before it")]
    WrongPrevious,
    /// The first version is not the one whose fingerprint was compared.
    #[error("the first roster has another fingerprint")]
    WrongFingerprint,
    /// Fewer root keys than needed have signed.
    #[error("the roster is signed by {signed} of {needed} root keys of version {version}")]
    BelowThreshold {
        /// Whose root keys.
        version: u32,
        /// How many have.
        signed: usize,
        /// How many must.
        needed: u8,
    },
    /// A root key is named and its signature does not hold.
    #[error("a signature of a root key does not hold")]
    BadSignature,
    /// An office is gone, or moved, or a past key range has changed.
    #[error("the roster changes what an earlier version has fixed")]
    HistoryChanged,
}

impl From<NoteFault> for RosterFault {
    fn from(fault: NoteFault) -> Self {
        match fault {
            NoteFault::TooLarge => Self::TooLarge,
            NoteFault::Malformed | NoteFault::Unsigned => Self::NotANote,
            NoteFault::BadSignature => Self::BadSignature,
        }
    }
}

impl Roster {
    /// The text that is signed.
    #[must_use]
    pub fn encode(&self) -> String {
        text::write(self)
    }

    /// Reads a version and checks everything that needs no other version: form, limits, keys, order. Signatures are
    /// checked by [`RosterChain`].
    ///
    /// # Errors
    /// [`RosterFault`] names what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, RosterFault> {
        let note = Note::parse(bytes, ROSTER_MAX)?;
        Self::from_text(note.text)
    }

    /// Reads a text that is not signed yet.
    ///
    /// # Errors
    /// As [`Roster::parse`].
    pub fn from_text(text: &str) -> Result<Self, RosterFault> {
        let roster = text::read(text)?;
        roster.check()?;
        if roster.encode() == text { Ok(roster) } else { Err(RosterFault::NonCanonical) }
    }

    /// The version signed by root keys, each under its name in the roster.
    #[must_use]
    pub fn sign(&self, keys: &[(&str, &RootKey)]) -> Vec<u8> {
        let text = self.encode();
        let lines: String = keys.iter().map(|(name, key)| note::signature_line(&text, name, key)).collect();
        format!("{text}\n{lines}").into_bytes()
    }

    /// The same version with one more signature.
    ///
    /// # Errors
    /// [`RosterFault`] when the bytes are not a roster.
    pub fn add_signature(bytes: &[u8], name: &str, key: &RootKey) -> Result<Vec<u8>, RosterFault> {
        Self::parse(bytes)?;
        let note = Note::parse(bytes, ROSTER_MAX)?;
        let line = note::signature_line(note.text, name, key);
        Ok([bytes, line.as_bytes()].concat())
    }

    /// The office with an id.
    #[must_use]
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.offices.iter().find(|office| office.id == *id)
    }

    /// The office with a post box.
    #[must_use]
    pub fn office_at(&self, slot: NonZeroU16) -> Option<&Office> {
        let found = self.offices.binary_search_by_key(&slot, |office| office.slot).ok()?;
        self.offices.get(found)
    }

    fn check(&self) -> Result<(), RosterFault> {
        if self.roots.len() > ROOTS_MAX || self.offices.len() > OFFICES_MAX {
            return Err(RosterFault::TooLarge);
        }
        if self.threshold == 0 || usize::from(self.threshold) > self.roots.len() {
            return Err(RosterFault::BadThreshold);
        }
        if !self.roots.is_sorted_by(|one, next| one.name < next.name) {
            return Err(RosterFault::Disordered("root keys"));
        }
        if !self.offices.is_sorted_by(|one, next| one.slot < next.slot) {
            return Err(RosterFault::Disordered("slots"));
        }
        let ids: BTreeSet<_> = self.offices.iter().map(|office| office.id).collect();
        if ids.len() != self.offices.len() {
            return Err(RosterFault::Disordered("offices"));
        }
        self.offices.iter().try_for_each(Office::check)?;
        let mut seen = BTreeSet::new();
        if self.keys().all(|(key, _)| seen.insert(*key)) { Ok(()) } else { Err(RosterFault::KeyUsedTwice) }
    }

    /// Every key with the one use it has.
    fn keys(&self) -> impl Iterator<Item = (&PublicKey, KeyUse)> {
        let roots = self.roots.iter().map(|root| (&root.key, KeyUse::Root));
        let offices = self.offices.iter().flat_map(|office| {
            let logs =
                office.logs.iter().map(|range| (&range.key, KeyUse::Log(office.id, range.log, range.from)));
            logs.chain(office.witness.iter().map(|key| (key, KeyUse::Witness(office.id))))
        });
        roots.chain(offices)
    }
}

/// What a key is used for; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyUse {
    Root,
    Log(OfficeId, u32, u64),
    Witness(OfficeId),
}

impl Office {
    fn check(&self) -> Result<(), RosterFault> {
        if self.logs.len() > LOGS_MAX {
            return Err(RosterFault::TooLarge);
        }
        if self.roles.is_empty() || !self.roles.is_sorted_by(|one, next| one < next) {
            return Err(RosterFault::Disordered("roles"));
        }
        let starts = self.logs.first().is_none_or(|first| first.log == 0 && first.from == 0);
        let follows = self.logs.array_windows().all(|[one, next]| match one.end {
            Some(end) if next.log == one.log => next.from == end.size + 1,
            Some(_) => next.log == one.log + 1 && next.from == 0,
            None => false,
        });
        let ends = self.logs.iter().all(|range| range.end.is_none_or(|end| end.size >= range.from));
        if starts && follows && ends { Ok(()) } else { Err(RosterFault::Disordered("log keys")) }
    }
}

/// SHA-256 of the text of a version: what the next version names, and what is compared by voice for the first.
#[must_use]
pub fn fingerprint(text: &str) -> Hash {
    sha256(&[text.as_bytes()])
}

/// The same of a version as signed; none of what is no signed note.
#[must_use]
pub fn fingerprint_of(bytes: &[u8]) -> Option<Hash> {
    Note::parse(bytes, ROSTER_MAX).ok().map(|note| fingerprint(note.text))
}

/// A few bytes that cannot be anything else: whether these look like a roster version.
#[must_use]
pub fn looks_like_roster(bytes: &[u8]) -> bool {
    bytes.starts_with(crate::prefix::ROSTER.bytes())
}

#[cfg(test)]
mod tests;
