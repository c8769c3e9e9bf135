//! The receiver arranges who meets her, and confirms that she was met: from that entry on it is the responsible office.

use super::book_leg::place;
use crate::command::{ArrangeReception, ConfirmReception};
use crate::decide::check::{confirmed, future, hand_over, note, past, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{FollowUpsScheduled, ReceptionArranged, ReceptionConfirmed};
use crate::referral::{Ending, Phase};
use crate::refusal::Refusal;
use crate::time::Day;
use crate::world::World;

impl Decision for ArrangeReception {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        hand_over(referral)?;
        confirmed(referral)?;
        future("the reception", self.meets_at, pen.ctx.now)?;
        place("the place of reception", &self.place)?;
        note(self.contact.as_ref())?;
        let arranged = ReceptionArranged { meets_at: self.meets_at, place: self.place.clone() };
        pen.tell_with(referral, arranged, self.contact.as_ref());
        Ok(())
    }
}

impl Decision for ConfirmReception {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        hand_over(referral)?;
        if referral.phase() == Phase::Ended(Ending::HandedOver) {
            return Err(Refusal::AlreadyDone {});
        }
        confirmed(referral)?;
        past("the reception", self.at, pen.ctx.now)?;
        // Whether or not the news of every leg has come: she stands at the door, and somebody answers for her.
        let reception = pen.tell(referral, ReceptionConfirmed { at: self.at });
        pen.tell(referral, FollowUpsScheduled { due_on: follow_ups(self.at.day()) });
        pen.because(reception);
        Ok(())
    }
}

/// Day 1, week 1, months 1, 3, 6 and 12 after she was met.
fn follow_ups(met_on: Day) -> Vec<Day> {
    let months = [1, 3, 6, 12].map(|months| met_on.plus_months(months));
    [met_on.plus(1), met_on.plus(7)].into_iter().chain(months).collect()
}
