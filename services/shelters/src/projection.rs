//! The projection of places and holds: the units of all shelters, and the places asked for by this office or of it.

use std::collections::BTreeMap;

use waymark_api::serve::place::{PlaceExtras, PlaceFacts};
use waymark_api::serve::rows::{Row, Rows};
use waymark_api::serve::{Told, side_of};
use waymark_desk::{Derived, Projected, Seen, Thread};
use waymark_domain::event::Event;
use waymark_domain::event::notice::CapacityNotice;
use waymark_domain::ids::{OfficeId, UnitId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Timestamp;
use waymark_domain::world::Party;

use crate::rows::{OwnUnit, PlaceRow, ShelterRow, Subject, Taken, UnitRow, room_of};

/// Units of one office that are kept, at most: another office's notices must not fill this one's memory.
const UNITS_MAX: usize = 1_024;

/// Shelter availability, and places asked for, held and used.
pub type SheltersProjection = Projected<Kept>;

/// The rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    pub(crate) rows: Rows<Subject, ShelterRow>,
    /// What referrals take of each own unit.
    taken: BTreeMap<UnitId, Taken>,
}

/// What a snapshot holds: rows with their versions. Everything else follows from them.
type Stored = Vec<(Subject, u64, ShelterRow)>;

impl Derived for Kept {
    const NAME: &'static str = "shelters";

    fn take(&mut self, me: OfficeId, seen: &Seen, thread: &Thread) {
        let Ok(event) = &seen.event else { return };
        if let Event::CapacityNotice(notice) = event {
            self.take_notice(me, seen, notice);
        }
        if let Some(referral) = thread.referral() {
            self.take_referral(me, seen, event, referral, thread.etag.0);
        }
    }

    fn stored(&self) -> Vec<u8> {
        let stored: Stored =
            self.rows.iter().map(|(subject, row)| (*subject, row.version, row.data.clone())).collect();
        postcard::to_allocvec(&stored).expect("rows are plain data and always serialise")
    }

    fn restored(stored: &[u8]) -> Option<Self> {
        let stored: Stored = postcard::from_bytes(stored).ok()?;
        let rows: Rows<Subject, ShelterRow> =
            stored.into_iter().map(|(subject, version, data)| (subject, Row { version, data })).collect();
        let mut taken: BTreeMap<UnitId, Taken> = BTreeMap::new();
        for (unit, room) in rows.iter().filter_map(|(_, row)| row.data.place()?.room) {
            let sum = taken.entry(unit).or_default();
            *sum = sum.plus(room);
        }
        Some(Self { rows, taken })
    }
}

impl Kept {
    fn take_notice(&mut self, me: OfficeId, seen: &Seen, notice: &CapacityNotice) {
        let (office, version) = (seen.author(), seen.index + 1);
        let subject = Subject::Unit(office, notice.unit);
        if self.rows.get(&subject).is_none() && self.units_of(office) >= UNITS_MAX {
            return;
        }
        let taken = self.taken.get(&notice.unit).copied().unwrap_or_default();
        let published_taken = notice.maximum.saturating_sub(notice.available);
        let own = OwnUnit { taken_otherwise: published_taken.saturating_sub(taken.all()), taken };
        let unit = UnitRow {
            kind: notice.kind,
            admits: notice.admits,
            maximum: notice.maximum,
            available: notice.available.min(notice.maximum),
            as_of: notice.as_of,
            own: (office == me).then_some(own),
        };
        self.rows.put(subject, version, ShelterRow::Unit(unit));
    }

    fn units_of(&self, office: OfficeId) -> usize {
        let from = Subject::Unit(office, UnitId([0; 16]));
        let first = usize::from(self.rows.get(&from).is_some());
        let rest = self.rows.in_order(Some(from));
        first
            + rest.take_while(|(subject, _)| matches!(subject, Subject::Unit(of, _) if *of == office)).count()
    }

    fn take_referral(
        &mut self,
        me: OfficeId,
        seen: &Seen,
        event: &Event,
        referral: &ReferralState,
        etag: u64,
    ) {
        let (subject, version) = (Subject::Place(seen.thread), seen.index + 1);
        let before = self.rows.get(&subject).and_then(|row| row.data.place());
        let (mut extras, room_before) = before
            .map_or((PlaceExtras::default(), None), |before| (before.facts.extras.clone(), before.room));
        if let Some(author) = referral.party(seen.author()) {
            extras.take(&Told { event_id: seen.event_id, author, recorded_at: seen.recorded_at }, event);
        }
        let Some(facts) = PlaceFacts::of(referral, me, etag, extras) else { return };
        let room = room_of(referral).filter(|_| side_of(referral, me) == Party::Receiver);
        self.rows.put(subject, version, ShelterRow::Place(PlaceRow { facts, room }));
        if room != room_before {
            self.take_room(me, room_before, room, version, seen.recorded_at);
        }
    }

    /// A place takes another room than before: the units concerned are counted again.
    fn take_room(
        &mut self,
        me: OfficeId,
        before: Option<(UnitId, Taken)>,
        after: Option<(UnitId, Taken)>,
        version: u64,
        now: Timestamp,
    ) {
        if let Some((unit, room)) = before {
            let taken = self.taken.entry(unit).or_default();
            *taken = taken.minus(room);
        }
        if let Some((unit, room)) = after {
            let taken = self.taken.entry(unit).or_default();
            *taken = taken.plus(room);
        }
        for (unit, _) in before.into_iter().chain(after) {
            let subject = Subject::Unit(me, unit);
            let taken = self.taken.get(&unit).copied().unwrap_or_default();
            let counted =
                self.rows.get(&subject).and_then(|row| row.data.unit()).map(|row| row.counted(taken, now));
            if let Some(counted) = counted {
                self.rows.put(subject, version, ShelterRow::Unit(counted));
            }
        }
        self.taken.retain(|_, taken| taken.all() > 0);
    }

    /// The unit of a row, with what is needed to show it.
    pub(crate) fn unit_message(subject: Subject, row: &Row<ShelterRow>) -> Option<waymark_api::v1::Unit> {
        match (subject, &row.data) {
            (Subject::Unit(office, unit), ShelterRow::Unit(data)) => {
                Some(data.message(office, unit, row.version))
            }
            (Subject::Unit(..), ShelterRow::Place(_)) | (Subject::Place(_), _) => None,
        }
    }

    /// The place of a row.
    pub(crate) fn place_message(subject: Subject, row: &Row<ShelterRow>) -> Option<waymark_api::v1::Place> {
        match (subject, &row.data) {
            (Subject::Place(referral), ShelterRow::Place(data)) => Some(data.facts.message(referral)),
            (Subject::Place(_), ShelterRow::Unit(_)) | (Subject::Unit(..), _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use waymark_api::v1::PlacePhase;
    use waymark_desk::Projection as _;
    use waymark_domain::event::place::{
        AddressReleased, CheckedIn, CheckedOut, PlaceChosen, PlaceConfirmed, PlaceHeld, PlaceRequested,
    };
    use waymark_domain::event::referral::ReferralKind;
    use waymark_domain::ids::{EventId, ThreadId};
    use waymark_domain::places::PlacesState;
    use waymark_domain::words::{Admits, UnitKind};
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::testkit::{Log, NORTH, SOUTH, START, thread, today};

    const REFERRAL: ThreadId = thread(2);
    const UNIT: UnitId = UnitId([7; 16]);

    fn notice(available: u16, maximum: u16) -> CapacityNotice {
        CapacityNotice {
            unit: UNIT,
            kind: UnitKind::Single,
            admits: Admits::Women,
            available,
            maximum,
            as_of: START,
        }
    }

    fn published(log: &mut Log<'_>, office: OfficeId, available: u16, maximum: u16) {
        log.write(office, waymark_desk::notices_of(office), Audience::Network, notice(available, maximum));
    }

    /// south asks north for places in a referral that both agreed on.
    fn requested(log: &mut Log<'_>, referral: ThreadId) -> EventId {
        log.offer(referral, SOUTH, NORTH, ReferralKind::Service);
        log.agree(referral, SOUTH, NORTH);
        let wish = PlaceRequested { kind: UnitKind::Single, from: today(), nights: 3, persons: 2 };
        log.write(SOUTH, referral, Audience::Office(NORTH), wish)
    }

    fn held(log: &mut Log<'_>, referral: ThreadId, places: u16) -> EventId {
        let request = requested(log, referral);
        let until = log.now().plus(86_400);
        log.write(NORTH, referral, Audience::Office(SOUTH), PlaceHeld { request, unit: UNIT, places, until });
        request
    }

    fn unit(projection: &SheltersProjection, office: OfficeId) -> UnitRow {
        *projection.kept().rows.get(&Subject::Unit(office, UNIT)).unwrap().data.unit().unwrap()
    }

    fn place(projection: &SheltersProjection) -> PlaceRow {
        projection.kept().rows.get(&Subject::Place(REFERRAL)).unwrap().data.place().unwrap().clone()
    }

    #[test]
    fn another_shelters_unit_is_as_it_published_it() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        published(&mut log, SOUTH, 4, 6);
        let row = unit(&projection, SOUTH);
        assert_eq!((row.available, row.maximum, row.own), (4, 6, None));
        let message = row.message(SOUTH, UNIT, 1);
        assert_eq!((message.etag.as_str(), message.held, message.occupied), ("", 0, 0));
    }

    #[test]
    fn an_own_unit_is_counted_through_hold_stay_and_leaving() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        published(&mut log, NORTH, 4, 6);
        let request = held(&mut log, REFERRAL, 2);
        let counts = |projection| {
            let row = unit(projection, NORTH);
            (row.available, row.own.unwrap().taken.held, row.own.unwrap().taken.occupied)
        };
        assert_eq!(counts(&projection), (2, 2, 0));
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), PlaceConfirmed { request });
        assert_eq!(counts(&projection), (2, 2, 0));
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CheckedIn { request });
        assert_eq!(counts(&projection), (2, 0, 2));
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CheckedOut { request });
        assert_eq!(counts(&projection), (4, 0, 0));
        assert_eq!(unit(&projection, NORTH).own.unwrap().taken_otherwise, 2);
    }

    #[test]
    fn a_notice_published_while_places_are_held_does_not_count_them_twice() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        published(&mut log, NORTH, 6, 6);
        held(&mut log, REFERRAL, 2);
        published(&mut log, NORTH, 3, 6);
        let row = unit(&projection, NORTH);
        assert_eq!((row.available, row.own.unwrap().taken_otherwise), (3, 1));
    }

    #[test]
    fn the_counts_are_those_by_which_the_rules_decide() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        published(&mut log, NORTH, 5, 6);
        let request = held(&mut log, REFERRAL, 2);
        held(&mut log, thread(3), 1);
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), PlaceConfirmed { request });
        published(&mut log, NORTH, 2, 6);
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CheckedIn { request });
        let mut rules = PlacesState::default();
        for seen in log.seen.iter().filter(|seen| seen.author() == NORTH) {
            rules.apply(seen.thread, seen.event.as_ref().unwrap());
        }
        assert_eq!(unit(&projection, NORTH).available, rules.free(UNIT));
        assert_eq!(unit(&projection, NORTH).own.unwrap().taken.all(), rules.taken(UNIT));
    }

    #[test]
    fn a_place_is_shown_with_its_phase_and_its_address_only_while_released() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        published(&mut log, NORTH, 6, 6);
        let request = held(&mut log, REFERRAL, 2);
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), PlaceChosen { request });
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), PlaceConfirmed { request });
        let released = AddressReleased { request, until: today().plus(3) };
        let address = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), released);
        let shown = place(&projection).facts.message(REFERRAL);
        assert_eq!(
            (shown.phase(), shown.chosen, shown.places, shown.persons),
            (PlacePhase::Confirmed, true, 2, 2)
        );
        assert_eq!(shown.address_event, address.to_string());
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CheckedIn { request });
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CheckedOut { request });
        let shown = place(&projection).facts.message(REFERRAL);
        assert_eq!(
            (shown.phase(), shown.address_event.as_str(), shown.unit.as_str()),
            (PlacePhase::CheckedOut, "", "")
        );
    }

    #[test]
    fn a_new_request_does_not_free_the_room_of_the_one_before() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        published(&mut log, NORTH, 6, 6);
        held(&mut log, REFERRAL, 2);
        let again = PlaceRequested { kind: UnitKind::Single, from: today(), nights: 1, persons: 1 };
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), again);
        assert_eq!(place(&projection).facts.message(REFERRAL).phase(), PlacePhase::Requested);
        assert_eq!(unit(&projection, NORTH).available, 4);
    }

    #[test]
    fn one_office_cannot_fill_the_memory_of_another_with_units() {
        let projection = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        for number in 0..UNITS_MAX as u128 + 5 {
            let told = CapacityNotice { unit: UnitId(number.to_be_bytes()), ..notice(1, 1) };
            log.write(SOUTH, waymark_desk::notices_of(SOUTH), Audience::Network, told);
        }
        published(&mut log, NORTH, 1, 1);
        assert_eq!(projection.kept().rows.len(), UNITS_MAX + 1);
    }

    #[test]
    fn a_snapshot_a_replay_and_the_live_rows_are_the_same_and_go_on_the_same() {
        let live = SheltersProjection::new(NORTH);
        let mut log = Log::new(NORTH, &live);
        published(&mut log, NORTH, 6, 6);
        published(&mut log, SOUTH, 2, 2);
        let request = held(&mut log, REFERRAL, 2);
        let (restored, replayed) = (SheltersProjection::new(NORTH), SheltersProjection::new(NORTH));
        assert!(restored.restore(&live.snapshot()));
        log.replay(&replayed);
        assert_eq!(*restored.kept(), *live.kept());
        assert_eq!(*replayed.kept(), *live.kept());
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), PlaceConfirmed { request });
        restored.apply(log.seen.last().unwrap(), &log.threads[&REFERRAL]);
        assert_eq!(*restored.kept(), *live.kept());
        assert!(!restored.restore(&[1]));
        assert_eq!(*restored.kept(), Kept::default());
    }
}
