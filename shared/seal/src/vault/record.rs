//! What the vault keeps for a thread.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, KemPublic, KeyId, OfficeId, ThreadId};
use waymark_domain::time::Day;
use waymark_domain::words::Category;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::canonical;
use crate::entry::{category_number, category_of};
use crate::kem::{KemSecret, kem_hash};
use crate::section::SectionKey;

/// One thing to keep. No `Debug`.
#[derive(Clone)]
pub enum KeyRecord {
    /// A section key that this office made.
    OwnSection(OwnSection),
    /// A section key that another office granted.
    ImportedSection(ImportedSection),
    /// The secret of this office's key for a thread.
    ThreadSecret(ThreadSecret),
}

/// A section key that this office made: one for each thread, category and epoch.
#[derive(Clone)]
pub struct OwnSection {
    /// The thread.
    pub thread: ThreadId,
    /// The category.
    pub category: Category,
    /// The key's id.
    pub id: KeyId,
    /// 0, 1, …; the newest is used for sealing.
    pub epoch: u32,
    /// The key.
    pub key: SectionKey,
    /// The keys to which it was wrapped in entries that are in the log, by their hash.
    pub granted_to: Vec<Hash>,
}

/// A section key that another office granted.
#[derive(Clone)]
pub struct ImportedSection {
    /// The thread.
    pub thread: ThreadId,
    /// The category.
    pub category: Category,
    /// The key's id.
    pub id: KeyId,
    /// Who granted it.
    pub from: OfficeId,
    /// Last day of the grant.
    pub expires: Day,
    /// The key.
    pub key: SectionKey,
}

/// The secret of this office's key for a thread.
#[derive(Clone)]
pub struct ThreadSecret {
    /// The thread.
    pub thread: ThreadId,
    /// The public key, as written in the log.
    pub public: KemPublic,
    /// The secret.
    pub secret: KemSecret,
}

/// The secret of a month's inbox key.
#[derive(Clone)]
pub struct InboxSecret {
    /// First day on which it is used.
    pub from: Day,
    /// Last day on which others seal to it.
    pub until: Day,
    /// The day on which it is destroyed.
    pub destroyed_on: Day,
    /// The secret.
    pub secret: KemSecret,
}

impl KeyRecord {
    /// The thread it belongs to.
    #[must_use]
    pub const fn thread(&self) -> ThreadId {
        match self {
            Self::OwnSection(own) => own.thread,
            Self::ImportedSection(imported) => imported.thread,
            Self::ThreadSecret(secret) => secret.thread,
        }
    }
}

/// A record as it is written. Variants are part of the format: append only.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) enum Stored {
    Own { thread: [u8; 16], category: u8, id: [u8; 16], epoch: u32, key: [u8; 32], granted_to: Vec<[u8; 32]> },
    Imported { thread: [u8; 16], category: u8, id: [u8; 16], from: [u8; 16], expires: u32, key: [u8; 32] },
    Secret { thread: [u8; 16], public: [u8; 32], secret: [u8; 32] },
}

/// What tells one record of a thread from another: a later one with the same name replaces it. An imported key never
/// replaces an own one, whatever id its writer chose.
#[derive(PartialEq, Eq)]
pub(super) enum Name<'a> {
    Own(&'a [u8; 16]),
    Imported(&'a [u8; 16]),
    Secret(&'a [u8; 32]),
}

impl Stored {
    pub(super) const fn thread(&self) -> &[u8; 16] {
        match self {
            Self::Own { thread, .. } | Self::Imported { thread, .. } | Self::Secret { thread, .. } => thread,
        }
    }

    pub(super) const fn name(&self) -> Name<'_> {
        match self {
            Self::Own { id, .. } => Name::Own(id),
            Self::Imported { id, .. } => Name::Imported(id),
            Self::Secret { public, .. } => Name::Secret(public),
        }
    }

    /// The section key, when it is one.
    pub(super) const fn section(&self) -> Option<(KeyId, SectionKey)> {
        match self {
            Self::Own { id, key, .. } | Self::Imported { id, key, .. } => {
                Some((KeyId(*id), SectionKey::from_bytes(*key)))
            }
            Self::Secret { .. } => None,
        }
    }

    pub(super) const fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    pub(super) fn is_secret_of(&self, hash: &Hash) -> bool {
        matches!(self, Self::Secret { public, .. } if kem_hash(&KemPublic(*public)) == *hash)
    }

    /// Rough bytes in memory.
    pub(super) const fn weight(&self) -> usize {
        size_of::<Self>() + 16
    }
}

impl From<&KeyRecord> for Stored {
    fn from(record: &KeyRecord) -> Self {
        match record {
            KeyRecord::OwnSection(own) => Self::Own {
                thread: own.thread.0,
                category: category_number(own.category),
                id: own.id.0,
                epoch: own.epoch,
                key: *own.key.reveal(),
                granted_to: own.granted_to.iter().map(|key| key.0).collect(),
            },
            KeyRecord::ImportedSection(imported) => Self::Imported {
                thread: imported.thread.0,
                category: category_number(imported.category),
                id: imported.id.0,
                from: imported.from.0,
                expires: imported.expires.0,
                key: *imported.key.reveal(),
            },
            KeyRecord::ThreadSecret(secret) => Self::Secret {
                thread: secret.thread.0,
                public: secret.public.0,
                secret: *secret.secret.reveal(),
            },
        }
    }
}

impl Stored {
    /// The record; `None` for a category that a newer version wrote.
    pub(super) fn record(&self) -> Option<KeyRecord> {
        Some(match self {
            Self::Own { thread, category, id, epoch, key, granted_to } => KeyRecord::OwnSection(OwnSection {
                thread: ThreadId(*thread),
                category: category_of(*category)?,
                id: KeyId(*id),
                epoch: *epoch,
                key: SectionKey::from_bytes(*key),
                granted_to: granted_to.iter().copied().map(Hash).collect(),
            }),
            Self::Imported { thread, category, id, from, expires, key } => {
                KeyRecord::ImportedSection(ImportedSection {
                    thread: ThreadId(*thread),
                    category: category_of(*category)?,
                    id: KeyId(*id),
                    from: OfficeId(*from),
                    expires: Day(*expires),
                    key: SectionKey::from_bytes(*key),
                })
            }
            Self::Secret { thread, public, secret } => KeyRecord::ThreadSecret(ThreadSecret {
                thread: ThreadId(*thread),
                public: KemPublic(*public),
                secret: KemSecret::from_bytes(*secret),
            }),
        })
    }
}

/// Records as one block of plaintext.
pub(super) fn encode(records: &[Stored]) -> Vec<u8> {
    canonical::encode_sized(&records, records.len() * 160 + 2 * TAG_ROOM)
}

/// Room for the tag, so that sealing in place does not leave a copy behind by growing.
const TAG_ROOM: usize = 32;

/// The records of a block; `None` when it is not one.
pub(super) fn decode(block: &[u8]) -> Option<Vec<Stored>> {
    let (records, rest) = postcard::take_from_bytes(block).ok()?;
    rest.is_empty().then_some(records)
}
