//! The folded state of each thread, rebuilt from the log when it is not at hand.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use waymark_domain::case::CaseState;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;

use crate::order::Etag;
use crate::seen::Seen;

/// What a thread is and how it stands.
#[derive(Debug, Clone)]
pub enum ThreadState {
    /// Nothing that this version can read yet.
    Empty,
    /// A case of this office.
    Case(Box<CaseState>),
    /// A referral between this office and another.
    Referral(Box<ReferralState>),
    /// Notices of an office to the network.
    Notices,
}

/// A thread as this office knows it.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Its state.
    pub state: ThreadState,
    /// Own-log index after its newest entry.
    pub etag: Etag,
    /// Where each event of the thread entered this office's log, in that order.
    pub events: Vec<(EventId, u64)>,
}

impl Default for Thread {
    fn default() -> Self {
        Self { state: ThreadState::Empty, etag: Etag(0), events: Vec::new() }
    }
}

impl Thread {
    /// The case, when it is one.
    #[must_use]
    pub fn case(&self) -> Option<&CaseState> {
        match &self.state {
            ThreadState::Case(case) => Some(case),
            ThreadState::Empty | ThreadState::Referral(_) | ThreadState::Notices => None,
        }
    }

    /// The referral, when it is one.
    #[must_use]
    pub fn referral(&self) -> Option<&ReferralState> {
        match &self.state {
            ThreadState::Referral(referral) => Some(referral),
            ThreadState::Empty | ThreadState::Case(_) | ThreadState::Notices => None,
        }
    }

    /// Own-log index at which `event` entered.
    #[must_use]
    pub fn index_of(&self, event: EventId) -> Option<u64> {
        self.events.iter().rev().find(|(id, _)| *id == event).map(|(_, index)| *index)
    }
}
