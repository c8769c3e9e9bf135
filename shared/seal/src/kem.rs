//! X25519 key pairs to which section keys and letters are sealed (RFC 9180: base mode, HKDF-SHA256, ChaCha20-Poly1305).

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use waymark_domain::ids::{Hash, KemPublic};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::hash::sha256;
use crate::rng::{self, ForHpke, Rng};

/// Bytes that sealing adds: the encapsulated key apart, the tag.
pub(crate) const TAG: usize = 16;
/// Bytes of an encapsulated key.
pub(crate) const ENC: usize = 32;

/// The secret of a thread key or an inbox key. Wiped when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KemSecret([u8; 32]);

impl KemSecret {
    /// A fresh secret.
    pub fn random(rng: &mut (impl Rng + ?Sized)) -> Self {
        Self(*rng::secret(rng))
    }

    /// A secret from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret bytes.
    ///
    /// # Security
    /// For the vault only.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> KemPublic {
        let mut public = [0; 32];
        public.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&self.private()).to_bytes());
        KemPublic(public)
    }

    fn private(&self) -> <X25519HkdfSha256 as Kem>::PrivateKey {
        Deserializable::from_bytes(&self.0).expect("32 bytes are always an X25519 secret")
    }
}

/// SHA-256 of a public key: how an entry or letter names it.
#[must_use]
pub fn kem_hash(public: &KemPublic) -> Hash {
    sha256(&[&public.0])
}

/// Seals to `to`; `None` when that is not a usable public key.
pub(crate) fn seal(
    rng: &mut (impl Rng + ?Sized),
    to: &KemPublic,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Option<([u8; ENC], Vec<u8>)> {
    let to = Deserializable::from_bytes(&to.0).ok()?;
    let (enc, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &to,
        info,
        plain,
        aad,
        &mut ForHpke(rng),
    )
    .ok()?;
    let mut bytes = [0; ENC];
    bytes.copy_from_slice(&enc.to_bytes());
    Some((bytes, sealed))
}

/// Opens what was sealed to `secret`; `None` when anything differs.
pub(crate) fn open(
    secret: &KemSecret,
    enc: &[u8; ENC],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let enc = Deserializable::from_bytes(enc).ok()?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.private(),
        &enc,
        info,
        sealed,
        aad,
    )
    .ok()
    .map(Zeroizing::new)
}
