//! The rules as the desk asks them, an argument like the clock: the domain's own everywhere but in the simulation, which breaks one
//! to show that it would be found.
//!
//! Only what decides is here. How states are folded from events cannot be exchanged: it is what every office must see alike.

use waymark_domain::command::Command;
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::consent::GrantFault;
use waymark_domain::event::{BasisKind, Event, KindRule};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::{DueErasure, Held};
use waymark_domain::refusal::Refusal;
use waymark_domain::time::Day;
use waymark_domain::words::Category;
use waymark_domain::world::{Applied, Party, World};

/// What decides. Every method stands for the domain's function of its name.
pub trait Rules: Send + Sync + 'static {
    /// [`waymark_domain::decide::decide`].
    ///
    /// # Errors
    /// A [`Refusal`]; nothing is written then.
    fn decide(
        &self,
        world: &World<'_>,
        command: &Command,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        waymark_domain::decide::decide(world, command, ctx)
    }

    /// [`waymark_domain::react::react`].
    fn react(
        &self,
        world: &World<'_>,
        applied: &Applied,
        event: &Event,
        ctx: &mut Context<'_>,
    ) -> Vec<Draft> {
        waymark_domain::react::react(world, applied, event, ctx)
    }

    /// [`waymark_domain::timer::timers`].
    fn timers(&self, world: &World<'_>, ctx: &mut Context<'_>) -> Vec<Draft> {
        waymark_domain::timer::timers(world, ctx)
    }

    /// [`waymark_domain::basis::importable`].
    ///
    /// # Errors
    /// The fault for which a grant is not imported.
    fn importable(
        &self,
        referral: &ReferralState,
        basis: BasisKind,
        category: Category,
        rule: &KindRule,
        day: Day,
    ) -> Result<(), GrantFault> {
        waymark_domain::basis::importable(referral, basis, category, rule, day)
    }

    /// [`ReferralState::may_read_consented`].
    fn readable(&self, referral: &ReferralState, category: Category, day: Day) -> bool {
        referral.may_read_consented(category, day)
    }

    /// [`ReferralState::goes`].
    fn goes(&self, referral: &ReferralState, due: &DueErasure, holder: Party, held: &Held) -> bool {
        referral.goes(due, holder, held)
    }
}

/// The domain's own rules.
#[derive(Debug, Clone, Copy, Default)]
pub struct DomainRules;

impl Rules for DomainRules {}
