//! The desk's one source of randomness, lent out a call at a time.

use std::sync::PoisonError;

use waymark_seal::rng::Rng;

use crate::desk::Desk;

/// Lends the desk's source to what wants one of its own.
pub(crate) struct Randomness<'a>(&'a Desk);

impl Rng for Randomness<'_> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.rng.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}

impl Desk {
    pub(crate) fn randomness(&self) -> Randomness<'_> {
        Randomness(self)
    }
}
