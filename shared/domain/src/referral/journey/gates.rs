//! The gates of a journey: all green before it is cleared, and again before departure.
//!
//! Each gate is one function of the referral and, for the place, of the referral to the shelter. A verdict names the last
//! day on which it stays green, so that an auditor can check it without keys.

use super::{Assessment, SenderJourney};
use crate::case::CaseState;
use crate::event::journey::GateVerdict;
use crate::referral::ReferralState;
use crate::referral::place::{PlacePhase, Stay};
use crate::refusal::{Gates, Refusal};
use crate::time::{Day, Timestamp};
use crate::words::{Gate, GoNoGo};
use crate::world::World;

/// An assessment is not older than this.
pub const ASSESSMENT_DAYS: u32 = 30;
/// A place is held for the first 72 hours: the night of arrival and two more.
pub const FIRST_NIGHTS: u32 = 3;

/// A departure may slip past midnight, and no further.
pub(crate) const LATE_DAYS: u32 = 1;

/// Evidence that every gate was green. Only [`GatesGreen::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatesGreen(Vec<GateVerdict>);

impl GatesGreen {
    /// Checks every gate.
    ///
    /// # Errors
    /// Names those that are red.
    pub fn check(referral: &ReferralState, world: &World<'_>, now: Timestamp) -> Result<Self, Refusal> {
        let verdicts = gates(referral, world.case, world.linked, now);
        let red: Vec<Gate> =
            verdicts.iter().filter(|verdict| !verdict.green).map(|verdict| verdict.gate).collect();
        if red.is_empty() { Ok(Self(verdicts)) } else { Err(Refusal::GatesRed { gates: Gates(red) }) }
    }

    /// Each gate with its day.
    #[must_use]
    pub fn into_verdicts(self) -> Vec<GateVerdict> {
        self.0
    }
}

/// Every gate of the journey of `referral`, in order; the gate for minors only where the person is one, as the offer or the
/// `case` of this office says now.
#[must_use]
pub fn gates(
    referral: &ReferralState,
    case: Option<&CaseState>,
    linked: &[&ReferralState],
    now: Timestamp,
) -> Vec<GateVerdict> {
    let offered = referral.sender.offer.as_ref().is_some_and(|offer| offer.minor);
    let minor = offered || case.is_some_and(|case| case.minor);
    let wanted = Gate::ALL.iter().copied().filter(|gate| *gate != Gate::Minor || minor);
    let verdict = |gate| {
        let until = green_until(gate, referral, case, linked, now);
        GateVerdict { gate, green: until.is_some(), until: until.unwrap_or_default() }
    };
    wanted.map(verdict).collect()
}

/// The last day on which `gate` stays green, when it is.
fn green_until(
    gate: Gate,
    referral: &ReferralState,
    case: Option<&CaseState>,
    linked: &[&ReferralState],
    now: Timestamp,
) -> Option<Day> {
    let (journey, today) = (referral.sender.journey.as_deref()?, now.day());
    let theirs = referral.receiver.journey.as_deref();
    let arrives_on = arrival(journey, today);
    match gate {
        Gate::Consent => {
            consent(referral, case, today).filter(|until| arrives_on.is_some_and(|on| on < *until))
        }
        Gate::RiskOrigin => risk(journey.half.risk, today),
        Gate::RiskDestination => risk(theirs.and_then(|theirs| theirs.half.risk), today),
        Gate::Documents => journey.documents.filter(|until| arrives_on.is_some_and(|on| on < *until)),
        Gate::Reception => reception(journey, theirs?.reception?, today),
        Gate::Escort => arrives_on.filter(|_| escorts(referral, journey)),
        Gate::Place => place(journey, arrives_on?, linked, now),
        Gate::Minor => arrives_on.and(journey.safeguarded).and(arrives_on),
    }
}

/// The day on which she arrives, when the legs that are booked can still be travelled.
fn arrival(journey: &SenderJourney, today: Day) -> Option<Day> {
    let departs_on = journey.legs.first()?.departs_on;
    let arrives_on = journey.arrives_on()?;
    (today <= departs_on.plus(LATE_DAYS) && today <= arrives_on).then_some(arrives_on)
}

fn consent(referral: &ReferralState, case: Option<&CaseState>, today: Day) -> Option<Day> {
    let chain = referral.sender.consent.as_ref()?;
    chain.in_force(today).ok()?;
    case.is_none_or(|case| case.accepts_consent_of(referral.thread)).then_some(chain.scope.until)
}

/// Somebody meets her on a day that is to come, and not before she arrives. The one day is in UTC, the other may be the one there.
fn reception(journey: &SenderJourney, meets_on: Day, today: Day) -> Option<Day> {
    let before_arrival = journey.arrives_on().is_some_and(|arrives_on| meets_on.plus(1) < arrives_on);
    (today <= meets_on && !before_arrival).then_some(meets_on)
}

fn risk(assessment: Option<Assessment>, today: Day) -> Option<Day> {
    let assessment = assessment.filter(|assessment| assessment.verdict == GoNoGo::Go)?;
    let until = assessment.on.plus(ASSESSMENT_DAYS);
    (today <= until).then_some(until)
}

fn escorts(referral: &ReferralState, journey: &SenderJourney) -> bool {
    journey.legs.iter().all(|leg| referral.has_escort(leg.number))
}

/// The nights promised cover the first 72 hours, and for so long the shelter keeps the place, without anybody's doing more.
fn place(journey: &SenderJourney, arrives_on: Day, linked: &[&ReferralState], now: Timestamp) -> Option<Day> {
    let shelter = journey.shelter?;
    let kept = |referral: &&ReferralState| kept_until(referral, shelter.from, shelter.until, now);
    let until = if shelter.private { Some(shelter.until) } else { linked.iter().filter_map(kept).max() };
    let covers = |until: &Day| shelter.from <= arrives_on && arrives_on.plus(FIRST_NIGHTS - 1) <= *until;
    until.filter(covers)
}

/// Whether the place of `referral` is held, confirmed or taken now for all nights from `from` to `until`.
#[must_use]
pub fn keeps_place(referral: &ReferralState, from: Day, until: Day, now: Timestamp) -> bool {
    kept_until(referral, from, until, now).is_some()
}

/// The last of these nights for which the place is sure: of a hold, the last that ends before the hold does.
fn kept_until(referral: &ReferralState, from: Day, until: Day, now: Timestamp) -> Option<Day> {
    let request = referral.place_request()?;
    let covers = request.from <= from && request.last_night() >= until;
    let kept = match referral.place() {
        PlacePhase::At(Stay::Held { until: hold, .. }) => {
            (now <= hold).then_some(until.min(Day(hold.day().0.saturating_sub(1))))
        }
        PlacePhase::At(Stay::Confirmed(_) | Stay::CheckedIn(_)) => Some(until),
        PlacePhase::At(
            Stay::CheckedOut | Stay::Refused(_) | Stay::Released(_) | Stay::Expired | Stay::NoShow,
        )
        | PlacePhase::None
        | PlacePhase::Requested
        | PlacePhase::GivenUp(_) => None,
    };
    kept.filter(|_| covers && !referral.has_ended())
}
