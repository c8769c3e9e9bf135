//! The journey is cleared when every gate is green; at departure every gate is looked at again.

use super::plan::{AHEAD_DAYS_MAX, planned};
use crate::command::{ClearJourney, Depart};
use crate::decide::check::{day_between, peer};
use crate::decide::{Decided, Decision, Pen};
use crate::event::journey::{Departed, JourneyCleared};
use crate::referral::ReferralState;
use crate::referral::journey::{GatesGreen, JourneyPhase, LATE_DAYS};
use crate::refusal::Refusal;
use crate::time::Day;
use crate::words::GoNoGo;
use crate::world::{Party, World};

impl Decision for ClearJourney {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        decided_go(referral)?;
        let today = pen.ctx.now.day();
        leaves(referral, today, today.plus(AHEAD_DAYS_MAX))?;
        peer(world, pen.ctx.me, referral.to)?;
        let green = GatesGreen::check(referral, world, pen.ctx.now)?;
        pen.tell(referral, JourneyCleared { gates: green.into_verdicts() });
        Ok(())
    }
}

impl Decision for Depart {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let referral = planned(world, pen.ctx.me)?;
        decided_go(referral)?;
        let today = pen.ctx.now.day();
        leaves(referral, today, today.plus(1))?;
        // Nobody sets out to an office that does not take part; who is on her way already is met all the same.
        peer(world, pen.ctx.me, referral.to)?;
        // Then the gates: a red one is what the person at the door must hear.
        let green = GatesGreen::check(referral, world, pen.ctx.now)?;
        let phase = referral.journey_phase();
        if phase != JourneyPhase::Cleared {
            return Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "cleared" });
        }
        if [Party::Sender, Party::Receiver].into_iter().any(|party| referral.wants_to_cancel(party).is_some())
        {
            return Err(Refusal::WrongPhase {
                phase: referral.phase().word(),
                needed: "not to be cancelled",
            });
        }
        pen.tell(referral, Departed { gates: green.into_verdicts() });
        Ok(())
    }
}

fn decided_go(referral: &ReferralState) -> Decided {
    match referral.sender.journey.as_ref().and_then(|journey| journey.decided) {
        Some(GoNoGo::Go) => Ok(()),
        Some(GoNoGo::NoGo | GoNoGo::Postponed) | None => {
            Err(Refusal::WrongJourneyPhase { phase: referral.journey_phase().word(), needed: "decided: go" })
        }
    }
}

/// The first leg is to leave between now and `latest`, or left since yesterday. What was booked for a day that has passed is
/// booked anew; who leaves days before the first leg would be on the way with nobody to expect her.
fn leaves(referral: &ReferralState, today: Day, latest: Day) -> Decided {
    let journey = referral.sender.journey.as_deref();
    let Some(first) = journey.and_then(|journey| journey.legs.first()) else { return Ok(()) };
    let earliest = Day(today.0.saturating_sub(LATE_DAYS));
    day_between("the departure of the first leg", first.departs_on, earliest, latest)
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::event::Event;
    use crate::refusal::{Gates, Refusal};
    use crate::story::*;
    use crate::time::{DAY, HOUR};
    use crate::words::{EndedBy, Gate, GoNoGo};
    use crate::world::Standing;

    fn red(gate: Gate) -> Result<Vec<&'static str>, Refusal> {
        Err(Refusal::GatesRed { gates: Gates(vec![gate]) })
    }

    #[test]
    fn a_journey_with_every_gate_green_is_cleared_and_departs() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        assert_eq!(story.journey(NORTH, referral), "booked");
        assert_eq!(story.refusal(NORTH, Depart { referral }), "WRONG_JOURNEY_PHASE", "not cleared yet");
        let drafts = story.given(NORTH, ClearJourney { referral });
        let Event::JourneyCleared(cleared) = &drafts[0].event else { panic!("{drafts:?}") };
        assert!(cleared.gates.iter().all(|verdict| verdict.green && verdict.until >= TODAY));
        assert_eq!(cleared.gates.len(), 7, "she is of age");
        story.given(NORTH, Depart { referral });
        story.mail();
        assert_eq!(story.journey(SOUTH, referral), "departed");
        assert_eq!(story.referral(SOUTH, referral).responsible(), NORTH);
    }

    #[test]
    fn nobody_sets_out_to_a_frozen_office_and_who_is_on_her_way_is_watched_and_met() {
        let freeze = |story: &mut Story, me, other| {
            let view = &mut story.offices.get_mut(&me).unwrap().view;
            view.offices.get_mut(&other).unwrap().standing = Standing::Frozen;
        };
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        freeze(&mut story, NORTH, SOUTH);
        assert_eq!(story.refusal(NORTH, Depart { referral }), "OFFICE_FROZEN");

        let mut story = network();
        let (.., referral) = departed(&mut story);
        freeze(&mut story, NORTH, SOUTH);
        freeze(&mut story, SOUTH, NORTH);
        story.now = leg(1, NORTH).departs_at;
        let at = story.now;
        story.given(NORTH, StartLeg { referral, leg: 1, at });
        let note = Some("she is well".into());
        let check_in = RecordCheckIn { referral, leg: 1, at, note };
        assert_eq!(story.refusal(NORTH, check_in.clone()), "OFFICE_FROZEN");
        story.given(NORTH, RecordCheckIn { note: None, ..check_in });
        story.mail();
        story.given(SOUTH, ConfirmReception { referral, at });
        story.mail();
        assert_eq!(story.referral(NORTH, referral).responsible(), SOUTH);
    }

    #[test]
    fn each_missing_step_is_named_as_its_gate() {
        let steps = [
            ("RecordDocuments", Gate::Documents),
            ("ArrangeReception", Gate::Reception),
            ("NameEscort", Gate::Escort),
            ("ArrangePlace", Gate::Place),
        ];
        for (step, gate) in steps {
            let mut story = network();
            let (.., referral) = prepared(&mut story, &[step]);
            assert_eq!(story.when(NORTH, ClearJourney { referral }), red(gate), "{step}");
        }
    }

    #[test]
    fn without_legs_no_gate_that_needs_an_arrival_is_green() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &["BookLeg", "NameEscort"]);
        let refusal = story.when(NORTH, ClearJourney { referral }).unwrap_err();
        let gates = vec![Gate::Consent, Gate::Documents, Gate::Escort, Gate::Place];
        assert_eq!(refusal, Refusal::GatesRed { gates: Gates(gates) });
        assert_eq!(refusal.to_string(), "these gates are red: consent, documents, escort, place");
    }

    #[test]
    fn gates_are_looked_at_again_at_departure() {
        let mut story = network();
        let (case, consent, referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.mail();
        let no_go = assess(referral, GoNoGo::NoGo);
        story.given(SOUTH, no_go);
        story.mail();
        assert_eq!(story.when(NORTH, Depart { referral }), red(Gate::RiskDestination));
        story.given(SOUTH, assess(referral, GoNoGo::Go));
        story.mail();
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        assert_eq!(story.refusal(NORTH, Depart { referral }), "REFERRAL_ENDED");
    }

    #[test]
    fn an_assessment_grows_old_in_thirty_days() {
        let mut story = network();
        let (.., referral) =
            prepared(&mut story, &["BookLeg", "NameEscort", "ArrangeReception", "ArrangePlace"]);
        story.now = START.plus(30 * DAY);
        let mut only = leg(1, NORTH);
        (only.departs_at, only.arrives_at) = (story.now.plus(HOUR), story.now.plus(30 * HOUR));
        story.given(NORTH, BookLeg { referral, leg: only, itinerary: Vec::new() });
        story.given(NORTH, NameEscort { referral, leg: 1, name: "an escort".into() });
        let today = story.now.day();
        story.given(NORTH, ArrangePlace { from: today, until: today.plus(5), ..private_place(referral) });
        let reception = ArrangeReception { meets_at: START.plus(31 * DAY), ..arrange_reception(referral) };
        story.given(SOUTH, reception);
        story.mail();
        assert!(story.when(NORTH, ClearJourney { referral }).is_ok());
        story.now = START.plus(31 * DAY);
        let gates = Gates(vec![Gate::RiskOrigin, Gate::RiskDestination]);
        assert_eq!(story.when(NORTH, Depart { referral }), Err(Refusal::GatesRed { gates }));
    }

    #[test]
    fn planning_anew_needs_clearing_anew() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.given(NORTH, BookLeg { referral, leg: leg(2, NORTH), itinerary: Vec::new() });
        assert_eq!(story.refusal(NORTH, Depart { referral }), "WRONG_JOURNEY_PHASE");
    }

    #[test]
    fn the_place_for_the_first_nights_must_still_be_kept() {
        let mut story = network();
        let (case, _, referral) = prepared(&mut story, &["ArrangePlace"]);
        let shelter = place_held(&mut story, case);
        story.given(HARBOUR, ConfirmPlace { referral: shelter });
        story.mail();
        let arranging = ArrangePlace { referral, shelter: Some(shelter), from: TODAY, until: TODAY.plus(3) };
        let longer = ArrangePlace { until: TODAY.plus(40), ..arranging.clone() };
        assert_eq!(story.refusal(NORTH, longer), "WRONG_PLACE_PHASE");
        story.given(NORTH, arranging);
        story.given(NORTH, ClearJourney { referral });
        let reason = crate::words::PlaceReason::Full;
        story.given(HARBOUR, ReleasePlace { referral: shelter, reason, note: None });
        story.mail();
        assert_eq!(story.when(NORTH, Depart { referral }), red(Gate::Place));
    }

    #[test]
    fn a_minor_needs_a_guardian_and_a_best_interests_decision() {
        let mut story = network();
        let case = open_case(&mut story);
        story.given(NORTH, SetSafeguards { case, minor: true, barred: Vec::new() });
        let mut giving = give_consent(case, SOUTH, &RETURN_CATEGORIES);
        giving.record = vec![(crate::section::Field::ConsentGuardian, "an aunt".into())];
        let given = story.given(NORTH, giving)[0].event_id;
        let kind = crate::event::referral::ReferralKind::HandOver;
        let referral = story.given(NORTH, offer(case, SOUTH, kind, given))[0].thread;
        story.mail();
        story.given(SOUTH, accept(referral));
        story.mail();
        story.given(NORTH, ProposeJourney { referral, depart_on: TODAY });
        let gates = |story: &Story| {
            let verdicts =
                crate::referral::journey::gates(story.referral(NORTH, referral), None, &[], story.now);
            verdicts.into_iter().find(|verdict| verdict.gate == Gate::Minor).map(|verdict| verdict.green)
        };
        assert_eq!(gates(&story), Some(false));
        story.given(NORTH, BookLeg { referral, leg: leg(1, NORTH), itinerary: Vec::new() });
        story.given(NORTH, SafeguardMinor { referral, decided_on: TODAY });
        assert_eq!(gates(&story), Some(true));
    }

    #[test]
    fn who_is_found_to_be_a_minor_after_the_offer_does_not_depart_and_nothing_more_is_disclosed() {
        let mut story = network();
        let (case, consent, referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.given(NORTH, SetSafeguards { case, minor: true, barred: Vec::new() });
        let gates = Gates(vec![Gate::Consent, Gate::Minor]);
        assert_eq!(story.when(NORTH, Depart { referral }), Err(Refusal::GatesRed { gates }));
        let disclosing = DiscloseSections { referral, categories: vec![crate::words::Category::Travel] };
        assert_eq!(story.refusal(NORTH, disclosing), "CONSENT_WITHOUT_GUARDIAN");
        let renewing = RenewConsent { case, consent, until: TODAY.plus(200) };
        assert_eq!(story.refusal(NORTH, renewing), "CONSENT_WITHOUT_GUARDIAN");
        let kind = crate::event::referral::ReferralKind::HandOver;
        story.given(NORTH, WithdrawReferral { referral, by: EndedBy::Sender, note: None });
        story.mail();
        assert_eq!(story.refusal(NORTH, offer(case, SOUTH, kind, consent)), "CONSENT_WITHOUT_GUARDIAN");
        story.given(NORTH, WithdrawConsent { case, consent, by: EndedBy::Person });
        let mut giving = give_consent(case, SOUTH, &RETURN_CATEGORIES);
        giving.record = vec![(crate::section::Field::ConsentGuardian, "an aunt".into())];
        let given = story.given(NORTH, giving)[0].event_id;
        let again = story.given(NORTH, offer(case, SOUTH, kind, given))[0].thread;
        story.mail();
        assert!(
            story.referral(SOUTH, again).sender.offer.as_ref().unwrap().minor,
            "and the other office knows"
        );
    }

    #[test]
    fn an_accept_of_an_offer_for_somebody_found_to_be_a_minor_meanwhile_is_not_confirmed() {
        let mut story = network();
        let (case, _, referral) = offered(&mut story);
        story.given(NORTH, SetSafeguards { case, minor: true, barred: Vec::new() });
        story.given(SOUTH, accept(referral));
        story.mail();
        assert_eq!(story.phase(SOUTH, referral), "withdrawn_by_sender");
        assert!(story.referral(NORTH, referral).sender.disclosed.is_none());
    }

    #[test]
    fn a_place_on_a_hold_that_ends_before_the_first_nights_do_is_not_a_place() {
        let mut story = network();
        let (case, _, referral) = prepared(&mut story, &["ArrangePlace"]);
        let shelter = place_held(&mut story, case);
        let arranging = ArrangePlace { referral, shelter: Some(shelter), from: TODAY, until: TODAY.plus(9) };
        story.given(NORTH, arranging);
        assert_eq!(story.when(NORTH, ClearJourney { referral }), red(Gate::Place), "held for a day");
        story.given(
            HARBOUR,
            ReleasePlace { referral: shelter, reason: crate::words::PlaceReason::Other, note: None },
        );
        story.mail();
        story.given(NORTH, request(shelter));
        story.mail();
        let until = Some(TODAY.plus(4).start());
        story.given(HARBOUR, HoldPlace { referral: shelter, unit: UNIT, until });
        story.mail();
        let drafts = story.given(NORTH, ClearJourney { referral });
        let Event::JourneyCleared(cleared) = &drafts[0].event else { panic!("{drafts:?}") };
        let place = cleared.gates.iter().find(|verdict| verdict.gate == Gate::Place).unwrap();
        assert_eq!(place.until, TODAY.plus(3), "green no longer than the hold");
    }

    #[test]
    fn a_journey_booked_for_days_that_have_passed_is_booked_anew() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.mail();
        let reception = ArrangeReception { meets_at: START.plus(9 * DAY), ..arrange_reception(referral) };
        story.given(SOUTH, reception);
        story.mail();
        story.now = START.plus(2 * DAY);
        assert_eq!(story.refusal(NORTH, ClearJourney { referral }), "DAY_OUT_OF_RANGE");
        assert_eq!(story.refusal(NORTH, Depart { referral }), "DAY_OUT_OF_RANGE");
        let stale = crate::referral::journey::gates(story.referral(NORTH, referral), None, &[], story.now);
        let green: Vec<_> =
            stale.iter().filter(|verdict| verdict.green).map(|verdict| verdict.gate).collect();
        assert_eq!(green, [Gate::RiskOrigin, Gate::RiskDestination, Gate::Reception]);
    }

    #[test]
    fn nobody_departs_days_before_the_first_leg() {
        let mut story = network();
        let (.., referral) =
            prepared(&mut story, &["BookLeg", "NameEscort", "ArrangeReception", "ArrangePlace"]);
        let mut only = leg(1, NORTH);
        (only.departs_at, only.arrives_at) = (START.plus(3 * DAY), START.plus(3 * DAY + HOUR));
        story.given(NORTH, BookLeg { referral, leg: only, itinerary: Vec::new() });
        story.given(NORTH, NameEscort { referral, leg: 1, name: "an escort".into() });
        story.given(NORTH, ArrangePlace { until: TODAY.plus(9), ..private_place(referral) });
        let early = ArrangeReception { meets_at: START.plus(DAY), ..arrange_reception(referral) };
        story.given(SOUTH, early.clone());
        story.mail();
        assert_eq!(story.when(NORTH, ClearJourney { referral }), red(Gate::Reception), "before she arrives");
        story.given(SOUTH, ArrangeReception { meets_at: START.plus(3 * DAY + HOUR), ..early });
        story.mail();
        story.given(NORTH, ClearJourney { referral });
        assert_eq!(story.refusal(NORTH, Depart { referral }), "DAY_OUT_OF_RANGE");
        story.now = START.plus(2 * DAY);
        assert!(story.when(NORTH, Depart { referral }).is_ok());
    }

    #[test]
    fn a_leg_that_is_booked_anew_has_its_escort_named_anew() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.now = START.plus(HOUR);
        story.given(NORTH, BookLeg { referral, leg: leg(2, SOUTH), itinerary: Vec::new() });
        assert_eq!(story.when(NORTH, ClearJourney { referral }), red(Gate::Escort));
        story.mail();
        story.given(SOUTH, NameEscort { referral, leg: 2, name: "another".into() });
        story.mail();
        assert!(story.when(NORTH, ClearJourney { referral }).is_ok());
        story.given(NORTH, BookLeg { referral, leg: leg(1, NORTH), itinerary: Vec::new() });
        assert_eq!(story.when(NORTH, ClearJourney { referral }), red(Gate::Escort), "its own escort too");
    }

    #[test]
    fn nobody_departs_while_one_party_wants_to_cancel() {
        let mut story = network();
        let (.., referral) = prepared(&mut story, &[]);
        story.given(NORTH, ClearJourney { referral });
        story.given(SOUTH, RequestCancellation { referral, note: None });
        story.mail();
        assert_eq!(story.refusal(NORTH, Depart { referral }), "WRONG_PHASE");
        story.now = START.plus(HOUR);
    }
}
