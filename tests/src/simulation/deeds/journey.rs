//! Deeds about a return journey, in the thread of its hand-over.

use waymark_domain::command::*;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::journey::{ReceiverJourney, SenderJourney};
use waymark_domain::time::HOUR;
use waymark_domain::words::*;

use super::{Deed, OfReferral, View, deed};
use crate::simulation::chance::Chance;

pub(super) const DEEDS: &[Deed<OfReferral>] = &[
    deed("ProposeJourney", 1, propose),
    deed("AssessRisk", 1, assess),
    deed("DecideJourney", 1, decide),
    deed("RecordDocuments", 1, documents),
    deed("BookLeg", 1, book),
    deed("ArrangePlace", 1, place),
    deed("SafeguardMinor", 1, minor),
    deed("NameEscort", 1, escort),
    deed("ArrangeReception", 1, reception),
    deed("ClearJourney", 1, clear),
    deed("Depart", 1, depart),
    deed("StartLeg", 1, start),
    deed("ConfirmLeg", 1, confirm),
    deed("RecordCheckIn", 1, check_in),
    deed("RecordArrival", 1, arrive),
    deed("ConfirmReception", 2, receive),
    deed("RecordFollowUp", 1, follow_up),
    deed("AbortJourney", 1, abort),
    deed("ChangeMind", 1, change),
    deed("CloseJourney", 1, close),
];

fn plan(it: &ReferralState) -> Option<&SenderJourney> {
    it.sender.journey.as_deref()
}

fn theirs(it: &ReferralState) -> Option<&ReceiverJourney> {
    it.receiver.journey.as_deref()
}

fn hand_over(it: &ReferralState) -> bool {
    it.kind() == Some(ReferralKind::HandOver)
}

/// Half of the persons come without a journey that anybody planned.
fn is_planned(it: &ReferralState) -> bool {
    it.thread.0.iter().fold(0, |sum: u8, byte| sum ^ byte).is_multiple_of(2)
}

fn propose(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let first = plan(it).is_none_or(|journey| journey.proposed.is_none());
    let wanted = first && hand_over(it) && (is_planned(it) || chance.one_in(12));
    wanted.then(|| ProposeJourney { referral: it.thread, depart_on: view.today() }.into())
}

fn assess(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let half = if view.sent(it) { plan(it).map(|own| &own.half) } else { theirs(it).map(|own| &own.half) };
    let done = half.and_then(|half| half.risk).is_some_and(|risk| risk.verdict == GoNoGo::Go);
    let verdict = if chance.one_in(8) { GoNoGo::NoGo } else { GoNoGo::Go };
    let command = AssessRisk {
        referral: it.thread,
        verdict,
        assessed_on: view.today(),
        rows: Vec::new(),
        summary: "calm".into(),
    };
    (hand_over(it) && (!done || chance.one_in(6))).then(|| command.into())
}

fn decide(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let done = plan(it)?.decided == Some(GoNoGo::Go);
    let verdict = if done { GoNoGo::Postponed } else { GoNoGo::Go };
    (!done || chance.one_in(12)).then(|| DecideJourney { referral: it.thread, verdict }.into())
}

fn documents(view: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    let first = plan(it)?.documents.is_none();
    first.then(|| RecordDocuments { referral: it.thread, valid_until: view.today().plus(300) }.into())
}

/// One leg, or two; booked anew when its time has passed.
fn book(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let booked = &plan(it)?.legs;
    let number = 1 + chance.below(2) as u8;
    let known = booked.iter().any(|leg| leg.number == number);
    let departs_at = view.now.plus(u64::from(number) * 8 * HOUR);
    let leg = LegPlan {
        number,
        from: Place::Locode(*b"XNAAA"),
        to: Place::Named("Central station".to_owned()),
        mode: TravelMode::Rail,
        departs_at,
        departs_offset_minutes: 60,
        arrives_at: departs_at.plus(HOUR),
        arrives_offset_minutes: 60,
        escorting: if chance.one_in(2) { it.from } else { it.to },
        check_in_minutes: 30,
    };
    let wanted = (number == 1 || !booked.is_empty()) && (!known || chance.one_in(4));
    wanted.then(|| BookLeg { referral: it.thread, leg, itinerary: Vec::new() }.into())
}

fn place(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let done = plan(it)?.shelter.is_some();
    let shelters: Vec<_> =
        view.referrals.iter().filter(|other| other.kind() == Some(ReferralKind::Service)).collect();
    let shelter = chance.pick(&shelters).filter(|_| chance.one_in(3)).map(|other| other.thread);
    let (from, until) = (view.today(), view.today().plus(8));
    let command = ArrangePlace { referral: it.thread, shelter, from, until };
    (!done || chance.one_in(6)).then(|| command.into())
}

fn minor(view: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(SafeguardMinor { referral: it.thread, decided_on: view.today() }.into())
}

fn escort(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let leg = 1 + chance.below(2) as u8;
    let booked = plan(it)?.legs.iter().any(|known| known.number == leg);
    booked.then(|| NameEscort { referral: it.thread, leg, name: "an escort".into() }.into())
}

fn reception(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let known = theirs(it).is_some_and(|own| own.reception.is_some());
    let place = Place::Named("Main hall".to_owned());
    let meets_at = view.now.plus(6 * HOUR);
    let command = ArrangeReception { referral: it.thread, meets_at, place, contact: None };
    (hand_over(it) && (!known || chance.one_in(4))).then(|| command.into())
}

fn clear(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    plan(it)?.cleared.is_none().then(|| ClearJourney { referral: it.thread }.into())
}

fn depart(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    plan(it)?.departed.is_none().then(|| Depart { referral: it.thread }.into())
}

fn start(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let leg = 1 + chance.below(2) as u8;
    it.departure().map(|_| StartLeg { referral: it.thread, leg, at: view.now }.into())
}

fn confirm(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let leg = 1 + chance.below(2) as u8;
    it.departure().map(|_| ConfirmLeg { referral: it.thread, leg, at: view.now }.into())
}

fn check_in(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let leg = 1 + chance.below(2) as u8;
    Some(RecordCheckIn { referral: it.thread, leg, at: view.now, note: None }.into())
}

fn arrive(view: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    it.departure().map(|_| RecordArrival { referral: it.thread, at: view.now }.into())
}

/// Once she has arrived; or any day, when no journey was planned.
fn receive(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let wanted = it.arrived_at().is_some() || !is_planned(it) && chance.one_in(2) || chance.one_in(12);
    (wanted && hand_over(it)).then(|| ConfirmReception { referral: it.thread, at: view.now }.into())
}

fn follow_up(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let number = 1 + theirs(it)?.followed_up.len() as u8;
    let outcome = *chance.pick(FollowUpOutcome::ALL)?;
    Some(RecordFollowUp { referral: it.thread, number, outcome }.into())
}

fn abort(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let reason = *chance.pick(AbortReason::ALL)?;
    Some(AbortJourney { referral: it.thread, reason, note: None }.into())
}

fn change(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(ChangeMind { referral: it.thread }.into())
}

fn close(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    Some(CloseJourney { referral: it.thread, stayed: chance.one_in(2) }.into())
}
