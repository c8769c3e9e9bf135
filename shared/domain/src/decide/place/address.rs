//! The address of a shelter: sealed for the referring office, after the place is confirmed, for a limited time.

use super::{kept, wrong};
use crate::command::ReleaseAddress;
use crate::decide::check::{day_between, fields, going_on, received, reply_key};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::event::place::AddressReleased;
use crate::referral::place::{PlacePhase, Stay};
use crate::refusal::Refusal;
use crate::words::Category;
use crate::world::World;

/// An address may be read for at most this many days.
const ADDRESS_DAYS_MAX: u32 = 31;

impl Decision for ReleaseAddress {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        let (request, stay) = kept(referral, "confirmed").map_err(|refusal| match refusal {
            Refusal::WrongPlacePhase { .. } => Refusal::AddressNotYet {},
            other => other,
        })?;
        match stay {
            Stay::Confirmed(_) | Stay::CheckedIn(_) => {}
            Stay::Held { .. } => return Err(Refusal::AddressNotYet {}),
            Stay::CheckedOut | Stay::Refused(_) | Stay::Released(_) | Stay::Expired | Stay::NoShow => {
                return Err(wrong(PlacePhase::At(stay), "confirmed"));
            }
        }
        going_on(referral)?;
        let today = pen.ctx.now.day();
        day_between("the last day of the address", self.until, today, today.plus(ADDRESS_DAYS_MAX))?;
        let address = given(Category::Shelter, fields(Category::Shelter, &self.address)?);
        reply_key(world, pen.ctx, referral)?;
        pen.reply(referral, AddressReleased { request, until: self.until }, request, address);
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::draft::BasisOn;
    use crate::event::log::ErasureOutcome::Shredded;
    use crate::ids::ThreadId;
    use crate::section::Field;
    use crate::story::*;
    use crate::words::{Category, EndedBy, PlaceReason};
    use crate::world::Party;

    fn address(referral: ThreadId) -> ReleaseAddress {
        ReleaseAddress {
            referral,
            address: vec![(Field::ShelterAddress, "planted".into())],
            until: TODAY.plus(7),
        }
    }

    #[test]
    fn red_line_an_address_is_released_only_after_confirmation() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        assert_eq!(story.refusal(HARBOUR, address(referral)), "NO_PLACE_REQUESTED");
        story.given(NORTH, request(referral));
        story.mail();
        assert_eq!(story.refusal(HARBOUR, address(referral)), "RED_LINE_ADDRESS_BEFORE_CONFIRMATION");
        story.given(HARBOUR, HoldPlace { referral, unit: UNIT, until: None });
        assert_eq!(story.refusal(HARBOUR, address(referral)), "RED_LINE_ADDRESS_BEFORE_CONFIRMATION");
        story.given(HARBOUR, ConfirmPlace { referral });
        let drafts = story.given(HARBOUR, address(referral));
        assert!(matches!(drafts[0].basis, BasisOn::Reply(_)));
        assert_eq!(drafts[0].sections[0].category, Category::Shelter);
    }

    #[test]
    fn an_address_may_be_read_until_its_day_and_only_while_she_has_the_place() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral });
        story.given(HARBOUR, address(referral));
        story.mail();
        let readable = |story: &Story, day| story.referral(NORTH, referral).may_read_address(day);
        assert!(readable(&story, TODAY.plus(7)) && !readable(&story, TODAY.plus(8)));
        story.given(NORTH, GiveUpPlace { referral, reason: PlaceReason::Other, note: None });
        story.mail();
        assert!(!readable(&story, TODAY), "the place was released");
    }

    #[test]
    fn an_address_is_destroyed_at_both_ends_after_its_time_after_her_stay_and_when_the_referral_ends() {
        let released = || {
            let mut story = network();
            let case = open_case(&mut story);
            let referral = place_held(&mut story, case);
            story.given(HARBOUR, ConfirmPlace { referral });
            let event = story.given(HARBOUR, address(referral))[0].event_id;
            story.mail();
            (story, case, referral, event)
        };
        // Which of both ends has to erase the address on `day`.
        let due = |story: &Story, referral, event, day| {
            [(NORTH, Party::Sender), (HARBOUR, Party::Receiver)].map(|(office, side)| {
                let state = story.referral(office, referral);
                state.erasures_due(side, day).any(|due| due.ask.because == event)
            })
        };
        let (mut story, case, referral, event) = released();
        assert_eq!(due(&story, referral, event, TODAY.plus(7)), [false; 2]);
        assert_eq!(due(&story, referral, event, TODAY.plus(8)), [true; 2], "its day is over");
        let consent = story.offices[&NORTH].cases[&case].consents[0].id;
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        story.mail();
        assert_eq!(due(&story, referral, event, TODAY), [true; 2], "she withdrew");
        let (mut story, _, referral, event) = released();
        story.given(HARBOUR, CheckInToShelter { referral });
        story.mail();
        assert_eq!(due(&story, referral, event, TODAY), [false; 2]);
        story.given(HARBOUR, CheckOutOfShelter { referral });
        story.mail();
        assert_eq!(due(&story, referral, event, TODAY), [true; 2], "she has left");
        for (office, replaced) in [(HARBOUR, false), (NORTH, true)] {
            let (keys, outcome) = (Vec::new(), Shredded);
            let written = story.when(office, ReportErasure { referral, because: event, keys, outcome });
            let fresh = written.unwrap().contains(&"ThreadKeyReplaced");
            assert_eq!(fresh, replaced, "only the key to which it was wrapped is spent");
            story.mail();
        }
        assert_eq!(due(&story, referral, event, TODAY), [false; 2]);
        assert!(story.referral(NORTH, referral).thread_key(Party::Receiver).is_some());
        let (mut story, _, referral, event) = released();
        story.now = TODAY.plus(3).start();
        story.given(HARBOUR, ReportNoShow { referral });
        story.mail();
        assert_eq!(due(&story, referral, event, TODAY.plus(3)), [true; 2], "she did not come");
    }

    #[test]
    fn an_address_is_not_released_in_a_referral_that_has_ended() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral });
        story.given(HARBOUR, CheckInToShelter { referral });
        story.mail();
        story.given(NORTH, RequestCancellation { referral, note: None });
        story.mail();
        story.given(HARBOUR, AgreeCancellation { referral });
        assert_eq!(story.refusal(HARBOUR, address(referral)), "REFERRAL_ENDED");
    }

    #[test]
    fn an_address_is_released_for_a_limited_time() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral });
        let long = ReleaseAddress { until: TODAY.plus(32), ..address(referral) };
        assert_eq!(story.refusal(HARBOUR, long), "DAY_OUT_OF_RANGE");
        let other =
            ReleaseAddress { address: vec![(Field::GivenName, "planted".into())], ..address(referral) };
        assert_eq!(story.refusal(HARBOUR, other), "WRONG_SECTION");
    }
}
