//! `deploy/demo`: plays a story on this machine and, unless told otherwise, leaves the network running.

use std::sync::mpsc::{Receiver, channel};

use anyhow::Result;
use clap::{Parser, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use waymark_tests::harness::{Network, break_off};
use waymark_tests::story::{Narrator, audit, handover, withdrawal};

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
    /// A hand-over, and then an auditor who trusts nobody.
    Audit,
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
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = told_to_end(&runtime)?;
    let folder = tempfile::Builder::new().prefix("waymark-demo-").tempdir()?;
    let played = play(options.story, folder.path());
    if ended.try_recv().is_ok() {
        line("\nBroken off: everything that was started has ended.");
        return Ok(());
    }
    let (network, commands) = played?;
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
    line("\nThe commands above are the worker's. Who else has an account, and how she signs in:");
    for office in &network.offices {
        for (name, roles) in office.accounts()? {
            let own = folder.path().join(format!("{name}.pass"));
            let password = if own.exists() { own } else { office.password().to_owned() };
            line(&format!("   {:8} {name}: {}", office.name, roles.join(", ")));
            let (data, password) = (office.data().display(), password.display());
            line(&format!(
                "   {:8} {waymark} --data {data} staff sign-in {name} --password-file {password}",
                ""
            ));
        }
    }
    line("\nCtrl-C ends everything, and so does SIGTERM.");
    ended.recv()?;
    Ok(())
}

/// Says when Ctrl-C is pressed, or what a service manager sends has come; a story that is still told is broken off then.
fn told_to_end(runtime: &tokio::runtime::Runtime) -> Result<Receiver<()>> {
    let (tell, told) = channel();
    let _in_runtime = runtime.enter();
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    runtime.spawn(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        break_off();
        // Nobody waits for it once the story has ended by itself.
        let _ = tell.send(());
    });
    Ok(told)
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
        Story::Audit => {
            let played = audit::play(folder, &mut Aloud)?;
            let (north, bundle) = (data(&played.network, "north"), played.bundle.display());
            let commands = [
                format!("audit verify {bundle} --fingerprint {}", played.words),
                format!("--data {north} audit replay --thread {} --with-proofs", played.hand_over),
                format!("--data {north} audit disclosures"),
                format!("--data {north} audit head"),
                format!("--data {north} office status"),
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
