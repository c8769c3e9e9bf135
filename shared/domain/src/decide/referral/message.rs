//! A working message between the two parties.

use crate::command::SendMessage;
use crate::decide::check::{party, reply_key, text};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::MessageSent;
use crate::referral::Ending;
use crate::referral::Phase;
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for SendMessage {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = party(world, pen.ctx.me)?;
        text("the message", &self.text)?;
        match referral.phase() {
            Phase::Ended(Ending::HandedOver | Ending::Completed(_) | Ending::JourneyOver) => {}
            Phase::Ended(ending) => {
                return Err(Refusal::ReferralEnded { phase: Phase::Ended(ending).word() });
            }
            Phase::Drafted
            | Phase::Offered
            | Phase::Delivered
            | Phase::Acknowledged
            | Phase::InformationRequested
            | Phase::Accepted
            | Phase::Confirmed
            | Phase::Disclosed
            | Phase::ServiceScheduled(_)
            | Phase::InProgress
            | Phase::CancellationRequested => {}
        }
        let opening = reply_key(world, pen.ctx, referral)?;
        pen.reply(referral, MessageSent {}, opening, message(&self.text));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::command::*;
    use crate::event::Event;
    use crate::event::consent::RegrantRequested;
    use crate::event::referral::ReferralKind;
    use crate::ids::ThreadId;
    use crate::story::*;
    use crate::time::{DAY, Day};
    use crate::words::{Category, EndedBy, GoNoGo};

    /// Everything that would tell the other office something of her.
    fn everything(referral: ThreadId, today: Day) -> Vec<Command> {
        vec![
            SendMessage { referral, text: "how is she?".into() }.into(),
            AssessRisk { assessed_on: today, ..assess(referral, GoNoGo::Go) }.into(),
            DiscloseSections { referral, categories: vec![Category::Travel] }.into(),
        ]
    }

    #[test]
    fn red_line_after_the_last_day_of_the_consent_nothing_sealed_goes_out() {
        let mut story = network();
        let (.., referral) = accepted(&mut story);
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY.plus(20) });
        story.mail();
        story.now = story.now.plus(181 * DAY);
        let today = story.now.day();
        for command in everything(referral, today) {
            assert_eq!(story.refusal(NORTH, command), "CONSENT_EXPIRED");
        }
        assert_eq!(story.refusal(SOUTH, SendMessage { referral, text: "well".into() }), "CONSENT_EXPIRED");
    }

    #[test]
    fn on_her_way_what_her_safety_needs_is_said_also_after_the_last_day() {
        let mut story = network();
        let (.., referral) = departed(&mut story);
        story.now = story.now.plus(181 * DAY);
        assert!(story.when(NORTH, SendMessage { referral, text: "the train is late".into() }).is_ok());
    }

    #[test]
    fn an_offer_does_not_outlive_its_consent() {
        let mut story = network();
        let case = open_case(&mut story);
        let mut giving = give_consent(case, SOUTH, &[Category::Triage]);
        giving.scope.until = TODAY.plus(2);
        let given = story.given(NORTH, giving)[0].event_id;
        let referral = story.given(NORTH, offer(case, SOUTH, ReferralKind::Service, given))[0].thread;
        story.mail();
        let offered = story.referral(SOUTH, referral).sender.offer.clone().unwrap();
        assert_eq!(offered.deadlines.expires_at.day(), TODAY.plus(2));
    }

    #[test]
    fn lost_keys_are_not_wrapped_again_after_the_end_and_never_for_more_than_was_disclosed() {
        let mut story = network();
        let case = story.given(NORTH, OpenCase::default())[0].thread;
        story.given(NORTH, record(case, Category::Identity));
        let given = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
        let referral = story.given(NORTH, offer(case, SOUTH, ReferralKind::HandOver, given))[0].thread;
        story.mail();
        story.given(SOUTH, accept(referral));
        story.mail();
        story.given(NORTH, record(case, Category::Travel));
        story.writes(SOUTH, referral, RegrantRequested { keys: Vec::new() });
        story.mail();
        let answers = story.offices[&SOUTH].log.iter().filter_map(|entry| match &entry.event {
            Event::SectionsRegranted(again) => Some(again.categories.clone()),
            _other => None,
        });
        assert_eq!(answers.collect::<Vec<_>>(), [[Category::Identity]], "travel was recorded, not disclosed");
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Person, note: None });
        story.mail();
        let before = story.offices[&NORTH].log.len();
        story.writes(SOUTH, referral, RegrantRequested { keys: Vec::new() });
        story.mail();
        assert_eq!(story.offices[&NORTH].log.len(), before + 1, "the request, and no answer with data");
    }
}
