//! The places of this office's own units: what is in all, what is taken, what is free. Built from own entries only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::event::notice::CapacityNotice;
use crate::ids::{ThreadId, UnitId};
use crate::referral::place::{Room, Stay};
use crate::words::{Admits, UnitKind};

/// What is free, held and taken in each unit of this office.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlacesState {
    /// The units.
    pub units: BTreeMap<UnitId, Unit>,
    /// The rooms that referrals take now.
    pub stays: BTreeMap<ThreadId, Stay>,
}

/// A unit of this office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// What it is.
    pub kind: UnitKind,
    /// Who may stay.
    pub admits: Admits,
    /// Places in all.
    pub maximum: u16,
    /// Places taken by persons who did not come through a referral.
    pub taken_otherwise: u16,
}

impl PlacesState {
    /// Takes one event of this office in `thread`. Events about anything else change nothing.
    pub fn apply(&mut self, thread: ThreadId, event: &Event) {
        if let Event::CapacityNotice(body) = event {
            self.count(body);
        } else if let Event::PlaceHeld(body) = event {
            // A room that is taken stays taken: a second one in the same referral is an anomaly there.
            let room = Room { unit: body.unit, places: body.places };
            self.stays.entry(thread).or_insert(Stay::Held { room, until: body.until });
        } else if let Some(stay) = self.stays.get(&thread).and_then(|stay| stay.step(event)) {
            if stay.room().is_some() {
                self.stays.insert(thread, stay);
            } else {
                self.stays.remove(&thread);
            }
        }
    }

    fn count(&mut self, body: &CapacityNotice) {
        let taken = body.maximum.saturating_sub(body.available);
        let unit = Unit {
            kind: body.kind,
            admits: body.admits,
            maximum: body.maximum,
            taken_otherwise: taken.saturating_sub(self.taken(body.unit)),
        };
        self.units.insert(body.unit, unit);
    }

    /// Places that referrals take in `unit`.
    #[must_use]
    pub fn taken(&self, unit: UnitId) -> u16 {
        let rooms = self.stays.values().filter_map(Stay::room).filter(|room| room.unit == unit);
        rooms.fold(0, |taken, room| taken.saturating_add(room.places))
    }

    /// Places free in `unit`.
    #[must_use]
    pub fn free(&self, unit: UnitId) -> u16 {
        let Some(known) = self.units.get(&unit) else { return 0 };
        known.maximum.saturating_sub(known.taken_otherwise).saturating_sub(self.taken(unit))
    }
}
