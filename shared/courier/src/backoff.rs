//! How long to wait before the next attempt: doubling, bounded, and spread so that offices do not return all
//! at once.

use std::time::Duration;

/// Waits that double from `first` to `most`, each shortened by up to half. The spread follows from `seed`
/// alone.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    seed: u64,
    attempts: u32,
}

impl Backoff {
    pub(crate) const fn new(seed: u64, first: Duration, most: Duration) -> Self {
        Self { first, most, seed, attempts: 0 }
    }

    /// The wait before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = spread(self.seed, self.attempts, self.first, self.most);
        self.attempts = self.attempts.saturating_add(1);
        wait
    }

    /// An attempt succeeded.
    pub(crate) const fn reset(&mut self) {
        self.attempts = 0;
    }
}

/// The wait after `attempts` failures.
pub(crate) fn spread(seed: u64, attempts: u32, first: Duration, most: Duration) -> Duration {
    let whole = first.saturating_mul(1 << attempts.min(20)).min(most);
    let chance = SplitMix(seed ^ u64::from(attempts).wrapping_mul(0x9e37_79b9_7f4a_7c15)).next();
    let half = whole / 2;
    half + half.mul_f64(chance as f64 / u64::MAX as f64)
}

/// SplitMix64 (Steele, Lea, Flood 2014): spreads and simulations, never secrets.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(50);
    const MOST: Duration = Duration::from_secs(5);

    #[test]
    fn waits_grow_to_the_bound_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(7, FIRST, MOST);
        let waits: Vec<_> = (0..40).map(|_| backoff.next()).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[39] >= MOST / 2 && waits[39] <= MOST);
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }

    #[test]
    fn two_offices_do_not_wait_equally_long() {
        assert_ne!(spread(1, 9, FIRST, MOST), spread(2, 9, FIRST, MOST));
    }
}
