//! Deeds about a referral: by its sender, by its receiver, by either.

use waymark_domain::basis::is_vital;
use waymark_domain::command::*;
use waymark_domain::ids::{KeyId, StaffId};
use waymark_domain::referral::ReferralState;
use waymark_domain::sets::Categories;
use waymark_domain::time::HOUR;
use waymark_domain::words::*;

use super::case::{offer_of, some_of};
use super::{Deed, OfReferral, View, deed, note};
use crate::simulation::chance::Chance;

pub(super) const DEEDS: &[Deed<OfReferral>] = &[
    deed("AcknowledgeReferral", 1, acknowledge),
    deed("AskQuestion", 1, ask),
    deed("AnswerQuestion", 1, answer),
    deed("AcceptReferral", 2, accept),
    deed("DeclineReferral", 2, decline),
    deed("RequestDisclosure", 2, request),
    deed("DiscloseSections", 6, disclose),
    deed("RefuseDisclosure", 1, refuse),
    deed("RecordContact", 1, contact),
    deed("ScheduleService", 1, schedule),
    deed("StartService", 1, start),
    deed("CompleteService", 1, complete),
    deed("WithdrawReferral", 3, withdraw),
    deed("RedirectReferral", 1, redirect),
    deed("RequestCancellation", 1, cancel),
    deed("AgreeCancellation", 1, agree),
    deed("DeclineCancellation", 1, keep),
    deed("SendMessage", 2, message),
    deed("MarkInError", 1, error),
    deed("DiscloseInEmergency", 5, emergency),
    deed("ReviewEmergency", 3, review),
    deed("ClaimRetention", 1, retain),
    deed("ReplaceThreadKey", 1, key),
    deed("RequestRegrant", 1, regrant),
];

fn acknowledge(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    let first = it.receiver.acknowledged.is_none() && it.receiver.answer.is_none();
    first.then(|| AcknowledgeReferral { referral: it.thread }.into())
}

fn ask(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    chance.one_in(3).then(|| AskQuestion { referral: it.thread, text: "a child?".into() }.into())
}

fn answer(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    let question = it.open_questions().next()?;
    Some(AnswerQuestion { referral: it.thread, question, text: "no".into() }.into())
}

fn accept(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let first = it.receiver.answer.is_none();
    first.then(|| AcceptReferral { referral: it.thread, case: None, note: note(chance) }.into())
}

fn decline(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let reason = *chance.pick(DeclineReason::ALL)?;
    let wanted = it.receiver.answer.is_none() && chance.one_in(8);
    wanted.then(|| DeclineReferral { referral: it.thread, reason, note: Some("sorry".into()) }.into())
}

fn shareable(chance: &mut Chance) -> Vec<Category> {
    let shared = [Category::Identity, Category::Contact, Category::Travel, Category::Health];
    some_of(shared.into_iter().collect(), chance)
}

fn request(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let categories = shareable(chance);
    Some(RequestDisclosure { referral: it.thread, categories, note: note(chance) }.into())
}

/// What the consent covers mostly, and sometimes what it does not.
fn disclose(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let covered = it.sender.consent.as_ref()?.scope.categories;
    let among: Categories = covered.iter().filter(|category| *category != Category::Triage).collect();
    let categories = if chance.one_in(4) { shareable(chance) } else { some_of(among, chance) };
    Some(DiscloseSections { referral: it.thread, categories }.into())
}

fn refuse(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let (request, _) = *chance.pick(&it.receiver.requests)?;
    let reason = NotDisclosed::NotHeld;
    Some(RefuseDisclosure { referral: it.thread, request, reason, note: None }.into())
}

fn contact(view: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    let first = it.is_confirmed() && it.receiver.contacted.is_none();
    first.then(|| RecordContact { referral: it.thread, at: view.now }.into())
}

fn schedule(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let at = view.now.plus(HOUR * (1 + chance.below(100)));
    let first = it.is_confirmed() && it.receiver.scheduled.is_none();
    first.then(|| ScheduleService { referral: it.thread, at, note: None }.into())
}

fn start(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    (it.is_confirmed() && it.receiver.started.is_none()).then(|| StartService { referral: it.thread }.into())
}

fn complete(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let outcome = *chance.pick(Outcome::ALL)?;
    let now = chance.one_in(4);
    now.then(|| CompleteService { referral: it.thread, outcome, note: None }.into())
}

fn withdraw(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let by = *chance.pick(EndedBy::ALL)?;
    Some(WithdrawReferral { referral: it.thread, by, note: note(chance) }.into())
}

fn redirect(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let case = view.cases.iter().find(|case| case.link(it.thread).is_some())?;
    let offer = offer_of(view, case, chance)?;
    Some(RedirectReferral { referral: it.thread, offer }.into())
}

fn cancel(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(RequestCancellation { referral: it.thread, note: None }.into())
}

fn agree(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(AgreeCancellation { referral: it.thread }.into())
}

fn keep(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(DeclineCancellation { referral: it.thread, note: None }.into())
}

fn message(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(SendMessage { referral: it.thread, text: "hello".into() }.into())
}

fn error(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let entry = it.sender.offer.as_ref()?.event;
    chance.one_in(3).then(|| MarkInError { referral: it.thread, entry, note: None }.into())
}

fn emergency(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let vital: Categories = Category::ALL.iter().copied().filter(|category| is_vital(*category)).collect();
    let case = view.cases.iter().find(|case| case.link(it.thread).is_some())?;
    let vital = vital.intersection(case.recorded);
    let command = DiscloseInEmergency {
        referral: it.thread,
        ground: EmergencyGround::VitalInterests,
        categories: some_of(vital, chance),
        first: StaffId([1; 8]),
        second: StaffId([2; 8]),
        reason: "her medicine".into(),
    };
    Some(command.into())
}

fn review(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let own = if view.sent(it) { &it.sender.emergencies } else { &it.receiver.emergencies };
    let open: Vec<_> = own.iter().filter(|emergency| emergency.reviewed.is_none()).collect();
    let emergency = chance.pick(&open)?.event;
    let (upheld, by, told_on) = (chance.one_in(2), StaffId([3; 8]), view.today());
    Some(ReviewEmergency { referral: it.thread, emergency, by, upheld, told_on }.into())
}

fn retain(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let asked = it.erasure_due(view.today())?;
    let categories = some_of(asked.categories, chance);
    let until = view.today().plus(1 + chance.below(60) as u32);
    let ground = *chance.pick(RetentionGround::ALL)?;
    Some(ClaimRetention { referral: it.thread, because: None, categories, ground, until }.into())
}

fn key(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(ReplaceThreadKey { referral: it.thread }.into())
}

fn regrant(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(RequestRegrant { referral: it.thread, keys: vec![KeyId([1; 16])] }.into())
}
