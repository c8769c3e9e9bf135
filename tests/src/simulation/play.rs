//! Plays a plan: step by step, with what must hold checked after each; then everybody is up, hears everything, and all of it is
//! checked once more.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use waymark_desk::{Order, SubmitError};
use waymark_domain::command::Command;

use super::chance::Chance;
use super::checks::{Breach, Checked, Checks, Rule};
use super::conduct::Conduct;
use super::deeds::{self, STAFF, View};
use super::plan::Plan;
use super::step::Step;
use super::town::Town;

/// A few times.
const OFTEN: usize = 3;
/// Rounds of mail after which offices that still talk never end.
const ROUNDS_MAX: usize = 400;
/// Seconds of a round: who has just started waits for answers that long and no longer.
const ROUND_SECONDS: u64 = 6;
/// Seconds from the first rest to the second.
const LATER_SECONDS: u64 = 2 * 86_400;
/// Seconds between two rounds in which nothing came: longer each time, until everything that was lost was sent again.
const WAITS: &[u64] = &[60, 60, 120, 300, 600, 1_200, 3_600, 7_200, 14_400, 20_000];

/// How often commands were carried out, or refused for a reason.
pub type Tally = BTreeMap<(&'static str, &'static str), usize>;

/// How a plan went.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// What became of each step, for people.
    pub notes: Vec<String>,
    /// Commands, by name, and by the reason for which they were refused; none: they were carried out.
    pub commands: Tally,
}

/// Where a plan broke a rule.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What was broken.
    pub breach: Breach,
    /// At which step; after the last one, when everybody had heard everything.
    pub step: usize,
    /// How it went until then.
    pub played: Played,
}

/// Plays a plan.
///
/// # Errors
/// The first breach.
pub fn play(plan: &Plan, conduct: &Conduct) -> Result<Played, Box<Failure>> {
    let mut play = Play {
        town: Town::new(plan, conduct),
        checks: Checks::default(),
        played: Played::default(),
        note: String::new(),
    };
    for (step, what) in plan.steps.iter().enumerate() {
        let done = guarded(|| play.step(*what));
        play.played.notes.push(std::mem::take(&mut play.note));
        if let Err(breach) = done {
            return Err(Box::new(Failure { breach, step, played: play.played }));
        }
    }
    match guarded(|| play.settle()) {
        Ok(()) => Ok(play.played),
        Err(breach) => Err(Box::new(Failure { breach, step: plan.steps.len(), played: play.played })),
    }
}

/// Plays a plan a few times: what a desk varies by itself may hide a breach once.
///
/// # Errors
/// The first breach.
pub fn play_often(plan: &Plan, conduct: &Conduct) -> Result<Played, Box<Failure>> {
    for _ in 1..OFTEN {
        play(plan, conduct)?;
    }
    play(plan, conduct)
}

/// Whatever panics is a breach.
fn guarded(work: impl FnOnce() -> Checked) -> Checked {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|thrown| Err(Breach::new(Rule::Panicked, said(&*thrown))))
}

fn said(thrown: &(dyn Any + Send)) -> String {
    let text = thrown.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| thrown.downcast_ref::<String>().cloned()).unwrap_or_else(|| "something".to_owned())
}

struct Play {
    town: Town,
    checks: Checks,
    played: Played,
    /// What became of the step, for people.
    note: String,
}

impl Play {
    fn step(&mut self, step: Step) -> Checked {
        match step {
            Step::GoesOn(office, choice) => self.goes_on(office, choice),
            Step::Tries(office, what, choice) => self.tries(office, what, choice),
            Step::Mail(letters, choice) => {
                self.town.tick();
                let carried = self.town.carry(usize::from(letters), u64::from(choice));
                self.note = format!("{carried} letters");
            }
            Step::Passes(seconds) => {
                self.town.pass(seconds);
                self.town.tick();
                return self.checks.after_time(&self.town);
            }
            Step::Loses => self.note = format!("{} letters", self.town.mail.lose()),
            Step::Cuts(one, other) => self.town.mail.cut(one, other),
            Step::Heals => self.town.mail.heal(),
            Step::Crashes(office) => self.end(office, |office| office.crash()),
            Step::Falters(office, draws) => self.end(office, |office| office.falter(draws)),
            Step::Stops(office) => self.end(office, |office| office.stop()),
            Step::Starts(office) => return self.start(office),
            Step::Attacks(attack, victim, choice) => {
                let Town { hostile, offices, .. } = &mut self.town;
                let victim = offices.get_mut(usize::from(victim).wrapping_sub(1));
                if let (Some(hostile), Some(victim)) = (hostile.as_mut(), victim) {
                    hostile.attack(attack, victim, u64::from(choice));
                }
            }
        }
        self.checks.after_step(&self.town)
    }

    fn end(&mut self, office: u16, how: impl FnOnce(&mut super::office::Office)) {
        if let Some(office) = self.town.office(office) {
            how(office);
        }
    }

    fn start(&mut self, number: u16) -> Checked {
        self.town.start(number).map_err(|fault| {
            Breach::new(Rule::Panicked, format!("office {number} does not open: {fault}"))
        })?;
        if let Some(office) = self.town.office(number) {
            self.checks.after_start(office)?;
        }
        self.checks.after_step(&self.town)
    }

    /// The first few things that are not refused.
    fn goes_on(&mut self, number: u16, choice: u32) {
        let next = self.view(number, |view| deeds::next(view, &mut Chance::new(u64::from(choice))));
        let (commands, mut left) = next.unwrap_or_default();
        let mut done = Vec::new();
        for command in commands {
            if left == 0 {
                break;
            }
            let name = command.name();
            if self.submit(number, command) {
                done.push(name);
                left -= 1;
            }
        }
        if !done.is_empty() {
            self.note = done.join(", ");
        }
    }

    fn tries(&mut self, number: u16, what: &str, choice: u32) {
        let mut chance = Chance::new(u64::from(choice));
        let command = self.view(number, |view| deeds::command(view, what, &mut chance));
        if let Some(command) = command.flatten() {
            self.submit(number, command);
        }
    }

    fn view<T>(&mut self, number: u16, look: impl FnOnce(&View<'_>) -> T) -> Option<T> {
        let (now, others) = (self.town.now(), self.town.others(number));
        let office = self.town.office(number)?;
        office.desk.as_ref()?;
        let view = View::new(office.id, office.shelter, now, others, self.checks.threads_of(number));
        Some(look(&view))
    }

    /// Whether nothing else is to be tried.
    fn submit(&mut self, number: u16, command: Command) -> bool {
        let name = command.name();
        let Some(office) = self.town.office(number) else { return true };
        match office.does(|desk| desk.submit(Order::new(command, STAFF))) {
            Some(Ok(answer)) => {
                self.note = format!("{name} in {}", short(&answer.thread));
                self.count(name, "");
                self.checks.answered(number, answer.events);
                true
            }
            Some(Err(SubmitError::Refused(refusal))) => {
                self.note = format!("{name}: {}", refusal.reason());
                self.count(name, refusal.reason());
                false
            }
            Some(Err(refused)) => {
                self.note = format!("{name}: {refused}").chars().take(60).collect();
                self.count(name, "NOT_NOW");
                false
            }
            None => {
                self.note = format!("{name}, and the power failed");
                true
            }
        }
    }

    fn count(&mut self, name: &'static str, reason: &'static str) {
        *self.played.commands.entry((name, reason)).or_default() += 1;
    }

    /// Everybody is up and hears everything; then all of it is checked.
    fn settle(&mut self) -> Checked {
        self.town.mail.heal();
        self.town.mail.set_calm(true);
        for office in 1..=self.town.offices.len() {
            let number = u16::try_from(office).unwrap_or(0);
            self.end(number, |office| office.falter(0));
            self.start(number)?;
        }
        self.come_to_rest()?;
        // What waits for a time that somebody else confirms, an erasure above all, is due by then.
        self.town.pass(LATER_SECONDS);
        self.come_to_rest()?;
        self.checks.when_quiet(&self.town)
    }

    /// Carries mail until nobody has anything more to say.
    fn come_to_rest(&mut self) -> Checked {
        let mut waits = WAITS.iter();
        for round in 0..ROUNDS_MAX {
            self.town.tick();
            let carried = self.town.carry(usize::MAX, round as u64);
            self.town.pass(ROUND_SECONDS);
            self.checks.after_step(&self.town)?;
            if carried == 0 {
                if self.is_quiet() {
                    return Ok(());
                }
                self.town.pass(waits.next().copied().unwrap_or(20_000));
            }
        }
        Err(Breach::new(Rule::Restless, "the offices never come to rest"))
    }

    /// Nobody honest waits for a receipt of another.
    fn is_quiet(&self) -> bool {
        let hostile = self.town.hostile.as_ref().map(|hostile| hostile.id);
        let waits = |office: &super::office::Office| {
            let waiting = office.desk.as_ref().and_then(|desk| desk.waiting().ok()).unwrap_or_default();
            waiting.iter().any(|waiting| Some(waiting.to) != hostile)
        };
        !self.town.offices.iter().any(waits)
    }
}

fn short(thread: &waymark_domain::ids::ThreadId) -> String {
    thread.to_string().chars().take(6).collect()
}
