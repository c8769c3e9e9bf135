//! What either party writes of a journey: its assessment, escorts, legs, check-ins, arrival, a change of mind, the end.

use crate::anomaly::{Anomaly, once, push};
use crate::event::Event;
use crate::ids::EventId;
use crate::time::{Day, Timestamp};
use crate::words::{GoNoGo, RiskSide};
use crate::world::{Applied, Party};

use super::LEGS_MAX;

/// The entries of a journey that both parties may write, as one of them did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JourneyHalf {
    /// Its newest assessment of its own end.
    pub risk: Option<Assessment>,
    /// Legs whose escort it named: bit 0 is leg 1.
    pub escorts: u16,
    /// Legs as it saw them, in the order in which it first did.
    pub legs: Vec<LegRun>,
    /// She has arrived.
    pub arrived: Option<Timestamp>,
    /// She changed her mind.
    pub mind_changed: Option<Timestamp>,
    /// Nothing more is due.
    pub closed: Option<Closed>,
}

/// The end of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// The `JourneyClosed`.
    pub event: EventId,
    /// She chose to stay.
    pub stayed: bool,
}

/// A risk assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// The `RiskAssessed`.
    pub event: EventId,
    /// Its verdict.
    pub verdict: GoNoGo,
    /// When.
    pub on: Day,
}

/// A leg as one party saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegRun {
    /// Which.
    pub leg: u8,
    /// It began.
    pub started: Option<Timestamp>,
    /// Its escort confirmed its end.
    pub confirmed: Option<Timestamp>,
    /// The newest check-in.
    pub check_in: Option<CheckIn>,
    /// The newest alarm.
    pub missed: Option<Missed>,
}

/// A check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckIn {
    /// 1, 2, … on this leg.
    pub number: u16,
    /// When.
    pub at: Timestamp,
}

/// A check-in that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// Which.
    pub number: u16,
    /// When it was due.
    pub due_at: Timestamp,
}

impl JourneyHalf {
    /// Whether `event` is one that either party may write.
    #[must_use]
    pub fn concerns(event: &Event) -> bool {
        matches!(
            event,
            Event::RiskAssessed(_)
                | Event::EscortNamed(_)
                | Event::LegStarted(_)
                | Event::LegConfirmed(_)
                | Event::CheckInRecorded(_)
                | Event::CheckInMissed(_)
                | Event::Arrived(_)
                | Event::MindChanged(_)
                | Event::JourneyClosed(_)
        )
    }

    /// What was seen of `leg`.
    #[must_use]
    pub fn leg(&self, leg: u8) -> Option<&LegRun> {
        self.legs.iter().find(|run| run.leg == leg)
    }

    /// Whether the escort of `leg` was named.
    #[must_use]
    pub const fn names_escort(&self, leg: u8) -> bool {
        leg >= 1 && leg <= LEGS_MAX && self.escorts & (1 << (leg - 1)) != 0
    }

    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if let Event::RiskAssessed(body) = event {
            let own_end = match applied.author {
                Party::Sender => RiskSide::Origin,
                Party::Receiver => RiskSide::Destination,
            };
            if body.side != own_end {
                return Err(Anomaly::WrongWriter);
            }
            self.risk =
                Some(Assessment { event: applied.event_id, verdict: body.verdict, on: body.assessed_on });
        } else if let Event::EscortNamed(body) = event {
            valid_leg(body.leg)?;
            self.escorts |= 1 << (body.leg - 1);
        } else if let Event::LegStarted(body) = event {
            return once(&mut self.run(body.leg)?.started, body.at);
        } else if let Event::LegConfirmed(body) = event {
            return once(&mut self.run(body.leg)?.confirmed, body.at);
        } else if let Event::CheckInRecorded(body) = event {
            let check_in = CheckIn { number: body.number, at: body.at };
            let run = self.run(body.leg)?;
            run.check_in = run.check_in.max(Some(check_in));
        } else if let Event::CheckInMissed(body) = event {
            let missed = Missed { number: body.number, due_at: body.due_at };
            let run = self.run(body.leg)?;
            run.missed = run.missed.max(Some(missed));
        } else if let Event::Arrived(body) = event {
            return once(&mut self.arrived, body.at);
        } else if let Event::MindChanged(body) = event {
            return once(&mut self.mind_changed, body.at);
        } else if let Event::JourneyClosed(body) = event {
            return once(&mut self.closed, Closed { event: applied.event_id, stayed: body.stayed });
        }
        Ok(())
    }

    fn run(&mut self, leg: u8) -> Result<&mut LegRun, Anomaly> {
        valid_leg(leg)?;
        let position = match self.legs.iter().position(|run| run.leg == leg) {
            Some(position) => position,
            None => {
                push(&mut self.legs, LegRun { leg, ..LegRun::default() }, usize::from(LEGS_MAX))?;
                self.legs.len() - 1
            }
        };
        self.legs.get_mut(position).ok_or(Anomaly::OutOfOrder)
    }
}

fn valid_leg(leg: u8) -> Result<(), Anomaly> {
    if (1..=LEGS_MAX).contains(&leg) { Ok(()) } else { Err(Anomaly::TooMany) }
}
