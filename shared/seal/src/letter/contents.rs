//! The inside of a letter and its limits.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, OfficeId};

use super::LetterFault;
use super::parts::{PIECE, WHOLE_MAX};
use crate::canonical;
use crate::checkpoint::CHECKPOINT_MAX;
use crate::entry::{Audience, BODIES_MAX, ENTRY_MAX, Entry, GRANTS_MAX, SECTIONS_MAX};
use crate::merkle::{CONSISTENCY_MAX, PATH_MAX};
use crate::note::NOTE_MAX;
use crate::section::CIPHERTEXT_MAX;
use crate::unplaced::{Body, Kept};

/// Entries in a letter, at most.
pub const ITEMS_MAX: usize = 256;
/// Roster versions in a letter, at most.
pub const VERSIONS_MAX: usize = 64;
/// Bytes of a cosigning request or answer, at most.
const COSIGN_MAX: usize = 32 * 1024;

/// The inside of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The newest head of the *recipient's* log that the writer holds.
    pub seen: Option<SeenHead>,
    /// What it is about.
    pub kind: LetterKind,
}

/// A head of the recipient's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenHead {
    /// The incarnation.
    pub log: u32,
    /// Entries under the head.
    pub size: u64,
    /// The root.
    pub root: Hash,
}

/// What a letter is about. Numbers are for ever: append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterKind {
    /// Entries of the writer's log with all that proves them.
    Entries(Entries),
    /// A piece of a letter that is too large for one message.
    Part(Part),
    /// Please send entries of this chain again.
    ResendAsked {
        /// The incarnation of the recipient's log.
        log: u32,
        /// Which numbering.
        chain: Chain,
        /// First number.
        from_seq: u64,
        /// Last number.
        to_seq: u64,
    },
    /// Which head of my log do you hold?
    HeadAsked {
        /// The incarnation of the writer's log.
        log: u32,
    },
    /// The newest head of your log that I hold.
    HeadTold {
        /// The incarnation of the recipient's log.
        log: u32,
        /// The checkpoint, as it was received.
        head: Option<Checkpoint>,
    },
    /// Roster versions, in order, as signed.
    RosterTold {
        /// The versions.
        #[serde(with = "canonical::byte_strings")]
        versions: Vec<Vec<u8>>,
    },
    /// Please tell the roster versions above this one.
    RosterAsked {
        /// The newest version held.
        above: u32,
    },
    /// A request to cosign the writer's newest head ([`crate::witness::AddCheckpoint`]).
    CosignAsked(#[serde(with = "canonical::bytes")] Vec<u8>),
    /// Its answer ([`crate::witness::Told`]).
    CosignTold(#[serde(with = "canonical::bytes")] Vec<u8>),
    /// This log of mine was closed: please send back what you hold of it.
    BackAsked {
        /// The incarnation of the writer's log.
        log: u32,
        /// Which numbering.
        chain: Chain,
        /// First number.
        from_seq: u64,
    },
    /// Entries of your closed log that I hold.
    GivenBack(GivenBack),
}

/// Entries that go back to the office that wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// The incarnation of the recipient's log.
    pub log: u32,
    /// Which numbering.
    pub chain: Chain,
    /// First number of this answer.
    pub from_seq: u64,
    /// Last number of this answer; one less than the first when there is nothing to give back.
    pub to_seq: u64,
    /// The highest number held.
    pub held: u64,
    /// The last number that the writer itself has given in this numbering, to the recipient or to all.
    pub sent: u64,
    /// The entries with what proved them when they came; machine receipts are left out.
    #[serde(deserialize_with = "canonical::vec::<_, _, ITEMS_MAX>")]
    pub items: Vec<Kept>,
}

/// Checkpoint bytes inside a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checkpoint(#[serde(with = "canonical::bytes")] pub Vec<u8>);

/// Which numbering of entries: those to one office, or those to the whole network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Chain {
    /// Entries to the office that asks.
    Pair,
    /// Notices to the network.
    Network,
}

impl Chain {
    /// To whom entries of this numbering go that `office` reads.
    #[must_use]
    pub const fn audience(self, office: OfficeId) -> Audience {
        match self {
            Self::Pair => Audience::Office(office),
            Self::Network => Audience::Network,
        }
    }
}

/// Entries of one log under one head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// The incarnation of the writer's log.
    pub log: u32,
    /// The tree head that covers them.
    #[serde(with = "canonical::bytes")]
    pub checkpoint: Vec<u8>,
    /// Proof that this head continues the one the recipient last told to hold.
    pub consistency: Option<Consistency>,
    /// The entries.
    #[serde(deserialize_with = "canonical::vec::<_, _, ITEMS_MAX>")]
    pub items: Vec<Item>,
}

/// Proof that a tree continues a smaller one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// Size of the smaller tree.
    pub from_size: u64,
    /// RFC 6962, 2.1.2.
    #[serde(deserialize_with = "canonical::vec::<_, _, CONSISTENCY_MAX>")]
    pub path: Vec<Hash>,
}

/// One entry with its inclusion path and bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The entry.
    #[serde(with = "canonical::bytes")]
    pub entry: Vec<u8>,
    /// Its inclusion path under the head.
    #[serde(deserialize_with = "canonical::vec::<_, _, PATH_MAX>")]
    pub path: Vec<Hash>,
    /// Section ciphertexts, then wraps.
    #[serde(deserialize_with = "canonical::vec::<_, _, BODIES_MAX>")]
    pub bodies: Vec<Body>,
}

/// A piece of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Names the whole.
    pub of: [u8; 16],
    /// 0, 1, …
    pub number: u16,
    /// How many there are.
    pub count: u16,
    /// Bytes of the whole.
    pub total: u32,
    /// SHA-256 of the whole.
    pub hash: Hash,
    /// This piece.
    #[serde(with = "canonical::bytes")]
    pub bytes: Vec<u8>,
}

impl Letter {
    /// The bytes of the letter, before padding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        canonical::encode_sized(self, 4 * 1024)
    }

    /// Reads a letter: whole, canonical, within all limits.
    ///
    /// # Errors
    /// [`LetterFault`] names what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, LetterFault> {
        if bytes.len() > WHOLE_MAX {
            return Err(LetterFault::TooLarge);
        }
        let letter: Self = canonical::parse(bytes)?;
        letter.check()?;
        Ok(letter)
    }

    /// Whether it speaks of tree heads and roster versions only: what an office needs before it can open anything.
    #[must_use]
    pub const fn is_about_positions(&self) -> bool {
        matches!(
            self.kind,
            LetterKind::HeadAsked { .. }
                | LetterKind::HeadTold { .. }
                | LetterKind::RosterAsked { .. }
                | LetterKind::RosterTold { .. }
        )
    }

    /// Whether it names no thread and nothing personal, so that it may travel unsealed. A part says nothing by itself:
    /// the whole is asked once it is together.
    #[must_use]
    pub fn may_go_plain(&self) -> bool {
        match &self.kind {
            LetterKind::Entries(entries) => entries.items.iter().all(Item::is_notice),
            LetterKind::Part(_)
            | LetterKind::ResendAsked { .. }
            | LetterKind::HeadAsked { .. }
            | LetterKind::HeadTold { .. }
            | LetterKind::RosterTold { .. }
            | LetterKind::RosterAsked { .. }
            | LetterKind::BackAsked { .. } => true,
            LetterKind::CosignAsked(_) | LetterKind::CosignTold(_) | LetterKind::GivenBack(_) => false,
        }
    }

    pub(super) fn check(&self) -> Result<(), LetterFault> {
        match &self.kind {
            LetterKind::Entries(entries) => entries.check(),
            LetterKind::Part(part) => part.check(),
            LetterKind::ResendAsked { from_seq, to_seq, .. } => {
                within("numbers asked for", usize::from(*from_seq == 0 || from_seq > to_seq), 0)
            }
            LetterKind::HeadTold { head, .. } => {
                within("tree head", head.as_ref().map_or(0, |head| head.0.len()), CHECKPOINT_MAX)
            }
            LetterKind::RosterTold { versions } => {
                within("roster versions", versions.len(), VERSIONS_MAX)?;
                versions.iter().try_for_each(|version| within("roster version", version.len(), NOTE_MAX))
            }
            LetterKind::CosignAsked(bytes) | LetterKind::CosignTold(bytes) => {
                within("cosigning", bytes.len(), COSIGN_MAX)
            }
            LetterKind::BackAsked { from_seq, .. } => {
                within("numbers asked for", usize::from(*from_seq == 0), 0)
            }
            LetterKind::GivenBack(back) => back.check(),
            LetterKind::HeadAsked { .. } | LetterKind::RosterAsked { .. } => Ok(()),
        }
    }
}

impl GivenBack {
    fn check(&self) -> Result<(), LetterFault> {
        let numbered = self.from_seq > 0
            && self.to_seq >= self.from_seq - 1
            && self.to_seq <= self.held.max(self.from_seq - 1);
        within("numbers given back", usize::from(!numbered), 0)?;
        within("entries", self.items.len(), ITEMS_MAX)?;
        self.items.iter().try_for_each(|kept| {
            within("tree head", kept.checkpoint.len(), CHECKPOINT_MAX)?;
            within_item(&kept.entry, &kept.path, &kept.bodies)
        })
    }
}

impl Entries {
    fn check(&self) -> Result<(), LetterFault> {
        within("tree head", self.checkpoint.len(), CHECKPOINT_MAX)?;
        let steps = self.consistency.as_ref().map_or(0, |consistency| consistency.path.len());
        within("consistency proof", steps, CONSISTENCY_MAX)?;
        within("entries", self.items.len(), ITEMS_MAX)?;
        self.items.iter().try_for_each(Item::check)
    }
}

fn within_item(entry: &[u8], path: &[Hash], bodies: &[Body]) -> Result<(), LetterFault> {
    within("entry", entry.len(), ENTRY_MAX)?;
    within("path", path.len(), PATH_MAX)?;
    within("bodies", bodies.len(), SECTIONS_MAX + GRANTS_MAX)?;
    bodies.iter().try_for_each(|body| match body {
        Body::Whole(bytes) => within("body", bytes.len(), CIPHERTEXT_MAX),
        Body::Withheld(_) => Ok(()),
    })
}

impl Item {
    fn check(&self) -> Result<(), LetterFault> {
        within_item(&self.entry, &self.path, &self.bodies)
    }

    /// A notice to the network; an entry that does not read is not one.
    fn is_notice(&self) -> bool {
        Entry::parse(&self.entry).is_ok_and(|entry| entry.audience == Audience::Network)
    }
}

impl Part {
    fn check(&self) -> Result<(), LetterFault> {
        let total = self.total as usize;
        within("letter in parts", total, WHOLE_MAX)?;
        let last = usize::from(self.number) + 1 == usize::from(self.count);
        let expected = if last { total.saturating_sub(PIECE * usize::from(self.number)) } else { PIECE };
        let fits = self.number < self.count
            && total.div_ceil(PIECE) == usize::from(self.count)
            && self.bytes.len() == expected;
        if fits { Ok(()) } else { Err(LetterFault::BrokenParts) }
    }
}

fn within(name: &'static str, size: usize, max: usize) -> Result<(), LetterFault> {
    if size > max { Err(LetterFault::OverLimit(name)) } else { Ok(()) }
}
