//! Where randomness comes from: an argument everywhere, so that a simulation can be repeated from its seed.
//! Nothing else in the project asks the system for random bytes.

use hpke::rand_core::{TryCryptoRng, TryRng};
use ring::digest;
use zeroize::{Zeroize, Zeroizing};

use crate::prefix;

/// A source of random bytes.
pub trait Rng: Send {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<R: Rng + ?Sized> Rng for &mut R {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

impl<R: Rng + ?Sized> Rng for Box<R> {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// `N` random bytes.
pub fn bytes<const N: usize>(rng: &mut (impl Rng + ?Sized)) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

/// `N` random bytes that are wiped when dropped.
pub(crate) fn secret<const N: usize>(rng: &mut (impl Rng + ?Sized)) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    rng.fill(bytes.as_mut_slice());
    bytes
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Rng for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes once it has started");
    }
}

/// Repeatable bytes from a seed: SHA-256 over the seed and a counter.
///
/// # Security
/// For tests and simulation only; whoever knows the seed knows every key.
pub struct Seeded {
    seed: [u8; 32],
    counter: u64,
}

impl Seeded {
    /// A source that gives the same bytes for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut wide = [0; 32];
        for (to, from) in wide.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        Self { seed: wide, counter: 0 }
    }

    fn block(&mut self) -> digest::Digest {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(prefix::SEEDED.bytes());
        hash.update(&self.seed);
        hash.update(&self.counter.to_le_bytes());
        self.counter += 1;
        hash.finish()
    }
}

impl Rng for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block();
            for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                *to = *from;
            }
        }
    }
}

impl Drop for Seeded {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// Lends a source to `hpke`.
pub(crate) struct ForHpke<'a, R: Rng + ?Sized>(pub(crate) &'a mut R);

impl<R: Rng + ?Sized> TryRng for ForHpke<'_, R> {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes(bytes(self.0)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes(bytes(self.0)))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(dst);
        Ok(())
    }
}

impl<R: Rng + ?Sized> TryCryptoRng for ForHpke<'_, R> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_and_another_seed_another() {
        let first: [u8; 100] = bytes(&mut Seeded::new(7));
        assert_eq!(first, bytes(&mut Seeded::new(7)));
        assert_ne!(first, bytes(&mut Seeded::new(8)));
        assert_ne!(bytes::<32>(&mut System), bytes::<32>(&mut System));
    }
}
