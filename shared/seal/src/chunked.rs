//! C2SP chunked-encryption as Cobblestone-256: HKDF-Expand with SHA-512, AES-256-GCM in chunks of 16 KiB, and a
//! commitment to key, salt and context that is checked before anything is opened. Whole messages only, in memory.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA512, KeyType, Prk};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::prefix;

/// Bytes of the salt.
pub const SALT: usize = 24;

const COMMITMENT: usize = 32;
const HEADER: usize = SALT + COMMITMENT;
const CHUNK: usize = 16 * 1024;
const TAG: usize = 16;
const DERIVED: usize = 32 + 12 + COMMITMENT;
const AEAD_NAME: &[u8] = b"AEAD_AES_256_GCM\0";

/// Why a message does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkedFault {
    /// The length is not one of a whole message.
    #[error("the ciphertext is cut or too long")]
    WrongLength,
    /// Another key or context was used.
    #[error("the ciphertext is committed to another key or context")]
    WrongKeyOrContext,
    /// A chunk was changed, moved or taken out.
    #[error("the ciphertext was changed")]
    Changed,
}

/// Length of the ciphertext of `length` bytes.
#[must_use]
pub const fn sealed_length(length: usize) -> usize {
    HEADER + length + TAG * (length / CHUNK + 1)
}

/// Seals what `write` puts, piece by piece, into a message of `length` bytes.
pub(crate) fn seal(key: &[u8; 32], salt: &[u8; SALT], context: &[u8], plain: &Plain<'_>) -> Vec<u8> {
    let derived = Derived::new(key, salt, context);
    let mut out = Vec::with_capacity(sealed_length(plain.length));
    out.extend_from_slice(salt);
    out.extend_from_slice(derived.commitment());
    let aead = derived.aead();
    let mut at = 0;
    for counter in 0_u64.. {
        let length = CHUNK.min(plain.length - at);
        let start = out.len();
        plain.append(at, length, &mut out);
        at += length;
        let chunk = out.get_mut(start..).unwrap_or_default();
        let tag = aead
            .seal_in_place_separate_tag(derived.nonce(counter), Aad::empty(), chunk)
            .expect("a chunk is far below the limit of the AEAD");
        out.extend_from_slice(tag.as_ref());
        if length < CHUNK {
            break;
        }
    }
    out
}

/// Seals a message under a salt that is given.
///
/// # Security
/// A salt must never come twice under one key; [`section`](crate::section) draws it at random.
#[must_use]
pub fn seal_with_salt(key: &[u8; 32], salt: &[u8; SALT], context: &[u8], message: &[u8]) -> Vec<u8> {
    seal(key, salt, context, &Plain { head: &[], data: message, length: message.len() })
}

/// What is sealed: a few bytes, the data, then zeros up to the length.
pub(crate) struct Plain<'a> {
    pub(crate) head: &'a [u8],
    pub(crate) data: &'a [u8],
    pub(crate) length: usize,
}

impl Plain<'_> {
    /// Appends `length` bytes from `at`.
    fn append(&self, at: usize, length: usize, out: &mut Vec<u8>) {
        let end = out.len() + length;
        let mut skip = at;
        for part in [self.head, self.data] {
            let rest = part.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(part.len());
            let room = end - out.len();
            out.extend_from_slice(rest.get(..room).unwrap_or(rest));
        }
        out.resize(end, 0);
    }
}

/// Opens a whole message.
///
/// # Errors
/// [`ChunkedFault`] names what is wrong; nothing is opened before the commitment is checked.
pub fn open(key: &[u8; 32], context: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, ChunkedFault> {
    let (salt, rest) = ciphertext.split_first_chunk::<SALT>().ok_or(ChunkedFault::WrongLength)?;
    let (commitment, body) = rest.split_first_chunk::<COMMITMENT>().ok_or(ChunkedFault::WrongLength)?;
    let derived = Derived::new(key, salt, context);
    if !bool::from(derived.commitment().ct_eq(commitment)) {
        return Err(ChunkedFault::WrongKeyOrContext);
    }
    // Every chunk but the last is full, and the last is shorter: one valid chunking for each length.
    if body.len() % (CHUNK + TAG) < TAG {
        return Err(ChunkedFault::WrongLength);
    }
    let aead = derived.aead();
    let mut plain = Zeroizing::new(Vec::with_capacity(body.len()));
    for (counter, chunk) in (0_u64..).zip(body.chunks(CHUNK + TAG)) {
        let start = plain.len();
        plain.extend_from_slice(chunk);
        let sealed = plain.get_mut(start..).unwrap_or_default();
        let length = aead
            .open_in_place(derived.nonce(counter), Aad::empty(), sealed)
            .map_err(|_| ChunkedFault::Changed)?
            .len();
        plain.truncate(start + length);
    }
    Ok(plain)
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        DERIVED
    }
}

struct Derived(Zeroizing<[u8; DERIVED]>);

impl Derived {
    fn new(key: &[u8; 32], salt: &[u8; SALT], context: &[u8]) -> Self {
        let info = [prefix::CHUNKED.bytes(), AEAD_NAME, salt, context];
        let mut derived = Zeroizing::new([0; DERIVED]);
        Prk::new_less_safe(HKDF_SHA512, key)
            .expand(&info, Length)
            .and_then(|okm| okm.fill(derived.as_mut_slice()))
            .expect("76 bytes are below the limit of HKDF-Expand");
        Self(derived)
    }

    fn aead(&self) -> LessSafeKey {
        let (key, _) = self.0.split_at(32);
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
    }

    fn nonce(&self, counter: u64) -> Nonce {
        let mut nonce = [0; 12];
        let base = self.0.iter().skip(32);
        let counter = [0; 4].into_iter().chain(counter.to_be_bytes());
        for (byte, (base, counter)) in nonce.iter_mut().zip(base.zip(counter)) {
            *byte = base ^ counter;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    fn commitment(&self) -> &[u8] {
        self.0.split_at(32 + 12).1
    }
}
