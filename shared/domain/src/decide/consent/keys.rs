//! Keys of a thread: ask for lost ones, give a fresh one, report a grant that was not imported.

use crate::command::{KEYS_MAX, RejectGrant, ReplaceThreadKey, RequestRegrant};
use crate::decide::check::{party, within};
use crate::decide::{Decided, Decision, Pen};
use crate::event::consent::{GrantRejected, RegrantRequested, ThreadKey, ThreadKeyReplaced};
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for RequestRegrant {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        within("the keys", self.keys.len(), 1, KEYS_MAX)?;
        pen.tell(referral, RegrantRequested { keys: self.keys.clone() });
        Ok(())
    }
}

impl Decision for ReplaceThreadKey {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = party(world, pen.ctx.me)?;
        if referral.thread_key(party).is_none() {
            return Err(Refusal::NoThreadKey {});
        }
        let key = pen.ctx.ids.thread_key(referral.thread);
        pen.tell(referral, ThreadKeyReplaced { key });
        Ok(())
    }
}

impl Decision for RejectGrant {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        let (event, category, fault) = (self.event, self.category, self.fault.clone());
        pen.tell(referral, GrantRejected { event, category, fault });
        pen.because(self.event);
        Ok(())
    }
}

/// The receiver's fresh key for the thread.
pub(crate) fn give_key(referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let key = pen.ctx.ids.thread_key(referral.thread);
    pen.tell(referral, ThreadKey { key });
}
