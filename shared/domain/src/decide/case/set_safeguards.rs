//! What the red lines must know has changed. A country that another office told with the person stays barred; what was
//! offered to an office that is barred from now on is taken back in the same commit.

use crate::command::SetSafeguards;
use crate::consent::Standing;
use crate::decide::check::{countries, open_case, red_lines};
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::SafeguardsChanged;
use crate::event::consent::ConsentWithdrawn;
use crate::event::referral::ReferralWithdrawn;
use crate::ids::{Country, OfficeId};
use crate::referral::ReferralState;
use crate::words::EndedBy;
use crate::world::World;

impl Decision for SetSafeguards {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = open_case(world)?;
        countries(&self.barred)?;
        let me = pen.ctx.me;
        let told = world
            .linked
            .iter()
            .filter(|referral| referral.to == me)
            .flat_map(|referral| &referral.sender.barred);
        // What another office told stays barred, also where nobody repeats it.
        let mut barred: Vec<Country> = self.barred.iter().chain(told).copied().collect();
        barred.sort_unstable();
        barred.dedup();
        pen.own(case.thread, SafeguardsChanged { minor: self.minor, barred: barred.clone() }, Vec::new());
        for referral in world.linked.iter().filter(|referral| is_barred(world, referral, me, &barred)) {
            take_back(referral, pen);
        }
        Ok(())
    }
}

fn is_barred(world: &World<'_>, referral: &ReferralState, me: OfficeId, barred: &[Country]) -> bool {
    let peer = world.office.offices.get(&referral.to);
    referral.from == me && peer.is_some_and(|peer| red_lines(barred, peer).is_err())
}

fn take_back(referral: &ReferralState, pen: &mut Pen<'_, '_>) {
    let by = EndedBy::Sender;
    if let Some(chain) = referral.sender.consent.as_ref().filter(|chain| chain.standing == Standing::InForce)
    {
        pen.tell(referral, ConsentWithdrawn { chain: chain.head, by });
    }
    if !referral.has_ended() && !referral.sender.departed() {
        pen.tell(referral, ReferralWithdrawn { by });
    }
}

#[cfg(test)]
mod tests {
    use crate::command::*;
    use crate::event::referral::ReferralKind::Service;
    use crate::story::*;
    use crate::words::Category;

    #[test]
    fn what_was_offered_to_an_office_that_is_barred_now_is_taken_back() {
        let mut story = network();
        let case = open_case(&mut story);
        let given = consent(&mut story, case, EMBASSY, &[Category::Triage]);
        let referral = story.given(NORTH, offer(case, EMBASSY, Service, given))[0].thread;
        story.given(NORTH, SetSafeguards { case, minor: false, barred: vec![ORIGIN] });
        story.given(NORTH, SetSafeguards { case, minor: true, barred: vec![ORIGIN] });
        story.mail();
        assert_eq!(story.phase(EMBASSY, referral), "withdrawn_by_sender");
        assert!(story.referral(EMBASSY, referral).erasure_due(TODAY).is_some());
    }

    #[test]
    fn no_role_overrides_a_red_line_that_another_office_told() {
        let mut story = network();
        let (case, _, thread) = offered(&mut story);
        story.given(NORTH, SetSafeguards { case, minor: false, barred: vec![ORIGIN] });
        story.given(SOUTH, accept(thread));
        story.mail();
        let own = story.offices[&SOUTH].case_of(thread).unwrap();
        assert_eq!(own.barred, [ORIGIN], "taken over by itself");
        let lifting = SetSafeguards { case: own.thread, minor: false, barred: Vec::new() };
        story.given(SOUTH, lifting);
        let own = story.offices[&SOUTH].case_of(thread).unwrap();
        assert_eq!(own.barred, [ORIGIN], "and not lifted by leaving it out");
    }
}
