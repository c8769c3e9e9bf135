//! Each side assesses the risk at its own end, with the same matrix; then escorts are named.

use crate::command::{AssessRisk, NameEscort};
use crate::decide::check::{
    booked_leg, confirmed, day_between, hand_over, party, planning, reply_key, text, within,
};
use crate::decide::pen::{given, message};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{EscortNamed, RiskAssessed};
use crate::ids::OfficeId;
use crate::referral::ReferralState;
use crate::referral::journey::ASSESSMENT_DAYS;
use crate::refusal::Refusal;
use crate::section::{Content, RiskMatrix, TEXT_MAX};
use crate::time::Day;
use crate::words::{Category, RiskSide};
use crate::world::{Party, World};

const ROWS_MAX: usize = 64;

impl Decision for AssessRisk {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, party) = planned(world, pen.ctx.me)?;
        let today = pen.ctx.now.day();
        let earliest = Day(today.0.saturating_sub(ASSESSMENT_DAYS));
        day_between("the day of the assessment", self.assessed_on, earliest, today)?;
        within("the threats", self.rows.len(), 0, ROWS_MAX)?;
        for row in &self.rows {
            within("a threat", row.threat.len(), 1, TEXT_MAX)?;
            for score in [row.likelihood, row.severity, row.mitigation] {
                within("a score", usize::from(score), 1, 5)?;
            }
        }
        text("the summary", &self.summary)?;
        let opening = reply_key(world, pen.ctx, referral)?;
        let side = match party {
            Party::Sender => RiskSide::Origin,
            Party::Receiver => RiskSide::Destination,
        };
        let matrix = RiskMatrix { side, rows: self.rows.clone(), summary: self.summary.0.clone() };
        let assessed = RiskAssessed { side, verdict: self.verdict, assessed_on: self.assessed_on };
        pen.reply(referral, assessed, opening, given(Category::Safety, Content::Risk(matrix)));
        Ok(())
    }
}

impl Decision for NameEscort {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let (referral, _) = planned(world, pen.ctx.me)?;
        booked_leg(referral, self.leg)?;
        text("the escort", &self.name)?;
        let opening = reply_key(world, pen.ctx, referral)?;
        pen.reply(referral, EscortNamed { leg: self.leg }, opening, message(&self.name));
        Ok(())
    }
}

fn planned<'w>(world: &World<'w>, me: OfficeId) -> Result<(&'w ReferralState, Party), Refusal> {
    let (referral, party) = party(world, me)?;
    hand_over(referral)?;
    confirmed(referral)?;
    planning(referral)?;
    Ok((referral, party))
}
