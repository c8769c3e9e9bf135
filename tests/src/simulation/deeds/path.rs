//! What comes next: the steps of the way from a new case to a reception, the latest first.

use waymark_domain::case::{CasePhase, CaseState};
use waymark_domain::command::Command;
use waymark_domain::consent::Standing;
use waymark_domain::referral::ReferralState;

use super::{View, case, of_referral};
use crate::simulation::chance::Chance;

const OF_SENDER: &[&str] = &[
    "ReviewEmergency",
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
    "ReviewEmergency",
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
    "DeclineReferral",
    "AcceptReferral",
    "AssessRisk",
    "NameEscort",
    "ArrangeReception",
    "ScheduleService",
    "RecordContact",
    "AskQuestion",
    "AcknowledgeReferral",
];

/// Things done in one step, at most.
const AT_ONCE: u64 = 4;

/// What an office may do next in one of its cases or referrals, and how much of it: what is not refused is done.
#[must_use]
pub fn next(view: &View<'_>, chance: &mut Chance) -> (Vec<Command>, usize) {
    let commands = match subject(view, chance) {
        Subject::Referral(referral) => in_referral(view, referral, chance),
        Subject::Case(case) => in_case(view, case, chance),
        Subject::Office => case::OF_OFFICE.iter().filter_map(|deed| (deed.make)(view, chance)).collect(),
    };
    (commands, 1 + chance.below(AT_ONCE) as usize)
}

enum Subject<'v> {
    Referral(&'v ReferralState),
    Case(&'v CaseState),
    Office,
}

/// The same few again and again, so that they come far.
fn subject<'v>(view: &View<'v>, chance: &mut Chance) -> Subject<'v> {
    let going_on: Vec<_> = view.referrals.iter().copied().filter(|it| !it.has_ended()).collect();
    let turns: Vec<_> = going_on.iter().copied().filter(|it| has_turn(view, it)).collect();
    let open: Vec<_> = view.cases.iter().copied().filter(|case| case.phase == CasePhase::Open).collect();
    let waits = |case: &&CaseState| {
        case.links.iter().all(|link| going_on.iter().all(|it| it.thread != link.referral))
    };
    let waiting: Vec<_> = open.iter().copied().filter(waits).collect();
    // Somebody has not noticed that her consent has ended.
    let over: Vec<_> =
        view.referrals.iter().copied().filter(|it| it.is_confirmed() && has_lapsed(it)).collect();
    match chance.below(10) {
        9 if !over.is_empty() => chance.pick(&over).map_or(Subject::Office, |it| Subject::Referral(it)),
        0..=6 if !turns.is_empty() => {
            let few = if chance.one_in(4) { turns.len() } else { turns.len().min(2) };
            turns.get(chance.position(few)).map_or(Subject::Office, |it| Subject::Referral(it))
        }
        0..=8 => {
            let among = if waiting.is_empty() || chance.one_in(4) { &open } else { &waiting };
            chance.pick(among).map_or(Subject::Office, |case| Subject::Case(case))
        }
        _ => Subject::Office,
    }
}

fn has_lapsed(it: &ReferralState) -> bool {
    it.sender.consent.as_ref().is_some_and(|chain| chain.standing != Standing::InForce)
}

/// Who has offered waits for the other office, and who has accepted waits for the confirmation.
fn has_turn(view: &View<'_>, it: &ReferralState) -> bool {
    let offered = it.receiver.answer.is_none();
    let asked = it.open_questions().next().is_some();
    it.is_confirmed() || if view.sent(it) { asked } else { offered }
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
