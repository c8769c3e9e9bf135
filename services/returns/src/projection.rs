//! The projection of return journeys: one row for each, in the order in which they leave.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use waymark_api::serve::journey::{JourneyExtras, phase};
use waymark_api::serve::rows::{Row, Rows};
use waymark_api::serve::{Told, link_side, side_of};
use waymark_desk::{Derived, Projected, Seen, Thread};
use waymark_domain::event::case::LinkSide;
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;

/// Journeys that this office sends and receives.
pub type ReturnsProjection = Projected<Kept>;

/// Where a journey stands in the list: those that are not over first, then by departure.
pub(crate) type Place = (u64, u64);

/// The rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    pub(crate) rows: Rows<ThreadId, JourneyRow>,
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
    /// An alarm is open.
    pub alarm: bool,
    pub place: Place,
    pub extras: JourneyExtras,
}

/// What a snapshot holds: rows with their versions. Everything else follows from them.
type Stored = Vec<(ThreadId, u64, JourneyRow)>;

impl Derived for Kept {
    const NAME: &'static str = "returns";

    fn take(&mut self, me: OfficeId, seen: &Seen, thread: &Thread) {
        if let Some(referral) = thread.referral() {
            self.take_journey(me, seen, referral, thread.etag.0);
        }
    }

    fn stored(&self) -> Vec<u8> {
        let stored: Stored = self.rows.iter().map(|(id, row)| (*id, row.version, row.data.clone())).collect();
        postcard::to_allocvec(&stored).expect("rows are plain data and always serialise")
    }

    fn restored(stored: &[u8]) -> Option<Self> {
        let stored: Stored = postcard::from_bytes(stored).ok()?;
        let by_departure = stored.iter().map(|(id, _, row)| (row.place, *id)).collect();
        let rows = stored.into_iter().map(|(id, version, data)| (id, Row { version, data })).collect();
        Some(Self { rows, by_departure })
    }
}

impl Kept {
    fn take_journey(&mut self, me: OfficeId, seen: &Seen, referral: &ReferralState, etag: u64) {
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

fn place_of(referral: &ReferralState) -> Place {
    let standing = referral.journey_phase();
    let plan = referral.sender.journey.as_deref();
    let leg = plan.and_then(|plan| plan.legs.first()).map(|leg| leg.departs_on);
    let planned = plan.and_then(|plan| plan.proposed);
    let departs = leg.or(planned).map_or(u64::MAX, |day| day.start().0);
    let over = !referral.is_on_the_way() && (standing.is_over() || standing.is_received());
    (u64::from(over), departs)
}

#[cfg(test)]
mod tests {
    use waymark_api::v1::JourneyPhase;
    use waymark_desk::Projection as _;
    use waymark_domain::event::journey::{
        CheckInMissed, CheckInRecorded, Departed, FollowUpRecorded, FollowUpsScheduled, JourneyCleared,
        JourneyProposed, LegBooked, LegStarted, ReceptionArranged, ReceptionConfirmed,
    };
    use waymark_domain::event::referral::ReferralKind;
    use waymark_domain::time::Timestamp;
    use waymark_domain::words::FollowUpOutcome;
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::testkit::{Log, NORTH, SOUTH, START, thread, today};

    const REFERRAL: ThreadId = thread(2);

    fn leg(departs_at: Timestamp) -> LegBooked {
        LegBooked {
            number: 1,
            departs_on: departs_at.day(),
            arrives_on: departs_at.day(),
            escorting: NORTH,
            check_in_minutes: 1,
        }
    }

    /// north proposes a journey to south, that leaves so many days from now.
    fn proposed(log: &mut Log<'_>, referral: ThreadId, days: u32) {
        log.offer(referral, NORTH, SOUTH, ReferralKind::HandOver);
        log.agree(referral, NORTH, SOUTH);
        let proposed = JourneyProposed { depart_on: today().plus(days) };
        log.write(NORTH, referral, Audience::Office(SOUTH), proposed);
    }

    /// The journey is on its first leg.
    fn started(log: &mut Log<'_>) {
        proposed(log, REFERRAL, 1);
        let to = Audience::Office(SOUTH);
        log.write(NORTH, REFERRAL, to, leg(START.plus(86_400)));
        log.write(NORTH, REFERRAL, to, JourneyCleared { gates: Vec::new() });
        log.write(NORTH, REFERRAL, to, Departed { gates: Vec::new() });
        let at = log.now();
        log.write(NORTH, REFERRAL, to, LegStarted { leg: 1, at });
    }

    fn row(projection: &ReturnsProjection) -> JourneyRow {
        projection.kept().rows.get(&REFERRAL).unwrap().data.clone()
    }

    fn order(projection: &ReturnsProjection) -> Vec<ThreadId> {
        projection.kept().leaving(None).map(|((_, id), _)| id).collect()
    }

    #[test]
    fn a_referral_without_a_journey_has_no_row() {
        let projection = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        log.agree(REFERRAL, NORTH, SOUTH);
        assert!(projection.kept().rows.is_empty());
    }

    #[test]
    fn those_that_leave_next_come_first_and_those_that_are_over_last() {
        let projection = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        started(&mut log);
        proposed(&mut log, thread(3), 9);
        proposed(&mut log, thread(4), 5);
        assert_eq!(order(&projection), [REFERRAL, thread(4), thread(3)]);
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
        assert_eq!(order(&projection), [thread(4), thread(3), REFERRAL]);
        let after_first = projection.kept().leaving(None).next().map(|(place, _)| place);
        let rest: Vec<_> = projection.kept().leaving(after_first).map(|((_, id), _)| id).collect();
        assert_eq!(rest, [thread(3), REFERRAL]);
    }

    #[test]
    fn a_booked_leg_moves_the_journey_to_its_departure() {
        let projection = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        proposed(&mut log, REFERRAL, 5);
        proposed(&mut log, thread(3), 9);
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), leg(START.plus(20 * 86_400)));
        assert_eq!(order(&projection), [thread(3), REFERRAL]);
    }

    #[test]
    fn an_alarm_is_open_until_she_is_heard_of() {
        let projection = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        started(&mut log);
        let due_at = log.now();
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CheckInMissed { leg: 1, number: 1, due_at });
        assert_eq!(
            (row(&projection).alarm, row(&projection).phase),
            (true, JourneyPhase::MissedCheckIn.into())
        );
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), CheckInRecorded { leg: 1, number: 1, at });
        assert_eq!((row(&projection).alarm, row(&projection).phase), (false, JourneyPhase::InTransit.into()));
        assert_eq!(row(&projection).extras.check_ins, [(1, 1)]);
    }

    #[test]
    fn a_reception_is_the_receivers_word_only() {
        let projection = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        proposed(&mut log, REFERRAL, 5);
        let arranged = |days| ReceptionArranged { meets_on: today().plus(days) };
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), arranged(5));
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), arranged(9));
        let referral = log.threads[&REFERRAL].referral().unwrap();
        let reception = referral.receiver.journey.as_ref().unwrap().reception;
        assert_eq!(reception, Some(today().plus(5)));
    }

    #[test]
    fn a_follow_up_keeps_the_time_at_which_it_was_first_recorded() {
        let projection = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        started(&mut log);
        let (at, to) = (log.now(), Audience::Office(NORTH));
        log.write(SOUTH, REFERRAL, to, ReceptionConfirmed { at });
        log.write(SOUTH, REFERRAL, to, FollowUpsScheduled { due_on: vec![today().plus(1)] });
        let recorded_at = log.now();
        let recorded = FollowUpRecorded { number: 1, outcome: FollowUpOutcome::Well };
        log.write(SOUTH, REFERRAL, to, recorded.clone());
        log.write(SOUTH, REFERRAL, to, recorded);
        assert_eq!(row(&projection).extras.followed_up_at, [(1, recorded_at)]);
        assert_eq!(row(&projection).phase, i32::from(JourneyPhase::FollowUp));
    }

    #[test]
    fn a_snapshot_a_replay_and_the_live_rows_are_the_same_and_go_on_the_same() {
        let live = ReturnsProjection::new(NORTH);
        let mut log = Log::new(NORTH, &live);
        started(&mut log);
        proposed(&mut log, thread(3), 9);
        let (restored, replayed) = (ReturnsProjection::new(NORTH), ReturnsProjection::new(NORTH));
        assert!(restored.restore(&live.snapshot()));
        log.replay(&replayed);
        assert_eq!(*restored.kept(), *live.kept());
        assert_eq!(*replayed.kept(), *live.kept());
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
        restored.apply(log.seen.last().unwrap(), &log.threads[&REFERRAL]);
        assert_eq!(*restored.kept(), *live.kept());
        assert!(!restored.restore(&[9]));
        assert_eq!(*restored.kept(), Kept::default());
    }
}
