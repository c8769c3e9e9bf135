//! How fast Waymark is, beside what this machine can do at most, measured in the same run. Prints one line of JSON a figure.
//!
//! `cargo bench` · `cargo bench -p waymark-tests --bench speed -- --entries 100000` for a short run ·
//! `-- --only append|audit|office|receive|erase|calls` for a part.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "it prints figures, and whatever is unexpected ends it"
)]

mod append;
mod audit;
mod calls;
mod erase;
mod measure;
mod office;
mod receive;
mod report;
#[path = "../../../shared/desk/tests/desk/town.rs"]
#[expect(dead_code, reason = "the tests of the desk use more of it")]
mod town;

use clap::{Parser, ValueEnum};

/// Measures Waymark beside the limits of this machine.
#[derive(Parser)]
struct Arguments {
    /// Entries in the logs that are large.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Only a part.
    #[arg(long)]
    only: Option<Part>,
    /// Reads the snapshots in a folder and prints what they take in memory; the program calls itself so.
    #[arg(long, hide = true)]
    memory: Option<std::path::PathBuf>,
    /// Verifies a bundle and prints the most memory that it takes; the program calls itself so.
    #[arg(long, hide = true)]
    bundle: Option<std::path::PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Append,
    Audit,
    Office,
    Receive,
    Erase,
    Calls,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = arguments.memory {
        office::print_memory(&folder);
        return Ok(());
    }
    if let Some(bundle) = arguments.bundle {
        audit::print_memory(&bundle);
        return Ok(());
    }
    let wanted = |part| arguments.only.is_none_or(|only| only == part);
    let folder = tempfile::tempdir()?;
    let mut missed = 0;
    if wanted(Part::Append) {
        missed += append::run(folder.path(), arguments.entries);
    }
    if wanted(Part::Audit) {
        missed += audit::run(folder.path(), arguments.entries);
    }
    if wanted(Part::Receive) {
        missed += receive::run();
    }
    if wanted(Part::Office) || wanted(Part::Erase) {
        let mut grown = office::Grown::to(arguments.entries);
        if wanted(Part::Office) {
            missed += office::run(&mut grown);
        }
        if wanted(Part::Erase) {
            missed += erase::run(&mut grown.town);
        }
    }
    if wanted(Part::Calls) {
        missed += calls::run(folder.path())?;
    }
    eprintln!("# {missed} reaches missed");
    Ok(())
}
