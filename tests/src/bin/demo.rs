//! `deploy/demo`: plays a story on this machine and, unless told otherwise, leaves the network running.

use anyhow::Result;
use clap::{Parser, ValueEnum};
use waymark_tests::harness::Network;
use waymark_tests::story::{Narrator, handover, withdrawal};

/// Plays a story with a real hub and three offices on this machine.
#[derive(Parser)]
struct Options {
    /// End everything after the story.
    #[arg(long)]
    once: bool,
    /// Which story.
    #[arg(long, value_enum, default_value_t = Story::Handover)]
    story: Story,
}

#[derive(Clone, Copy, ValueEnum)]
enum Story {
    /// A return case goes from one office to another.
    Handover,
    /// A withdrawal reaches everyone.
    Withdrawal,
}

struct Aloud;

impl Narrator for Aloud {
    fn chapter(&mut self, title: &str) {
        line(&format!("\n{title}"));
    }

    fn say(&mut self, sentence: &str) {
        line(&format!("   {sentence}"));
    }
}

fn line(line: &str) {
    use std::io::Write;
    // A closed pipe ends the telling, not the story.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn main() -> Result<()> {
    let options = Options::parse();
    let folder = tempfile::Builder::new().prefix("waymark-demo-").tempdir()?;
    let (network, commands) = play(options.story, folder.path())?;
    line("\nThe story is told; everything it promises was checked.");
    if options.once {
        return Ok(());
    }
    line("\nThe network goes on running:");
    for office in &network.offices {
        line(&format!(
            "   {:8} gRPC at {}   data in {}",
            office.name,
            office.endpoint(),
            office.data().display()
        ));
    }
    line("\nFive commands to try (from the root of this clone):");
    // The program that played the story: another way to call it would build it once more.
    let built = std::env::current_exe()?.with_file_name("waymark");
    let waymark = built.strip_prefix(std::env::current_dir()?).unwrap_or(&built).display();
    for command in commands {
        line(&format!("   {waymark} {command}"));
    }
    line("\nCtrl-C ends everything.");
    tokio::runtime::Runtime::new()?.block_on(tokio::signal::ctrl_c())?;
    Ok(())
}

/// Plays a story; gives the running network and five commands to try in it.
fn play(story: Story, folder: &std::path::Path) -> Result<(Network, [String; 5])> {
    let data = |network: &Network, office: &str| network.office(office).data().display().to_string();
    Ok(match story {
        Story::Handover => {
            let played = handover::play(folder, &mut Aloud)?;
            let (north, south) = (data(&played.network, "north"), data(&played.network, "south"));
            let commands = [
                format!("--data {north} case list"),
                format!("--data {south} journey show {}", played.hand_over),
                format!("--data {south} audit replay --thread {}", played.hand_over),
                format!("--data {north} shelter list"),
                format!("--data {south} directory search legal"),
            ];
            (played.network, commands)
        }
        Story::Withdrawal => {
            let played = withdrawal::play(folder, &mut Aloud)?;
            let (north, south) = (data(&played.network, "north"), data(&played.network, "south"));
            let commands = [
                format!("--data {north} consent holders {}", played.case),
                format!("--data {north} consent sheet {} --language ro", played.case),
                format!("--data {north} case looks {}", played.case),
                format!("--data {south} audit replay --thread {}", played.south),
                format!("--data {south} referral show {}", played.south),
            ];
            (played.network, commands)
        }
    })
}
