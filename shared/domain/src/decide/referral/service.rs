//! The service itself: fixed, begun, ended. A hand-over has no service; its end is the reception of the person.

use crate::command::{CompleteService, ScheduleService, StartService};
use crate::decide::check::{confirmed, future, message_to, received};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{ReferralKind, ServiceCompleted, ServiceScheduled, ServiceStarted};
use crate::ids::OfficeId;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for ScheduleService {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = serving(world, pen.ctx.me)?;
        future("the appointment", self.at, pen.ctx.now)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        pen.tell_with(referral, ServiceScheduled { at: self.at }, self.note.as_ref());
        Ok(())
    }
}

impl Decision for StartService {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = serving(world, pen.ctx.me)?;
        if referral.receiver.started.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell(referral, ServiceStarted {});
        Ok(())
    }
}

impl Decision for CompleteService {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = serving(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        pen.tell_with(referral, ServiceCompleted { outcome: self.outcome }, self.note.as_ref());
        Ok(())
    }
}

fn serving<'w>(world: &World<'w>, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    let referral = received(world, me)?;
    confirmed(referral)?;
    match referral.kind() {
        Some(ReferralKind::Service) => Ok(referral),
        Some(ReferralKind::HandOver) | None => Err(Refusal::NotAService {}),
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;
    use crate::time::DAY;
    use crate::words::Outcome;

    #[test]
    fn a_service_is_scheduled_begun_and_completed() {
        let mut story = network();
        let case = open_case(&mut story);
        let referral = sheltered(&mut story, case, HARBOUR);
        story.given(HARBOUR, ScheduleService { referral, at: START.plus(DAY), note: None });
        assert_eq!(story.phase(HARBOUR, referral), "service_scheduled");
        story.given(HARBOUR, StartService { referral });
        assert_eq!(story.phase(HARBOUR, referral), "in_progress");
        story.given(HARBOUR, CompleteService { referral, outcome: Outcome::ServiceProvided, note: None });
        story.mail();
        assert_eq!(story.phase(NORTH, referral), "completed");
        assert_eq!(story.refusal(HARBOUR, StartService { referral }), "REFERRAL_ENDED");
    }

    #[test]
    fn a_hand_over_is_not_a_service() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        assert_eq!(story.refusal(SOUTH, StartService { referral }), "NOT_A_SERVICE");
    }
}
