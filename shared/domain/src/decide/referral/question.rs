//! The receiver asks before it answers the offer; the sender replies. Both texts are sealed to the thread's keys.

use crate::command::{AnswerQuestion, AskQuestion};
use crate::decide::check::{received, sent, text, thread_key, unanswered};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::event::referral::{QuestionAnswered, QuestionAsked};
use crate::refusal::Refusal;
use crate::world::{Party, World};

impl Decision for AskQuestion {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = received(world, pen.ctx.me)?;
        unanswered(referral)?;
        text("the question", &self.text)?;
        let offer = thread_key(referral, Party::Sender)?;
        pen.reply(referral, QuestionAsked {}, offer, message(&self.text));
        Ok(())
    }
}

impl Decision for AnswerQuestion {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = sent(world, pen.ctx.me)?;
        unanswered(referral)?;
        text("the answer", &self.text)?;
        thread_key(referral, Party::Receiver)?;
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
