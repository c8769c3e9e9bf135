//! Passwords of staff: Argon2id (RFC 9106), a salt for each, compared in constant time.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use waymark_seal::rng::{self, System};

/// OWASP's second choice for a sign-in: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Characters of a new password, at least.
pub(super) const LENGTH_MIN: usize = 12;
/// Bytes of a password, at most: a longer one only costs time.
pub(super) const BYTES_MAX: usize = 1_024;

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashed {
    salt: [u8; 16],
    hash: [u8; 32],
}

impl Hashed {
    /// What to keep of `password`; none when it cannot be hashed.
    pub(super) fn of(password: &str) -> Option<Self> {
        let salt = rng::bytes(&mut System);
        Some(Self { salt, hash: derive(password, &salt)? })
    }

    /// Whether it is `password`. Takes as long either way.
    pub(super) fn is(&self, password: &str) -> bool {
        derive(password, &self.salt).is_some_and(|hash| bool::from(hash.ct_eq(&self.hash)))
    }
}

/// Takes as long as a look at a password that is there, so that nobody learns whether a name is known.
pub(super) fn pretend(password: &str) {
    let _ = derive(password, &[0; 16]);
}

fn derive(password: &str, salt: &[u8; 16]) -> Option<[u8; 32]> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).ok()?;
    let mut hash = [0; 32];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(password.as_bytes(), salt, &mut hash).ok()?;
    Some(hash)
}
