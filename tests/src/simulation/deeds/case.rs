//! Deeds about the office itself, its cases, and what the persons of these consented to.

use waymark_domain::case::{CasePhase, CaseState, Consent};
use waymark_domain::command::*;
use waymark_domain::consent::Standing;
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::{OfficeId, UnitId};
use waymark_domain::section::{Content, Field, Triage};
use waymark_domain::sets::Categories;
use waymark_domain::time::DAY;
use waymark_domain::words::*;

use super::{Deed, OfCase, OfOffice, View, deed};
use crate::simulation::chance::Chance;

/// The one unit of every shelter.
pub(super) const UNIT: UnitId = UnitId([9; 16]);

const RECORDED: [Category; 6] = [
    Category::Identity,
    Category::Contact,
    Category::Safety,
    Category::Travel,
    Category::Shelter,
    Category::Health,
];

pub(super) const OF_OFFICE: &[Deed<OfOffice>] =
    &[deed("OpenCase", 1, open), deed("PublishCapacity", 1, capacity)];

pub(super) const OF_CASE: &[Deed<OfCase>] = &[
    deed("RecordSection", 2, record),
    deed("GiveConsent", 2, give),
    deed("RefuseConsent", 3, refuse),
    deed("NarrowConsent", 6, narrow),
    deed("RenewConsent", 2, renew),
    deed("WithdrawConsent", 10, withdraw),
    deed("OfferReferral", 3, offer),
    deed("SetSafeguards", 1, safeguards),
    deed("CloseCase", 1, close),
    deed("ReopenCase", 1, reopen),
];

/// Two cases at a time are enough to be busy with.
fn open(view: &View<'_>, chance: &mut Chance) -> Option<Command> {
    let minor = chance.one_in(12);
    let busy = view.cases.iter().filter(|case| case.phase == CasePhase::Open).count() > 1;
    (!view.shelter && (!busy || chance.one_in(6))).then(|| OpenCase { minor, ..OpenCase::default() }.into())
}

fn capacity(view: &View<'_>, chance: &mut Chance) -> Option<Command> {
    let (kind, admits) = (UnitKind::Single, Admits::Anyone);
    let maximum = 1 + chance.below(3) as u16;
    let unit = PublishCapacity { unit: UNIT, kind, admits, maximum, taken_otherwise: 0 };
    (view.shelter && chance.one_in(4)).then(|| unit.into())
}

fn record(_: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    let missing: Vec<_> =
        RECORDED.into_iter().filter(|category| !case.recorded.contains(*category)).collect();
    let category = *chance.pick(if missing.is_empty() { &RECORDED } else { &missing })?;
    let field = Field::ALL.iter().copied().find(|field| field.category() == category)?;
    let content = Content::Fields(vec![(field, format!("planted {}", chance.below(1_000)))]);
    Some(RecordSection { case: case.thread, category, content }.into())
}

fn give(view: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    let today = view.today();
    // One more to the same recipient is rarely what she says.
    let asked: Vec<_> = case.consents.iter().filter(|it| it.may_hold(today)).map(|it| it.recipient).collect();
    let recipient = recipient(view, chance).filter(|office| !asked.contains(office) || chance.one_in(8))?;
    let days = if chance.one_in(3) { 3 + chance.below(30) } else { 200 };
    let shared = RECORDED.into_iter().filter(|_| !chance.one_in(3));
    let scope = ConsentScope {
        recipient,
        purposes: vec![Purpose::SafeShelter, Purpose::SafeReturn, Purpose::SocialInclusion],
        categories: std::iter::once(Category::Triage).chain(shared).collect(),
        onward: chance.one_in(2),
        from: today,
        until: today.plus(days as u32),
    };
    let guardian = (Field::ConsentGuardian, "a guardian".into());
    let record = if case.minor { vec![guardian] } else { Vec::new() };
    let (form, told) = (ConsentForm::Written, Disclosure::ALL.to_vec());
    Some(GiveConsent { case: case.thread, scope, form, told, record }.into())
}

fn recipient(view: &View<'_>, chance: &mut Chance) -> Option<OfficeId> {
    chance.pick(&view.others).map(|(office, _)| *office)
}

fn refuse(view: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    // Mostly to whom she had consented.
    let consented = in_force(case, chance).map(|consent| consent.recipient).filter(|_| !chance.one_in(4));
    let recipient = consented.or_else(|| recipient(view, chance))?;
    Some(RefuseConsent { case: case.thread, recipient, note: None }.into())
}

/// A consent that stands, mostly one on which somebody was asked.
fn in_force<'c>(case: &'c CaseState, chance: &mut Chance) -> Option<&'c Consent> {
    let standing: Vec<_> =
        case.consents.iter().filter(|consent| consent.standing == Standing::InForce).collect();
    let used = |consent: &&&Consent| case.links.iter().any(|link| link.consent == Some(consent.id));
    let used: Vec<_> = standing.iter().filter(used).copied().collect();
    let among = if used.is_empty() || chance.one_in(3) { &standing } else { &used };
    chance.pick(among).copied()
}

/// One or two categories less, and sometimes a shorter time.
fn narrow(view: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    let consent = in_force(case, chance)?;
    let mut categories = consent.scope.categories.to_vec();
    for _ in 0..1 + chance.below(2) {
        if categories.len() > 1 {
            categories.remove(chance.position(categories.len()));
        }
    }
    let shorter = view.today().plus(chance.below(20) as u32).min(consent.scope.until);
    let until = if chance.one_in(4) { shorter } else { consent.scope.until };
    let purposes = consent.scope.purposes.to_vec();
    let onward = consent.scope.onward && chance.one_in(2);
    Some(NarrowConsent { case: case.thread, consent: consent.id, purposes, categories, onward, until }.into())
}

fn renew(view: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    let consent = in_force(case, chance)?;
    let until = view.today().plus(200 + chance.below(160) as u32);
    Some(RenewConsent { case: case.thread, consent: consent.id, until }.into())
}

fn withdraw(_: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    let consent = in_force(case, chance)?;
    let by = if chance.one_in(4) { EndedBy::Sender } else { EndedBy::Person };
    Some(WithdrawConsent { case: case.thread, consent: consent.id, by }.into())
}

fn offer(view: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<Command> {
    offer_of(view, case, chance).map(Command::from)
}

pub(super) fn offer_of(view: &View<'_>, case: &CaseState, chance: &mut Chance) -> Option<OfferReferral> {
    let standing: Vec<_> =
        case.consents.iter().filter(|consent| consent.standing == Standing::InForce).collect();
    let consent = *chance.pick(&standing)?;
    let to = consent.recipient;
    let shelter = view.others.iter().any(|(office, shelter)| *office == to && *shelter);
    let kind = if shelter || chance.one_in(4) { ReferralKind::Service } else { ReferralKind::HandOver };
    let purposes = match kind {
        ReferralKind::HandOver => vec![Purpose::SafeReturn, Purpose::SocialInclusion],
        ReferralKind::Service => vec![Purpose::SafeShelter],
    };
    let urgency = *chance.pick(Urgency::ALL)?;
    let triage = Triage {
        services: purposes.clone(),
        from: view.today(),
        until: None,
        languages: vec!["en".to_owned()],
        urgency,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    };
    let expires_at = chance.one_in(4).then(|| view.now.plus(DAY));
    Some(OfferReferral { case: case.thread, to, kind, purposes, triage, consent: consent.id, expires_at })
}

fn safeguards(_: &View<'_>, case: &CaseState, _: &mut Chance) -> Option<Command> {
    Some(SetSafeguards { case: case.thread, minor: !case.minor, barred: Vec::new() }.into())
}

fn close(_: &View<'_>, case: &CaseState, _: &mut Chance) -> Option<Command> {
    Some(CloseCase { case: case.thread, outcome: CaseOutcome::Completed, note: None }.into())
}

fn reopen(_: &View<'_>, case: &CaseState, _: &mut Chance) -> Option<Command> {
    Some(ReopenCase { case: case.thread, note: None }.into())
}

/// Some of what the case holds.
pub(super) fn some_of(categories: Categories, chance: &mut Chance) -> Vec<Category> {
    let all = categories.to_vec();
    let some: Vec<_> = all.iter().copied().filter(|_| chance.one_in(2)).collect();
    if some.is_empty() { all.into_iter().take(1).collect() } else { some }
}
