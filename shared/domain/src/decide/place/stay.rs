//! She comes to the shelter, leaves it, or does not come.

use super::{freed, kept, wrong};
use crate::command::{CheckInToShelter, CheckOutOfShelter, ReportNoShow};
use crate::decide::check::{day_between, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::place::{CheckedIn, CheckedOut, PlaceNoShow};
use crate::referral::place::{PlacePhase, Stay};
use crate::world::World;

impl Decision for CheckInToShelter {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "confirmed")?;
        let Stay::Confirmed(_) = stay else { return Err(wrong(PlacePhase::At(stay), "confirmed")) };
        pen.tell(referral, CheckedIn { request });
        Ok(())
    }
}

impl Decision for CheckOutOfShelter {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "checked_in")?;
        let Stay::CheckedIn(room) = stay else { return Err(wrong(PlacePhase::At(stay), "checked_in")) };
        pen.tell(referral, CheckedOut { request });
        freed(world, room, pen);
        Ok(())
    }
}

impl Decision for ReportNoShow {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "confirmed")?;
        let Stay::Confirmed(room) = stay else { return Err(wrong(PlacePhase::At(stay), "confirmed")) };
        let first_night = referral.place_request().map(|request| request.from).unwrap_or_default();
        let today = pen.ctx.now.day();
        day_between("today", today, first_night, today.max(first_night))?;
        pen.tell(referral, PlaceNoShow { request });
        freed(world, room, pen);
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::time::HOUR;

    #[test]
    fn she_comes_and_leaves_and_the_place_is_free_again() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        assert_eq!(story.refusal(HARBOUR, CheckInToShelter { referral }), "WRONG_PLACE_PHASE");
        story.given(HARBOUR, ConfirmPlace { referral });
        story.given(HARBOUR, CheckInToShelter { referral });
        assert_eq!(story.pass(48 * HOUR).iter().filter(|name| **name == "HoldExpired").count(), 0);
        assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 1);
        story.given(HARBOUR, CheckOutOfShelter { referral });
        story.mail();
        assert_eq!(story.place(NORTH, referral), "checked_out");
        assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 2);
    }

    #[test]
    fn she_does_not_come() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        story.given(NORTH, RequestPlace { from: TODAY.plus(2), ..request(referral) });
        story.mail();
        story.given(HARBOUR, HoldPlace { referral, unit: UNIT, until: None });
        story.given(HARBOUR, ConfirmPlace { referral });
        assert_eq!(
            story.refusal(HARBOUR, ReportNoShow { referral }),
            "DAY_OUT_OF_RANGE",
            "not before the first night"
        );
        story.now = TODAY.plus(3).start();
        story.given(HARBOUR, ReportNoShow { referral });
        story.mail();
        assert_eq!(story.place(NORTH, referral), "no_show");
        assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 2);
    }
}
