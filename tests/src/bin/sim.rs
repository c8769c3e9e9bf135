//! `cargo sim`: plays many seeds, or one file again, and writes what fails as a short text.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use waymark_tests::simulation::broken::Broken;
use waymark_tests::simulation::conduct::Conduct;
use waymark_tests::simulation::plan::Plan;
use waymark_tests::simulation::play::{Failure, Played, Tally, play_often};
use waymark_tests::simulation::{file, found, seeds};

/// Plays offices that do anything in any order while machines and mail fail.
#[derive(Parser)]
struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed; otherwise one nobody has chosen.
    #[arg(long)]
    from: Option<u64>,
    /// Play this file instead.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Rules that are wrong on purpose.
    #[arg(long, value_enum)]
    broken: Option<BrokenRules>,
    /// Say how often each command was carried out and refused.
    #[arg(long)]
    tally: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum BrokenRules {
    /// A grant is taken over whatever the consent says.
    Grants,
    /// A withdrawal is not acknowledged.
    Answers,
    /// Two hand-overs are open at once.
    HandOvers,
    /// The sender discloses after a withdrawal.
    Withdrawals,
    /// Nothing is erased.
    Erasures,
}

impl Options {
    fn conduct(&self) -> Conduct {
        self.broken.map_or_else(Conduct::default, |broken| {
            match broken {
                BrokenRules::Grants => Broken::EveryGrantIsTaken,
                BrokenRules::Answers => Broken::NoWithdrawalIsAnswered,
                BrokenRules::HandOvers => Broken::HandOversOverlap,
                BrokenRules::Withdrawals => Broken::WithdrawalIsNotHeeded,
                BrokenRules::Erasures => Broken::NothingIsErased,
            }
            .conduct()
        })
    }
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let conduct = options.conduct();
    let failed = match &options.replay {
        Some(path) => replay(&found::read(path)?, &conduct),
        None => play_seeds(&options, &conduct)?,
    };
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Plays one file, and shows what became of each step.
fn replay(plan: &Plan, conduct: &Conduct) -> bool {
    match play_often(plan, conduct) {
        Ok(played) => {
            say(&file::write(plan, "it passes", &played.notes));
            false
        }
        Err(failure) => {
            let plan = plan.with(plan.steps.iter().take(failure.step + 1).copied().collect());
            say(&file::write(&plan, &failure.breach.to_string(), &failure.played.notes));
            true
        }
    }
}

fn play_seeds(options: &Options, conduct: &Conduct) -> Result<bool> {
    let from = match options.from {
        Some(from) => from,
        None => seeds::fresh()?,
    };
    let plans: Vec<Plan> = (0..options.seeds).map(|seed| Plan::of(from.wrapping_add(seed))).collect();
    let bar = bar(plans.len() as u64);
    let mut failed = Vec::<(Plan, Box<Failure>)>::new();
    let mut commands = Commands::default();
    seeds::play_all(&plans, conduct, |plan, outcome| {
        match outcome {
            Ok(played) => commands.count(&played),
            Err(failure) => {
                bar.suspend(|| say(&format!("seed {}: {}", plan.seed, failure.breach)));
                failed.push((plan.clone(), failure));
            }
        }
        bar.inc(1);
        true
    });
    bar.finish_and_clear();
    if options.tally {
        commands.tell();
    }
    say(&format!("{} seeds from {from}: {} failed; {}", plans.len(), failed.len(), commands.total()));
    // The first of each kind is made short: the others are likely the same.
    let mut rules_broken = Vec::new();
    for (plan, failure) in &failed {
        if !rules_broken.contains(&failure.breach.rule) {
            rules_broken.push(failure.breach.rule);
            let (path, text) =
                found::record(&found::failures(), plan, failure.clone(), conduct, found::TRIES)?;
            say(&format!("\n{}\n{text}", path.display()));
        }
    }
    Ok(!failed.is_empty())
}

/// How often each command was carried out, and refused, where the seed passed.
#[derive(Default)]
struct Commands(Tally);

impl Commands {
    fn count(&mut self, played: &Played) {
        played.commands.iter().for_each(|(what, times)| *self.0.entry(*what).or_default() += times);
    }

    fn tell(&self) {
        self.0.iter().for_each(|((name, reason), times)| say(&format!("{times:6} {name} {reason}")));
    }

    fn total(&self) -> String {
        let done = self.0.iter().filter(|((_, reason), _)| reason.is_empty()).map(|(_, times)| times);
        let (done, all) = (done.sum::<usize>(), self.0.values().sum::<usize>());
        format!("{done} commands were carried out, {} refused", all - done)
    }
}

/// A bar where somebody watches.
fn bar(length: u64) -> ProgressBar {
    let target =
        if stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} seeds {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn say(text: &str) {
    // A closed pipe ends the telling.
    let _ = writeln!(stdout(), "{text}");
}
