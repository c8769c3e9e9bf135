//! Disclosure without consent, to save a life or under a duty to warn: the least categories, two members of staff, a review
//! within 72 hours, the person told. Never an override of a consent; the red lines hold here too.

use crate::basis::is_vital;
use crate::command::{DiscloseInEmergency, ReviewEmergency};
use crate::decide::check::{barred, case, day_between, party, peer, red_lines, shareable, text, thread_key};
use crate::decide::pen::message;
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{BasisOn, SectionDraft, Source};
use crate::event::consent::{EmergencyDeclared, EmergencyDisclosed, EmergencyReviewed};
use crate::refusal::Refusal;
use crate::time::{Day, HOUR};
use crate::words::{EmergencyGround, Institution};
use crate::world::{Party, World};

/// A declared emergency is reviewed within 72 hours.
const REVIEW_SECONDS: u64 = 72 * HOUR;

impl Decision for DiscloseInEmergency {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let me = pen.ctx.me;
        let (referral, side) = party(world, me)?;
        let case = case(world)?;
        let to = referral.office(side.other());
        let recipient = peer(world, me, to)?;
        red_lines(&barred(case, Some(referral), world.linked), recipient)?;
        let authority = matches!(recipient.institution, Institution::Authority | Institution::Embassy);
        if authority && self.ground != EmergencyGround::DutyToWarn {
            return Err(Refusal::AuthorityNotNamed { office: to });
        }
        if self.first == self.second {
            return Err(Refusal::SecondStaffMissing {});
        }
        shareable(&self.categories)?;
        for category in &self.categories {
            if !is_vital(*category) {
                return Err(Refusal::CategoryNeverShared { category: *category });
            }
            if !case.recorded.contains(*category) {
                return Err(Refusal::NotRecorded { category: *category });
            }
        }
        text("the reason", &self.reason)?;
        let opening = thread_key(referral, side.other())?;
        let declared = EmergencyDeclared {
            ground: self.ground,
            categories: self.categories.clone(),
            first: self.first,
            second: self.second,
            review_by: pen.ctx.now.plus(REVIEW_SECONDS),
        };
        let emergency = pen.reply(referral, declared, opening, message(&self.reason));
        let source = |category| SectionDraft { category, source: Source::OfCase(case.thread) };
        let sections = self.categories.iter().copied().map(source).collect();
        let disclosed = EmergencyDisclosed { emergency, categories: self.categories.clone() };
        pen.share(referral, disclosed, BasisOn::Emergency(emergency), sections);
        Ok(())
    }
}

impl Decision for ReviewEmergency {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, side) = party(world, pen.ctx.me)?;
        let own = match side {
            Party::Sender => &referral.sender.emergencies,
            Party::Receiver => &referral.receiver.emergencies,
        };
        let emergency = own.iter().find(|emergency| emergency.event == self.emergency);
        let emergency = emergency.ok_or(Refusal::NoEmergency {})?;
        if emergency.reviewed.is_some() {
            return Err(Refusal::AlreadyDone {});
        }
        let today = pen.ctx.now.day();
        day_between("the day she was told", self.told_on, Day(today.0.saturating_sub(31)), today)?;
        let (emergency, upheld, told_on) = (self.emergency, self.upheld, self.told_on);
        pen.tell(referral, EmergencyReviewed { emergency, upheld, told_on });
        pen.because(emergency);
        Ok(())
    }
}
