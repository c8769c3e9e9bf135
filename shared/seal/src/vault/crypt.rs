//! The vault's ciphers and derivations: Argon2id for the passphrase, HKDF for one key from another, AES-256-GCM.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::VaultFault;
use crate::hash::sha256;
use crate::prefix::{self, Prefix};
use crate::rng::{self, Rng};

pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;
/// Bytes of a checksum: SHA-256, cut.
pub(super) const SUM: usize = 16;

/// What opens the vault. Wiped when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// A passphrase from its bytes, as typed; trailing line ends are taken off.
    #[must_use]
    pub fn new(mut typed: Vec<u8>) -> Self {
        while let Some(b'\n' | b'\r') = typed.last() {
            typed.pop();
        }
        Self(typed)
    }
}

/// What guessing a passphrase costs (RFC 9106); kept in the vault's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106, second recommended choice: 64 MiB, 3 passes, 4 lanes.
    pub const PRODUCTION: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// For tests and simulation.
    ///
    /// # Security
    /// Costs nothing to guess.
    pub const TEST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// Whether it can be paid: a damaged or hostile header must not ask for all memory.
    pub(super) const fn is_sane(&self) -> bool {
        self.memory_kib <= 4 * 1024 * 1024 && self.passes <= 64 && self.lanes <= 64
    }
}

/// The key that the passphrase gives. Wiped when dropped.
pub(super) struct Kek(Zeroizing<[u8; 32]>);

impl Kek {
    pub(super) fn derive(passphrase: &Passphrase, cost: &Cost, salt: &[u8; 16]) -> Result<Self, VaultFault> {
        if !cost.is_sane() {
            return Err(VaultFault::BadCost);
        }
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
            .map_err(|_| VaultFault::BadCost)?;
        let mut blocks = Zeroizing::new(vec![Block::default(); params.block_count()]);
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(&passphrase.0, salt, key.as_mut_slice(), blocks.as_mut_slice())
            .map_err(|_| VaultFault::BadCost)?;
        Ok(Self(key))
    }

    /// Tells a wrong passphrase from damage.
    pub(super) fn check(&self) -> [u8; 16] {
        *derive::<16>(&self.0, prefix::VAULT_CHECK, &[])
    }

    pub(super) fn slot_key(&self, salt: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        derive(&self.0, prefix::VAULT_ROOT, salt)
    }
}

struct Length<const N: usize>;

impl<const N: usize> KeyType for Length<N> {
    fn len(&self) -> usize {
        N
    }
}

/// HKDF-Expand with SHA-256.
pub(super) fn derive<const N: usize>(key: &[u8; 32], prefix: Prefix, info: &[u8]) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    Prk::new_less_safe(HKDF_SHA256, key)
        .expand(&[prefix.bytes(), info], Length::<N>)
        .and_then(|okm| okm.fill(out.as_mut_slice()))
        .expect("the length is below the limit of HKDF-Expand");
    out
}

/// Seals `plain` in its own buffer, which then holds ciphertext and tag.
pub(super) fn seal(key: &[u8; 32], nonce: [u8; NONCE], aad: &[u8], plain: &mut Vec<u8>) {
    aead(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), plain)
        .expect("a block of the vault is far below the limit of the AEAD");
}

/// Opens what [`seal`] gave; `None` when key, data or bytes differ.
pub(super) fn open(
    key: &[u8; 32],
    nonce: [u8; NONCE],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = aead(key)
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), plain.as_mut_slice())
        .ok()?
        .len();
    plain.truncate(length);
    Some(plain)
}

fn aead(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

pub(super) fn nonce(rng: &mut dyn Rng) -> [u8; NONCE] {
    rng::bytes(rng)
}

/// Checksum that tells damage from a wrong key.
pub(super) fn sum(parts: &[&[u8]]) -> [u8; SUM] {
    let mut all = vec![prefix::VAULT_SUM.bytes()];
    all.extend_from_slice(parts);
    let [sum @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(&all).0;
    sum
}
