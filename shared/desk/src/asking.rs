//! When others are asked for what is missing: one request at a time for each chain, later each time, and none where an answer
//! could not help. Otherwise two honest offices could ask and answer without end.

use std::collections::HashMap;

use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_ledger::Chain;

const WAIT_FIRST_S: u64 = 5;
const WAIT_MAX_S: u64 = 3_600;

/// One chain of another office's log.
pub(crate) type ChainOf = (OfficeId, u32, Chain);

/// What was asked for and has not come.
#[derive(Default)]
pub(crate) struct Asking {
    asked: HashMap<ChainOf, Asked>,
    /// The entry after this number was refused for good: whatever comes behind it cannot be kept.
    stuck: HashMap<ChainOf, u64>,
}

struct Asked {
    /// The last number held when it was asked.
    held: u64,
    /// The request is answered once this number is held.
    wanted: u64,
    again_at: Timestamp,
    wait: u64,
}

impl Asking {
    /// Whether to ask now for what comes after `held`, at least up to `wanted`; the answer counts as given.
    pub(crate) fn asks(&mut self, chain: ChainOf, held: u64, wanted: u64, now: Timestamp) -> bool {
        if self.stuck.get(&chain) == Some(&held) {
            return false;
        }
        let wait = match self.asked.get(&chain) {
            None => WAIT_FIRST_S,
            Some(asked) if held >= asked.wanted => WAIT_FIRST_S,
            Some(asked) if asked.waits(now) => return false,
            Some(asked) if held > asked.held => WAIT_FIRST_S,
            Some(asked) => (asked.wait * 2).min(WAIT_MAX_S),
        };
        let again_at = now.plus(wait);
        self.asked.insert(chain, Asked { held, wanted, again_at, wait });
        true
    }

    /// The entry after `held` can never be kept.
    pub(crate) fn refused(&mut self, chain: ChainOf, held: u64) {
        self.stuck.insert(chain, held);
    }
}

impl Asked {
    /// A clock that was set back makes nobody wait.
    fn waits(&self, now: Timestamp) -> bool {
        now < self.again_at && self.again_at <= now.plus(self.wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: ChainOf = (OfficeId([5; 16]), 0, Chain::Pair);
    const NOTICES: ChainOf = (OfficeId([5; 16]), 0, Chain::Network);

    #[test]
    fn one_chain_is_asked_for_once_until_it_has_waited() {
        let mut asking = Asking::default();
        assert!(asking.asks(PAIR, 0, 9, Timestamp(100)));
        assert!(asking.asks(NOTICES, 0, 9, Timestamp(100)));
        assert!(!asking.asks(PAIR, 0, 20, Timestamp(100)));
        assert!(!asking.asks(PAIR, 3, 20, Timestamp(104)), "the answer is still coming");
        assert!(asking.asks(PAIR, 0, 9, Timestamp(105)));
        assert!(!asking.asks(PAIR, 0, 9, Timestamp(114)));
        assert!(asking.asks(PAIR, 0, 9, Timestamp(115)));
    }

    #[test]
    fn what_is_answered_may_be_asked_for_anew() {
        let mut asking = Asking::default();
        assert!(asking.asks(PAIR, 0, 9, Timestamp(100)));
        assert!(asking.asks(PAIR, 9, 20, Timestamp(100)));
    }

    #[test]
    fn a_request_that_brings_nothing_is_made_less_and_less_often() {
        let mut asking = Asking::default();
        let asked = (0..86_400).filter(|second| asking.asks(PAIR, 0, 9, Timestamp(*second))).count();
        assert!((20..40).contains(&asked), "{asked}");
    }

    #[test]
    fn behind_an_entry_that_can_never_be_kept_nothing_is_asked_for() {
        let mut asking = Asking::default();
        asking.refused(PAIR, 3);
        assert!(asking.asks(PAIR, 2, 9, Timestamp(100)));
        assert!(!asking.asks(PAIR, 3, 9, Timestamp(99_999)));
        assert!(asking.asks(PAIR, 4, 9, Timestamp(99_999)));
    }

    #[test]
    fn a_clock_set_back_makes_nobody_wait_for_it() {
        let mut asking = Asking::default();
        assert!(asking.asks(PAIR, 0, 9, Timestamp(1_000_000)));
        assert!(asking.asks(PAIR, 0, 9, Timestamp(100)));
    }
}
