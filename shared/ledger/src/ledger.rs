//! The open ledger: what holds its parts together, and closing it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::commit::Queue;
use crate::core::Core;
use crate::fault::CommitFault;
use crate::identity::Identity;
use crate::index::Doubt;
use crate::tail::Tail;

/// One office's durable storage, open in this process and no other.
///
/// All methods take `&self`, block, and may be called from any thread. Dropping it settles what is in the journal, so that the
/// next start has nothing to do; losing it without a drop loses nothing.
pub struct Ledger {
    pub(crate) core: Arc<Core>,
    pub(crate) queue: Queue,
    pub(crate) tail: Mutex<Tail>,
    pub(crate) settler: Option<JoinHandle<()>>,
}

impl Ledger {
    /// Whose log this is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.core.identity
    }

    /// Settles everything that is in the journal into tiles and segments, durably.
    ///
    /// # Errors
    /// [`CommitFault::DiskFull`] or [`CommitFault::Poisoned`]; nothing is lost by either.
    pub fn settle(&self) -> Result<(), CommitFault> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).settle_all(&self.core)
    }

    fn close(&self) {
        if self.core.is_poisoned() {
            return;
        }
        if let Err(fault) = self.settle() {
            tracing::warn!(%fault, "closed with entries in the journal; the next start settles them");
            return;
        }
        let index = self.core.index();
        // The outbox has moved since the journal was settled.
        let frozen = index.freeze();
        let stored = if index.is_doubtful() { Err(Doubt::Damaged) } else { index.flush(&frozen) };
        match stored {
            Ok(()) => {}
            Err(Doubt::Damaged) => tracing::warn!("the index is in doubt; the next start makes it again"),
            Err(Doubt::Disk(fault)) => tracing::warn!(%fault, "the outbox was not stored"),
        }
        let marked = self.core.mark(self.core.view.head(), None, true).and_then(|()| self.core.sync_mark());
        if let Err(fault) = marked {
            tracing::warn!(%fault, "closed, but the mark does not say so");
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close();
        self.core.orders.stop();
        if let Some(settler) = self.settler.take() {
            // It has told what it had to tell.
            let _ = settler.join();
        }
    }
}
