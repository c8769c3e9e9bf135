//! One step of a simulation, and how it is written in a file: a word and a few numbers.
//!
//! What a step means depends on how things stand, so every step can be left out and the rest still means something: that is what
//! makes a failing run short.

use std::fmt;
use std::str::FromStr;

use super::deeds;
use super::hostile::Attack;

/// One step. Offices count from 1; a `choice` decides between what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An office does what comes next in one of its cases or referrals.
    GoesOn(u16, u32),
    /// An office tries one thing, which may be refused.
    Tries(u16, &'static str, u32),
    /// Mail is collected, and so many letters are delivered.
    Mail(u16, u32),
    /// Time passes, in seconds.
    Passes(u64),
    /// All mail under way is lost.
    Loses,
    /// Two offices no longer reach each other.
    Cuts(u16, u16),
    /// Everybody reaches everybody.
    Heals,
    /// An office is killed.
    Crashes(u16),
    /// An office is killed in the middle of something: when it has drawn so many random numbers more.
    Falters(u16, u32),
    /// An office stops cleanly.
    Stops(u16),
    /// An office starts.
    Starts(u16),
    /// The hostile office does something to another.
    Attacks(Attack, u16, u32),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoesOn(office, choice) => write!(f, "goes_on {office} {choice}"),
            Self::Tries(office, what, choice) => write!(f, "tries {office} {what} {choice}"),
            Self::Mail(letters, choice) => write!(f, "mail {letters} {choice}"),
            Self::Passes(seconds) => write!(f, "passes {seconds}"),
            Self::Loses => write!(f, "loses"),
            Self::Cuts(one, other) => write!(f, "cuts {one} {other}"),
            Self::Heals => write!(f, "heals"),
            Self::Crashes(office) => write!(f, "crashes {office}"),
            Self::Falters(office, draws) => write!(f, "falters {office} {draws}"),
            Self::Stops(office) => write!(f, "stops {office}"),
            Self::Starts(office) => write!(f, "starts {office}"),
            Self::Attacks(attack, victim, choice) => write!(f, "attacks {} {victim} {choice}", attack.word()),
        }
    }
}

/// A line is not a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAStep(pub String);

impl fmt::Display for NotAStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a step: {}", self.0)
    }
}

impl std::error::Error for NotAStep {}

impl FromStr for Step {
    type Err = NotAStep;

    fn from_str(line: &str) -> Result<Self, NotAStep> {
        let words: Vec<&str> = line.split_whitespace().collect();
        read(&words).ok_or_else(|| NotAStep(line.to_owned()))
    }
}

fn read(words: &[&str]) -> Option<Step> {
    Some(match words {
        ["goes_on", office, choice] => Step::GoesOn(number(office)?, number(choice)?),
        ["tries", office, what, choice] => Step::Tries(number(office)?, deeds::named(what)?, number(choice)?),
        ["mail", letters, choice] => Step::Mail(number(letters)?, number(choice)?),
        ["passes", seconds] => Step::Passes(number(seconds)?),
        ["loses"] => Step::Loses,
        ["cuts", one, other] => Step::Cuts(number(one)?, number(other)?),
        ["heals"] => Step::Heals,
        ["crashes", office] => Step::Crashes(number(office)?),
        ["falters", office, draws] => Step::Falters(number(office)?, number(draws)?),
        ["stops", office] => Step::Stops(number(office)?),
        ["starts", office] => Step::Starts(number(office)?),
        ["attacks", attack, victim, choice] => {
            Step::Attacks(Attack::from_word(attack)?, number(victim)?, number(choice)?)
        }
        _ => return None,
    })
}

fn number<N: FromStr>(word: &str) -> Option<N> {
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_reads_back_from_its_line() {
        let attacks = Attack::ALL.iter().map(|attack| Step::Attacks(*attack, 2, 7));
        let tries = deeds::names().map(|name| Step::Tries(3, name, 9));
        let others = [
            Step::GoesOn(1, 2),
            Step::Mail(3, 4),
            Step::Passes(5),
            Step::Loses,
            Step::Cuts(1, 2),
            Step::Heals,
            Step::Crashes(1),
            Step::Falters(2, 3),
            Step::Stops(4),
            Step::Starts(5),
        ];
        for step in others.into_iter().chain(attacks).chain(tries) {
            assert_eq!(step.to_string().parse(), Ok(step));
        }
        assert!("crashes everybody".parse::<Step>().is_err());
    }
}
