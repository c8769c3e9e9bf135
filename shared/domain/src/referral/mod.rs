//! A referral thread: two halves, each the fold of one writer's entries.

use crate::event::Event;
use crate::ids::{OfficeId, ThreadId};
use crate::world::{Applied, Party};

/// A referral as any holder of its entries knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralState {
    /// The thread.
    pub thread: ThreadId,
    /// The office that offered it.
    pub sender: OfficeId,
    /// The office to which it was offered.
    pub receiver: OfficeId,
}

impl ReferralState {
    /// A thread of which nothing was applied yet. The writer of its first entry is the sender, its audience the receiver.
    #[must_use]
    pub fn new(thread: ThreadId, sender: OfficeId, receiver: OfficeId) -> Self {
        Self { thread, sender, receiver }
    }

    /// Which party `office` is.
    #[must_use]
    pub fn party(&self, office: OfficeId) -> Option<Party> {
        if office == self.sender {
            Some(Party::Sender)
        } else if office == self.receiver {
            Some(Party::Receiver)
        } else {
            None
        }
    }

    /// Takes one event of the thread.
    pub fn apply(&mut self, _applied: &Applied, _event: &Event) {}
}
