//! Makes a failing plan short: steps that are not needed for the same breach are left out, many at once first, then one by one.

use super::conduct::Conduct;
use super::plan::Plan;
use super::play::{Failure, play};

/// The shortest plan found that still breaks the same rule, and how it does; at most `tries` plans are played.
#[must_use]
pub fn shrink(plan: &Plan, failure: Box<Failure>, conduct: &Conduct, tries: usize) -> (Plan, Box<Failure>) {
    let steps = plan.steps.iter().take(failure.step + 1).copied().collect();
    let mut best = (plan.with(steps), failure);
    let mut left = tries;
    let mut chunk = best.0.steps.len() / 2;
    while chunk > 0 && left > 0 {
        let mut from = 0;
        while from < best.0.steps.len() && left > 0 {
            left -= 1;
            let before = best.0.steps.iter().take(from);
            let steps = before.chain(best.0.steps.iter().skip(from + chunk)).copied().collect();
            let shorter = best.0.with(steps);
            match play(&shorter, conduct) {
                Err(failure) if failure.breach.rule == best.1.breach.rule => best = (shorter, failure),
                Err(_) | Ok(_) => from += chunk,
            }
        }
        chunk /= 2;
    }
    best
}
