//! Where a journey stands: a function of the two halves of its hand-over.

use super::{Closed, ReceiverJourney, SenderJourney, Sign, Way};
use crate::ids::EventId;
use crate::referral::ReferralState;
use crate::referral::crossing::{Ending, settled};
use crate::time::Timestamp;
use crate::words::{AbortReason, GoNoGo};

/// Where a journey stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JourneyPhase {
    /// None was proposed.
    None,
    /// Proposed.
    Proposed,
    /// Both ends were assessed.
    RiskAssessed,
    /// Decided: go.
    Go,
    /// Decided: do not go.
    NoGo,
    /// Decided: later.
    Postponed,
    /// Documents are at hand.
    DocumentsReady,
    /// Legs are booked.
    Booked,
    /// All gates were green.
    Cleared,
    /// She has left.
    Departed,
    /// On a leg.
    InTransit(u8),
    /// On a leg, and a check-in did not come.
    MissedCheckIn(u8),
    /// At the end of the last leg; not met yet.
    Arrived,
    /// She was met.
    Received,
    /// The receiver's follow-ups are scheduled.
    HandedOver,
    /// So many follow-ups are recorded.
    FollowUp(u8),
    /// Nothing more is due.
    Closed,
    /// It was aborted.
    Aborted(AbortReason),
    /// She changed her mind.
    ChangedMind,
    /// She chose to stay, and nothing more is due.
    Stayed,
}

impl JourneyPhase {
    /// In the field's words.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Proposed => "proposed",
            Self::RiskAssessed => "risk_assessed",
            Self::Go => "go",
            Self::NoGo => "no_go",
            Self::Postponed => "postponed",
            Self::DocumentsReady => "documents_ready",
            Self::Booked => "booked",
            Self::Cleared => "cleared",
            Self::Departed => "departed",
            Self::InTransit(_) => "in_transit",
            Self::MissedCheckIn(_) => "missed_check_in",
            Self::Arrived => "arrived",
            Self::Received => "received",
            Self::HandedOver => "handed_over",
            Self::FollowUp(_) => "follow_up",
            Self::Closed => "closed",
            Self::Aborted(_) => "aborted",
            Self::ChangedMind => "changed_mind",
            Self::Stayed => "stayed",
        }
    }

    /// Between departure and reception, and nobody has called the journey off.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        matches!(self, Self::Departed | Self::InTransit(_) | Self::MissedCheckIn(_) | Self::Arrived)
    }

    /// Still being planned.
    #[must_use]
    pub const fn is_planning(&self) -> bool {
        matches!(
            self,
            Self::Proposed
                | Self::RiskAssessed
                | Self::Go
                | Self::NoGo
                | Self::Postponed
                | Self::DocumentsReady
                | Self::Booked
                | Self::Cleared
        )
    }

    /// She was met, and the receiver follows up.
    #[must_use]
    pub const fn is_received(&self) -> bool {
        matches!(self, Self::Received | Self::HandedOver | Self::FollowUp(_))
    }

    /// It was called off or closed. She may be on the way all the same: see [`ReferralState::way`].
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Closed | Self::Stayed | Self::Aborted(_) | Self::ChangedMind)
    }
}

impl ReferralState {
    /// Where its journey stands.
    #[must_use]
    pub fn journey_phase(&self) -> JourneyPhase {
        let (sender, receiver) = (self.sender.journey.as_deref(), self.receiver.journey.as_deref());
        if let Some(receiver) = receiver
            && settled(&self.sender, &self.receiver) == Some(Ending::HandedOver)
        {
            return after_reception(receiver);
        }
        let Some(sender) = sender else { return JourneyPhase::None };
        self.exit(sender)
            .or_else(|| self.way().map(|way| self.under_way(way)))
            .unwrap_or_else(|| planning(sender, receiver))
    }

    fn exit(&self, sender: &SenderJourney) -> Option<JourneyPhase> {
        match sender.half.closed {
            Some(Closed { stayed: true, .. }) => Some(JourneyPhase::Stayed),
            Some(Closed { stayed: false, .. }) => Some(JourneyPhase::Closed),
            None if self.journey_halves().any(|(_, half)| half.mind_changed.is_some()) => {
                Some(JourneyPhase::ChangedMind)
            }
            None => sender.aborted.map(JourneyPhase::Aborted),
        }
    }

    fn under_way(&self, way: Way) -> JourneyPhase {
        match way {
            Way::Before(0 | 1) => JourneyPhase::Departed,
            Way::Before(leg) => JourneyPhase::InTransit(leg - 1),
            Way::On(leg) if matches!(self.alarm(), Some(alarm) if matches!(alarm.what, Sign::CheckIn(_))) => {
                JourneyPhase::MissedCheckIn(leg)
            }
            Way::On(leg) => JourneyPhase::InTransit(leg),
            Way::AtEnd => self.last_leg().map_or(JourneyPhase::Departed, JourneyPhase::InTransit),
            Way::Arrived => JourneyPhase::Arrived,
        }
    }

    /// A journey was proposed and is neither over nor received, or she is on the way, or follow-ups are still to come.
    #[must_use]
    pub fn has_open_journey(&self) -> bool {
        let phase = self.journey_phase();
        let goes_on = phase != JourneyPhase::None && !phase.is_over();
        self.is_on_the_way() || (goes_on && (phase.is_received() || !self.has_ended()))
    }

    /// She has departed and this entry of the sender says so.
    #[must_use]
    pub fn departure(&self) -> Option<(EventId, Timestamp)> {
        self.sender.journey.as_ref()?.departed
    }
}

fn after_reception(receiver: &ReceiverJourney) -> JourneyPhase {
    // After reception the receiver's word alone closes: a close of the sender's crossed it.
    if receiver.half.closed.is_some() {
        return JourneyPhase::Closed;
    }
    match u8::try_from(receiver.followed_up.len()).unwrap_or(u8::MAX) {
        0 if receiver.follow_ups.is_empty() => JourneyPhase::Received,
        0 => JourneyPhase::HandedOver,
        recorded => JourneyPhase::FollowUp(recorded),
    }
}

fn planning(sender: &SenderJourney, receiver: Option<&ReceiverJourney>) -> JourneyPhase {
    if sender.proposed.is_none() {
        return JourneyPhase::None;
    }
    if sender.cleared.is_some() {
        return JourneyPhase::Cleared;
    }
    match sender.decided {
        Some(GoNoGo::NoGo) => JourneyPhase::NoGo,
        Some(GoNoGo::Postponed) => JourneyPhase::Postponed,
        Some(GoNoGo::Go) if sender.documents.is_some() && !sender.legs.is_empty() => JourneyPhase::Booked,
        Some(GoNoGo::Go) if sender.documents.is_some() => JourneyPhase::DocumentsReady,
        Some(GoNoGo::Go) => JourneyPhase::Go,
        None => {
            let both =
                sender.half.risk.is_some() && receiver.is_some_and(|journey| journey.half.risk.is_some());
            if both { JourneyPhase::RiskAssessed } else { JourneyPhase::Proposed }
        }
    }
}
