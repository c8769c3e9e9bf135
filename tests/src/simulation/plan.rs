//! What happens in a simulation: how many offices there are and the steps, all drawn from one seed before anything runs.

use super::chance::Chance;
use super::deeds;
use super::hostile::Attack;
use super::step::Step;

/// Steps of one seed.
const STEPS: usize = 400;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// From which mail draws its delays, and desks their ids.
    pub seed: u64,
    /// Honest offices. Every third is a shelter.
    pub offices: u16,
    /// One more office stands in the roster and is hostile.
    pub hostile: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let hostile = chance.one_in(2);
        let offices = 3 + chance.below(if hostile { 5 } else { 6 }) as u16;
        let mut draw = Draw { chance, offices, hostile, down: Vec::new() };
        let steps = (0..STEPS).map(|_| draw.step()).collect();
        Self { seed, offices, hostile, steps }
    }

    /// The same with other steps.
    #[must_use]
    pub fn with(&self, steps: Vec<Step>) -> Self {
        Self { steps, ..self.clone() }
    }
}

/// Draws steps; remembers whom it has ended, to start them again.
struct Draw {
    chance: Chance,
    offices: u16,
    hostile: bool,
    down: Vec<u16>,
}

impl Draw {
    fn step(&mut self) -> Step {
        if !self.down.is_empty() && self.chance.one_in(4) {
            let next = self.chance.position(self.down.len());
            return Step::Starts(self.down.swap_remove(next));
        }
        match self.chance.below(100) {
            0..=39 => Step::GoesOn(self.office(), self.choice()),
            40..=55 => self.tries(),
            56..=81 => Step::Mail(1 + self.chance.below(60) as u16, self.choice()),
            82..=87 => self.passes(),
            88..=89 => self.cuts(),
            90 => Step::Loses,
            91..=92 => self.ends(Step::Crashes),
            93 => self.falters(),
            94 => self.ends(Step::Stops),
            _ => self.attacks(),
        }
    }

    fn tries(&mut self) -> Step {
        let names: Vec<&'static str> = deeds::often().collect();
        let name = self.chance.pick(&names).copied().expect("there are deeds");
        Step::Tries(self.office(), name, self.choice())
    }

    /// Minutes mostly, days sometimes, a month rarely.
    fn passes(&mut self) -> Step {
        Step::Passes(match self.chance.below(24) {
            0..=10 => 60 + self.chance.below(HOUR),
            11..=19 => HOUR + self.chance.below(8 * HOUR),
            20..=22 => self.chance.below(6 * DAY),
            _ => self.chance.below(40 * DAY),
        })
    }

    fn cuts(&mut self) -> Step {
        let (one, other) = (self.office(), self.office());
        if one == other || self.chance.one_in(3) { Step::Heals } else { Step::Cuts(one, other) }
    }

    fn falters(&mut self) -> Step {
        let draws = 1 + self.chance.below(12) as u32;
        self.ends(|office| Step::Falters(office, draws))
    }

    fn ends(&mut self, step: impl FnOnce(u16) -> Step) -> Step {
        let office = self.office();
        if !self.down.contains(&office) {
            self.down.push(office);
        }
        step(office)
    }

    fn attacks(&mut self) -> Step {
        if !self.hostile {
            return Step::GoesOn(self.office(), self.choice());
        }
        let attack = self.chance.pick(Attack::ALL).copied().expect("there are attacks");
        Step::Attacks(attack, self.office(), self.choice())
    }

    fn office(&mut self) -> u16 {
        1 + self.chance.below(u64::from(self.offices)) as u16
    }

    fn choice(&mut self) -> u32 {
        self.chance.below(100_000) as u32
    }
}
