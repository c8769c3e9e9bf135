//! ReturnService.

use waymark_domain::command::{
    AbortJourney, ArrangePlace, ArrangeReception, AssessRisk, BookLeg, ChangeMind, ClearJourney,
    CloseJourney, ConfirmLeg, ConfirmReception, DecideJourney, Depart, LegPlan, NameEscort, Place,
    ProposeJourney, RecordArrival, RecordCheckIn, RecordDocuments, RecordFollowUp, SafeguardMinor, StartLeg,
    Text,
};
use waymark_domain::event::journey::{GateVerdict, LegBooked};
use waymark_domain::ids::ThreadId;
use waymark_domain::section::TEXT_MAX;
use waymark_domain::time::Timestamp;
use waymark_domain::words::Category;
use waymark_domain::world::Party;

use super::change::change;
use super::list::{Listed, Page, Resume, listed, resume};
use super::read::Reader;
use super::section::{fields, risk_rows};
use super::value::day_text;
use super::words::Word as _;
use crate::error::{Fault, Rejected};
use crate::v1;

/// Legs of a journey and its follow-ups, at most.
const NUMBER_MAX: u8 = 32;
/// Minutes between check-ins, at most: a day.
const CHECK_IN_MINUTES_MAX: u16 = 24 * 60;
/// Bytes of a public place name, at most.
const PLACE_NAME_MAX: usize = 80;

change!(ProposeJourneyRequest => ProposeJourneyResponse {}; |message, _, reader| ProposeJourney {
    referral: reader.id("referral", &message.referral),
    depart_on: reader.day("depart_on", &message.depart_on),
});

change!(AssessRiskRequest => AssessRiskResponse {}; |message, caller, reader| AssessRisk {
    referral: reader.id("referral", &message.referral),
    verdict: reader.word("verdict", message.verdict),
    assessed_on: reader.day_if_any("assessed_on", &message.assessed_on).unwrap_or(caller.now.day()),
    rows: risk_rows(reader, "rows", message.rows),
    summary: Text(reader.text_within("summary", message.summary, TEXT_MAX)),
});

change!(DecideJourneyRequest => DecideJourneyResponse {}; |message, _, reader| DecideJourney {
    referral: reader.id("referral", &message.referral),
    verdict: reader.word("verdict", message.verdict),
});

change!(RecordDocumentsRequest => RecordDocumentsResponse {}; |message, _, reader| RecordDocuments {
    referral: reader.id("referral", &message.referral),
    valid_until: reader.day("valid_until_on", &message.valid_until_on),
});

change!(BookLegRequest => BookLegResponse {}; |message, _, reader| BookLeg {
    referral: reader.id("referral", &message.referral),
    leg: leg(reader, message.leg),
    itinerary: message.itinerary.map(|itinerary| fields(reader, "itinerary", itinerary, Category::Travel)).unwrap_or_default(),
});

change!(NameEscortRequest => NameEscortResponse {}; |message, _, reader| NameEscort {
    referral: reader.id("referral", &message.referral),
    leg: reader.number("leg", message.leg, 1, NUMBER_MAX),
    name: reader.text("name", message.name),
});

change!(ArrangeReceptionRequest => ArrangeReceptionResponse {}; |message, _, reader| ArrangeReception {
    referral: reader.id("referral", &message.referral),
    meets_at: reader.instant("meets_at", message.meets_at),
    place: stop(reader, "place", message.place),
    contact: reader.text_if_any("contact", message.contact),
});

change!(ArrangePlaceRequest => ArrangePlaceResponse {}; |message, _, reader| {
    let from = reader.day("from_on", &message.from_on);
    let until = reader.day("until_on", &message.until_on);
    reader.ordered("from_on", from, "until_on", until);
    ArrangePlace {
        referral: reader.id("referral", &message.referral),
        shelter: reader.id_if_any("shelter_referral", &message.shelter_referral),
        from,
        until,
    }
});

change!(SafeguardMinorRequest => SafeguardMinorResponse {}; |message, _, reader| SafeguardMinor {
    referral: reader.id("referral", &message.referral),
    decided_on: reader.day("decided_on", &message.decided_on),
});

change!(ClearJourneyRequest => ClearJourneyResponse {}; |message, _, reader| ClearJourney {
    referral: reader.id("referral", &message.referral),
});

change!(DepartRequest => DepartResponse {}; |message, _, reader| Depart {
    referral: reader.id("referral", &message.referral),
});

change!(StartLegRequest => StartLegResponse {}; |message, caller, reader| StartLeg {
    referral: reader.id("referral", &message.referral),
    leg: reader.number("leg", message.leg, 1, NUMBER_MAX),
    at: reader.instant_if_any("at", message.at).unwrap_or(caller.now),
});

change!(ConfirmLegRequest => ConfirmLegResponse {}; |message, caller, reader| ConfirmLeg {
    referral: reader.id("referral", &message.referral),
    leg: reader.number("leg", message.leg, 1, NUMBER_MAX),
    at: reader.instant_if_any("at", message.at).unwrap_or(caller.now),
});

change!(RecordCheckInRequest => RecordCheckInResponse {}; |message, caller, reader| RecordCheckIn {
    referral: reader.id("referral", &message.referral),
    leg: reader.number("leg", message.leg, 1, NUMBER_MAX),
    at: reader.instant_if_any("at", message.at).unwrap_or(caller.now),
    note: reader.text_if_any("note", message.note),
});

change!(RecordArrivalRequest => RecordArrivalResponse {}; |message, caller, reader| RecordArrival {
    referral: reader.id("referral", &message.referral),
    at: reader.instant_if_any("at", message.at).unwrap_or(caller.now),
});

change!(ConfirmReceptionRequest => ConfirmReceptionResponse {}; |message, caller, reader| ConfirmReception {
    referral: reader.id("referral", &message.referral),
    at: reader.instant_if_any("at", message.at).unwrap_or(caller.now),
});

change!(RecordFollowUpRequest => RecordFollowUpResponse {}; |message, _, reader| RecordFollowUp {
    referral: reader.id("referral", &message.referral),
    number: reader.number("number", message.number, 1, NUMBER_MAX),
    outcome: reader.word("outcome", message.outcome),
});

change!(AbortJourneyRequest => AbortJourneyResponse {}; |message, _, reader| AbortJourney {
    referral: reader.id("referral", &message.referral),
    reason: reader.word("reason", message.reason),
    note: reader.text_if_any("note", message.note),
});

change!(ChangeMindRequest => ChangeMindResponse {}; |message, _, reader| ChangeMind {
    referral: reader.id("referral", &message.referral),
});

change!(CloseJourneyRequest => CloseJourneyResponse {}; |message, _, reader| CloseJourney {
    referral: reader.id("referral", &message.referral),
    stayed: message.stayed,
});

listed!(ListJourneysRequest);

/// Which journeys are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JourneyFilter {
    /// In one of these phases; empty: any.
    pub phases: Vec<v1::JourneyPhase>,
    /// This office's side; none: both.
    pub side: Option<Party>,
    /// Only those with a missed check-in.
    pub alarm: bool,
}

/// Reads which journeys are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list(request: &v1::ListJourneysRequest) -> Result<(JourneyFilter, Page), Rejected> {
    Reader::read(|reader| {
        let filter = JourneyFilter {
            phases: reader.values("phases", &request.phases),
            side: reader.word_if_any("side", request.side),
            alarm: request.alarm,
        };
        (filter, request.page(reader))
    })
}

/// Reads which journey is watched, none for all, and from where on.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn watch(request: &v1::WatchJourneysRequest) -> Result<(Option<ThreadId>, Option<Resume>), Rejected> {
    Reader::read(|reader| {
        (reader.id_if_any("referral", &request.referral), resume(reader, &request.resume_token))
    })
}

/// Reads which journey is wanted.
///
/// # Errors
/// [`Rejected`] when it is not an identifier.
pub fn journey_of(request: &v1::GetJourneyRequest) -> Result<ThreadId, Rejected> {
    Reader::read(|reader| reader.id("referral", &request.referral))
}

/// What is public of a leg, as a message.
#[must_use]
pub fn leg_message(leg: &LegBooked) -> v1::BookedLeg {
    v1::BookedLeg {
        number: leg.number.into(),
        departs_on: leg.departs_on.to_string(),
        arrives_on: leg.arrives_on.to_string(),
        escorting_office: leg.escorting.to_string(),
        check_in_minutes: leg.check_in_minutes.into(),
    }
}

/// A gate, as a message.
#[must_use]
pub fn gate_message(verdict: &GateVerdict) -> v1::GateVerdict {
    v1::GateVerdict {
        gate: verdict.gate.number(),
        green: verdict.green,
        until_on: day_text(verdict.green.then_some(verdict.until)),
    }
}

fn leg(reader: &mut Reader, message: Option<v1::LegPlan>) -> LegPlan {
    let message = reader.present("leg", message).unwrap_or_default();
    reader.within("leg", |reader| {
        let (departs_at, departs_offset_minutes) = zoned(reader, "departs", message.departs);
        let (arrives_at, arrives_offset_minutes) = zoned(reader, "arrives", message.arrives);
        reader.ordered("departs", departs_at, "arrives", arrives_at);
        LegPlan {
            number: reader.number("number", message.number, 1, NUMBER_MAX),
            from: stop(reader, "from", message.from),
            to: stop(reader, "to", message.to),
            mode: reader.word("mode", message.mode),
            departs_at,
            departs_offset_minutes,
            arrives_at,
            arrives_offset_minutes,
            escorting: reader.id("escorting_office", &message.escorting_office),
            check_in_minutes: reader.number(
                "check_in_minutes",
                message.check_in_minutes,
                0,
                CHECK_IN_MINUTES_MAX,
            ),
        }
    })
}

fn zoned(reader: &mut Reader, field: &str, message: Option<v1::ZonedInstant>) -> (Timestamp, i16) {
    let message = reader.present(field, message).unwrap_or_default();
    reader.within(field, |reader| {
        (
            reader.instant("at", message.at),
            reader.offset_minutes("utc_offset_minutes", message.utc_offset_minutes),
        )
    })
}

fn stop(reader: &mut Reader, field: &str, message: Option<v1::Stop>) -> Place {
    reader.within(field, |reader| match message.and_then(|message| message.place) {
        Some(v1::stop::Place::Locode(code)) => Place::Locode(locode(reader, &code)),
        Some(v1::stop::Place::Name(name)) => {
            if name.trim().is_empty() {
                reader.note("name", Fault::Missing);
            }
            Place::Named(reader.text_within("name", name, PLACE_NAME_MAX))
        }
        None => {
            reader.note("", Fault::Missing);
            Place::Named(String::new())
        }
    })
}

fn locode(reader: &mut Reader, code: &str) -> [u8; 5] {
    let well_formed = code
        .bytes()
        .enumerate()
        .all(|(at, byte)| byte.is_ascii_uppercase() || (at >= 2 && matches!(byte, b'2'..=b'9')));
    match code.as_bytes().try_into() {
        Ok(bytes) if well_formed => bytes,
        _ => {
            reader.note("locode", Fault::NotALocode);
            [0; 5]
        }
    }
}
