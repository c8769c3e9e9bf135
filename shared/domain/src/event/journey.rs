//! A return journey, in the thread of its hand-over.

use serde::{Deserialize, Serialize};

use crate::ids::OfficeId;
use crate::time::{Day, Timestamp};
use crate::words::{AbortReason, FollowUpOutcome, Gate, GoNoGo, RiskSide, WayStep};

/// A journey is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyProposed {
    /// The day planned.
    pub depart_on: Day,
}

/// Go, no-go or postponed, after both assessments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyDecided {
    /// The decision.
    pub verdict: GoNoGo,
}

/// Travel documents are at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentsReady {
    /// The last day on which all are valid.
    pub valid_until: Day,
}

/// One leg of the journey. Where, when and how she travels is sealed; here is only what the gates and the alarm need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegBooked {
    /// 1, 2, … in order; booking again replaces.
    pub number: u8,
    /// The day of departure: in UTC or there, whichever is later.
    pub departs_on: Day,
    /// The day of arrival: in UTC or there, whichever is later.
    pub arrives_on: Day,
    /// The office that escorts; it is not thereby responsible.
    pub escorting: OfficeId,
    /// Interval between check-ins; 0 is none.
    pub check_in_minutes: u16,
}

/// A place for the first 72 h is held in a referral of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceArranged {
    /// First night.
    pub from: Day,
    /// Last night held.
    pub until: Day,
    /// She stays with people of her own choice; no shelter is involved.
    pub private: bool,
}

/// Guardian named and best-interests decision taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinorSafeguarded {
    /// When.
    pub decided_on: Day,
}

/// One gate and whether it is green.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateVerdict {
    /// Which.
    pub gate: Gate,
    /// Open.
    pub green: bool,
    /// The last day on which it stays green; day 0 when red.
    pub until: Day,
}

/// All gates were green.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyCleared {
    /// Each gate with its day.
    pub gates: Vec<GateVerdict>,
}

/// She has left; gates were checked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// Each gate with its day.
    pub gates: Vec<GateVerdict>,
}

/// The journey ends before reception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyAborted {
    /// Why.
    pub reason: AbortReason,
}

/// Somebody will meet her; who, where and at what time is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceptionArranged {
    /// The day (UTC).
    pub meets_on: Day,
}

/// She has been met: from this entry on the receiver is the responsible office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceptionConfirmed {
    /// When she was met.
    pub at: Timestamp,
}

/// Follow-ups after arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpsScheduled {
    /// Ascending: day 1, week 1, months 1, 3, 6, 12.
    pub due_on: Vec<Day>,
}

/// The day of a follow-up has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpDue {
    /// 1, 2, … as scheduled.
    pub number: u8,
}

/// A follow-up took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpRecorded {
    /// 1, 2, … as scheduled.
    pub number: u8,
    /// How it went.
    pub outcome: FollowUpOutcome,
}

/// Nothing more is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyClosed {
    /// She chose to stay and nothing more is due.
    pub stayed: bool,
}

/// One side's assessment; the matrix is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskAssessed {
    /// Which end.
    pub side: RiskSide,
    /// Its verdict.
    pub verdict: GoNoGo,
    /// When.
    pub assessed_on: Day,
}

/// The escort of a leg is named; who it is, is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscortNamed {
    /// Which leg.
    pub leg: u8,
}

/// A leg has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegStarted {
    /// Which leg.
    pub leg: u8,
    /// When.
    pub at: Timestamp,
}

/// The escort confirms the end of a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegConfirmed {
    /// Which leg.
    pub leg: u8,
    /// When.
    pub at: Timestamp,
}

/// She checked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInRecorded {
    /// Which leg.
    pub leg: u8,
    /// 1, 2, … on this leg.
    pub number: u16,
    /// When.
    pub at: Timestamp,
}

/// An expected check-in did not come: alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInMissed {
    /// Which leg.
    pub leg: u8,
    /// Which check-in.
    pub number: u16,
    /// When it was due.
    pub due_at: Timestamp,
}

/// An expected step on the way did not come: alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMissed {
    /// Which step.
    pub step: WayStep,
    /// Of which leg; of a reception: the last.
    pub leg: u8,
    /// When it was due.
    pub due_at: Timestamp,
}

/// She has arrived at the end of the last leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// When.
    pub at: Timestamp,
}

/// The person changed her mind; needs no reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MindChanged {
    /// When.
    pub at: Timestamp,
}
