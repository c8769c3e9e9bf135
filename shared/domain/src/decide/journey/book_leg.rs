//! A leg is booked: in order, one after the other. Where, when and how she travels goes sealed under her consent for `travel`, or
//! not at all; only the days, the escorting office and the check-in interval are public.

use super::plan::planned;
use crate::command::{BookLeg, LegPlan, Place, Text};
use crate::decide::check::{between, day_between, fields, future, released, reply_key, within};
use crate::decide::pen::{given, office_note};
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{BasisOn, Context};
use crate::event::case::SectionRecorded;
use crate::event::journey::LegBooked;
use crate::ids::{EventId, OfficeId};
use crate::referral::ReferralState;
use crate::referral::journey::{LEGS_MAX, SenderJourney};
use crate::refusal::Refusal;
use crate::section::Field;
use crate::time::{DAY, Day, Timestamp};
use crate::words::Category;
use crate::world::World;

const PLACE_BYTES_MAX: usize = 80;
const OFFSET_MINUTES_MAX: usize = 16 * 60;
const CHECK_IN_MINUTES: (usize, usize) = (15, 24 * 60);
const LEG_DAYS_MAX: u32 = 14;
const LEG_SECONDS_MAX: u64 = LEG_DAYS_MAX as u64 * DAY;

impl Decision for BookLeg {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        let journey = referral.sender.journey.as_deref().ok_or(Refusal::NoJourney {})?;
        let leg = &self.leg;
        future("the departure of the leg", leg.departs_at, pen.ctx.now)?;
        fits(leg)?;
        let booked = booked(leg);
        follows(&booked, journey)?;
        escorting_office(world, leg.escorting)?;
        match travels_with(world, pen.ctx, referral) {
            Ok(consent) => {
                let mut itinerary = details(leg);
                itinerary.extend(self.itinerary.iter().cloned());
                let sealed = given(Category::Travel, fields(Category::Travel, &itinerary)?);
                pen.share(referral, booked, BasisOn::Consent(consent), vec![sealed]);
            }
            Err(refusal) if !self.itinerary.is_empty() => return Err(refusal),
            // Without her consent for `travel` the other office learns the days, and no more; the rest is noted here.
            Err(_) => {
                pen.tell(referral, booked);
                if let Some(case) = world.case {
                    let note = SectionRecorded { category: Category::Office };
                    pen.own(case.thread, note, office_note(Some(&noted(leg))));
                }
            }
        }
        Ok(())
    }
}

/// The consent under which the other party may read where and when she travels.
fn travels_with(world: &World<'_>, ctx: &Context<'_>, referral: &ReferralState) -> Result<EventId, Refusal> {
    released(world, referral, ctx.now)?.covers(&[Category::Travel])?;
    reply_key(world, ctx, referral)?;
    let chain = referral.sender.consent.as_ref().ok_or(Refusal::ConsentWithdrawn {})?;
    Ok(chain.head)
}

/// What is public of a leg.
fn booked(leg: &LegPlan) -> LegBooked {
    LegBooked {
        number: leg.number,
        departs_on: day(leg.departs_at, leg.departs_offset_minutes),
        arrives_on: day(leg.arrives_at, leg.arrives_offset_minutes),
        escorting: leg.escorting,
        check_in_minutes: leg.check_in_minutes,
    }
}

/// The day of `at` in UTC or there, whichever is later: what ends on a day has ended for both.
fn day(at: Timestamp, offset_minutes: i16) -> Day {
    at.day().max(at.local(offset_minutes).day())
}

/// What is sealed of a leg.
fn details(leg: &LegPlan) -> Vec<(Field, Text)> {
    vec![
        (Field::LegFrom, named(&leg.from)),
        (Field::LegTo, named(&leg.to)),
        (Field::LegMode, leg.mode.word().into()),
        (Field::LegDeparts, zoned(leg.departs_at, leg.departs_offset_minutes)),
        (Field::LegArrives, zoned(leg.arrives_at, leg.arrives_offset_minutes)),
    ]
}

/// The same as one note of this office.
fn noted(leg: &LegPlan) -> Text {
    let details = details(leg).into_iter().map(|(field, value)| format!("{}: {}", field.word(), value.0));
    Text(format!("leg {}\n{}", leg.number, details.collect::<Vec<_>>().join("\n")))
}

/// A place as a text to be sealed.
pub(super) fn named(place: &Place) -> Text {
    match place {
        Place::Locode(code) => Text(code.escape_ascii().to_string()),
        Place::Named(name) => Text(name.clone()),
    }
}

/// An instant on the clock there, with its offset, as RFC 3339 writes it.
fn zoned(at: Timestamp, offset_minutes: i16) -> Text {
    let local = at.local(offset_minutes).to_string();
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let minutes = offset_minutes.unsigned_abs();
    Text(format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60))
}

fn fits(leg: &LegPlan) -> Decided {
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

/// Legs are booked in order, and none leaves on a day before the one before it arrives. The times of those booked before are
/// sealed: a day is as near as this can look.
fn follows(leg: &LegBooked, journey: &SenderJourney) -> Decided {
    let number = leg.number;
    if !(1..=LEGS_MAX).contains(&number) {
        return Err(Refusal::NoLeg { leg: number });
    }
    if number > 1 {
        let before = journey.leg(number - 1).ok_or(Refusal::NoLeg { leg: number - 1 })?;
        let latest = before.arrives_on.plus(LEG_DAYS_MAX);
        day_between("the departure of the leg", leg.departs_on, before.arrives_on, latest)?;
    }
    // A leg booked again must still end before the next begins.
    match journey.leg(number.saturating_add(1)) {
        Some(next) => day_between("the arrival of the leg", leg.arrives_on, leg.departs_on, next.departs_on),
        None => Ok(()),
    }
}

fn escorting_office(world: &World<'_>, office: OfficeId) -> Decided {
    if world.office.offices.contains_key(&office) { Ok(()) } else { Err(Refusal::UnknownOffice { office }) }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::draft::{BasisOn, Source};
    use crate::event::Event;
    use crate::ids::OfficeId;
    use crate::section::{Content, Field};
    use crate::story::*;

    #[test]
    fn legs_come_in_order_and_do_not_overlap() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        let book = |leg| BookLeg { referral, leg, itinerary: Vec::new() };
        assert_eq!(story.refusal(NORTH, book(leg(2, NORTH))), "NO_LEG");
        story.given(NORTH, book(leg(1, NORTH)));
        let mut long = leg(1, NORTH);
        long.arrives_at = long.departs_at.plus(3 * crate::time::DAY);
        story.given(NORTH, book(long.clone()));
        assert_eq!(story.refusal(NORTH, book(leg(2, NORTH))), "DAY_OUT_OF_RANGE");
        story.given(NORTH, book(leg(1, NORTH)));
        story.given(NORTH, book(leg(2, NORTH)));
        assert_eq!(story.refusal(NORTH, book(long)), "DAY_OUT_OF_RANGE");
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
        assert_eq!(story.refusal(NORTH, booking.clone()), "CATEGORY_NOT_CONSENTED");
        let told = story.given(NORTH, BookLeg { itinerary: Vec::new(), ..booking });
        assert!(told[0].sections.is_empty());
        assert_eq!(told[0].basis, BasisOn::None);
        let Source::Given(Content::Message(noted)) = &told[1].sections[0].source else { panic!("no note") };
        assert!(noted.contains("Central station"), "what the other office may not read is kept here");
        assert_eq!(told[1].audience, crate::draft::Audience::Nobody);
    }

    #[test]
    fn where_and_when_she_travels_is_sealed_and_only_the_days_are_public() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        let itinerary = vec![(Field::Carrier, "coach 7".into())];
        let written = story.given(NORTH, BookLeg { referral, leg: leg(1, NORTH), itinerary });
        let Event::LegBooked(public) = &written[0].event else { panic!("another event") };
        assert_eq!((public.departs_on, public.arrives_on), (TODAY, TODAY));
        let Source::Given(Content::Fields(sealed)) = &written[0].sections[0].source else {
            panic!("not fields")
        };
        let value = |field| sealed.iter().find(|(of, _)| *of == field).map(|(_, value)| value.as_str());
        assert_eq!(value(Field::LegFrom), Some("XNAAA"));
        assert_eq!(value(Field::LegTo), Some("Central station"));
        assert_eq!(value(Field::Carrier), Some("coach 7"));
        assert!(value(Field::LegDeparts).is_some_and(|at| at.ends_with("+01:00")));
    }

    #[test]
    fn the_public_day_is_the_later_of_the_day_there_and_the_day_in_utc() {
        let at = TODAY.end();
        let evening = crate::time::Timestamp(at.0 - 3_600);
        assert_eq!(super::day(evening, 120), TODAY.plus(1));
        assert_eq!(super::day(evening, -120), TODAY);
        assert_eq!(super::day(at, -120), TODAY.plus(1));
        assert_eq!(
            super::zoned(TODAY.start(), -90).0,
            format!("{}T22:30:00-01:30", crate::time::Day(TODAY.0 - 1))
        );
    }
}
