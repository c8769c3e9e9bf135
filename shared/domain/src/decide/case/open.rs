//! A case is opened; what the red lines must know may change later.

use crate::command::{OpenCase, SetSafeguards};
use crate::decide::check::{countries, note, open_case};
use crate::decide::pen::office_note;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{CaseOpened, SafeguardsChanged};
use crate::world::World;

impl Decision for OpenCase {
    fn decide(&self, _: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        countries(&self.barred)?;
        note(self.note.as_ref())?;
        let thread = pen.ctx.ids.thread();
        let opened = CaseOpened { minor: self.minor, barred: self.barred.clone(), referral: None };
        pen.own(thread, opened, office_note(self.note.as_ref()));
        Ok(())
    }
}

impl Decision for SetSafeguards {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = open_case(world)?;
        countries(&self.barred)?;
        let changed = SafeguardsChanged { minor: self.minor, barred: self.barred.clone() };
        pen.own(case.thread, changed, Vec::new());
        Ok(())
    }
}
