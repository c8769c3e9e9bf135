//! After acceptance both parties cancel together: one asks, the other agrees. Two requests that cross agree with each other.

use crate::command::{AgreeCancellation, RequestCancellation};
use crate::decide::check::{going_on, message_to, party};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{CancellationAgreed, CancellationRequested};
use crate::ids::OfficeId;
use crate::referral::{ReferralState, SenderHalf};
use crate::refusal::Refusal;
use crate::world::{Party, World};

impl Decision for RequestCancellation {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = cancellable(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let own = match party {
            Party::Sender => referral.sender.cancel,
            Party::Receiver => referral.receiver.cancel,
        };
        if own.requested.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell_with(referral, CancellationRequested {}, self.note.as_ref());
        Ok(())
    }
}

impl Decision for AgreeCancellation {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = cancellable(world, pen.ctx.me)?;
        let other = match party {
            Party::Sender => referral.receiver.cancel,
            Party::Receiver => referral.sender.cancel,
        };
        let Some(request) = other.requested else {
            return Err(Refusal::WrongPhase {
                phase: referral.phase().word(),
                needed: "cancellation_requested",
            });
        };
        pen.tell(referral, CancellationAgreed {});
        pen.because(request);
        Ok(())
    }
}

fn cancellable<'w>(world: &World<'w>, me: OfficeId) -> Result<(&'w ReferralState, Party), Refusal> {
    let (referral, party) = party(world, me)?;
    let phase = going_on(referral)?;
    if SenderHalf::departed(&referral.sender) {
        return Err(Refusal::AlreadyDeparted {});
    }
    if referral.receiver.accepted().is_none() {
        return Err(Refusal::WrongPhase { phase: phase.word(), needed: "accepted" });
    }
    Ok((referral, party))
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;

    #[test]
    fn one_asks_and_the_other_agrees() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        assert_eq!(story.refusal(NORTH, AgreeCancellation { referral }), "WRONG_PHASE");
        story.given(SOUTH, RequestCancellation { referral, note: None });
        story.mail();
        assert_eq!(story.phase(NORTH, referral), "cancellation_requested");
        story.given(NORTH, AgreeCancellation { referral });
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "cancelled");
    }

    #[test]
    fn before_the_accept_there_is_nothing_to_cancel() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        assert_eq!(story.refusal(NORTH, RequestCancellation { referral, note: None }), "WRONG_PHASE");
    }

    #[test]
    fn after_departure_only_an_abort_answers() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        assert_eq!(story.refusal(SOUTH, RequestCancellation { referral, note: None }), "ALREADY_DEPARTED");
    }
}
