//! A referral is offered to another office instead: the old thread ends, and only this office knows that the two belong
//! together.

use super::offer::offer;
use crate::command::RedirectReferral;
use crate::decide::check::{open_case, sent};
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{ReferralRedirected, ReferralWithdrawn};
use crate::refusal::Refusal;
use crate::words::EndedBy;
use crate::world::World;

impl Decision for RedirectReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let old = sent(world, pen.ctx.me)?;
        if open_case(world)?.link(old.thread).is_none() {
            return Err(Refusal::NotLinked { referral: old.thread });
        }
        if old.sender.redirected_to.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        if old.sender.departed() {
            return Err(Refusal::AlreadyDeparted {});
        }
        if !old.has_ended() {
            pen.tell(old, ReferralWithdrawn { by: EndedBy::Sender });
        }
        let to = offer(&self.offer, Some(old.thread), world, pen)?;
        pen.own(old.thread, ReferralRedirected { to }, Vec::new());
        Ok(())
    }
}
