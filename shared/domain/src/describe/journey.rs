//! Sentences about a return journey.

use super::{list, says};
use crate::event::journey::{
    Arrived, CheckInMissed, CheckInRecorded, Departed, DocumentsReady, EscortNamed, FollowUpDue,
    FollowUpRecorded, FollowUpsScheduled, GateVerdict, JourneyAborted, JourneyCleared, JourneyClosed,
    JourneyDecided, JourneyProposed, LegBooked, LegConfirmed, LegStarted, MindChanged, MinorSafeguarded,
    PlaceArranged, ReceptionArranged, ReceptionConfirmed, RiskAssessed, StepMissed,
};
use crate::words::WayStep;

says! {
    JourneyProposed: |body, _names| format!("proposed a journey on {}", body.depart_on);
    JourneyDecided: |body, _names| format!("decided about the journey: {}", body.verdict);
    DocumentsReady: |body, _names| format!("has the travel documents, valid until {}", body.valid_until);
    LegBooked: |body, names| format!(
        "booked leg {}, leaving on {} and arriving on {}, escorted by {}",
        body.number, body.departs_on, body.arrives_on, names.of(body.escorting),
    );
    PlaceArranged: |body, _names| {
        let with = if body.private { "with people of the person's choice" } else { "in a shelter" };
        format!("arranged the first nights {with}, from {} until {}", body.from, body.until)
    };
    MinorSafeguarded: |body, _names| {
        format!("recorded guardian and best-interests decision, taken on {}", body.decided_on)
    };
    JourneyCleared: |body, _names| format!("cleared the journey: {}", gates(&body.gates));
    Departed: |body, _names| format!("recorded the departure: {}", gates(&body.gates));
    JourneyAborted: |body, _names| format!("aborted the journey: {}", body.reason);
    FollowUpsScheduled: |body, _names| format!("scheduled follow-ups on {}", list(&body.due_on));
    ReceptionArranged: |body, _names| format!("arranged the reception on {}", body.meets_on);
    ReceptionConfirmed: |body, _names| {
        format!("confirmed that the person was met at {} and is the responsible office from now on", body.at)
    };
    FollowUpDue: |body, _names| format!("noted that follow-up {} is due", body.number);
    FollowUpRecorded: |body, _names| format!("recorded follow-up {}: {}", body.number, body.outcome);
    JourneyClosed: |body, _names| {
        if body.stayed { "closed the journey: the person chose to stay" } else { "closed the journey" }
    };
    RiskAssessed: |body, _names| {
        format!("assessed the risk at the {} on {}: {}", body.side, body.assessed_on, body.verdict)
    };
    EscortNamed: |body, _names| format!("named the escort of leg {}", body.leg);
    LegStarted: |body, _names| format!("recorded that leg {} began at {}", body.leg, body.at);
    LegConfirmed: |body, _names| format!("confirmed the end of leg {} at {}", body.leg, body.at);
    CheckInRecorded: |body, _names| format!("recorded check-in {} of leg {} at {}", body.number, body.leg, body.at);
    CheckInMissed: |body, _names| {
        format!("raised an alarm: check-in {} of leg {}, due at {}, did not come", body.number, body.leg, body.due_at)
    };
    StepMissed: |body, _names| {
        let (leg, due_at) = (body.leg, body.due_at);
        match body.step {
            WayStep::LegStart => format!("raised an alarm: leg {leg}, due by {due_at}, has not begun"),
            WayStep::LegEnd => format!("raised an alarm: leg {leg}, due to end by {due_at}, has not ended"),
            WayStep::Reception => format!("raised an alarm: the person, due to be met by {due_at}, was not met"),
        }
    };
    Arrived: |body, _names| format!("recorded that the person arrived at {}", body.at);
    MindChanged: |body, _names| format!("recorded at {} that the person changed her mind", body.at);
}

fn gates(verdicts: &[GateVerdict]) -> String {
    let red: Vec<_> = verdicts.iter().filter(|verdict| !verdict.green).map(|verdict| verdict.gate).collect();
    match red.as_slice() {
        [] => "every gate was green".into(),
        red => format!("red gates were {}", list(red)),
    }
}
