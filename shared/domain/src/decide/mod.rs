//! The rules: a command and the states it concerns become drafts, or a refusal. One file for each decision.

use crate::command::Command;
use crate::draft::{Context, Draft};
use crate::refusal::Refusal;
use crate::world::World;

/// Decides `command`. All drafts are committed together.
///
/// # Errors
/// A [`Refusal`] when a rule says no; nothing is written then.
pub fn decide(_world: &World<'_>, _command: &Command, _ctx: &mut Context<'_>) -> Result<Vec<Draft>, Refusal> {
    Ok(Vec::new())
}
