//! A plan as a short text: what went wrong, the seed, the offices, one step on a line. What stands behind `#` is for people.

use std::fmt::Write;

use super::plan::Plan;
use super::step::{NotAStep, Step};

/// Writes a plan; `title` says why it is kept, `notes` what became of each step.
#[must_use]
pub fn write(plan: &Plan, title: &str, notes: &[String]) -> String {
    let mut text = String::new();
    let hostile = if plan.hostile { "yes" } else { "no" };
    for line in title.lines() {
        // Writing into a string never fails.
        let _ = writeln!(text, "# {line}");
    }
    let _ = write!(text, "seed {}\noffices {}\nhostile {hostile}\n", plan.seed, plan.offices);
    for (number, step) in plan.steps.iter().enumerate() {
        let line = step.to_string();
        let _ = match notes.get(number).filter(|note| !note.is_empty()) {
            Some(note) => writeln!(text, "{line:32} # {note}"),
            None => writeln!(text, "{line}"),
        };
    }
    text
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// The first line that cannot be read.
pub fn read(text: &str) -> Result<Plan, NotAStep> {
    let mut plan = Plan { seed: 0, offices: 3, hostile: false, steps: Vec::new() };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let wrong = || NotAStep(line.to_owned());
        match line.split_once(' ') {
            _ if line.is_empty() => {}
            Some(("seed", seed)) => plan.seed = seed.parse().map_err(|_| wrong())?,
            Some(("offices", offices)) => plan.offices = offices.parse().map_err(|_| wrong())?,
            Some(("hostile", hostile)) => plan.hostile = hostile == "yes",
            Some(_) | None => plan.steps.push(line.parse::<Step>()?),
        }
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_back_from_its_text() {
        let plan = Plan::of(7);
        let notes = vec!["OpenCase".to_owned()];
        assert_eq!(read(&write(&plan, "two lines\nof why", &notes)), Ok(plan));
    }
}
