//! The receiver asks before it answers the offer; the sender replies. Both texts are sealed to the thread's keys.

use crate::command::{AnswerQuestion, AskQuestion};
use crate::decide::check::{received, reply_key, sent, text, unanswered};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{QuestionAnswered, QuestionAsked};
use crate::refusal::Refusal;
use crate::world::World;

impl Decision for AskQuestion {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        text("the question", &self.text)?;
        let offer = reply_key(world, pen.ctx, referral)?;
        pen.reply(referral, QuestionAsked {}, offer, message(&self.text));
        Ok(())
    }
}

impl Decision for AnswerQuestion {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        unanswered(referral)?;
        text("the answer", &self.text)?;
        reply_key(world, pen.ctx, referral)?;
        if !referral.receiver.questions.iter().any(|question| question.event == self.question) {
            return Err(Refusal::NoSuchEntry { entry: self.question });
        }
        if referral.sender.answered.contains(&self.question) {
            return Err(Refusal::AlreadyDone {});
        }
        pen.reply(referral, QuestionAnswered { question: self.question }, self.question, message(&self.text));
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::story::*;

    #[test]
    fn a_question_and_its_answer() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        story.given(SOUTH, AcknowledgeReferral { referral });
        let question = story.given(SOUTH, AskQuestion { referral, text: "Which papers?".into() })[0].event_id;
        story.mail();
        assert_eq!(story.phase(NORTH, referral), "information_requested");
        let answer = AnswerQuestion { referral, question, text: "A passport.".into() };
        story.given(NORTH, answer.clone());
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "acknowledged");
        assert_eq!(story.refusal(NORTH, answer), "ALREADY_DONE");
    }

    #[test]
    fn an_answer_names_a_question_of_the_thread() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        let question = crate::ids::EventId([0; 16]);
        let refused = story.refusal(NORTH, AnswerQuestion { referral, question, text: "?".into() });
        assert_eq!(refused, "NO_SUCH_ENTRY");
    }

    #[test]
    fn an_empty_question_is_refused() {
        let mut story = network();
        let (.., referral) = offered(&mut story);
        assert_eq!(story.refusal(SOUTH, AskQuestion { referral, text: "  ".into() }), "OUT_OF_BOUNDS");
        assert_eq!(story.refusal(NORTH, AskQuestion { referral, text: "a".into() }), "NOT_THE_RECEIVER");
    }
}
