//! The model that `stateright` explores: the first state, the steps, and when nothing is left that happens by itself.

use stateright::{Model, Property};
use waymark_domain::ids::ThreadId;

use crate::ALWAYS;
use crate::broken::Broken;
use crate::deeds::Deed;
use crate::office::Office;
use crate::reached::REACHED;
use crate::scene;
use crate::system::{Fault, Rules, Side, State};

/// Two offices, what people may do there, how often each may crash, and how far the clock goes.
#[derive(Debug, Clone)]
pub(crate) struct Protocol {
    pub(crate) rules: Rules,
    pub(crate) deeds: &'static [Deed],
    pub(crate) may_crash: &'static [Side],
    /// The last tick.
    pub(crate) until: usize,
    /// What must be reached.
    pub(crate) reaches: &'static [&'static str],
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A letter comes, is kept, and is answered.
    Hears(Side),
    /// A letter comes and is kept; the office crashes before it answers.
    HearsAndCrashes(Side),
    /// The office crashes and starts again while nothing waits for an answer: it looks at everything again.
    Crashes(Side),
    /// After the restart everything is looked at again.
    AnswersAgain(Side),
    /// What time has made due is written.
    MeetsDeadlines(Side),
    /// What is to be erased is.
    Erases(Side),
    /// The clock goes on.
    TimePasses,
    /// People do something in a thread.
    Does(Side, Deed, ThreadId),
}

impl Protocol {
    pub(crate) fn new(deeds: &'static [Deed]) -> Self {
        let view = scene::network(Side::BOTH.map(Side::id));
        let rules = Rules { view, broken: None };
        Self { rules, deeds, may_crash: &[], until: 0, reaches: &[] }
    }

    pub(crate) fn breaking(self, broken: Broken) -> Self {
        let rules = Rules { broken: Some(broken), ..self.rules };
        Self { rules, reaches: &[], ..self }
    }

    /// The case is opened, she consents, and the hand-over is offered.
    fn begun(&self) -> State {
        let (north, south) = (Office::default(), Office::default());
        let mut state = State { tick: 0, north, south, faults: Vec::new() };
        let (rules, me) = (&self.rules, Side::North);
        let done = "an office may do this";
        state.command(rules, me, &scene::open_case()).expect(done);
        let case = state.north.folded.cases.keys().next().copied().expect("the case");
        state.command(rules, me, &scene::record_identity(case)).expect(done);
        state.command(rules, me, &scene::consent(case, Side::South.id())).expect(done);
        let consents = state.north.folded.cases.values().flat_map(|case| &case.consents);
        let consent = consents.map(|consent| consent.id).next().expect("the consent");
        let offer = scene::offer(case, Side::South.id(), consent, state.now());
        state.command(rules, me, &offer).expect(done);
        state
    }

    /// Every letter is heard and answered, and nothing is due: what happens from now on, people do, or time.
    pub(crate) fn is_quiet(&self, state: &State) -> bool {
        let all_heard = |me: Side| !state.office(me).to_answer_again && state.under_way(me) == 0;
        let erases = self.rules.broken != Some(Broken::NothingErased);
        let rests = |me: Side| {
            let due = |thread: &ThreadId| state.is_due(&self.rules, me, *thread);
            let owes = erases && state.owes_erasure(me).is_some();
            !owes && !state.office(me).folded.referrals.keys().any(due)
        };
        Side::BOTH.into_iter().all(all_heard) && Side::BOTH.into_iter().all(rests)
    }

    fn hears(&self, state: &mut State, me: Side) -> Option<()> {
        let letter = state.keep(&self.rules, me);
        for entry in &letter {
            state.answer(&self.rules, me, entry);
            if state.answer(&self.rules, me, entry) {
                state.fault(Fault::AnsweredTwice);
            }
        }
        Some(())
    }

    fn hears_and_crashes(&self, state: &mut State, me: Side) -> Option<()> {
        state.keep(&self.rules, me);
        let office = state.office_mut(me);
        office.crashed = true;
        office.to_answer_again = self.rules.broken != Some(Broken::AnswerForgotten);
        Some(())
    }

    fn crashes(&self, state: &mut State, me: Side) -> Option<()> {
        state.office_mut(me).crashed = true;
        state.answer_again(&self.rules, me);
        Some(())
    }

    fn steps_of(&self, state: &State, me: Side, steps: &mut Vec<Step>) {
        let office = state.office(me);
        let may_crash = self.may_crash.contains(&me) && !office.crashed;
        if state.under_way(me) > 0 {
            steps.push(Step::Hears(me));
            if may_crash {
                steps.push(Step::HearsAndCrashes(me));
            }
        }
        if may_crash && office.heard > 0 {
            steps.push(Step::Crashes(me));
        }
        if office.to_answer_again {
            steps.push(Step::AnswersAgain(me));
        }
        steps.push(Step::MeetsDeadlines(me));
        steps.push(Step::Erases(me));
        for thread in office.folded.referrals.keys() {
            steps.extend(self.deeds.iter().map(|deed| Step::Does(me, *deed, *thread)));
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![self.begun()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        Side::BOTH.into_iter().for_each(|me| self.steps_of(state, me, steps));
        if state.tick < self.until {
            steps.push(Step::TimePasses);
        }
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = state.clone();
        let (state, rules) = (&mut next, &self.rules);
        match step {
            Step::Hears(me) => self.hears(state, me),
            Step::HearsAndCrashes(me) => self.hears_and_crashes(state, me),
            Step::Crashes(me) => self.crashes(state, me),
            Step::AnswersAgain(me) => {
                state.answer_again(rules, me);
                Some(())
            }
            Step::MeetsDeadlines(me) => state.meet_deadlines(rules, me).then_some(()),
            Step::Erases(me) => state.erase(rules, me),
            Step::TimePasses => {
                state.tick += 1;
                Some(())
            }
            Step::Does(me, deed, thread) => deed.done(state, rules, me, thread),
        }?;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let reached = REACHED.iter().filter(|(name, _)| self.reaches.contains(name));
        let reached = reached.map(|(name, holds)| Property::sometimes(name, *holds));
        let always = ALWAYS.iter().map(|(name, holds)| Property::always(name, *holds));
        always.chain(reached).collect()
    }
}
