//! Rules that are wrong on purpose, each in one way that a mistake could bring: the simulation has to find every one of them.

use std::sync::Arc;

use waymark_desk::{DomainRules, Rules};
use waymark_domain::command::Command;
use waymark_domain::consent::Standing;
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::consent::GrantFault;
use waymark_domain::event::{BasisKind, Event, KindRule};
use waymark_domain::referral::ReferralState;
use waymark_domain::refusal::Refusal;
use waymark_domain::time::Day;
use waymark_domain::words::Category;
use waymark_domain::world::{Applied, World};

use super::checks::Rule;
use super::conduct::Conduct;

/// A way in which rules are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A grant is taken over whatever the consent says.
    EveryGrantIsTaken,
    /// A withdrawal is not acknowledged.
    NoWithdrawalIsAnswered,
    /// A second hand-over is offered while the first is open.
    HandOversOverlap,
    /// The sender discloses after a withdrawal as before it.
    WithdrawalIsNotHeeded,
    /// What a withdrawal takes away is locked and stays.
    NothingIsErased,
}

impl Broken {
    /// Every way.
    pub const ALL: &'static [Self] = &[
        Self::EveryGrantIsTaken,
        Self::NoWithdrawalIsAnswered,
        Self::HandOversOverlap,
        Self::WithdrawalIsNotHeeded,
        Self::NothingIsErased,
    ];

    /// What the simulation is to say of it.
    #[must_use]
    pub const fn found_as(self) -> &'static [Rule] {
        match self {
            Self::EveryGrantIsTaken => &[Rule::KeyTaken, Rule::Readable],
            Self::NoWithdrawalIsAnswered => &[Rule::Unanswered],
            Self::HandOversOverlap => &[Rule::Responsible],
            Self::WithdrawalIsNotHeeded => &[Rule::Disclosed],
            Self::NothingIsErased => &[Rule::NotErased],
        }
    }

    /// How offices are that break rules in this way.
    #[must_use]
    pub fn conduct(self) -> Conduct {
        let rules: Arc<dyn Rules> = match self {
            Self::EveryGrantIsTaken => Arc::new(EveryGrantIsTaken),
            Self::NoWithdrawalIsAnswered => Arc::new(NoWithdrawalIsAnswered),
            Self::HandOversOverlap => Arc::new(HandOversOverlap),
            Self::WithdrawalIsNotHeeded => Arc::new(WithdrawalIsNotHeeded),
            Self::NothingIsErased => Arc::new(DomainRules),
        };
        Conduct { rules, erases_never: self == Self::NothingIsErased }
    }
}

struct EveryGrantIsTaken;

impl Rules for EveryGrantIsTaken {
    fn importable(
        &self,
        _: &ReferralState,
        _: BasisKind,
        _: Category,
        _: &KindRule,
        _: Day,
    ) -> Result<(), GrantFault> {
        Ok(())
    }
}

struct NoWithdrawalIsAnswered;

/// Without the acknowledgements among them.
fn unacknowledged(mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.retain(|draft| !matches!(draft.event, Event::WithdrawalAcknowledged(_)));
    drafts
}

impl Rules for NoWithdrawalIsAnswered {
    fn decide(
        &self,
        world: &World<'_>,
        command: &Command,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        DomainRules.decide(world, command, ctx).map(unacknowledged)
    }

    fn react(
        &self,
        world: &World<'_>,
        applied: &Applied,
        event: &Event,
        ctx: &mut Context<'_>,
    ) -> Vec<Draft> {
        unacknowledged(DomainRules.react(world, applied, event, ctx))
    }
}

struct HandOversOverlap;

impl Rules for HandOversOverlap {
    fn decide(
        &self,
        world: &World<'_>,
        command: &Command,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        let world = match command {
            Command::OfferReferral(_) => World { linked: &[], ..*world },
            _ => *world,
        };
        DomainRules.decide(&world, command, ctx)
    }
}

struct WithdrawalIsNotHeeded;

impl Rules for WithdrawalIsNotHeeded {
    fn decide(
        &self,
        world: &World<'_>,
        command: &Command,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        let unheeded = world.referral.map(|referral| {
            let mut referral = referral.clone();
            if let Some(chain) = referral.sender.consent.as_mut() {
                chain.standing = Standing::InForce;
            }
            referral.sender.end = None;
            referral
        });
        let world = match (command, unheeded.as_ref()) {
            (Command::DiscloseSections(_), Some(referral)) => World { referral: Some(referral), ..*world },
            _ => *world,
        };
        DomainRules.decide(&world, command, ctx)
    }
}
