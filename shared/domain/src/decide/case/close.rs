//! A case is closed, or opened again. While this office answers for the person and she is on a journey, it stays open.

use crate::command::{CloseCase, ReopenCase};
use crate::decide::check::{case, note, open_case};
use crate::decide::pen::office_note;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{CaseClosed, CaseReopened};
use crate::refusal::Refusal;
use crate::responsible::responsible_office;
use crate::words::CaseOutcome;
use crate::world::World;

impl Decision for CloseCase {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = open_case(world)?;
        note(self.note.as_ref())?;
        let responsible = responsible_office(pen.ctx.me, case, world.linked) == pen.ctx.me;
        let journey = world.linked.iter().find(|referral| referral.has_open_journey());
        if let (true, Some(referral)) = (responsible, journey) {
            return Err(Refusal::JourneyOpen { referral: referral.thread });
        }
        if self.outcome == CaseOutcome::HandedOver && responsible {
            return Err(Refusal::NotHandedOver {});
        }
        pen.own(case.thread, CaseClosed { outcome: self.outcome }, office_note(self.note.as_ref()));
        Ok(())
    }
}

impl Decision for ReopenCase {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = case(world)?;
        note(self.note.as_ref())?;
        if open_case(world).is_ok() {
            return Err(Refusal::CaseIsOpen {});
        }
        pen.own(case.thread, CaseReopened {}, office_note(self.note.as_ref()));
        Ok(())
    }
}
