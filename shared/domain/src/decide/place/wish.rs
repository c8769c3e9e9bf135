//! The sender asks for a place, chooses one of several that are held, or gives one up.

use super::{requested, wrong};
use crate::command::{ChoosePlace, GiveUpPlace, RequestPlace};
use crate::decide::check::{day_between, going_on, message_to, sent, within};
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{Audience, BasisOn};
use crate::event::place::{PlaceChosen, PlaceGivenUp, PlaceRequested};
use crate::referral::ReferralState;
use crate::referral::place::{PlacePhase, Stay};
use crate::refusal::Refusal;
use crate::words::PlaceReason;
use crate::world::World;

const NIGHTS_MAX: usize = 366;
const PERSONS_MAX: usize = 50;

impl Decision for RequestPlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        going_on(referral)?;
        let today = pen.ctx.now.day();
        day_between("the first night", self.from, today, today.plus(366))?;
        within("the nights", usize::from(self.nights), 1, NIGHTS_MAX)?;
        within("the persons", usize::from(self.persons), 1, PERSONS_MAX)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let phase = referral.place();
        let is_there = matches!(referral.occupied(), Some(Stay::CheckedIn(_)));
        if is_there || is_wanted(referral) && phase != PlacePhase::None {
            return Err(wrong(phase, "not asked for yet, or given up"));
        }
        let (kind, from, nights, persons) = (self.kind, self.from, self.nights, self.persons);
        pen.tell_with(referral, PlaceRequested { kind, from, nights, persons }, self.note.as_ref());
        Ok(())
    }
}

impl Decision for ChoosePlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        going_on(referral)?;
        let wanted = *requested(referral)?;
        match referral.place() {
            PlacePhase::At(Stay::Held { .. } | Stay::Confirmed(_)) if is_wanted(referral) => {}
            phase => return Err(wrong(phase, "held")),
        }
        if referral.sender.place.as_ref().is_some_and(|wish| wish.chosen) {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell(referral, PlaceChosen { request: wanted.event });
        let reason = PlaceReason::AnotherChosen;
        let me = pen.ctx.me;
        let others = world.linked.iter().filter(|other| other.thread != referral.thread && other.from == me);
        let same_nights =
            |other: &&&ReferralState| other.place_request().is_some_and(|it| it.overlaps(&wanted));
        for other in others.filter(|other| is_wanted(other)).filter(same_nights) {
            let to = Audience::Office(other.to);
            pen.push(other.thread, to, PlaceGivenUp { reason }.into(), BasisOn::None, Vec::new(), None);
        }
        Ok(())
    }
}

/// A place was asked for, not given up, and may still be given or is given; she is not in it yet.
fn is_wanted(referral: &ReferralState) -> bool {
    let given_up = referral.sender.place.as_ref().is_none_or(|wish| wish.given_up.is_some());
    let open = match referral.place() {
        PlacePhase::Requested | PlacePhase::At(Stay::Held { .. } | Stay::Confirmed(_)) => true,
        PlacePhase::None
        | PlacePhase::GivenUp(_)
        | PlacePhase::At(
            Stay::CheckedIn(_)
            | Stay::CheckedOut
            | Stay::Refused(_)
            | Stay::Released(_)
            | Stay::Expired
            | Stay::NoShow,
        ) => false,
    };
    open && !given_up
}

impl Decision for GiveUpPlace {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        requested(referral)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        if !is_wanted(referral) {
            return Err(wrong(referral.place(), "requested, held or confirmed"));
        }
        pen.tell_with(referral, PlaceGivenUp { reason: self.reason }, self.note.as_ref());
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::words::PlaceReason;

    #[test]
    fn two_shelters_hold_and_the_one_not_chosen_releases_by_itself() {
        let mut story = network();
        let case = open_case(&mut story);
        let chosen = place_held(&mut story, case);
        let other = sheltered(&mut story, case, HAVEN);
        story.given(NORTH, request(other));
        story.mail();
        story.given(HAVEN, HoldPlace { referral: other, unit: UNIT, until: None });
        story.mail();
        let written = story.when(NORTH, ChoosePlace { referral: chosen });
        assert_eq!(written, Ok(vec!["PlaceChosen", "PlaceGivenUp"]));
        story.mail();
        assert_eq!(story.place(NORTH, other), "released");
        assert_eq!(story.place(HARBOUR, chosen), "held");
        assert!(story.when(HARBOUR, ConfirmPlace { referral: chosen }).is_ok());
        assert_eq!(story.refusal(NORTH, ChoosePlace { referral: other }), "WRONG_PLACE_PHASE");
    }

    #[test]
    fn choosing_a_place_for_later_keeps_the_bed_for_tonight() {
        let mut story = network();
        let case = open_case(&mut story);
        let tonight = place_held(&mut story, case);
        let later = sheltered(&mut story, case, HAVEN);
        let from = TODAY.plus(60);
        story.given(NORTH, RequestPlace { from, ..request(later) });
        story.mail();
        story.given(HAVEN, HoldPlace { referral: later, unit: UNIT, until: None });
        story.mail();
        assert_eq!(story.when(NORTH, ChoosePlace { referral: later }), Ok(vec!["PlaceChosen"]));
        assert_eq!(story.place(HARBOUR, tonight), "held");
    }

    #[test]
    fn a_place_given_up_is_released_by_the_shelter() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral });
        let giving_up =
            GiveUpPlace { referral, reason: PlaceReason::AnotherChosen, note: Some("thanks".into()) };
        story.given(NORTH, giving_up.clone());
        assert_eq!(story.refusal(NORTH, giving_up), "WRONG_PLACE_PHASE");
        story.mail();
        assert_eq!(story.place(NORTH, referral), "released");
        assert_eq!(story.offices[&HARBOUR].places.free(UNIT), 2);
    }
}
