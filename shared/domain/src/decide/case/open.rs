//! A case is opened.

use crate::command::OpenCase;
use crate::decide::check::{countries, note};
use crate::decide::pen::office_note;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::CaseOpened;
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
