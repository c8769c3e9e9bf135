//! A return journey, as both parties of its hand-over are shown it.

use serde::{Deserialize, Serialize};
use waymark_domain::case::CaseState;
use waymark_domain::event::Event;
use waymark_domain::event::journey::{GateVerdict, LegBooked};
use waymark_domain::ids::OfficeId;
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::journey::{Assessment, JourneyPhase, Sign, Way, gates};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{AbortReason, RiskSide};
use waymark_domain::world::Party;

use crate::convert::change::etag_text;
use crate::convert::returns::{gate_message, leg_message};
use crate::convert::value::{day_text, instant};
use crate::convert::words::Word as _;
use crate::serve::{Told, side_of};
use crate::v1;

/// The kinds of event that are about a journey.
const KINDS: std::ops::RangeInclusive<u16> = 112..=137;

/// What the state of a referral does not keep of its journey, and a person wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyExtras {
    /// When each follow-up was recorded, by number.
    pub followed_up_at: Vec<(u8, Timestamp)>,
    /// How many check-ins each leg has, by number.
    pub check_ins: Vec<(u8, u16)>,
    /// When this office last wrote or received something about the journey.
    pub changed_at: Timestamp,
}

impl JourneyExtras {
    /// Takes one event of the thread.
    pub fn take(&mut self, told: &Told, event: &Event) {
        if !KINDS.contains(&event.kind()) {
            return;
        }
        self.changed_at = told.recorded_at;
        match (event, told.author) {
            (Event::FollowUpRecorded(body), Party::Receiver) if !self.followed_up(body.number) => {
                self.followed_up_at.push((body.number, told.recorded_at));
            }
            (Event::CheckInRecorded(body), _) => self.count_check_in(body.leg),
            _ => {}
        }
    }

    fn followed_up(&self, number: u8) -> bool {
        self.followed_up_at.iter().any(|(recorded, _)| *recorded == number)
    }

    fn count_check_in(&mut self, leg: u8) {
        match self.check_ins.iter_mut().find(|(counted, _)| *counted == leg) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.check_ins.push((leg, 1)),
        }
    }
}

/// A journey and what its view needs besides.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The hand-over.
    pub referral: &'a ReferralState,
    /// The case of this office to which it belongs.
    pub case: Option<&'a CaseState>,
    /// Every referral of the same case, for the gate of the place; none at the receiver.
    pub linked: &'a [&'a ReferralState],
    /// What the state does not keep.
    pub extras: &'a JourneyExtras,
    /// This office.
    pub me: OfficeId,
    /// Version of the hand-over.
    pub etag: u64,
    /// The present instant.
    pub now: Timestamp,
}

/// Where a journey stands, as the contract says it; none when none was proposed.
#[must_use]
pub const fn phase(journey: JourneyPhase) -> Option<v1::JourneyPhase> {
    Some(match journey {
        JourneyPhase::None => return None,
        JourneyPhase::Proposed => v1::JourneyPhase::Proposed,
        JourneyPhase::RiskAssessed => v1::JourneyPhase::RiskAssessed,
        JourneyPhase::Go => v1::JourneyPhase::Go,
        JourneyPhase::NoGo => v1::JourneyPhase::NoGo,
        JourneyPhase::Postponed => v1::JourneyPhase::Postponed,
        JourneyPhase::DocumentsReady => v1::JourneyPhase::DocumentsReady,
        JourneyPhase::Booked => v1::JourneyPhase::Booked,
        JourneyPhase::Cleared => v1::JourneyPhase::Cleared,
        JourneyPhase::Departed => v1::JourneyPhase::Departed,
        JourneyPhase::InTransit(_) => v1::JourneyPhase::InTransit,
        JourneyPhase::MissedCheckIn(_) => v1::JourneyPhase::MissedCheckIn,
        JourneyPhase::Arrived => v1::JourneyPhase::Arrived,
        JourneyPhase::Received => v1::JourneyPhase::Received,
        JourneyPhase::HandedOver => v1::JourneyPhase::HandedOver,
        JourneyPhase::FollowUp(_) => v1::JourneyPhase::FollowUp,
        JourneyPhase::Closed => v1::JourneyPhase::Closed,
        JourneyPhase::Aborted(_) => v1::JourneyPhase::Aborted,
        JourneyPhase::ChangedMind => v1::JourneyPhase::ChangedMind,
        JourneyPhase::Stayed => v1::JourneyPhase::Stayed,
    })
}

/// The journey of a hand-over; none when none was proposed.
#[must_use]
pub fn journey_message(shown: &Shown<'_>) -> Option<v1::Journey> {
    let referral = shown.referral;
    let (standing, side) = (referral.journey_phase(), side_of(referral, shown.me));
    let (plan, theirs) = (referral.sender.journey.as_deref(), referral.receiver.journey.as_deref());
    let shelter = plan.and_then(|plan| plan.shelter);
    Some(v1::Journey {
        referral: referral.thread.to_string(),
        etag: etag_text(shown.etag),
        side: side.number(),
        other_office: referral.office(side.other()).to_string(),
        phase: phase(standing)?.into(),
        current_leg: current_leg(referral, standing).into(),
        depart_on: day_text(plan.and_then(|plan| plan.proposed)),
        risks: risks(referral),
        decision: plan.and_then(|plan| plan.decided).map_or(0, |decided| decided.number()),
        documents_valid_until_on: day_text(plan.and_then(|plan| plan.documents)),
        legs: plan.iter().flat_map(|plan| &plan.legs).map(|leg| leg_view(shown, leg)).collect(),
        reception_on: day_text(theirs.and_then(|theirs| theirs.reception)),
        place_from_on: day_text(shelter.map(|shelter| shelter.from)),
        place_until_on: day_text(shelter.map(|shelter| shelter.until)),
        minor_decided_on: day_text(plan.and_then(|plan| plan.safeguarded)),
        gates: gate_views(shown, side).iter().map(gate_message).collect(),
        departed_at: plan.and_then(|plan| plan.departed).map(|(_, at)| instant(at)),
        arrived_at: referral.arrived_at().map(instant),
        received_at: referral.receiver.received_at().map(instant),
        responsible_office: referral.responsible().to_string(),
        alarm: referral.alarm().is_some(),
        follow_ups: follow_ups(shown),
        abort_reason: abort_reason(standing).map_or(0, |reason| reason.number()),
        changed_at: Some(instant(shown.extras.changed_at)),
    })
}

/// The leg on which she is, also after the journey was called off.
fn current_leg(referral: &ReferralState, journey: JourneyPhase) -> u8 {
    match (journey, referral.way()) {
        (JourneyPhase::InTransit(leg) | JourneyPhase::MissedCheckIn(leg), _) | (_, Some(Way::On(leg))) => leg,
        _ => 0,
    }
}

const fn abort_reason(journey: JourneyPhase) -> Option<AbortReason> {
    if let JourneyPhase::Aborted(reason) = journey { Some(reason) } else { None }
}

fn risks(referral: &ReferralState) -> Vec<v1::RiskVerdict> {
    let origin = referral.sender.journey.as_ref().and_then(|journey| journey.half.risk);
    let destination = referral.receiver.journey.as_ref().and_then(|journey| journey.half.risk);
    let message = |side: RiskSide, risk: Assessment| v1::RiskVerdict {
        side: side.number(),
        verdict: risk.verdict.number(),
        assessed_on: risk.on.to_string(),
        event_id: risk.event.to_string(),
    };
    let origin = origin.map(|risk| message(RiskSide::Origin, risk));
    origin.into_iter().chain(destination.map(|risk| message(RiskSide::Destination, risk))).collect()
}

fn leg_view(shown: &Shown<'_>, leg: &LegBooked) -> v1::Leg {
    let (referral, number) = (shown.referral, leg.number);
    let (started, confirmed) = (referral.leg_started(number), referral.leg_confirmed(number));
    let state = match (started, confirmed) {
        (_, Some(_)) => v1::LegState::Confirmed,
        (Some(_), None) => v1::LegState::Started,
        (None, None) => v1::LegState::Booked,
    };
    let awaited = referral.awaited_check_in().filter(|awaited| awaited.leg == number);
    let missed =
        referral.alarm().is_some_and(|alarm| alarm.leg == number && matches!(alarm.what, Sign::CheckIn(_)));
    let check_ins = shown.extras.check_ins.iter().find(|(leg, _)| *leg == number);
    v1::Leg {
        plan: Some(leg_message(leg)),
        escort_named: referral.has_escort(number),
        state: state.into(),
        started_at: started.map(instant),
        confirmed_at: confirmed.map(instant),
        check_ins: check_ins.map_or(0, |(_, count)| u32::from(*count)),
        next_check_in_at: awaited.map(|awaited| instant(awaited.due_at)),
        check_in_missed: missed,
    }
}

/// Each gate as it stands now. The receiver does not see the shelter's thread: it takes the sender's word for the place.
fn gate_views(shown: &Shown<'_>, side: Party) -> Vec<GateVerdict> {
    match side {
        Party::Sender => gates(shown.referral, shown.case, shown.linked, shown.now),
        Party::Receiver => {
            let mut told = shown.referral.clone();
            if let Some(shelter) = told.sender.journey.as_mut().and_then(|journey| journey.shelter.as_mut()) {
                shelter.private = true;
            }
            gates(&told, shown.case, &[], shown.now)
        }
    }
}

fn follow_ups(shown: &Shown<'_>) -> Vec<v1::FollowUp> {
    let Some(theirs) = shown.referral.receiver.journey.as_deref() else { return Vec::new() };
    let scheduled = (1_u8..).zip(&theirs.follow_ups);
    let message = |(number, due_on): (u8, &waymark_domain::time::Day)| {
        let outcome = theirs.followed_up.iter().find(|(done, _)| *done == number);
        let recorded_at = shown.extras.followed_up_at.iter().find(|(done, _)| *done == number);
        v1::FollowUp {
            number: number.into(),
            due_on: due_on.to_string(),
            outcome: outcome.map_or(0, |(_, outcome)| outcome.number()),
            recorded_at: recorded_at.filter(|_| outcome.is_some()).map(|(_, at)| instant(*at)),
        }
    };
    scheduled.map(message).collect()
}
