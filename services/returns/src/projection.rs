//! The projection of return journeys: one row for each, in the order in which they leave.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};
use waymark_api::serve::journey::{JourneyExtras, phase};
use waymark_api::serve::rows::{Row, Rows};
use waymark_api::serve::{Told, link_side, side_of};
use waymark_desk::{Projection, Seen, Thread};
use waymark_domain::event::case::LinkSide;
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Day;

/// Journeys that this office sends and receives.
#[derive(Debug)]
pub struct ReturnsProjection {
    me: OfficeId,
    kept: RwLock<Kept>,
}

/// Where a journey stands in the list: those that are not over first, then by departure.
pub(crate) type Place = (u64, u64);

/// The rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Kept {
    pub rows: Rows<ThreadId, JourneyRow>,
    by_departure: BTreeSet<(Place, ThreadId)>,
}

/// A journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JourneyRow {
    /// Version of the hand-over.
    pub etag: u64,
    /// Number of its phase in the contract; 0 before it is proposed.
    pub phase: i32,
    pub side: LinkSide,
    /// A check-in is missed.
    pub alarm: bool,
    pub place: Place,
    pub extras: JourneyExtras,
}

/// What a snapshot holds: rows with their versions. Everything else follows from them.
type Snapshot = Vec<(ThreadId, u64, JourneyRow)>;

impl ReturnsProjection {
    /// An empty projection of the office `me`.
    #[must_use]
    pub fn new(me: OfficeId) -> Self {
        Self { me, kept: RwLock::default() }
    }

    /// The rows. Held only while a page or a batch is read.
    pub(crate) fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_mut(&self) -> RwLockWriteGuard<'_, Kept> {
        // Rows are put in whole: after a panic they are as good as before, and replay makes them again.
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Projection for ReturnsProjection {
    fn name(&self) -> &'static str {
        "returns"
    }

    fn apply(&self, seen: &Seen, thread: &Thread) {
        if let Some(referral) = thread.referral() {
            self.kept_mut().take(self.me, seen, referral, thread.etag.0);
        }
    }

    fn snapshot(&self) -> Vec<u8> {
        let kept = self.kept();
        let rows = kept.rows.iter().map(|(id, row)| (*id, row.version, row.data.clone()));
        let snapshot: Snapshot = rows.collect();
        postcard::to_allocvec(&snapshot).expect("rows are plain data and always serialise")
    }

    fn restore(&self, snapshot: &[u8]) -> bool {
        let read = postcard::from_bytes::<Snapshot>(snapshot).ok();
        let restored = read.is_some();
        *self.kept_mut() = read.map(Kept::from).unwrap_or_default();
        restored
    }
}

impl Kept {
    fn take(&mut self, me: OfficeId, seen: &Seen, referral: &ReferralState, etag: u64) {
        let before = self.rows.get(&seen.thread).map(|row| &row.data);
        let mut extras = before.map(|before| before.extras.clone()).unwrap_or_default();
        if let (Ok(event), Some(author)) = (&seen.event, referral.party(seen.author())) {
            extras.take(&Told { event_id: seen.event_id, author, recorded_at: seen.recorded_at }, event);
        }
        if extras == JourneyExtras::default() {
            return;
        }
        let row = JourneyRow {
            etag,
            phase: phase(referral.journey_phase()).map_or(0, i32::from),
            side: link_side(side_of(referral, me)),
            alarm: referral.alarm().is_some(),
            place: place_of(referral),
            extras,
        };
        if let Some(before) = before {
            self.by_departure.remove(&(before.place, seen.thread));
        }
        self.by_departure.insert((row.place, seen.thread));
        self.rows.put(seen.thread, seen.index + 1, row);
    }

    /// Rows in the order of the list, those after `after`.
    pub(crate) fn leaving(
        &self,
        after: Option<(Place, ThreadId)>,
    ) -> impl Iterator<Item = ((Place, ThreadId), &Row<JourneyRow>)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let places = self.by_departure.range((from, Bound::Unbounded));
        places.filter_map(|place| Some((*place, self.rows.get(&place.1)?)))
    }
}

impl From<Snapshot> for Kept {
    fn from(snapshot: Snapshot) -> Self {
        let by_departure = snapshot.iter().map(|(id, _, row)| (row.place, *id)).collect();
        let rows = snapshot.into_iter().map(|(id, version, data)| (id, Row { version, data })).collect();
        Self { rows, by_departure }
    }
}

fn place_of(referral: &ReferralState) -> Place {
    let standing = referral.journey_phase();
    let plan = referral.sender.journey.as_deref();
    let leg = plan.and_then(|plan| plan.legs.first()).map(|leg| leg.departs_at);
    let planned = plan.and_then(|plan| plan.proposed).map(Day::start);
    let departs = leg.or(planned).map_or(u64::MAX, |at| at.0);
    (u64::from(standing.is_over() || standing.is_received()), departs)
}
