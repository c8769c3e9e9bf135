//! The receiver accepts: its own case is opened, or one that is open is linked, in the same commit. The accept unlocks
//! nothing by itself; the sender confirms it by one entry.

use crate::case::{CasePhase, CaseState};
use crate::command::AcceptReferral;
use crate::decide::check::{case, message_to, peer, received, unanswered};
use crate::decide::consent::give_key;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::{CaseLinked, CaseOpened, LinkSide, SafeguardsChanged};
use crate::event::referral::{ReferralAccepted, ReferralKind};
use crate::ids::OfficeId;
use crate::refusal::Refusal;
use crate::responsible::responsible_office;
use crate::world::World;

impl Decision for AcceptReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        peer(world, pen.ctx.me, referral.from)?;
        message_to(world, pen.ctx, referral, self.note.as_ref())?;
        let offer = referral.sender.offer.as_ref().ok_or(Refusal::NoReferral {})?;
        if pen.ctx.now > offer.deadlines.expires_at {
            return Err(Refusal::OfferExpired { at: offer.deadlines.expires_at });
        }
        let existing = match self.case {
            Some(_) => Some(case(world)?),
            None => None,
        };
        if existing.is_some_and(|case| case.phase != CasePhase::Open) {
            return Err(Refusal::CaseIsClosed {});
        }
        if existing.is_some_and(|case| case.link(referral.thread).is_some()) {
            return Err(Refusal::AlreadyDone {});
        }
        if let Some(case) = existing.filter(|_| offer.kind == ReferralKind::HandOver) {
            takes_back(case, world, pen.ctx.me)?;
        }
        // Written on delivery, unless a crash came between: what the accept unlocks is wrapped to it.
        if referral.receiver.key.is_none() {
            give_key(referral, pen);
        }
        pen.tell_with(referral, ReferralAccepted {}, self.note.as_ref());
        pen.because(offer.event);
        let thread = match existing {
            Some(case) => {
                if offer.minor && !case.minor {
                    let barred = case.barred.clone();
                    pen.own(case.thread, SafeguardsChanged { minor: true, barred }, Vec::new());
                }
                case.thread
            }
            None => {
                let thread = pen.ctx.ids.thread();
                let opened =
                    CaseOpened { minor: offer.minor, barred: Vec::new(), referral: Some(referral.thread) };
                pen.own(thread, opened, Vec::new());
                thread
            }
        };
        let link = CaseLinked {
            referral: referral.thread,
            other: referral.from,
            side: LinkSide::Receiver,
            kind: offer.kind,
            consent: None,
            released: referral.sender.consent.as_ref().map(|chain| chain.head),
        };
        pen.own(thread, link, Vec::new());
        Ok(())
    }
}

/// She comes back to a case that this office handed over: nobody is handed over to who answers for her already.
fn takes_back(case: &CaseState, world: &World<'_>, me: OfficeId) -> Decided {
    // A case in which nothing was shared yet was opened for her arrival.
    let responsible = !case.links.is_empty() && responsible_office(me, case, world.linked) == me;
    let open = world.linked.iter().any(|linked| linked.is_open_hand_over());
    if responsible || open { Err(Refusal::OwnCare {}) } else { Ok(()) }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::referral::ReferralKind;
    use crate::responsible::responsible_office;
    use crate::section::Field;
    use crate::story::*;
    use crate::time::DAY;
    use crate::words::{Category, EndedBy};

    #[test]
    fn an_accept_opens_a_case_and_links_it_in_the_same_commit() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        assert_eq!(
            story.when(SOUTH, accept(thread)),
            Ok(vec!["ReferralAccepted", "CaseOpened", "CaseLinked"])
        );
        let case = story.offices[&SOUTH].case_of(thread).unwrap();
        assert_eq!(case.came_by, Some(thread));
        let linked = [story.referral(SOUTH, thread)];
        assert_eq!(responsible_office(SOUTH, case, &linked), NORTH, "accepting does not move responsibility");
    }

    #[test]
    fn a_case_that_is_open_already_can_be_linked() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        let own = story.given(SOUTH, OpenCase::default())[0].thread;
        let linking = AcceptReferral { case: Some(own), ..accept(thread) };
        assert_eq!(story.when(SOUTH, linking), Ok(vec!["ReferralAccepted", "CaseLinked"]));
    }

    #[test]
    fn nobody_is_handed_over_to_an_office_that_answers_for_her_already() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        let own = story.given(SOUTH, OpenCase::default())[0].thread;
        let given = story.given(SOUTH, give_consent(own, HARBOUR, &[Category::Triage]))[0].event_id;
        story.given(SOUTH, offer(own, HARBOUR, ReferralKind::Service, given));
        let linking = AcceptReferral { case: Some(own), ..accept(thread) };
        assert_eq!(story.refusal(SOUTH, linking), "OWN_CARE");
    }

    #[test]
    fn a_person_referred_into_a_case_opened_for_her_is_in_the_care_of_who_referred_her() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, SOUTH, &[Category::Triage]);
        let thread = story.given(NORTH, offer(case, SOUTH, ReferralKind::Service, given))[0].thread;
        story.mail();
        let own = story.given(SOUTH, OpenCase::default())[0].thread;
        story.given(SOUTH, AcceptReferral { case: Some(own), ..accept(thread) });
        story.mail();
        let linked = [story.referral(SOUTH, thread)];
        assert_eq!(responsible_office(SOUTH, &story.offices[&SOUTH].cases[&own], &linked), NORTH);
        let to_haven = story.given(SOUTH, give_consent(own, HAVEN, &[Category::Triage]))[0].event_id;
        let onward = offer(own, HAVEN, ReferralKind::Service, to_haven);
        assert_eq!(story.refusal(SOUTH, onward), "ONWARD_NOT_CONSENTED");
    }

    #[test]
    fn a_minor_stays_a_minor_in_a_case_that_was_open_already() {
        let mut story = network();
        let case = story.given(NORTH, OpenCase { minor: true, ..OpenCase::default() })[0].thread;
        let mut given = give_consent(case, SOUTH, &[Category::Triage]);
        given.record = vec![(Field::ConsentGuardian, "guardian".into())];
        let given = story.given(NORTH, given)[0].event_id;
        let thread = story.given(NORTH, offer(case, SOUTH, ReferralKind::Service, given))[0].thread;
        story.mail();
        let own = story.given(SOUTH, OpenCase::default())[0].thread;
        let linking = AcceptReferral { case: Some(own), ..accept(thread) };
        let written = story.when(SOUTH, linking);
        assert_eq!(written, Ok(vec!["ReferralAccepted", "SafeguardsChanged", "CaseLinked"]));
        assert!(story.offices[&SOUTH].cases[&own].minor);
    }

    #[test]
    fn the_sender_confirms_by_itself_and_discloses_what_is_consented_and_recorded() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        assert_eq!(story.phase(NORTH, thread), "disclosed");
        assert_eq!(story.phase(SOUTH, thread), "disclosed");
        let (_, disclosed) = story.referral(SOUTH, thread).sender.disclosed.unwrap();
        let expected = [Category::Identity, Category::Contact, Category::Safety, Category::Travel];
        assert_eq!(disclosed.to_vec(), expected, "health is recorded but not consented");
    }

    #[test]
    fn an_accept_after_the_end_of_the_offer_is_refused() {
        let mut story = network();
        let (.., thread) = offered(&mut story);
        story.now = story.now.plus(15 * DAY);
        assert_eq!(story.refusal(SOUTH, accept(thread)), "OFFER_EXPIRED");
    }

    #[test]
    fn what_was_answered_or_withdrawn_is_not_accepted() {
        let mut story = network();
        let (.., thread) = accepted(&mut story);
        assert_eq!(story.refusal(SOUTH, accept(thread)), "WRONG_PHASE");
        assert_eq!(story.refusal(NORTH, accept(thread)), "NOT_THE_RECEIVER");
        let mut story = network();
        let (.., thread) = offered(&mut story);
        story.given(NORTH, WithdrawReferral { referral: thread, by: EndedBy::Sender, note: None });
        story.mail();
        assert_eq!(story.refusal(SOUTH, accept(thread)), "REFERRAL_ENDED");
    }

    #[test]
    fn the_red_line_travels_with_the_person() {
        let mut story = network();
        let (case, _, thread) = offered(&mut story);
        story.given(NORTH, SetSafeguards { case, minor: false, barred: vec![ORIGIN] });
        story.given(SOUTH, accept(thread));
        story.mail();
        let own = story.offices[&SOUTH].case_of(thread).unwrap().thread;
        let refused = story.refusal(SOUTH, give_consent(own, EMBASSY, &[Category::Triage]));
        assert_eq!(refused, "RED_LINE_COUNTRY_OF_ORIGIN");
    }
}
