//! Commands about a return journey, in the thread of its hand-over.

use super::Text;
use crate::ids::{OfficeId, ThreadId};
use crate::section::{Field, RiskRow};
use crate::time::{Day, Timestamp};
use crate::words::{AbortReason, FollowUpOutcome, GoNoGo, TravelMode};

/// Propose a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposeJourney {
    /// The hand-over.
    pub referral: ThreadId,
    /// The day planned.
    pub depart_on: Day,
}

/// Record this side's risk assessment: the sender's of the origin, the receiver's of the destination.
#[derive(Clone, PartialEq, Eq)]
pub struct AssessRisk {
    /// The hand-over.
    pub referral: ThreadId,
    /// The verdict.
    pub verdict: GoNoGo,
    /// When; not after today.
    pub assessed_on: Day,
    /// One row for each threat found; sealed.
    pub rows: Vec<RiskRow>,
    /// The assessor's summary; sealed.
    pub summary: Text,
}

impl core::fmt::Debug for AssessRisk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AssessRisk")
            .field("referral", &self.referral)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// Decide: go, no-go, postponed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideJourney {
    /// The hand-over.
    pub referral: ThreadId,
    /// The decision.
    pub verdict: GoNoGo,
}

/// Record that travel documents are at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDocuments {
    /// The hand-over.
    pub referral: ThreadId,
    /// The last day on which all are valid.
    pub valid_until: Day,
}

/// Where a leg begins or ends, or where she is met.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// UN/LOCODE.
    Locode([u8; 5]),
    /// A public place name, at most 80 bytes; never an address.
    Named(String),
}

impl core::fmt::Debug for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Place(not shown)")
    }
}

/// A leg as it is booked: all of it; what is public of it is decided when it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct LegPlan {
    /// 1, 2, … in order.
    pub number: u8,
    /// From.
    pub from: Place,
    /// To.
    pub to: Place,
    /// How.
    pub mode: TravelMode,
    /// Departure.
    pub departs_at: Timestamp,
    /// Local time minus UTC at departure.
    pub departs_offset_minutes: i16,
    /// Arrival.
    pub arrives_at: Timestamp,
    /// Local time minus UTC at arrival.
    pub arrives_offset_minutes: i16,
    /// The office that escorts.
    pub escorting: OfficeId,
    /// Interval between check-ins; 0 is none.
    pub check_in_minutes: u16,
}

impl core::fmt::Debug for LegPlan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LegPlan").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Book a leg; booking a number again replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLeg {
    /// The hand-over.
    pub referral: ThreadId,
    /// The leg. Places, times and mode go sealed, and only under a consent that covers `travel`.
    pub leg: LegPlan,
    /// Carrier, itinerary, tickets: fields of category `travel`; refused without a consent that covers `travel`.
    pub itinerary: Vec<(Field, Text)>,
}

/// Tie the place for the first nights to the journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrangePlace {
    /// The hand-over.
    pub referral: ThreadId,
    /// The referral to the shelter, of the same case; its place is held or confirmed. None: the receiver has said that it
    /// gives the place itself.
    pub shelter: Option<ThreadId>,
    /// First night.
    pub from: Day,
    /// Last night held.
    pub until: Day,
}

/// Record guardian and best-interests decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeguardMinor {
    /// The hand-over.
    pub referral: ThreadId,
    /// When it was decided.
    pub decided_on: Day,
}

/// Name the escort of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameEscort {
    /// The hand-over.
    pub referral: ThreadId,
    /// Which leg.
    pub leg: u8,
    /// Who; sealed.
    pub name: Text,
}

/// Arrange who meets her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrangeReception {
    /// The hand-over.
    pub referral: ThreadId,
    /// When; only the day is public.
    pub meets_at: Timestamp,
    /// Where, as a public place; sealed.
    pub place: Place,
    /// How to recognise and reach whoever meets her; sealed.
    pub contact: Option<Text>,
}

/// Clear the journey: every gate must be green.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearJourney {
    /// The hand-over.
    pub referral: ThreadId,
}

/// Depart: every gate must be green again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depart {
    /// The hand-over.
    pub referral: ThreadId,
}

/// Begin a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartLeg {
    /// The hand-over.
    pub referral: ThreadId,
    /// Which leg.
    pub leg: u8,
    /// When.
    pub at: Timestamp,
}

/// Confirm the end of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmLeg {
    /// The hand-over.
    pub referral: ThreadId,
    /// Which leg.
    pub leg: u8,
    /// When.
    pub at: Timestamp,
}

/// Record a check-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCheckIn {
    /// The hand-over.
    pub referral: ThreadId,
    /// Which leg.
    pub leg: u8,
    /// When.
    pub at: Timestamp,
    /// A message; sealed.
    pub note: Option<Text>,
}

/// Record the arrival at the end of the last leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordArrival {
    /// The hand-over.
    pub referral: ThreadId,
    /// When.
    pub at: Timestamp,
}

/// Confirm that she was met: from then on this office is responsible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmReception {
    /// The hand-over.
    pub referral: ThreadId,
    /// When she was met.
    pub at: Timestamp,
}

/// Record a follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFollowUp {
    /// The hand-over.
    pub referral: ThreadId,
    /// 1, 2, … as scheduled.
    pub number: u8,
    /// How it went.
    pub outcome: FollowUpOutcome,
}

/// Abort the journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbortJourney {
    /// The hand-over.
    pub referral: ThreadId,
    /// Why.
    pub reason: AbortReason,
    /// A message to the other party; sealed.
    pub note: Option<Text>,
}

/// Record that she changed her mind. Needs no reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeMind {
    /// The hand-over.
    pub referral: ThreadId,
}

/// Close the journey: nothing more is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseJourney {
    /// The hand-over.
    pub referral: ThreadId,
    /// She chose to stay.
    pub stayed: bool,
}

super::about!(
    case: ;
    referral: ProposeJourney, AssessRisk, DecideJourney, RecordDocuments, BookLeg, ArrangePlace, SafeguardMinor, NameEscort,
        ArrangeReception, ClearJourney, Depart, StartLeg, ConfirmLeg, RecordCheckIn, RecordArrival, ConfirmReception,
        RecordFollowUp, AbortJourney, ChangeMind, CloseJourney;
    none:
);
