//! After acceptance both parties cancel together: one asks, the other agrees. Two requests that cross agree with each other. The
//! other may decline: then the referral goes on. Nobody takes back a request himself: the other may have agreed meanwhile.

use crate::command::{AgreeCancellation, DeclineCancellation, RequestCancellation};
use crate::decide::check::{going_on, message_to, party};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{CancellationAgreed, CancellationDeclined, CancellationRequested};
use crate::ids::{EventId, OfficeId};
use crate::referral::{ReferralState, SenderHalf};
use crate::refusal::Refusal;
use crate::world::{Party, World};

impl Decision for RequestCancellation {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = cancellable(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        if referral.wants_to_cancel(party).is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell_with(referral, CancellationRequested {}, self.note.as_ref());
        Ok(())
    }
}

impl Decision for AgreeCancellation {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = cancellable(world, pen.ctx.me)?;
        let request = asked(referral, party)?;
        pen.tell(referral, CancellationAgreed {});
        pen.because(request);
        Ok(())
    }
}

impl Decision for DeclineCancellation {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = party(world, pen.ctx.me)?;
        going_on(referral)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let request = asked(referral, party)?;
        pen.tell_with(referral, CancellationDeclined { request }, self.note.as_ref());
        pen.because(request);
        Ok(())
    }
}

/// What the other party asked, and nobody has declined.
fn asked(referral: &ReferralState, me: Party) -> Result<EventId, Refusal> {
    let phase = referral.phase().word();
    let nothing = Refusal::WrongPhase { phase, needed: "cancellation_requested" };
    referral.wants_to_cancel(me.other()).ok_or(nothing)
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
    fn a_request_that_is_declined_blocks_nothing_and_may_be_made_again() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        let declining = DeclineCancellation { referral, note: Some("she is packed".into()) };
        for who in [SOUTH, NORTH] {
            let other = if who == SOUTH { NORTH } else { SOUTH };
            story.given(who, RequestCancellation { referral, note: None });
            story.mail();
            assert_eq!(story.refusal(who, declining.clone()), "WRONG_PHASE", "nobody declines his own");
            assert_eq!(story.refusal(NORTH, Depart { referral }), "WRONG_PHASE");
            story.given(other, declining.clone());
            story.mail();
            assert_eq!(story.refusal(other, declining.clone()), "WRONG_PHASE", "it is not there any more");
            assert_eq!(story.phase(who, referral), "disclosed");
        }
        story.given(SOUTH, RequestCancellation { referral, note: None });
        story.mail();
        assert_eq!(story.phase(NORTH, referral), "cancellation_requested");
        story.given(NORTH, declining);
        story.given(NORTH, Depart { referral });
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "departed");
    }

    #[test]
    fn after_departure_only_an_abort_answers() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        assert_eq!(story.refusal(SOUTH, RequestCancellation { referral, note: None }), "ALREADY_DEPARTED");
    }
}
