//! An entry before its log gives it a place, with the bodies that are stored beside it.
//!
//! Deciding and sealing know neither index nor chain numbers; the log gives them under its own lock.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{EventId, Hash, NetworkId, OfficeId, Ref, ThreadId};
use waymark_domain::time::Timestamp;

use crate::canonical;
use crate::entry::{Audience, BODIES_MAX, Basis, Entry, EntryFault, GrantRef, SUITE, SectionRef, VERSION};
use crate::hash::sha256;
use crate::merkle::PATH_MAX;

/// An entry named by a draft: one that stands in a log, or one before it in the same batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefTo {
    /// It stands already.
    Known(Ref),
    /// Position in the batch, from 0.
    Batch(usize),
}

/// The basis of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasisTo {
    /// Nothing is shared.
    None,
    /// A released consent.
    Consent(RefTo),
    /// A reply in the thread.
    Reply(RefTo),
    /// The office's own bodies.
    OwnData,
    /// Vital interests or duty to warn.
    Emergency(RefTo),
}

/// A body kept with an entry: there, or erased with its hash left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The ciphertext or wrap.
    Whole(#[serde(with = "canonical::bytes")] Vec<u8>),
    /// Withheld because it was erased; such an entry applies closed.
    Withheld(Hash),
}

impl Body {
    /// SHA-256 of the body.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self {
            Self::Whole(bytes) => sha256(&[bytes]),
            Self::Withheld(hash) => *hash,
        }
    }
}

/// Another office's entry with all that proves it, kept with the own `Received`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The entry, as it was received.
    #[serde(with = "canonical::bytes")]
    pub entry: Vec<u8>,
    /// Its bodies: sections, then wraps.
    #[serde(deserialize_with = "canonical::vec::<_, _, BODIES_MAX>")]
    pub bodies: Vec<Body>,
    /// The tree head that covers it, as it was received.
    #[serde(with = "canonical::bytes")]
    pub checkpoint: Vec<u8>,
    /// The inclusion path under that head.
    #[serde(deserialize_with = "canonical::vec::<_, _, PATH_MAX>")]
    pub path: Vec<Hash>,
}

/// An entry without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// The network.
    pub network: NetworkId,
    /// The writing office.
    pub office: OfficeId,
    /// The incarnation of its log.
    pub log: u32,
    /// The event.
    pub event: EventId,
    /// The roster version in force.
    pub roster: u32,
    /// When.
    pub claimed_at: Timestamp,
    /// To whom it is released.
    pub audience: Audience,
    /// The kind of event.
    pub kind: u16,
    /// The thread.
    pub thread: ThreadId,
    /// The basis on which sections are shared.
    pub basis: BasisTo,
    /// Entries this one answers or follows, in any order.
    pub causes: Vec<RefTo>,
    /// The kind's public part.
    pub public: Vec<u8>,
    /// Who acted, sealed.
    pub actor: Vec<u8>,
    /// Sealed sections.
    pub sections: Vec<SectionRef>,
    /// Wrapped section keys.
    pub grants: Vec<GrantRef>,
    /// The bodies: section ciphertexts, then wraps, in the order of the entry.
    pub bodies: Vec<Vec<u8>>,
    /// For `Received`: the other office's entry.
    pub keep: Option<Kept>,
    /// Recipients for the outbox.
    pub to: Vec<OfficeId>,
}

/// What the log gives to an entry.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its index.
    pub index: u64,
    /// Its number to its audience, from 1; 0 for nobody.
    pub pair_seq: u64,
    /// Leaf hash of the entry to that audience before it; zero for none.
    pub pair_prev: Hash,
    /// Index of the entry before it in its thread.
    pub thread_prev: Option<u64>,
    /// Where the entries before it in its batch stand.
    pub batch: &'a [Ref],
}

impl Unplaced {
    /// The entry at its place. The bodies, `keep` and `to` go elsewhere: take them out first.
    ///
    /// # Errors
    /// [`EntryFault`] when the draft breaks a limit, so that no office writes what others must refuse.
    pub fn place(self, place: Place<'_>) -> Result<Entry, EntryFault> {
        let at = |to: RefTo| place.find(to);
        let basis = match self.basis {
            BasisTo::None => Basis::None,
            BasisTo::Consent(to) => Basis::Consent(at(to)?),
            BasisTo::Reply(to) => Basis::Reply(at(to)?),
            BasisTo::OwnData => Basis::OwnData,
            BasisTo::Emergency(to) => Basis::Emergency(at(to)?),
        };
        let mut causes = self.causes.into_iter().map(at).collect::<Result<Vec<_>, _>>()?;
        causes.sort_unstable();
        causes.dedup();
        let entry = Entry {
            version: VERSION,
            suite: SUITE,
            network: self.network,
            office: self.office,
            log: self.log,
            index: place.index,
            event: self.event,
            roster: self.roster,
            claimed_at: self.claimed_at,
            audience: self.audience,
            pair_seq: place.pair_seq,
            pair_prev: place.pair_prev,
            kind: self.kind,
            thread: self.thread,
            thread_prev: place.thread_prev,
            basis,
            causes,
            public: self.public,
            actor: self.actor,
            sections: self.sections,
            grants: self.grants,
        };
        entry.check()?;
        Ok(entry)
    }
}

impl Place<'_> {
    fn find(&self, to: RefTo) -> Result<Ref, EntryFault> {
        match to {
            RefTo::Known(at) => Ok(at),
            RefTo::Batch(position) => {
                self.batch.get(position).copied().ok_or(EntryFault::NotInBatch(position))
            }
        }
    }
}
