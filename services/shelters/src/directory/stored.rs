//! The form of a stored directory: `waymark-directory`, one byte of version, the SHA-256 of the rest, the length of the
//! rest, and the directory in postcard.

use sha2::{Digest as _, Sha256};

use super::model::Directory;

const MAGIC: &[u8; 17] = b"waymark-directory";
const VERSION: u8 = 1;

/// Why stored bytes are no directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoredFault {
    /// The file does not begin as one.
    #[error("is not a stored directory")]
    NotOne,
    /// A later version wrote it.
    #[error("was written in form {0}; this version reads form {VERSION}")]
    OtherVersion(u8),
    /// The bytes are not those that were written.
    #[error("is damaged")]
    Damaged,
}

/// A directory as bytes, and its version as text.
pub(crate) fn encode(directory: &Directory) -> Result<(Vec<u8>, String), postcard::Error> {
    let payload = postcard::to_allocvec(directory)?;
    let digest = Sha256::digest(&payload);
    let mut bytes = Vec::with_capacity(MAGIC.len() + 1 + 32 + 8 + payload.len());
    bytes.extend_from_slice(MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&digest);
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&payload);
    Ok((bytes, etag(&digest)))
}

/// The directory in `bytes`, and its version as text.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Directory, String), StoredFault> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(StoredFault::NotOne)?;
    let (version, rest) = rest.split_first().ok_or(StoredFault::Damaged)?;
    if *version != VERSION {
        return Err(StoredFault::OtherVersion(*version));
    }
    let (digest, rest) = rest.split_first_chunk::<32>().ok_or(StoredFault::Damaged)?;
    let (length, payload) = rest.split_first_chunk::<8>().ok_or(StoredFault::Damaged)?;
    let whole =
        u64::from_le_bytes(*length) == payload.len() as u64 && Sha256::digest(payload).as_slice() == digest;
    let directory = if whole { postcard::take_from_bytes(payload).ok() } else { None };
    match directory {
        Some((directory, [])) => Ok((directory, etag(digest))),
        Some(_) | None => Err(StoredFault::Damaged),
    }
}

fn etag(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
