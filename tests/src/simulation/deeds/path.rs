//! What comes next: the steps of the way from a new case to a reception, the latest first.

use waymark_domain::case::{CasePhase, CaseState};
use waymark_domain::command::Command;
use waymark_domain::referral::ReferralState;

use super::{View, case, of_referral};
use crate::simulation::chance::Chance;

const OF_SENDER: &[&str] = &[
    "ConfirmLeg",
    "StartLeg",
    "Depart",
    "ClearJourney",
    "AnswerQuestion",
    "ChoosePlace",
    "RequestPlace",
    "ProposeJourney",
    "AssessRisk",
    "DecideJourney",
    "RecordDocuments",
    "BookLeg",
    "NameEscort",
    "ArrangePlace",
    "DiscloseSections",
];

const OF_RECEIVER: &[&str] = &[
    "RecordFollowUp",
    "ConfirmReception",
    "RecordArrival",
    "ConfirmLeg",
    "StartLeg",
    "CheckInToShelter",
    "ConfirmPlace",
    "HoldPlace",
    "CompleteService",
    "StartService",
    "AcceptReferral",
    "AssessRisk",
    "NameEscort",
    "ArrangeReception",
    "ScheduleService",
    "RecordContact",
    "AskQuestion",
    "AcknowledgeReferral",
];

/// What an office may do next in one of its cases or referrals; the first that is not refused is done.
#[must_use]
pub fn next(view: &View<'_>, chance: &mut Chance) -> Vec<Command> {
    let going_on: Vec<_> = view.referrals.iter().copied().filter(|referral| !referral.has_ended()).collect();
    if !going_on.is_empty() && !chance.one_in(3) {
        return chance.pick(&going_on).map(|referral| in_referral(view, referral, chance)).unwrap_or_default();
    }
    let open: Vec<_> = view.cases.iter().copied().filter(|case| case.phase == CasePhase::Open).collect();
    let wanted = if view.shelter { 0 } else { 2 };
    if open.len() < wanted && chance.one_in(2) || open.is_empty() {
        return case::OF_OFFICE.iter().filter_map(|deed| (deed.make)(view, chance)).collect();
    }
    chance.pick(&open).map(|case| in_case(view, case, chance)).unwrap_or_default()
}

fn in_referral(view: &View<'_>, referral: &ReferralState, chance: &mut Chance) -> Vec<Command> {
    let path = if view.sent(referral) { OF_SENDER } else { OF_RECEIVER };
    path.iter().filter_map(|name| of_referral(view, name, referral, chance)).collect()
}

/// A case is written down first, then she consents, then somebody is asked.
fn in_case(view: &View<'_>, state: &CaseState, chance: &mut Chance) -> Vec<Command> {
    let path = if state.recorded.len() < 3 || chance.one_in(5) {
        ["RecordSection", "GiveConsent", "OfferReferral"]
    } else {
        ["OfferReferral", "GiveConsent", "RecordSection"]
    };
    let deeds = path.iter().filter_map(|name| case::OF_CASE.iter().find(|deed| deed.name == *name));
    deeds.filter_map(|deed| (deed.make)(view, state, chance)).collect()
}
