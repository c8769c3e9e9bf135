//! Disclosure: what the released consent covers, what the case holds, and nothing else. Asking for more is answered with the
//! reason.

use crate::case::CaseState;
use crate::command::{DiscloseSections, RefuseDisclosure, RequestDisclosure};
use crate::consent::ConsentInForce;
use crate::decide::check::{case, confirmed, message_to, received, released, sent, shareable, thread_key};
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{BasisOn, SectionDraft, Source};
use crate::event::Event;
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
        thread_key(world, pen.ctx.me, referral)?;
        if let Some(category) = self.categories.iter().find(|category| !case.recorded.contains(**category)) {
            return Err(Refusal::NotRecorded { category: *category });
        }
        let disclosed = SectionsDisclosed { categories: self.categories.clone() };
        share(referral, case, &in_force, &self.categories, disclosed.into(), pen)
    }
}

/// Discloses `categories` with evidence that the consent is in force.
fn share(
    referral: &ReferralState,
    case: &CaseState,
    in_force: &ConsentInForce,
    categories: &[Category],
    event: Event,
    pen: &mut Pen<'_, '_>,
) -> Decided {
    in_force.covers(categories)?;
    let chain = referral.sender.consent.as_ref().ok_or(Refusal::ConsentWithdrawn {})?;
    let section =
        |category: &Category| SectionDraft { category: *category, source: Source::OfCase(case.thread) };
    let sections = categories.iter().map(section).collect();
    pen.share(referral, event, BasisOn::Consent(chain.head), sections);
    Ok(())
}

/// Discloses, by itself, what of `among` the consent covers and the case holds; nothing where there is no such thing. `event`
/// says which kind of entry carries it.
pub(crate) fn disclose_consented(
    world: &World<'_>,
    referral: &ReferralState,
    pen: &mut Pen<'_, '_>,
    among: Categories,
    event: impl FnOnce(Vec<Category>) -> Event,
) {
    let Ok(case) = case(world) else { return };
    let Ok(in_force) = released(world, referral, pen.ctx.now) else { return };
    if linked(case, referral).is_err() || referral.thread_key(Party::Receiver).is_none() {
        return;
    }
    let categories = in_force.scope().categories.intersection(case.recorded).intersection(among).to_vec();
    if !categories.is_empty() {
        // The categories are taken from the evidence itself: this cannot be refused.
        let _covered = share(referral, case, &in_force, &categories, event(categories.clone()), pen);
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
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let requested = DisclosureRequested { categories: self.categories.clone() };
        pen.tell_with(referral, requested, self.note.as_ref());
        Ok(())
    }
}

impl Decision for RefuseDisclosure {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let request = referral.receiver.requests.iter().find(|(request, _)| *request == self.request);
        let (request, categories) = request.ok_or(Refusal::NoSuchEntry { entry: self.request })?;
        let left = categories.minus(referral.sender.refused.of(*request));
        if left.is_empty() {
            return Err(Refusal::AlreadyDone {});
        }
        let refused = DisclosureRefused { request: *request, categories: left.to_vec(), reason: self.reason };
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
        Err(Refusal::ConsentWithdrawn {} | Refusal::PersonSaidNo { .. }) => {
            (Categories::EMPTY, NotDisclosed::Withdrawn)
        }
        Err(Refusal::PurposeNotConsented { .. }) => (Categories::EMPTY, NotDisclosed::NotConsented),
        // The witness comes back by itself: a human looks then.
        Err(Refusal::ConsentUnwitnessed {}) => return,
        // No fault of the consent: it ends when the other office takes part again.
        Err(Refusal::OfficeNotActive { .. } | Refusal::OfficeFrozen { .. }) => return,
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

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::Event;
    use crate::refusal::Refusal;
    use crate::story::*;
    use crate::time::HOUR;
    use crate::words::{Category, EndedBy, NotDisclosed};
    use crate::world::{Standing, Witness};

    fn disclose(referral: crate::ids::ThreadId, category: Category) -> DiscloseSections {
        DiscloseSections { referral, categories: vec![category] }
    }

    #[test]
    fn what_was_not_consented_is_not_disclosed() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        let refusal = Refusal::CategoryNotConsented { category: Category::Health };
        assert_eq!(story.when(NORTH, disclose(thread, Category::Health)), Err(refusal));
    }

    #[test]
    fn asking_for_it_is_answered_with_the_reason() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        let categories = vec![Category::Travel, Category::Health];
        story.given(SOUTH, RequestDisclosure { referral: thread, categories, note: None });
        story.mail();
        let log = &story.offices[&SOUTH].log;
        let Event::DisclosureRefused(answer) = &log.last().unwrap().event else { panic!("an answer") };
        assert_eq!(answer.reason, NotDisclosed::NotConsented);
        assert_eq!(answer.categories, [Category::Health], "travel waits for a human");
    }

    #[test]
    fn asking_for_what_the_case_does_not_hold_is_answered_too() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        let categories = vec![Category::Triage];
        story.given(SOUTH, RequestDisclosure { referral: thread, categories, note: None });
        story.mail();
        let Event::DisclosureRefused(answer) = &story.offices[&SOUTH].log.last().unwrap().event else {
            panic!()
        };
        assert_eq!(answer.reason, NotDisclosed::NotHeld);
    }

    #[test]
    fn nothing_is_disclosed_after_withdrawal_or_expiry() {
        let mut story = network();
        let (case, consent, thread) = accepted(&mut story);
        story.now = TODAY.plus(181).start();
        assert_eq!(story.refusal(NORTH, disclose(thread, Category::Travel)), "CONSENT_EXPIRED");
        story.now = START;
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        assert_eq!(story.refusal(NORTH, disclose(thread, Category::Travel)), "CONSENT_WITHDRAWN");
    }

    #[test]
    fn nothing_is_disclosed_under_a_consent_without_a_witness_for_a_day() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        story.witness = Witness::WaitingSince(START);
        story.now = START.plus(24 * HOUR);
        assert!(story.when(NORTH, disclose(thread, Category::Travel)).is_ok(), "flagged, not refused");
        story.now = START.plus(24 * HOUR + 1);
        assert_eq!(story.refusal(NORTH, disclose(thread, Category::Travel)), "CONSENT_UNWITNESSED");
    }

    #[test]
    fn what_was_withheld_for_want_of_a_witness_follows_once_there_is_one() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        story.given(SOUTH, AcknowledgeReferral { referral: thread });
        story.witness = Witness::WaitingSince(story.now);
        story.now = story.now.plus(25 * HOUR);
        story.given(SOUTH, accept(thread));
        story.mail();
        assert!(story.referral(NORTH, thread).is_confirmed(), "the accept came in time");
        assert_eq!(story.looks_again(NORTH, thread, "ReferralAccepted"), Vec::<&str>::new());
        story.witness = Witness::Witnessed;
        assert_eq!(story.looks_again(NORTH, thread, "ReferralAccepted"), ["SectionsDisclosed"]);
        assert_eq!(story.looks_again(NORTH, thread, "ReferralAccepted"), Vec::<&str>::new(), "once");
    }

    #[test]
    fn nothing_is_disclosed_before_the_accept_is_confirmed() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        assert_eq!(story.refusal(NORTH, disclose(thread, Category::Travel)), "WRONG_PHASE");
        assert_eq!(story.refusal(SOUTH, disclose(thread, Category::Travel)), "NOT_THE_SENDER");
    }

    #[test]
    fn nothing_is_disclosed_to_an_office_that_is_suspended_has_left_or_is_frozen() {
        for (standing, reason) in [
            (Standing::Suspended, "OFFICE_NOT_ACTIVE"),
            (Standing::Left, "OFFICE_NOT_ACTIVE"),
            (Standing::Frozen, "OFFICE_FROZEN"),
        ] {
            let mut story = network();
            let (case, consent, referral) = accepted(&mut story);
            let view = &mut story.offices.get_mut(&NORTH).unwrap().view;
            view.offices.get_mut(&SOUTH).unwrap().standing = standing;
            assert_eq!(story.refusal(NORTH, disclose(referral, Category::Travel)), reason);
            let kind = crate::event::referral::ReferralKind::Service;
            assert_eq!(story.refusal(NORTH, offer(case, SOUTH, kind, consent)), reason);
            assert_eq!(story.refusal(NORTH, SendMessage { referral, text: "hello".into() }), reason);
            let by = EndedBy::Sender;
            let with_words = WithdrawReferral { referral, by, note: Some("why".into()) };
            assert_eq!(story.refusal(NORTH, with_words.clone()), reason);
            let without = WithdrawReferral { note: None, ..with_words };
            assert!(story.when(NORTH, without).is_ok(), "ending is possible");
        }
    }

    #[test]
    fn red_line_an_embassy_barred_after_the_offer_gets_nothing_when_it_accepts() {
        let mut story = network();
        let case = open_case(&mut story);
        let kind = crate::event::referral::ReferralKind::Service;
        let given = consent(&mut story, case, EMBASSY, &[Category::Triage, Category::Identity]);
        let referral = story.given(NORTH, offer(case, EMBASSY, kind, given))[0].thread;
        story.mail();
        story.given(EMBASSY, accept(referral));
        story.given(NORTH, SetSafeguards { case, minor: false, barred: vec![ORIGIN] });
        story.mail();
        assert!(story.referral(EMBASSY, referral).sender.disclosed.is_none());
    }

    #[test]
    fn a_rewritten_section_is_disclosed_again_by_a_human() {
        let mut story = network();
        let (case, _, thread) = accepted(&mut story);
        story.given(NORTH, record(case, Category::Travel));
        assert_eq!(story.when(NORTH, disclose(thread, Category::Travel)), Ok(vec!["SectionsDisclosed"]));
        assert_eq!(story.refusal(NORTH, disclose(thread, Category::Triage)), "NOT_RECORDED");
    }

    #[test]
    fn coordination_and_office_are_never_shared_under_a_consent() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        assert_eq!(story.refusal(NORTH, disclose(thread, Category::Office)), "CATEGORY_NEVER_SHARED");
    }

    #[test]
    fn a_human_refuses_what_a_consent_would_cover() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        let categories = vec![Category::Travel];
        let request =
            story.given(SOUTH, RequestDisclosure { referral: thread, categories, note: Some("soon".into()) });
        story.mail();
        let (request, reason) = (request[0].event_id, NotDisclosed::NotHeld);
        let refusing = RefuseDisclosure { referral: thread, request, reason, note: None };
        assert_eq!(story.when(NORTH, refusing.clone()), Ok(vec!["DisclosureRefused"]));
        assert_eq!(story.refusal(NORTH, refusing), "ALREADY_DONE");
    }

    #[test]
    fn what_was_not_refused_by_itself_is_left_for_a_human() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        let categories = vec![Category::Travel, Category::Health];
        let request = story.given(SOUTH, RequestDisclosure { referral, categories, note: None })[0].event_id;
        story.mail();
        let refusing = RefuseDisclosure { referral, request, reason: NotDisclosed::NotHeld, note: None };
        let drafts = story.given(NORTH, refusing);
        let Event::DisclosureRefused(refused) = &drafts[0].event else { panic!("{drafts:?}") };
        assert_eq!(refused.categories, [Category::Travel]);
    }

    #[test]
    fn lost_keys_are_granted_again_while_the_consent_is_in_force() {
        let mut story = network();
        let (case, consent, thread) = accepted(&mut story);
        let keys = vec![crate::ids::KeyId([7; 16])];
        story.given(SOUTH, ReplaceThreadKey { referral: thread });
        story.given(SOUTH, RequestRegrant { referral: thread, keys: keys.clone() });
        story.mail();
        assert_eq!(story.offices[&SOUTH].log.last().unwrap().event.name(), "SectionsRegranted");
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        story.given(SOUTH, RequestRegrant { referral: thread, keys });
        story.mail();
        assert_ne!(story.offices[&SOUTH].log.last().unwrap().event.name(), "SectionsRegranted");
    }
}
