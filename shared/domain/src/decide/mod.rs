//! The rules: a command and the states it concerns become drafts, or a refusal. One file for each decision, or for a few
//! that are one rule told twice.

pub(crate) mod check;
pub(crate) mod pen;

mod case;
pub(crate) mod consent;
mod journey;
mod office;
pub(crate) mod place;
pub(crate) mod referral;

pub use pen::notice_thread;

use crate::command::Command;
use crate::draft::{Context, Draft};
use crate::refusal::Refusal;
use crate::world::World;

pub(crate) use pen::Pen;

/// What a decision returns: nothing, because the pen has it.
pub(crate) type Decided = Result<(), Refusal>;

/// How a command is decided.
pub(crate) trait Decision {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided;
}

/// Decides `command`. All drafts are committed together.
///
/// # Errors
/// A [`Refusal`] when a rule says no; nothing is written then.
pub fn decide(world: &World<'_>, command: &Command, ctx: &mut Context<'_>) -> Result<Vec<Draft>, Refusal> {
    let mut pen = Pen::new(ctx);
    command.decision().decide(world, &mut pen)?;
    Ok(pen.done())
}
