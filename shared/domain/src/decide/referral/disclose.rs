//! Disclosure: what the released consent covers, what the case holds, and nothing else. Asking for more is answered with the
//! reason.

use crate::case::CaseState;
use crate::command::{DiscloseSections, RefuseDisclosure, RequestDisclosure};
use crate::consent::ConsentInForce;
use crate::decide::check::{case, confirmed, note, received, released, sent, shareable, thread_key};
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{BasisOn, SectionDraft, Source};
use crate::event::referral::{DisclosureRefused, DisclosureRequested, SectionsDisclosed};
use crate::ids::EventId;
use crate::referral::{Ending, Phase, ReferralState};
use crate::refusal::Refusal;
use crate::sets::Categories;
use crate::words::{Category, NotDisclosed};
use crate::world::{Party, World};

impl Decision for DiscloseSections {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        let case = case(world)?;
        linked(case, referral)?;
        shareable(&self.categories)?;
        let in_force = released(world, referral, pen.ctx.now)?;
        if referral.phase() != Phase::Ended(Ending::HandedOver) {
            confirmed(referral)?;
        }
        in_force.covers(&self.categories)?;
        thread_key(referral, Party::Receiver)?;
        if let Some(category) = self.categories.iter().find(|category| !case.recorded.contains(**category)) {
            return Err(Refusal::NotRecorded { category: *category });
        }
        share(referral, case, &in_force, &self.categories, pen)
    }
}

/// Discloses `categories` with evidence that the consent is in force.
fn share(
    referral: &ReferralState,
    case: &CaseState,
    in_force: &ConsentInForce,
    categories: &[Category],
    pen: &mut Pen<'_, '_>,
) -> Decided {
    in_force.covers(categories)?;
    let chain = referral.sender.consent.as_ref().ok_or(Refusal::ConsentWithdrawn {})?;
    let section =
        |category: &Category| SectionDraft { category: *category, source: Source::OfCase(case.thread) };
    let sections = categories.iter().map(section).collect();
    let disclosed = SectionsDisclosed { categories: categories.to_vec() };
    pen.share(referral, disclosed, BasisOn::Consent(chain.head), sections);
    Ok(())
}

/// Discloses, by itself, whatever the consent covers and the case holds; nothing where there is no such thing.
pub(crate) fn disclose_consented(world: &World<'_>, referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let Ok(case) = case(world) else { return };
    let Ok(in_force) = released(world, referral, pen.ctx.now) else { return };
    if linked(case, referral).is_err() || referral.thread_key(Party::Receiver).is_none() {
        return;
    }
    let categories = in_force.scope().categories.intersection(case.recorded).to_vec();
    if !categories.is_empty() {
        // The categories are taken from the evidence itself: this cannot be refused.
        let _covered = share(referral, case, &in_force, &categories, pen);
    }
}

fn linked(case: &CaseState, referral: &ReferralState) -> Decided {
    match case.link(referral.thread) {
        Some(_) => Ok(()),
        None => Err(Refusal::NotLinked { referral: referral.thread }),
    }
}

impl Decision for RequestDisclosure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        if referral.phase() != Phase::Ended(Ending::HandedOver) {
            confirmed(referral)?;
        }
        shareable(&self.categories)?;
        note(self.note.as_ref())?;
        let requested = DisclosureRequested { categories: self.categories.clone() };
        pen.tell_with(referral, requested, self.note.as_ref());
        Ok(())
    }
}

impl Decision for RefuseDisclosure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        note(self.note.as_ref())?;
        let request = referral.receiver.requests.iter().find(|(request, _)| *request == self.request);
        let (request, categories) = request.ok_or(Refusal::NoSuchEntry { entry: self.request })?;
        if referral.sender.refused.contains(request) {
            return Err(Refusal::AlreadyDone {});
        }
        let refused =
            DisclosureRefused { request: *request, categories: categories.to_vec(), reason: self.reason };
        pen.tell_with(referral, refused, self.note.as_ref());
        pen.because(*request);
        Ok(())
    }
}

/// Refuses, by itself, what no consent covers or the case does not hold; what is left waits for a human.
pub(crate) fn automatic_refusals(
    world: &World<'_>,
    referral: &ReferralState,
    request: EventId,
    wanted: Categories,
    pen: &mut Pen<'_, '_>,
) {
    let (covered, reason) = match released(world, referral, pen.ctx.now) {
        Ok(in_force) => (in_force.scope().categories, NotDisclosed::NotConsented),
        Err(Refusal::ConsentWithdrawn {}) => (Categories::EMPTY, NotDisclosed::Withdrawn),
        // The witness comes back by itself: a human looks then.
        Err(Refusal::ConsentUnwitnessed {}) => return,
        Err(_) => (Categories::EMPTY, NotDisclosed::Expired),
    };
    let held = world.case.map_or(Categories::EMPTY, |case| case.recorded);
    let not_held = wanted.intersection(covered).minus(held);
    for (refused, reason) in [(wanted.minus(covered), reason), (not_held, NotDisclosed::NotHeld)] {
        if !refused.is_empty() {
            pen.tell(referral, DisclosureRefused { request, categories: refused.to_vec(), reason });
            pen.because(request);
        }
    }
}
