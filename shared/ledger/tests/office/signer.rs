//! Signs the heads of a log with a key that is at hand.

use waymark_ledger::HeadSigner;
use waymark_seal::checkpoint::{Head, Origin, parse_checkpoint, sign_checkpoint};
use waymark_seal::sign::LogKey;

/// A key, and the log whose heads it signs.
pub(crate) struct Signer {
    pub(crate) key: LogKey,
    pub(crate) origin: Origin,
}

impl HeadSigner for Signer {
    fn sign(&self, head: &Head) -> Vec<u8> {
        sign_checkpoint(&self.key, &self.origin, head)
    }

    fn verify(&self, checkpoint: &[u8]) -> Option<Head> {
        parse_checkpoint(checkpoint, &self.origin, &self.key.public()).ok()
    }
}
