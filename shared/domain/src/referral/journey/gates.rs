//! The gates of a journey: all green before it is cleared, and again before departure.
//!
//! Each gate is one function of the referral and, for the place, of the referral to the shelter. A verdict names the last
//! day on which it stays green, so that an auditor can check it without keys.

use super::{Assessment, SenderJourney};
use crate::event::journey::GateVerdict;
use crate::referral::ReferralState;
use crate::referral::place::{PlacePhase, Stay};
use crate::refusal::{Gates, Refusal};
use crate::time::{Day, Timestamp};
use crate::words::{Gate, GoNoGo};

/// An assessment is not older than this.
pub const ASSESSMENT_DAYS: u32 = 30;
/// A place is held for the first 72 hours: the night of arrival and two more.
pub const FIRST_NIGHTS: u32 = 3;

/// Evidence that every gate was green. Only [`GatesGreen::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatesGreen(Vec<GateVerdict>);

impl GatesGreen {
    /// Checks every gate.
    ///
    /// # Errors
    /// Names those that are red.
    pub fn check(
        referral: &ReferralState,
        linked: &[&ReferralState],
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let verdicts = gates(referral, linked, now);
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

/// Every gate of the journey of `referral`, in order; the gate for minors only where the person is one.
#[must_use]
pub fn gates(referral: &ReferralState, linked: &[&ReferralState], now: Timestamp) -> Vec<GateVerdict> {
    let minor = referral.sender.offer.as_ref().is_some_and(|offer| offer.minor);
    let wanted = Gate::ALL.iter().copied().filter(|gate| *gate != Gate::Minor || minor);
    let verdict = |gate| {
        let until = green_until(gate, referral, linked, now);
        GateVerdict { gate, green: until.is_some(), until: until.unwrap_or_default() }
    };
    wanted.map(verdict).collect()
}

/// The last day on which `gate` stays green, when it is.
fn green_until(
    gate: Gate,
    referral: &ReferralState,
    linked: &[&ReferralState],
    now: Timestamp,
) -> Option<Day> {
    let journey = referral.sender.journey.as_deref()?;
    let theirs = referral.receiver.journey.as_deref();
    match gate {
        Gate::Consent => consent(referral, journey, now.day()),
        Gate::RiskOrigin => risk(journey.half.risk, now.day()),
        Gate::RiskDestination => risk(theirs.and_then(|theirs| theirs.half.risk), now.day()),
        Gate::Documents => {
            journey.documents.filter(|until| Some(*until) > journey.arrives_on()).filter(|_| booked(journey))
        }
        Gate::Reception => theirs.and_then(|theirs| theirs.reception).filter(|on| *on >= now.day()),
        Gate::Escort => escorts(referral, journey),
        Gate::Place => place(journey, linked, now),
        Gate::Minor => journey.safeguarded.and(journey.arrives_on()),
    }
}

fn booked(journey: &SenderJourney) -> bool {
    !journey.legs.is_empty()
}

fn consent(referral: &ReferralState, journey: &SenderJourney, today: Day) -> Option<Day> {
    let chain = referral.sender.consent.as_ref()?;
    chain.in_force(today).ok()?;
    (chain.scope.until > journey.arrives_on()?).then_some(chain.scope.until)
}

fn risk(assessment: Option<Assessment>, today: Day) -> Option<Day> {
    let assessment = assessment.filter(|assessment| assessment.verdict == GoNoGo::Go)?;
    let until = assessment.on.plus(ASSESSMENT_DAYS);
    (today <= until).then_some(until)
}

fn escorts(referral: &ReferralState, journey: &SenderJourney) -> Option<Day> {
    let named = journey.legs.iter().all(|leg| referral.has_escort(leg.number));
    if named { journey.arrives_on() } else { None }
}

/// The nights promised cover the first 72 hours, and the shelter still keeps the place.
fn place(journey: &SenderJourney, linked: &[&ReferralState], now: Timestamp) -> Option<Day> {
    let (shelter, arrives_on) = (journey.shelter?, journey.arrives_on()?);
    let covers = shelter.from <= arrives_on && shelter.until >= arrives_on.plus(FIRST_NIGHTS - 1);
    let kept = shelter.private
        || linked.iter().any(|referral| keeps_place(referral, shelter.from, shelter.until, now));
    (covers && kept).then_some(shelter.until)
}

/// Whether the place of `referral` is held, confirmed or taken for all nights from `from` to `until`.
#[must_use]
pub fn keeps_place(referral: &ReferralState, from: Day, until: Day, now: Timestamp) -> bool {
    let Some(request) = referral.place_request() else { return false };
    let covers = request.from <= from && request.last_night() >= until;
    let kept = match referral.place() {
        PlacePhase::At(Stay::Held { until, .. }) => now <= until,
        PlacePhase::At(Stay::Confirmed(_) | Stay::CheckedIn(_)) => true,
        PlacePhase::At(
            Stay::CheckedOut | Stay::Refused(_) | Stay::Released(_) | Stay::Expired | Stay::NoShow,
        )
        | PlacePhase::None
        | PlacePhase::Requested
        | PlacePhase::GivenUp(_) => false,
    };
    covers && kept && !referral.has_ended()
}
