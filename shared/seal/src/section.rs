//! Sections: personal data of one category, sealed under a key of its own and bound to the one place it belongs to.
//!
//! The context binds network, office, thread, basis, category, event and key, so a ciphertext opens nowhere else.
//! Plaintext is padded first; there is no hash of plaintext anywhere.

use ring::hkdf::{HKDF_SHA256, KeyType, Prk};
use waymark_domain::ids::{EventId, Hash, KeyId, NetworkId, OfficeId, ThreadId};
use waymark_domain::words::Category;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::chunked::{self, ChunkedFault, Plain};
use crate::entry::{SectionRef, category_number};
use crate::hash::sha256;
use crate::padding;
use crate::prefix;
use crate::rng::{self, Rng};

/// Bytes of a section before padding, at most.
pub const SECTION_MAX: usize = padding::DATA_MAX;
/// Bytes of a section's ciphertext, at most.
pub const CIPHERTEXT_MAX: usize = chunked::sealed_length(padding::padded(SECTION_MAX));

/// The key of one writer, thread, data category and epoch. Wiped when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SectionKey([u8; 32]);

impl SectionKey {
    /// A fresh key.
    pub fn random(rng: &mut (impl Rng + ?Sized)) -> Self {
        Self(*rng::secret(rng))
    }

    /// A key from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret bytes.
    ///
    /// # Security
    /// For wrapping and for the vault only.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a grant commits to, so that every recipient has the same key.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut commitment = [0; 32];
        Prk::new_less_safe(HKDF_SHA256, &self.0)
            .expand(&[prefix::KEY_COMMITMENT.bytes()], Length)
            .and_then(|okm| okm.fill(&mut commitment))
            .expect("32 bytes are below the limit of HKDF-Expand");
        Hash(commitment)
    }
}

/// Everything that a section is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionContext {
    /// The network.
    pub network: NetworkId,
    /// The writing office.
    pub office: OfficeId,
    /// The thread.
    pub thread: ThreadId,
    /// The event of the basis: of a consent, the first of its chain; none for own data.
    pub basis: Option<EventId>,
    /// The data category.
    pub category: Category,
    /// The event that carries the section.
    pub event: EventId,
    /// The key.
    pub key: KeyId,
}

impl SectionContext {
    /// The context that is bound: SHA-256 over all fields at fixed lengths.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let (has_basis, basis) = basis_bytes(self.basis);
        sha256(&[
            prefix::SECTION.bytes(),
            &self.network.0,
            &self.office.0,
            &self.thread.0,
            &has_basis,
            &basis,
            &[category_number(self.category)],
            &self.event.0,
            &self.key.0,
        ])
    }
}

/// A basis at fixed length: one byte whether there is one, and its event or zeros.
pub(crate) fn basis_bytes(basis: Option<EventId>) -> ([u8; 1], [u8; 16]) {
    basis.map_or(([0], [0; 16]), |event| ([1], event.0))
}

/// Why a section is not sealed or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SectionFault {
    /// More than [`SECTION_MAX`] bytes.
    #[error("the section is over its limit")]
    TooLarge,
    /// The ciphertext is cut or too long.
    #[error("the section is cut or too long")]
    WrongLength,
    /// It was sealed under another key, or for another place.
    #[error("the section was sealed under another key or for another place")]
    WrongKeyOrPlace,
    /// The ciphertext was changed.
    #[error("the section was changed")]
    Changed,
    /// It opens, but its padding is not the one that sealing gives.
    #[error("the padding of the section is not canonical")]
    BadPadding,
}

impl From<ChunkedFault> for SectionFault {
    fn from(fault: ChunkedFault) -> Self {
        match fault {
            ChunkedFault::WrongLength => Self::WrongLength,
            ChunkedFault::WrongKeyOrContext => Self::WrongKeyOrPlace,
            ChunkedFault::Changed => Self::Changed,
        }
    }
}

/// Seals a section: its ciphertext, and the length of the padded plaintext.
///
/// # Errors
/// [`SectionFault::TooLarge`].
pub fn seal_section(
    rng: &mut (impl Rng + ?Sized),
    key: &SectionKey,
    context: &SectionContext,
    plaintext: &[u8],
) -> Result<(Vec<u8>, u32), SectionFault> {
    if plaintext.len() > SECTION_MAX {
        return Err(SectionFault::TooLarge);
    }
    let padded = padding::padded(plaintext.len());
    let head = (plaintext.len() as u32).to_le_bytes();
    let plain = Plain { head: &head, data: plaintext, length: padded };
    let sealed = chunked::seal(&key.0, &rng::bytes(rng), &context.hash().0, &plain);
    Ok((sealed, padded as u32))
}

/// Opens a section.
///
/// # Errors
/// [`SectionFault`] says whether key or place are wrong or the bytes were changed.
pub fn open_section(
    key: &SectionKey,
    context: &SectionContext,
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SectionFault> {
    if ciphertext.len() > CIPHERTEXT_MAX {
        return Err(SectionFault::TooLarge);
    }
    let mut plain = chunked::open(&key.0, &context.hash().0, ciphertext)?;
    let length = padding::unpad(&plain).ok_or(SectionFault::BadPadding)?.len();
    plain.copy_within(padding::LENGTH..padding::LENGTH + length, 0);
    plain.truncate(length);
    Ok(plain)
}

impl SectionRef {
    /// How an entry names a section that was sealed.
    #[must_use]
    pub fn new(category: Category, key: KeyId, ciphertext: &[u8], padded: u32) -> Self {
        Self { category: category_number(category), key, padded, hash: sha256(&[ciphertext]) }
    }

    /// Whether these bytes are the ciphertext that the entry names.
    #[must_use]
    pub fn names(&self, ciphertext: &[u8]) -> bool {
        ciphertext.len() == chunked::sealed_length(self.padded as usize) && sha256(&[ciphertext]) == self.hash
    }
}
