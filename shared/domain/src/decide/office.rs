//! Notices to the network: profile, inbox key, capacity.

use super::check::{ascending, between, within};
use super::{Decided, Decision, Pen};
use crate::command::{PublishCapacity, PublishInboxKey, PublishProfile};
use crate::event::notice::CapacityNotice;
use crate::ids::UnitId;
use crate::places::{PlacesState, Unit};
use crate::refusal::Refusal;
use crate::time::{Day, Timestamp};
use crate::world::World;

const LANGUAGES_MAX: usize = 64;
const HOLIDAYS_MAX: usize = 256;
const DAY_MINUTES: usize = 24 * 60;
const OFFSET_MINUTES_MAX: u16 = 16 * 60;
/// Inbox keys are monthly; with overlap no key serves longer, nor is its secret kept longer.
const INBOX_DAYS_MAX: u32 = 62;
const UNIT_PLACES_MAX: u16 = 1_000;

impl Decision for PublishProfile {
    fn decide(&self, _: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let hours = &self.profile.hours;
        within("the languages", self.profile.languages.len(), 0, LANGUAGES_MAX)?;
        for language in &self.profile.languages {
            within("a language code", language.len(), 2, 8)?;
        }
        if !self.profile.services.is_empty() {
            ascending("the services", &self.profile.services)?;
        }
        within("opening time", usize::from(hours.opens_minute), 0, DAY_MINUTES)?;
        within(
            "closing time",
            usize::from(hours.closes_minute),
            usize::from(hours.opens_minute),
            DAY_MINUTES,
        )?;
        within(
            "the time zone",
            usize::from(hours.utc_offset_minutes.unsigned_abs()),
            0,
            usize::from(OFFSET_MINUTES_MAX),
        )?;
        within("the holidays", hours.holidays.len(), 0, HOLIDAYS_MAX)?;
        if !hours.holidays.is_sorted_by(|a, b| a < b) {
            return Err(Refusal::NotAscending { field: "the holidays" });
        }
        pen.notice(self.profile.clone());
        Ok(())
    }
}

impl Decision for PublishInboxKey {
    fn decide(&self, _: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (key, today) = (&self.key, pen.ctx.now.day());
        let day = |day: Day| day.start();
        let latest = Timestamp(day(key.from.plus(INBOX_DAYS_MAX)).0);
        between("the key's last day", day(key.until), day(today.max(key.from)), latest)?;
        between("the day the secret is destroyed", day(key.destroyed_on), day(key.until.plus(1)), latest)?;
        pen.notice(key.clone());
        Ok(())
    }
}

impl Decision for PublishCapacity {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        within("the places of a unit", usize::from(self.maximum), 1, usize::from(UNIT_PLACES_MAX))?;
        let taken = world.places.taken(self.unit).saturating_add(self.taken_otherwise);
        if taken > self.maximum {
            let free = self.maximum.saturating_sub(world.places.taken(self.unit));
            return Err(Refusal::NoCapacity { unit: self.unit, free });
        }
        let (kind, admits, maximum) = (self.kind, self.admits, self.maximum);
        let unit = Unit { kind, admits, maximum, taken_otherwise: self.taken_otherwise };
        pen.notice(capacity(self.unit, unit, taken, pen.ctx.now));
        Ok(())
    }
}

fn capacity(unit: UnitId, known: Unit, taken: u16, as_of: Timestamp) -> CapacityNotice {
    let Unit { kind, admits, maximum, .. } = known;
    CapacityNotice { unit, kind, admits, available: maximum.saturating_sub(taken), maximum, as_of }
}

/// Tells the network what is free in `unit` once `change` places more (or fewer) are taken there.
pub(super) fn tell_capacity(places: &PlacesState, unit: UnitId, change: i32, pen: &mut Pen<'_, '_>) {
    let Some(known) = places.units.get(&unit) else { return };
    let taken = i32::from(places.taken(unit)) + i32::from(known.taken_otherwise) + change;
    let taken = u16::try_from(taken.max(0)).unwrap_or(u16::MAX);
    pen.notice(capacity(unit, *known, taken, pen.ctx.now));
}
