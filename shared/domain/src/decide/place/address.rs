//! The address of a shelter: sealed for the referring office, after the place is confirmed, for a limited time.

use super::{kept, wrong};
use crate::command::ReleaseAddress;
use crate::decide::check::{day_between, fields, received, thread_key};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::event::place::AddressReleased;
use crate::referral::place::{PlacePhase, Stay};
use crate::refusal::Refusal;
use crate::words::Category;
use crate::world::{Party, World};

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
        let today = pen.ctx.now.day();
        day_between("the last day of the address", self.until, today, today.plus(ADDRESS_DAYS_MAX))?;
        let address = given(Category::Shelter, fields(Category::Shelter, &self.address)?);
        thread_key(referral, Party::Sender)?;
        pen.reply(referral, AddressReleased { request, until: self.until }, request, address);
        Ok(())
    }
}
