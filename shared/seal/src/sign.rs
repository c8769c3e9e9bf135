//! Ed25519 keys, each for one role. Verification is ring's, here and nowhere else, so that the whole network agrees
//! on which signatures hold.

use core::fmt;
use core::marker::PhantomData;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use waymark_domain::ids::Hash;
use zeroize::Zeroizing;

use crate::hash::sha256;
use crate::rng::{self, Rng};

/// What a key signs; a key has one role.
pub trait Role {
    /// The role in words.
    const NAME: &'static str;
}

/// Signs the tree heads of an office's log.
#[derive(Debug)]
pub enum Log {}
/// Cosigns the tree heads of others.
#[derive(Debug)]
pub enum Witness {}
/// Signs the roster.
#[derive(Debug)]
pub enum Root {}

impl Role for Log {
    const NAME: &'static str = "log";
}
impl Role for Witness {
    const NAME: &'static str = "witness";
}
impl Role for Root {
    const NAME: &'static str = "root";
}

/// Signs an office's log.
pub type LogKey = SigningKey<Log>;
/// Cosigns others' logs.
pub type WitnessKey = SigningKey<Witness>;
/// Signs the roster.
pub type RootKey = SigningKey<Root>;

/// A private key for one role. It has no `Debug`; ring keeps the expanded key, which it does not wipe.
pub struct SigningKey<R: Role> {
    pair: Ed25519KeyPair,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> SigningKey<R> {
    /// The key of a 32-byte seed (RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed of 32 bytes is always a key");
        Self { pair, role: PhantomData }
    }

    /// A fresh key and its seed.
    pub fn generate(rng: &mut (impl Rng + ?Sized)) -> (Self, Zeroizing<[u8; 32]>) {
        let seed = rng::secret(rng);
        (Self::from_seed(&seed), seed)
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(message).as_ref());
        signature
    }
}

/// An Ed25519 public key; never of small order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "[u8; 32]", into = "[u8; 32]")]
pub struct PublicKey([u8; 32]);

/// A public key that would accept signatures nobody made, or that has several encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public key is weak: of small order or not canonically encoded")]
pub struct WeakKey;

impl PublicKey {
    /// A public key from its RFC 8032 encoding.
    ///
    /// # Errors
    /// [`WeakKey`] for points of small order and for encodings that are not canonical.
    pub fn new(bytes: [u8; 32]) -> Result<Self, WeakKey> {
        if is_weak(&bytes) { Err(WeakKey) } else { Ok(Self(bytes)) }
    }

    /// The RFC 8032 encoding.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 of the encoding: what is read out when keys are compared.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        sha256(&[&self.0])
    }

    /// Whether `signature` is this key's over `message` (ring's rules).
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

/// The two halves of a signature (RFC 8032: R, then S), as events have them.
#[must_use]
pub fn halves(signature: [u8; 64]) -> [[u8; 32]; 2] {
    let mut halves = [[0; 32]; 2];
    halves.as_flattened_mut().copy_from_slice(&signature);
    halves
}

/// A signature out of its halves.
#[must_use]
pub fn whole(halves: [[u8; 32]; 2]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature.copy_from_slice(halves.as_flattened());
    signature
}

impl TryFrom<[u8; 32]> for PublicKey {
    type Error = WeakKey;
    fn try_from(bytes: [u8; 32]) -> Result<Self, WeakKey> {
        Self::new(bytes)
    }
}

impl From<PublicKey> for [u8; 32] {
    fn from(key: PublicKey) -> Self {
        key.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Hash(self.0), f)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// Little-endian y coordinates of the points of order 1, 2, 4 and 8 (the sign bit is masked off before comparing).
const SMALL_ORDER: [[u8; 32]; 5] = [
    from_hex("0000000000000000000000000000000000000000000000000000000000000000"),
    from_hex("0100000000000000000000000000000000000000000000000000000000000000"),
    from_hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    from_hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    from_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
];

fn is_weak(encoded: &[u8; 32]) -> bool {
    let mut y = *encoded;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    let [first, middle @ .., last] = y;
    // p = 2^255 - 19: an encoded y of p or more stands for y - p as well.
    let beyond_p = first >= 0xed && last == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    beyond_p || SMALL_ORDER.contains(&y)
}

const fn from_hex(text: &str) -> [u8; 32] {
    const fn digit(digit: u8) -> u8 {
        if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 }
    }
    let mut bytes = [0; 32];
    let mut rest: &[u8] = text.as_bytes();
    let mut left: &mut [u8] = &mut bytes;
    while let ([high, low, after @ ..], [byte, next @ ..]) = (rest, left) {
        *byte = digit(*high) << 4 | digit(*low);
        rest = after;
        left = next;
    }
    bytes
}
