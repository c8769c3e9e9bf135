//! SHA-256, and the leaf hash that names an entry.

use ring::digest;
use waymark_domain::ids::Hash;

use crate::prefix;

/// Thirty-two zero bytes: "none before this one".
pub const ZERO: Hash = Hash([0; 32]);

/// SHA-256 of the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    from_digest(context.finish())
}

/// RFC 6962 hash of a leaf: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[prefix::LEAF.bytes(), entry])
}

fn from_digest(digest: digest::Digest) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    Hash(hash)
}
