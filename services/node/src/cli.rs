//! The command line as a whole: options that every command takes, and the commands.

use std::process::ExitCode;

use clap::Parser;
use waymark_api::exit::Exit;

use crate::client::tool::{Everywhere, Tool};
use crate::clock;
use crate::command::Command;
use crate::fault::Fault;

/// An event-sourced referral network for organisations that assist trafficked persons.
#[derive(Parser)]
#[command(name = "waymark", version, max_term_width = 110, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 a machine failed, 2 usage, 3 not found, 4 denied, 5 conflict or stale, \
6 verification failed, 7 consent missing, 8 unreachable, 9 done in part."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Runs what the command line asks for.
pub(crate) fn main() -> ExitCode {
    let Cli { everywhere, command } = Cli::parse();
    let tool = Tool::new(everywhere, clock::now());
    let exit = match run(&tool, command) {
        Ok(exit) => exit,
        Err(fault) => {
            fault.tell(tool.json());
            fault.exit()
        }
    };
    ExitCode::from(exit.code())
}

fn run(tool: &Tool, command: Command) -> Result<Exit, Fault> {
    let mut runtime = if matches!(command, Command::Node(_)) {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let runtime = runtime.enable_all().build();
    let runtime =
        runtime.map_err(|fault| Fault::new(Exit::Failure, format!("the program cannot start: {fault}")))?;
    let done = runtime.block_on(command.run(tool));
    // A reader of standard input that waits for a person must not keep the program alive.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::message::CONTRACT;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// Every command with the words by which it is called.
    fn commands(command: &clap::Command, path: &[String], found: &mut Vec<(Vec<String>, clap::Command)>) {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            found.push((path.clone(), inner.clone()));
            commands(inner, &path, found);
        }
    }

    #[test]
    fn every_command_and_option_says_what_it_is() {
        let mut cli = Cli::command();
        cli.build();
        let mut found = Vec::new();
        commands(&cli, &[], &mut found);
        assert!(found.len() > 90, "only {} commands", found.len());
        for (path, command) in found {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.len() > 5 && !about.starts_with("How "), "waymark {}: {about:?}", path.join(" "));
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "waymark {} {}", path.join(" "), argument.get_id());
            }
        }
    }

    #[test]
    fn no_option_takes_a_passphrase_or_personal_data() {
        let mut cli = Cli::command();
        cli.build();
        let mut found = Vec::new();
        commands(&cli, &[], &mut found);
        for (path, command) in found {
            for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
                let forbidden =
                    ["passphrase", "password", "note", "text", "message", "address", "contact", "given-name"];
                assert!(!forbidden.contains(&option), "waymark {} --{option}", path.join(" "));
            }
        }
    }

    #[test]
    fn everything_that_changes_something_takes_the_same_options() {
        let mut cli = Cli::command();
        cli.build();
        let mut found = Vec::new();
        commands(&cli, &[], &mut found);
        let options = |command: &clap::Command| {
            command
                .get_arguments()
                .filter_map(|argument| argument.get_long().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        let changes: Vec<_> = found
            .iter()
            .filter(|(_, command)| options(command).iter().any(|option| option == "request-id"))
            .collect();
        for (path, command) in &changes {
            for option in ["etag", "dry-run"] {
                assert!(options(command).iter().any(|known| known == option), "waymark {}", path.join(" "));
            }
        }
        let methods = CONTRACT.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let asked = methods.filter(|method| method.input().get_field_by_name("options").is_some());
        assert_eq!(changes.len(), asked.count(), "a change of the contract has no command, or two");
    }
}
