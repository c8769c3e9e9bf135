//! The receiver accepts: its own case is opened, or one that is open is linked, in the same commit. The accept unlocks
//! nothing by itself; the sender confirms it by one entry.

use crate::case::CasePhase;
use crate::command::AcceptReferral;
use crate::decide::check::{case, note, peer, received, unanswered};
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{CaseLinked, CaseOpened, LinkSide};
use crate::event::referral::ReferralAccepted;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for AcceptReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        peer(world, pen.ctx.me, referral.from)?;
        note(self.note.as_ref())?;
        let offer = referral.sender.offer.as_ref().ok_or(Refusal::NoReferral {})?;
        if pen.ctx.now > offer.deadlines.expires_at {
            return Err(Refusal::OfferExpired { at: offer.deadlines.expires_at });
        }
        let existing = match self.case {
            Some(_) => Some(case(world)?),
            None => None,
        };
        if existing.is_some_and(|case| case.phase != CasePhase::Open) {
            return Err(Refusal::CaseIsClosed {});
        }
        if existing.is_some_and(|case| case.link(referral.thread).is_some()) {
            return Err(Refusal::AlreadyDone {});
        }
        pen.tell_with(referral, ReferralAccepted {}, self.note.as_ref());
        pen.because(offer.event);
        let thread = match existing {
            Some(case) => case.thread,
            None => {
                let thread = pen.ctx.ids.thread();
                let opened =
                    CaseOpened { minor: offer.minor, barred: Vec::new(), referral: Some(referral.thread) };
                pen.own(thread, opened, Vec::new());
                thread
            }
        };
        let link = CaseLinked {
            referral: referral.thread,
            other: referral.from,
            side: LinkSide::Receiver,
            kind: offer.kind,
            consent: None,
            released: referral.sender.consent.as_ref().map(|chain| chain.head),
        };
        pen.own(thread, link, Vec::new());
        Ok(())
    }
}
