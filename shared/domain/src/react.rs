//! What an office answers by itself, without a human.

use crate::draft::{Context, Draft};
use crate::event::Event;
use crate::world::{Applied, World};

/// The drafts that answer `event`, which was just applied to the states in `world`.
#[must_use]
pub fn react(_world: &World<'_>, _applied: &Applied, _event: &Event, _ctx: &mut Context<'_>) -> Vec<Draft> {
    Vec::new()
}
