//! A referral is offered to one office: without identity, under a consent that names it, as one commit with the release of
//! that consent and the link to the case.

use crate::case::{CaseState, Consent};
use crate::command::OfferReferral;
use crate::decide::case::check_triage;
use crate::decide::check::{ascending, between, consent, open_case, peer, red_lines};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{Audience, BasisOn, GrantTo};
use crate::event::Event;
use crate::event::case::{CaseLinked, LinkSide};
use crate::event::consent::ConsentReleased;
use crate::event::referral::{Deadlines, ReferralKind, ReferralOffered};
use crate::ids::{OfficeId, ThreadId};
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::responsible::responsible_office;
use crate::section::Content;
use crate::sets::Purposes;
use crate::time::{DAY, Day, HOUR, Timestamp};
use crate::words::{Category, OfficeRole};
use crate::world::{Peer, Standing, World};

/// An offer ends at least this long after it is made, and at most that long.
const OFFER_SECONDS: (u64, u64) = (HOUR, 60 * DAY);

impl Decision for OfferReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        offer(self, None, world, pen)?;
        Ok(())
    }
}

/// Offers; `instead_of` is a referral that ends in the same commit. Returns the new thread.
pub(super) fn offer(
    command: &OfferReferral,
    instead_of: Option<ThreadId>,
    world: &World<'_>,
    pen: &mut Pen<'_, '_>,
) -> Result<ThreadId, Refusal> {
    let (me, now) = (pen.ctx.me, pen.ctx.now);
    let case = open_case(world)?;
    let to = peer(world, me, command.to)?;
    red_lines(&case.barred, to)?;
    ascending("the purposes", &command.purposes)?;
    check_triage(&command.triage)?;
    let (consent, in_force) = consent(case, command.consent, command.to, now.day())?;
    in_force.serves(&command.purposes)?;
    in_force.covers(&[Category::Triage])?;
    onward(me, case, now.day(), world)?;
    if command.kind == ReferralKind::HandOver {
        hand_over(command.to, to, me, case, instead_of, world)?;
    }
    let deadlines = deadlines(command, to, in_force.scope().until, world, pen)?;
    Ok(write(command, case, consent, deadlines, pen))
}

/// A hand-over goes to an office, from the responsible one, which is an office too, and one after the other.
fn hand_over(
    office: OfficeId,
    to: &Peer,
    me: OfficeId,
    case: &CaseState,
    instead_of: Option<ThreadId>,
    world: &World<'_>,
) -> Decided {
    if !to.roles.contains(&OfficeRole::Office) {
        return Err(Refusal::NotAnOffice { office });
    }
    if !world.office.offices.get(&me).is_some_and(|own| own.roles.contains(&OfficeRole::Office)) {
        return Err(Refusal::NotAnOffice { office: me });
    }
    let responsible = responsible_office(me, case, world.linked);
    if responsible != me {
        return Err(Refusal::NotResponsible { responsible });
    }
    let mut others = world.linked.iter().filter(|referral| Some(referral.thread) != instead_of);
    if let Some(open) = others.find(|referral| referral.is_open_hand_over()) {
        return Err(Refusal::HandOverOpen { referral: open.thread });
    }
    // It may be meeting her at this moment, also where this office is about to take the hand-over back: only its own word says that
    // it will not.
    // An office that has left meets nobody any more, and says nothing.
    let has_left = |office: &OfficeId| {
        world.office.offices.get(office).is_none_or(|peer| peer.standing == Standing::Left)
    };
    match world.linked.iter().find(|it| may_still_receive(it, me) && !has_left(&it.to)) {
        Some(ended) => Err(Refusal::EndNotAcknowledged { referral: ended.thread }),
        None => Ok(()),
    }
}

/// A hand-over that was agreed, and of which the other office has not yet said that it knows its end.
fn may_still_receive(referral: &ReferralState, me: OfficeId) -> bool {
    let handing_over = referral.from == me && referral.kind() == Some(ReferralKind::HandOver);
    handing_over && referral.sender.confirmed.is_some() && !referral.receiver_knows_end()
}

/// An office to which she was referred, and which is not responsible for her, refers onward only where that was consented.
fn onward(me: OfficeId, case: &CaseState, today: Day, world: &World<'_>) -> Decided {
    let Some(came_by) = case.links.first().filter(|link| link.side == LinkSide::Receiver) else {
        return Ok(());
    };
    let came_by = came_by.referral;
    if responsible_office(me, case, world.linked) == me {
        return Ok(());
    }
    let incoming = world.linked.iter().find(|referral| referral.thread == came_by);
    let chain = incoming.and_then(|referral| referral.sender.consent.as_ref());
    let chain = chain.filter(|chain| chain.in_force(today).is_ok());
    if chain.is_some_and(|chain| chain.scope.onward) { Ok(()) } else { Err(Refusal::OnwardNotConsented {}) }
}

fn deadlines(
    command: &OfferReferral,
    to: &Peer,
    consented_until: Day,
    world: &World<'_>,
    pen: &Pen<'_, '_>,
) -> Result<Deadlines, Refusal> {
    let now = pen.ctx.now;
    let hours = to.profile.as_ref().map(|profile| &profile.hours);
    let mut deadlines = world.office.rules.deadlines(command.triage.urgency, now, hours);
    if let Some(expires_at) = command.expires_at {
        between("the end of the offer", expires_at, now.plus(OFFER_SECONDS.0), now.plus(OFFER_SECONDS.1))?;
        deadlines.expires_at = expires_at;
        deadlines.acknowledge_by = deadlines.acknowledge_by.min(expires_at);
    }
    // No offer outlives the consent on which it was made.
    let last = Timestamp(consented_until.plus(1).start().0.saturating_sub(1));
    deadlines.expires_at = deadlines.expires_at.min(last);
    deadlines.acknowledge_by = deadlines.acknowledge_by.min(deadlines.expires_at);
    match world.office.inbox_key(command.to, now.day(), deadlines.expires_at) {
        Some(_) => Ok(deadlines),
        None => Err(Refusal::NoInboxKey { office: command.to }),
    }
}

fn write(
    command: &OfferReferral,
    case: &CaseState,
    consent: &Consent,
    deadlines: Deadlines,
    pen: &mut Pen<'_, '_>,
) -> ThreadId {
    let thread = pen.ctx.ids.thread();
    let to = Audience::Office(command.to);
    let scope = consent.scope;
    let released = ConsentReleased {
        // No thread is released more purposes than it serves.
        purposes: scope.purposes.intersection(Purposes::from(&command.purposes)).to_vec(),
        categories: scope.categories.to_vec(),
        onward: scope.onward,
        // A consent that was renewed since lasts from now: a term is counted from the first day that a holder is told.
        from: pen.ctx.now.day(),
        until: scope.until,
    };
    let chain = pen.push(thread, to, released.into(), BasisOn::None, Vec::new(), None);
    let offered = ReferralOffered {
        kind: command.kind,
        consent: chain,
        purposes: command.purposes.clone(),
        urgency: command.triage.urgency,
        deadlines,
        thread_key: pen.ctx.ids.thread_key(thread),
        minor: case.minor,
    };
    let triage = vec![given(Category::Triage, Content::Triage(command.triage.clone()))];
    let inbox = Some(GrantTo::Inbox(command.to));
    pen.push(thread, to, Event::from(offered), BasisOn::Consent(chain), triage, inbox);
    let link = CaseLinked {
        referral: thread,
        other: command.to,
        side: LinkSide::Sender,
        kind: command.kind,
        consent: Some(command.consent),
        released: Some(chain),
    };
    pen.own(case.thread, link, Vec::new());
    thread
}

#[cfg(test)]
mod tests {
    use crate::command::*;
    use crate::draft::{BasisOn, GrantTo, Source};
    use crate::event::Event;
    use crate::event::notice::InboxKey;
    use crate::event::referral::ReferralKind::{HandOver, Service};
    use crate::refusal::Refusal;
    use crate::section::Content;
    use crate::story::*;
    use crate::time::{DAY, HOUR, Timestamp};
    use crate::words::{Category, Purpose, Urgency};

    #[test]
    fn an_offer_releases_the_consent_seals_triage_only_and_links_the_case_in_one_commit() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let drafts = story.given(NORTH, offer(case, SOUTH, HandOver, given));
        let [released, offered, linked] = drafts.as_slice() else { panic!("three drafts") };
        let Event::ConsentReleased(body) = &released.event else { panic!("{released:?}") };
        assert_eq!(body.categories, RETURN_CATEGORIES);
        assert_eq!(
            body.purposes,
            [Purpose::SafeReturn, Purpose::SocialInclusion],
            "only what the thread serves"
        );
        assert_eq!(offered.basis, BasisOn::Consent(released.event_id));
        assert_eq!(offered.grant_to, Some(GrantTo::Inbox(SOUTH)));
        let [triage] = offered.sections.as_slice() else { panic!("one section") };
        assert!(matches!(triage.source, Source::Given(Content::Triage(_))));
        assert_eq!((linked.event.name(), linked.thread), ("CaseLinked", case));
        story.mail();
        assert_eq!(story.phase(NORTH, offered.thread), "delivered");
        assert_eq!(story.phase(SOUTH, offered.thread), "delivered");
    }

    #[test]
    fn a_consent_renewed_after_a_year_can_still_be_referred_under() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        story.now = story.now.plus(170 * DAY);
        story.given(NORTH, RenewConsent { case, consent: given, until: TODAY.plus(170 + 360) });
        story.now = story.now.plus(250 * DAY);
        for office in [NORTH, SOUTH] {
            let today = story.now.day();
            let key = InboxKey {
                from: today,
                until: today.plus(31),
                destroyed_on: today.plus(60),
                ..inbox_key(office)
            };
            story.given(office, PublishInboxKey { key });
        }
        story.mail();
        let thread = story.given(NORTH, offer(case, SOUTH, Service, given))[0].thread;
        story.mail();
        let chain = story.referral(SOUTH, thread).sender.consent.clone().unwrap();
        assert!(chain.in_force(story.now.day()).is_ok());
        assert_eq!(chain.scope.until, TODAY.plus(170 + 360));
    }

    #[test]
    fn only_an_office_hands_over_a_person() {
        let mut story = network();
        let case = story.given(HARBOUR, OpenCase::default())[0].thread;
        let given = story.given(HARBOUR, give_consent(case, SOUTH, &RETURN_CATEGORIES))[0].event_id;
        assert_eq!(story.refusal(HARBOUR, offer(case, SOUTH, HandOver, given)), "NOT_AN_OFFICE");
    }

    #[test]
    fn deadlines_follow_the_receivers_working_days_and_holidays() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        let deadlines = &story.referral(SOUTH, thread).sender.offer.as_ref().unwrap().deadlines;
        // Monday, then Tuesday, Thursday (Wednesday is a holiday), Friday 17:00 at UTC+1.
        assert_eq!(deadlines.acknowledge_by.to_string(), "2026-11-27T16:00:00Z");
        assert_eq!(deadlines.expires_at, START.plus(14 * DAY));
    }

    #[test]
    fn an_offer_outside_consent_is_refused_with_the_reason() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let fitting = offer(case, SOUTH, HandOver, given);
        let to_another = OfferReferral { to: HARBOUR, kind: Service, ..fitting.clone() };
        assert_eq!(story.refusal(NORTH, to_another), "CONSENT_NAMES_ANOTHER");
        let unserved = OfferReferral { purposes: vec![Purpose::Medical], ..fitting.clone() };
        let refusal = Refusal::PurposeNotConsented { purpose: Purpose::Medical };
        assert_eq!(story.when(NORTH, unserved), Err(refusal));
        story.now = TODAY.plus(181).start();
        assert_eq!(story.refusal(NORTH, fitting.clone()), "CONSENT_EXPIRED");
        story.now = START;
        story.given(NORTH, WithdrawConsent { case, consent: given, by: crate::words::EndedBy::Person });
        assert_eq!(story.refusal(NORTH, fitting), "CONSENT_WITHDRAWN");
    }

    #[test]
    fn an_offer_needs_triage_under_the_consent() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &[Category::Identity]);
        let refusal = Refusal::CategoryNotConsented { category: Category::Triage };
        assert_eq!(story.when(NORTH, offer(case, SOUTH, HandOver, given)), Err(refusal));
    }

    #[test]
    fn red_line_an_embassy_of_the_country_of_origin_is_never_a_recipient() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, EMBASSY, &[Category::Triage]);
        story.given(NORTH, SetSafeguards { case, minor: false, barred: vec![ORIGIN] });
        assert_eq!(story.refusal(NORTH, offer(case, EMBASSY, Service, given)), "RED_LINE_COUNTRY_OF_ORIGIN");
        let again = give_consent(case, EMBASSY, &[Category::Triage]);
        assert_eq!(story.refusal(NORTH, again), "RED_LINE_COUNTRY_OF_ORIGIN");
        let given = consent(&mut story, case, POLICE, &[Category::Triage]);
        assert!(
            story.when(NORTH, offer(case, POLICE, Service, given)).is_ok(),
            "another country's, named by her"
        );
    }

    #[test]
    fn red_line_free_text_in_place_of_a_language_code_is_taken_for_identity() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let mut telling = offer(case, SOUTH, HandOver, given);
        telling.triage.languages = vec!["Anna B.".into()];
        assert_eq!(story.refusal(NORTH, telling), "RED_LINE_IDENTITY_IN_OFFER");
    }

    #[test]
    fn a_case_has_one_open_hand_over_at_a_time() {
        let mut story = network();
        let (case, given, thread) = offered(&mut story);
        let again = offer(case, SOUTH, HandOver, given);
        assert_eq!(story.when(NORTH, again.clone()), Err(Refusal::HandOverOpen { referral: thread }));
        story.given(
            NORTH,
            WithdrawReferral { referral: thread, by: crate::words::EndedBy::Sender, note: None },
        );
        assert!(story.when(NORTH, again).is_ok());
    }

    #[test]
    fn a_hand_over_goes_to_an_office_that_takes_responsibility() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, HARBOUR, &RETURN_CATEGORIES);
        assert_eq!(story.refusal(NORTH, offer(case, HARBOUR, HandOver, given)), "NOT_AN_OFFICE");
    }

    #[test]
    fn an_offer_must_end_before_the_inbox_secret_is_destroyed() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let long =
            OfferReferral { expires_at: Some(TODAY.plus(60).start()), ..offer(case, SOUTH, HandOver, given) };
        assert_eq!(story.refusal(NORTH, long), "NO_INBOX_KEY");
    }

    #[test]
    fn urgency_shortens_every_deadline() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let mut urgent = offer(case, SOUTH, HandOver, given);
        urgent.triage.urgency = Urgency::Emergency;
        let drafts = story.given(NORTH, urgent);
        let Event::ReferralOffered(body) = &drafts[1].event else { panic!("{drafts:?}") };
        let expected: [Timestamp; 2] = [START.plus(4 * HOUR), START.plus(24 * HOUR)];
        assert_eq!([body.deadlines.acknowledge_by, body.deadlines.contact_by], expected);
    }

    #[test]
    fn a_partner_refers_onward_only_where_the_consent_allows_it() {
        for onward in [false, true] {
            let mut story = network();
            let case = open_case(&mut story);
            let mut giving = give_consent(case, HARBOUR, &[Category::Triage]);
            giving.scope.onward = onward;
            let given = story.given(NORTH, giving)[0].event_id;
            let thread = story.given(NORTH, offer(case, HARBOUR, Service, given))[0].thread;
            story.mail();
            story.given(HARBOUR, accept(thread));
            story.mail();
            let own = story.offices[&HARBOUR].case_of(thread).unwrap().thread;
            let given = story.given(HARBOUR, give_consent(own, HAVEN, &[Category::Triage]))[0].event_id;
            let referred = story.when(HARBOUR, offer(own, HAVEN, Service, given));
            assert_eq!(referred.is_ok(), onward, "{referred:?}");
        }
    }
}
