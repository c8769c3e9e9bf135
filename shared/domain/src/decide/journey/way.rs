//! On the way: legs begin and are confirmed by their escort, she checks in, she arrives.

use crate::command::{ConfirmLeg, RecordArrival, RecordCheckIn, StartLeg};
use crate::decide::check::{booked_leg, note, party, past, under_way};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{Arrived, CheckInRecorded, LegConfirmed, LegStarted};
use crate::ids::OfficeId;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::world::{Party, World};

impl Decision for StartLeg {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = escorting(world, self.leg, pen.ctx.me)?;
        past("the beginning of the leg", self.at, pen.ctx.now)?;
        if referral.leg_started(self.leg).is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        if self.leg > 1 && referral.leg_confirmed(self.leg - 1).is_none() {
            return Err(Refusal::LegNotConfirmed { leg: self.leg - 1 });
        }
        pen.tell(referral, LegStarted { leg: self.leg, at: self.at });
        Ok(())
    }
}

impl Decision for ConfirmLeg {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = escorting(world, self.leg, pen.ctx.me)?;
        past("the end of the leg", self.at, pen.ctx.now)?;
        if referral.leg_confirmed(self.leg).is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        if referral.leg_started(self.leg).is_none() {
            return Err(Refusal::WrongJourneyPhase {
                phase: referral.journey_phase().word(),
                needed: "on this leg",
            });
        }
        pen.tell(referral, LegConfirmed { leg: self.leg, at: self.at });
        Ok(())
    }
}

/// The referral under way, when this office escorts `leg`, or an office outside the thread does.
fn escorting<'w>(world: &World<'w>, leg: u8, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    let (referral, _) = party(world, me)?;
    under_way(referral)?;
    booked_leg(referral, leg)?;
    let booked = referral.sender.journey.as_ref().and_then(|journey| journey.leg(leg));
    let other_party =
        booked.is_some_and(|booked| booked.escorting != me && referral.party(booked.escorting).is_some());
    if other_party { Err(Refusal::NotTheEscort { leg }) } else { Ok(referral) }
}

impl Decision for RecordCheckIn {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        under_way(referral)?;
        booked_leg(referral, self.leg)?;
        past("the time of the check-in", self.at, pen.ctx.now)?;
        note(self.note.as_ref())?;
        if referral.leg_started(self.leg).is_none() {
            return Err(Refusal::WrongJourneyPhase {
                phase: referral.journey_phase().word(),
                needed: "on this leg",
            });
        }
        let number = referral.check_in_number(self.leg, self.at);
        pen.tell_with(referral, CheckInRecorded { leg: self.leg, number, at: self.at }, self.note.as_ref());
        Ok(())
    }
}

impl Decision for RecordArrival {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        under_way(referral)?;
        past("the arrival", self.at, pen.ctx.now)?;
        if referral.arrived_at().is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        // The receiver may see her before it hears of the last leg; the sender has its escorts' word.
        let legs = referral.sender.journey.iter().flat_map(|journey| &journey.legs).map(|leg| leg.number);
        let unconfirmed = legs.into_iter().find(|leg| referral.leg_confirmed(*leg).is_none());
        if let (Party::Sender, Some(leg)) = (side, unconfirmed) {
            return Err(Refusal::LegNotConfirmed { leg });
        }
        pen.tell(referral, Arrived { at: self.at });
        Ok(())
    }
}
