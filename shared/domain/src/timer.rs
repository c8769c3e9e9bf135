//! What time alone makes due, in one case or one referral.

use crate::draft::{Context, Draft};
use crate::ids::OfficeId;
use crate::time::Timestamp;
use crate::world::World;

/// The drafts that are due at `ctx.now` in the referral of `world`.
#[must_use]
pub fn timers(_world: &World<'_>, _ctx: &mut Context<'_>) -> Vec<Draft> {
    Vec::new()
}

/// When [`timers`] will next have something to say.
#[must_use]
pub fn next_timer(_world: &World<'_>, _me: OfficeId) -> Option<Timestamp> {
    None
}
