//! An entry of this office was entered in error. It stays in the history; of the offer itself, it ends the referral.

use crate::command::MarkInError;
use crate::decide::check::{note, party};
use crate::decide::{Decided, Decision, Pen};
use crate::event::log::EntryInError;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for MarkInError {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        note(self.note.as_ref())?;
        let offer = referral.sender.offer.as_ref().is_some_and(|offer| offer.event == self.entry);
        if offer && referral.sender.departed() {
            return Err(Refusal::AlreadyDeparted {});
        }
        if offer && referral.from != pen.ctx.me {
            return Err(Refusal::NotTheSender {});
        }
        pen.tell_with(referral, EntryInError { entry: self.entry }, self.note.as_ref());
        Ok(())
    }
}
