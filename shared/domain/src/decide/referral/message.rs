//! A working message between the two parties.

use crate::command::SendMessage;
use crate::consent::Standing;
use crate::decide::check::{party, text, thread_key};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::MessageSent;
use crate::referral::Ending;
use crate::referral::Phase;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for SendMessage {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        text("the message", &self.text)?;
        let standing = referral.sender.consent.as_ref().map(|chain| chain.standing);
        if matches!(standing, Some(Standing::Withdrawn { .. })) {
            return Err(Refusal::ConsentWithdrawn {});
        }
        match referral.phase() {
            Phase::Ended(Ending::HandedOver | Ending::Completed(_) | Ending::JourneyOver) => {}
            Phase::Ended(ending) => {
                return Err(Refusal::ReferralEnded { phase: Phase::Ended(ending).word() });
            }
            Phase::Drafted
            | Phase::Offered
            | Phase::Delivered
            | Phase::Acknowledged
            | Phase::InformationRequested
            | Phase::Accepted
            | Phase::Confirmed
            | Phase::Disclosed
            | Phase::ServiceScheduled(_)
            | Phase::InProgress
            | Phase::CancellationRequested => {}
        }
        let opening = thread_key(world, pen.ctx.me, referral)?;
        pen.reply(referral, MessageSent {}, opening, message(&self.text));
        Ok(())
    }
}
