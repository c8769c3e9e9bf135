//! A thread read back from the log, for a view that shows more than a row: what was written in it, when, and by whom.

use std::sync::Arc;
use tonic::Status;
use waymark_api::error;
use waymark_api::serve::Told;
use waymark_desk::{Desk, Seen, Thread};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Timestamp;

use crate::door;

/// A thread and everything this office saw of it.
pub(crate) struct History {
    pub thread: Arc<Thread>,
    pub seen: Vec<Seen>,
}

impl History {
    /// Reads a thread; absent and unreadable kinds of thread are one answer.
    pub(crate) fn read(desk: &Desk, id: ThreadId) -> Result<Self, Status> {
        let thread = desk.thread(id).map_err(|failure| door::failed(&failure))?.ok_or_else(error::absent)?;
        let seen = desk.history(id).map_err(|failure| door::failed(&failure))?;
        Ok(Self { thread, seen })
    }

    /// The events that this version can read, in the order in which this office came to know them.
    pub(crate) fn events(&self) -> impl DoubleEndedIterator<Item = (&Seen, &Event)> {
        self.seen.iter().filter_map(|seen| Some((seen, seen.event.as_ref().ok()?)))
    }

    /// When this office came to know an event.
    pub(crate) fn recorded_at(&self, event: EventId) -> Option<Timestamp> {
        self.seen.iter().find(|seen| seen.event_id == event).map(|seen| seen.recorded_at)
    }

    /// What a shared view must know of an event; none of one that no party of `referral` wrote.
    pub(crate) fn told(referral: &ReferralState, seen: &Seen) -> Option<Told> {
        let author = referral.party(seen.author())?;
        Some(Told { event_id: seen.event_id, author, recorded_at: seen.recorded_at })
    }
}
