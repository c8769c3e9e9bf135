//! A leg is booked: in order, one after the other, with public places only. Itinerary details go under consent for `travel`.

use super::plan::planned;
use crate::command::BookLeg;
use crate::decide::check::{between, fields, future, released, reply_key, within};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::draft::BasisOn;
use crate::event::journey::{LegBooked, Place};
use crate::ids::OfficeId;
use crate::referral::journey::{LEGS_MAX, SenderJourney};
use crate::refusal::Refusal;
use crate::time::DAY;
use crate::words::Category;
use crate::world::World;

const PLACE_BYTES_MAX: usize = 80;
const OFFSET_MINUTES_MAX: usize = 16 * 60;
const CHECK_IN_MINUTES: (usize, usize) = (15, 24 * 60);
const LEG_SECONDS_MAX: u64 = 14 * DAY;

impl Decision for BookLeg {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        let journey = referral.sender.journey.as_deref().ok_or(Refusal::NoJourney {})?;
        let leg = &self.leg;
        future("the departure of the leg", leg.departs_at, pen.ctx.now)?;
        fits(leg)?;
        follows(leg, journey)?;
        escorting_office(world, leg.escorting)?;
        if self.itinerary.is_empty() {
            pen.tell(referral, leg.clone());
            return Ok(());
        }
        let in_force = released(world, referral, pen.ctx.now)?;
        in_force.covers(&[Category::Travel])?;
        reply_key(world, pen.ctx, referral)?;
        let chain = referral.sender.consent.as_ref().ok_or(Refusal::ConsentWithdrawn {})?;
        let itinerary = given(Category::Travel, fields(Category::Travel, &self.itinerary)?);
        pen.share(referral, leg.clone(), BasisOn::Consent(chain.head), vec![itinerary]);
        Ok(())
    }
}

fn fits(leg: &LegBooked) -> Decided {
    place("the place of departure", &leg.from)?;
    place("the place of arrival", &leg.to)?;
    let (earliest, latest) = (leg.departs_at.plus(1), leg.departs_at.plus(LEG_SECONDS_MAX));
    between("the arrival of the leg", leg.arrives_at, earliest, latest)?;
    for offset in [leg.departs_offset_minutes, leg.arrives_offset_minutes] {
        within("the time zone", usize::from(offset.unsigned_abs()), 0, OFFSET_MINUTES_MAX)?;
    }
    if leg.check_in_minutes != 0 {
        let minutes = usize::from(leg.check_in_minutes);
        within("the check-in interval", minutes, CHECK_IN_MINUTES.0, CHECK_IN_MINUTES.1)?;
    }
    Ok(())
}

/// A public place: a code or a short name, never an address.
pub(super) fn place(field: &'static str, place: &Place) -> Decided {
    match place {
        Place::Locode(code) => {
            let valid = code.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if valid { Ok(()) } else { Err(Refusal::OutOfBounds { field, limit: 5 }) }
        }
        Place::Named(name) => within(field, name.trim().len().min(1) * name.len(), 1, PLACE_BYTES_MAX),
    }
}

/// Legs are booked in order and do not overlap.
fn follows(leg: &LegBooked, journey: &SenderJourney) -> Decided {
    let number = leg.number;
    if !(1..=LEGS_MAX).contains(&number) {
        return Err(Refusal::NoLeg { leg: number });
    }
    if number > 1 {
        let before = journey.leg(number - 1).ok_or(Refusal::NoLeg { leg: number - 1 })?;
        between(
            "the departure of the leg",
            leg.departs_at,
            before.arrives_at,
            before.arrives_at.plus(LEG_SECONDS_MAX),
        )?;
    }
    // A leg booked again must still end before the next begins.
    match journey.leg(number.saturating_add(1)) {
        Some(next) => between("the arrival of the leg", leg.arrives_at, leg.departs_at, next.departs_at),
        None => Ok(()),
    }
}

fn escorting_office(world: &World<'_>, office: OfficeId) -> Decided {
    if world.office.offices.contains_key(&office) { Ok(()) } else { Err(Refusal::UnknownOffice { office }) }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::journey::Place;
    use crate::ids::OfficeId;
    use crate::section::Field;
    use crate::story::*;

    #[test]
    fn legs_come_in_order_and_do_not_overlap() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        let book = |leg| BookLeg { referral, leg, itinerary: Vec::new() };
        assert_eq!(story.refusal(NORTH, book(leg(2, NORTH))), "NO_LEG");
        story.given(NORTH, book(leg(1, NORTH)));
        let mut overlapping = leg(2, NORTH);
        overlapping.departs_at = leg(1, NORTH).departs_at;
        assert_eq!(story.refusal(NORTH, book(overlapping)), "TIME_OUT_OF_RANGE");
        story.given(NORTH, book(leg(2, NORTH)));
        let mut late = leg(1, NORTH);
        late.arrives_at = leg(2, NORTH).arrives_at;
        assert_eq!(story.refusal(NORTH, book(late)), "TIME_OUT_OF_RANGE");
    }

    #[test]
    fn a_place_is_public_and_short_and_the_escorting_office_known() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        let mut long = leg(1, NORTH);
        long.to = Place::Named("x".repeat(81));
        let book = |leg| BookLeg { referral, leg, itinerary: Vec::new() };
        assert_eq!(story.refusal(NORTH, book(long)), "OUT_OF_BOUNDS");
        assert_eq!(story.refusal(NORTH, book(leg(1, OfficeId([99; 16])))), "UNKNOWN_OFFICE");
    }

    #[test]
    fn the_itinerary_goes_only_under_a_consent_for_travel() {
        let mut story = network();
        let (case, consent, referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        let narrowed = NarrowConsent {
            case,
            consent,
            purposes: vec![crate::words::Purpose::SafeReturn],
            categories: vec![crate::words::Category::Triage],
            onward: false,
            until: TODAY.plus(180),
        };
        story.given(NORTH, narrowed);
        let itinerary = vec![(Field::Itinerary, "seat".into())];
        let booking = BookLeg { referral, leg: leg(1, NORTH), itinerary };
        assert_eq!(story.refusal(NORTH, booking), "CATEGORY_NOT_CONSENTED");
    }
}
