//! Rules that are wrong on purpose, each in one way that a mistake could bring: the simulation has to find every one of them.

use std::sync::Arc;

use waymark_desk::{DomainRules, Rules};
use waymark_domain::case::CaseState;
use waymark_domain::command::Command;
use waymark_domain::consent::Standing;
use waymark_domain::draft::{Context, Draft};
use waymark_domain::event::consent::GrantFault;
use waymark_domain::event::{BasisKind, Event, KindRule};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::{DueErasure, Held};
use waymark_domain::refusal::Refusal;
use waymark_domain::time::Day;
use waymark_domain::words::Category;
use waymark_domain::world::{Applied, Party, World};

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
    /// Her no ends nothing and stops nothing.
    HerNoIsNotHeeded,
    /// What was disclosed in an emergency stays after it was turned down.
    EmergenciesStay,
    /// The sender keeps its copies of what it sealed for the other office.
    SendersCopiesStay,
    /// An emergency opens what was disclosed on the consent as well.
    EmergencyOpensMore,
}

impl Broken {
    /// Every way.
    pub const ALL: &'static [Self] = &[
        Self::EveryGrantIsTaken,
        Self::NoWithdrawalIsAnswered,
        Self::HandOversOverlap,
        Self::WithdrawalIsNotHeeded,
        Self::NothingIsErased,
        Self::HerNoIsNotHeeded,
        Self::EmergenciesStay,
        Self::SendersCopiesStay,
        Self::EmergencyOpensMore,
    ];

    /// What the simulation is to say of it.
    #[must_use]
    pub const fn found_as(self) -> &'static [Rule] {
        match self {
            Self::EveryGrantIsTaken => &[Rule::KeyTaken, Rule::Readable],
            Self::NoWithdrawalIsAnswered => &[Rule::Unanswered],
            Self::HandOversOverlap => &[Rule::Responsible],
            Self::WithdrawalIsNotHeeded => &[Rule::Disclosed],
            Self::NothingIsErased | Self::EmergenciesStay | Self::SendersCopiesStay => &[Rule::NotErased],
            Self::HerNoIsNotHeeded => &[Rule::AfterNo],
            Self::EmergencyOpensMore => &[Rule::Readable],
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
            Self::HerNoIsNotHeeded => Arc::new(HerNoIsNotHeeded),
            Self::EmergenciesStay => Arc::new(Stays(|_, _, _, held| held.basis == BasisKind::Emergency)),
            Self::SendersCopiesStay => Arc::new(Stays(|_, _, holder, held| {
                holder == Party::Sender && held.basis == BasisKind::Consent
            })),
            Self::EmergencyOpensMore => Arc::new(EmergencyOpensMore),
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

struct HerNoIsNotHeeded;

/// As if she had never said no; where she says it now (`refuses`), as if she had not consented to anything before.
fn unheard(case: &CaseState, refuses: bool) -> CaseState {
    let mut case = case.clone();
    case.refused.clear();
    if refuses {
        case.consents.clear();
    }
    case
}

impl Rules for HerNoIsNotHeeded {
    fn decide(
        &self,
        world: &World<'_>,
        command: &Command,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<Draft>, Refusal> {
        let case = world.case.map(|case| unheard(case, matches!(command, Command::RefuseConsent(_))));
        DomainRules.decide(&World { case: case.as_ref(), ..*world }, command, ctx)
    }

    fn react(
        &self,
        world: &World<'_>,
        applied: &Applied,
        event: &Event,
        ctx: &mut Context<'_>,
    ) -> Vec<Draft> {
        let case = world.case.map(|case| unheard(case, false));
        DomainRules.react(&World { case: case.as_ref(), ..*world }, applied, event, ctx)
    }
}

/// Nothing of what it says is destroyed.
struct Stays(fn(&ReferralState, &DueErasure, Party, &Held) -> bool);

impl Rules for Stays {
    fn goes(&self, referral: &ReferralState, due: &DueErasure, holder: Party, held: &Held) -> bool {
        !(self.0)(referral, due, holder, held) && DomainRules.goes(referral, due, holder, held)
    }
}

struct EmergencyOpensMore;

impl Rules for EmergencyOpensMore {
    fn readable(&self, referral: &ReferralState, category: Category, day: Day) -> bool {
        referral.may_read(category, day)
    }
}
