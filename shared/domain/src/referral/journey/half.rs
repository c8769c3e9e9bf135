//! What either party writes of a journey: its assessment, escorts, legs, check-ins, arrival, a change of mind, the end.

use crate::anomaly::{Anomaly, once, push};
use crate::event::Event;
use crate::ids::EventId;
use crate::time::{Day, Timestamp};
use crate::words::{GoNoGo, RiskSide, WayStep};
use crate::world::{Applied, Party};

use super::LEGS_MAX;

/// The entries of a journey that both parties may write, as one of them did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JourneyHalf {
    /// Its newest assessment of its own end.
    pub risk: Option<Assessment>,
    /// Legs as it saw them, in the order in which it first did.
    pub legs: Vec<LegRun>,
    /// She has arrived.
    pub arrived: Option<Timestamp>,
    /// She changed her mind.
    pub mind_changed: Option<Timestamp>,
    /// The newest step whose absence it raised an alarm for.
    pub step_missed: Option<MissedStep>,
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

/// A leg as one party saw it. No time in it is later than the writer's own clock when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegRun {
    /// Which.
    pub leg: u8,
    /// Its escort was last named.
    pub escort: Option<Timestamp>,
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
    /// When.
    pub at: Timestamp,
    /// 1, 2, … on this leg.
    pub number: u16,
}

/// A check-in that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// When it was due.
    pub due_at: Timestamp,
    /// Which.
    pub number: u16,
}

/// A step that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedStep {
    /// Which.
    pub step: WayStep,
    /// Of which leg.
    pub leg: u8,
    /// When the alarm was written.
    pub at: Timestamp,
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
                | Event::StepMissed(_)
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

    pub(super) fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        // What a writer dates ahead of its own clock, or of ours, has happened, at the latest, when it wrote it.
        let happened = |at: Timestamp| at.min(applied.written_by());
        if let Event::RiskAssessed(body) = event {
            let own_end = match applied.author {
                Party::Sender => RiskSide::Origin,
                Party::Receiver => RiskSide::Destination,
            };
            if body.side != own_end {
                return Err(Anomaly::WrongWriter);
            }
            let on = body.assessed_on.min(applied.claimed_at.day());
            self.risk = Some(Assessment { event: applied.event_id, verdict: body.verdict, on });
        } else if let Event::EscortNamed(body) = event {
            let run = self.run(body.leg)?;
            run.escort = run.escort.max(Some(applied.written_by()));
        } else if let Event::LegStarted(body) = event {
            return once(&mut self.run(body.leg)?.started, happened(body.at));
        } else if let Event::LegConfirmed(body) = event {
            return once(&mut self.run(body.leg)?.confirmed, happened(body.at));
        } else if let Event::CheckInRecorded(body) = event {
            let check_in = CheckIn { number: body.number, at: happened(body.at) };
            let run = self.run(body.leg)?;
            run.check_in = run.check_in.max(Some(check_in));
        } else if let Event::CheckInMissed(body) = event {
            let missed = Missed { number: body.number, due_at: happened(body.due_at) };
            let run = self.run(body.leg)?;
            run.missed = run.missed.max(Some(missed));
        } else if let Event::StepMissed(body) = event {
            self.step_missed = Some(MissedStep { step: body.step, leg: body.leg, at: applied.written_by() });
        } else if let Event::Arrived(body) = event {
            return once(&mut self.arrived, happened(body.at));
        } else if let Event::MindChanged(body) = event {
            return once(&mut self.mind_changed, happened(body.at));
        } else if let Event::JourneyClosed(body) = event {
            return once(&mut self.closed, Closed { event: applied.event_id, stayed: body.stayed });
        }
        Ok(())
    }

    /// The leg is booked anew: its escort is to be named again.
    pub(super) fn forget_escort(&mut self, leg: u8) {
        if let Some(run) = self.legs.iter_mut().find(|run| run.leg == leg) {
            run.escort = None;
        }
    }

    fn run(&mut self, leg: u8) -> Result<&mut LegRun, Anomaly> {
        if !(1..=LEGS_MAX).contains(&leg) {
            return Err(Anomaly::TooMany);
        }
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
