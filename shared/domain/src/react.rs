//! What an office answers by itself, without a human. Each reaction looks at the state, not only at the event: asked again
//! for the same event, it says nothing a second time.

use crate::decide::Pen;
use crate::decide::check::{case, released};
use crate::decide::consent::{acknowledge, disclose_declared, give_key, may_be_told};
use crate::decide::place::release_given_up;
use crate::decide::referral::{automatic_refusals, disclose_consented};
use crate::draft::{Context, Draft, SectionDraft, Source};
use crate::event::Event;
use crate::event::case::SafeguardsChanged;
use crate::event::consent::SectionsRegranted;
use crate::event::consent::{GrantFault, GrantRejected};
use crate::event::referral::{
    AcceptConfirmed, OfferExpired, ReferralKind, ReferralWithdrawn, SectionsDisclosed,
};
use crate::ids::EventId;
use crate::referral::Emergency;
use crate::referral::{Ending, Phase, ReferralState};
use crate::refusal::Refusal;
use crate::time::DAY;
use crate::words::{Category, EndedBy};
use crate::world::{Applied, Party, World};

/// The drafts that answer `event`, which was just applied to the states in `world`. All are committed together.
#[must_use]
pub fn react(world: &World<'_>, applied: &Applied, event: &Event, ctx: &mut Context<'_>) -> Vec<Draft> {
    let mut pen = Pen::new(ctx);
    if let Some(referral) = world.referral {
        match referral.party(pen.ctx.me) {
            // Nobody answers himself.
            Some(side) if side == applied.author => {}
            Some(Party::Receiver) => as_receiver(world, referral, event, &mut pen),
            Some(Party::Sender) => as_sender(world, referral, applied, event, &mut pen),
            None => {}
        }
    }
    pen.done()
}

fn as_receiver(world: &World<'_>, referral: &ReferralState, event: &Event, pen: &mut Pen<'_, '_>) {
    if matches!(event, Event::ReferralOffered(_)) && referral.receiver.key.is_none() {
        give_key(referral, pen);
    }
    if matches!(event, Event::AcceptConfirmed(_)) {
        take_over_red_line(world, referral, pen);
    }
    if let Event::GrantRejected(body) = event {
        disclose_emergency_again(world, referral, Party::Receiver, body, pen);
    }
    for ask in referral.unacknowledged(pen.ctx.now.day()) {
        acknowledge(referral, ask.because, pen);
    }
    release_given_up(world, referral, pen);
}

/// The red line that the sender told with its confirmation becomes one of this office's own case.
fn take_over_red_line(world: &World<'_>, referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let Ok(case) = case(world) else { return };
    let told = &referral.sender.barred;
    if told.iter().all(|country| case.barred.contains(country)) {
        return;
    }
    let mut barred: Vec<_> = case.barred.iter().chain(told).copied().collect();
    barred.sort_unstable();
    barred.dedup();
    pen.own(case.thread, SafeguardsChanged { minor: case.minor, barred }, Vec::new());
}

fn as_sender(
    world: &World<'_>,
    referral: &ReferralState,
    applied: &Applied,
    event: &Event,
    pen: &mut Pen<'_, '_>,
) {
    if let Event::ReferralAccepted(_) = event {
        answer_accept(world, referral, applied, pen);
    } else if let Event::DisclosureRequested(body) = event {
        if !referral.sender.refused.contains(&applied.event_id) {
            automatic_refusals(world, referral, applied.event_id, (&body.categories).into(), pen);
        }
    } else if let Event::MindChanged(_) = event {
        if !referral.has_ended() && !referral.sender.departed() {
            pen.tell(referral, ReferralWithdrawn { by: EndedBy::Person });
            pen.because(applied.event_id);
        }
    } else if let Event::GrantRejected(body) = event {
        disclose_emergency_again(world, referral, Party::Sender, body, pen);
    } else if let Event::RegrantRequested(_) = event
        && let Some((_, disclosed)) = referral.sender.disclosed
        && holds_on(referral)
        && !referral.sender.regranted.contains(&applied.event_id)
    {
        let request = applied.event_id;
        disclose_consented(world, referral, pen, disclosed, |categories| {
            SectionsRegranted { request, categories }.into()
        });
        pen.because(request);
    }
}

/// An emergency is disclosed so many times at most.
const EMERGENCY_TIMES: u8 = 3;

/// What should save a life crossed an erasure: the other party could not open it, and has a fresh key by now.
fn disclose_emergency_again(
    world: &World<'_>,
    referral: &ReferralState,
    mine: Party,
    rejected: &GrantRejected,
    pen: &mut Pen<'_, '_>,
) {
    let today = pen.ctx.now.day();
    let again = |emergency: &&Emergency| {
        emergency.disclosed == Some(rejected.event)
            && rejected.fault == GrantFault::Unopenable
            // Whoever cannot open it, or says so, again and again, is not sent it without end.
            && emergency.times < EMERGENCY_TIMES
            && referral.may_read_emergency(mine, emergency.event, today)
    };
    let (Some(emergency), Ok(case)) = (referral.emergencies(mine).iter().find(again), case(world)) else {
        return;
    };
    // What has become known since it was declared counts: her no, a red line, an office that was suspended.
    let to = referral.office(mine.other());
    let barred = may_be_told(world, case, pen.ctx.me, to, emergency.ground).is_err();
    if barred || referral.thread_key(mine.other()).is_none() {
        return;
    }
    let categories = emergency.categories.intersection(case.recorded).to_vec();
    let reason = SectionDraft { category: Category::Coordination, source: Source::OfEvent(rejected.event) };
    disclose_declared(referral, case, emergency.event, categories, reason, pen);
}

/// Where a human may disclose, lost keys are wrapped again: the accept stands and the referral goes on, or she was met.
fn holds_on(referral: &ReferralState) -> bool {
    let met = referral.phase() == Phase::Ended(Ending::HandedOver);
    met || referral.is_confirmed() && !referral.has_ended()
}

/// The sender decides accept × expiry by one entry. An accept written in time counts as long as no expiry was written.
fn answer_accept(world: &World<'_>, referral: &ReferralState, applied: &Applied, pen: &mut Pen<'_, '_>) {
    let Some(offer) = referral.sender.offer.as_ref() else { return };
    let accept: EventId = applied.event_id;
    if referral.receiver.accepted() != Some(accept) || referral.has_ended() {
        return;
    }
    if let Some(confirmed) = &referral.sender.confirmed {
        // Only after a day without a witness was anything withheld at the confirmation.
        if confirmed.at > offer.at.plus(DAY) && referral.sender.disclosed.is_none() {
            disclose_all(world, referral, pen);
        }
        return;
    }
    let expires_at = offer.deadlines.expires_at;
    if pen.ctx.now > expires_at && applied.claimed_at > expires_at {
        pen.tell(referral, OfferExpired { late_accept: Some(accept) });
        pen.because(accept);
        return;
    }
    match released(world, referral, pen.ctx.now) {
        // The witness comes back by itself; until then nothing is disclosed, and then it is.
        Ok(_) | Err(Refusal::ConsentUnwitnessed {}) => {}
        Err(Refusal::ConsentExpired { .. }) => {
            pen.tell(referral, OfferExpired { late_accept: Some(accept) });
            pen.because(accept);
            return;
        }
        Err(Refusal::PersonSaidNo { .. }) => {
            pen.tell(referral, ReferralWithdrawn { by: EndedBy::Person });
            pen.because(accept);
            return;
        }
        // Withdrawn meanwhile, suspended, or barred by a red line: nobody is confirmed to whom nothing may be disclosed.
        Err(_) => {
            pen.tell(referral, ReferralWithdrawn { by: EndedBy::Sender });
            pen.because(accept);
            return;
        }
    }
    // Only who may refer her onward must know of the red line.
    let refers_onward = offer.kind == ReferralKind::HandOver
        || referral.sender.consent.as_ref().is_some_and(|chain| chain.scope.onward);
    let barred = world.case.filter(|_| refers_onward).map(|case| case.barred.clone()).unwrap_or_default();
    pen.tell(referral, AcceptConfirmed { accept, barred });
    pen.because(accept);
    disclose_all(world, referral, pen);
}

/// Discloses everything that the consent covers and the case holds.
fn disclose_all(world: &World<'_>, referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let all = Category::ALL.iter().copied().collect();
    disclose_consented(world, referral, pen, all, |categories| SectionsDisclosed { categories }.into());
}
