//! The command line as a whole: options that every command takes, and the commands.

use std::error::Error as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser};
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
6 verification failed, 7 consent missing, 8 unreachable, 9 done in part; 10 to 16 what is wrong with a bundle."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Runs what the command line asks for.
pub(crate) fn main() -> ExitCode {
    let Cli { everywhere, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(fault) => return misused(&fault, &typed()),
    };
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

/// The words of the command line, behind the program's name.
fn typed() -> Vec<String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Help and version go out as they are; of a command line that is at fault nothing is repeated but names of options.
fn misused(fault: &clap::Error, words: &[String]) -> ExitCode {
    let json = words.iter().any(|word| word == "--json");
    if !fault.use_stderr() {
        fault.exit();
    }
    let told = usage(fault, words);
    if is_missing(fault) && !json {
        // Nobody may be listening; then there is nobody to tell.
        let _ = write!(io::stderr(), "{}", help_of(words));
    } else {
        told.tell(json);
    }
    ExitCode::from(told.exit().code())
}

/// Whether no command is named, or none behind a noun.
fn is_missing(fault: &clap::Error) -> bool {
    match fault.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => true,
        ErrorKind::InvalidSubcommand => fault.get(ContextKind::InvalidSubcommand).is_some_and(is_empty),
        _ => false,
    }
}

/// The help of what the words name so far.
fn help_of(words: &[String]) -> StyledStr {
    let mut named = Cli::command();
    named.build();
    for word in words {
        if let Some(inner) = named.find_subcommand(word) {
            named = inner.clone();
        }
    }
    named.render_help()
}

const HELP: &str = "`--help` behind the command shows what it takes.";

/// What a command does not take: an option by its name, any other word by its place.
fn not_taken(about: &str, words: &[String]) -> String {
    let option = about.split('=').next().unwrap_or_default();
    let place = words.iter().rposition(|word| word == about);
    match place {
        _ if option.starts_with('-') => format!("this command does not take the option {option}"),
        Some(place) => format!("this command does not take word {} behind `waymark`", place + 1),
        None => "there is a word that this command does not take".to_owned(),
    }
}

/// What is wrong with a command line, without the words that were typed: they may be somebody's name.
fn usage(fault: &clap::Error, words: &[String]) -> Fault {
    let context = |kind| match fault.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let about = context(ContextKind::InvalidArg);
    let message = match fault.kind() {
        ErrorKind::InvalidValue if fault.get(ContextKind::InvalidValue).is_none_or(is_empty) => {
            format!("{about} needs a value")
        }
        ErrorKind::InvalidValue => format!("{about} does not take that value"),
        // Our parsers say what they expect and repeat nothing; the one of ranges repeats the number.
        ErrorKind::ValueValidation => {
            let expected = fault.source().map(ToString::to_string).unwrap_or_default();
            match expected.split_once(" is not in ") {
                Some((_, range)) => format!("the value of {about} is not in {range}"),
                None => format!("the value of {about} cannot be read: {expected}"),
            }
        }
        ErrorKind::MissingRequiredArgument => format!("missing: {about}"),
        _ if is_missing(fault) => "a command is missing".to_owned(),
        ErrorKind::InvalidSubcommand => "there is no such command".to_owned(),
        ErrorKind::UnknownArgument => not_taken(&about, words),
        ErrorKind::ArgumentConflict => {
            format!("{about} cannot be given together with something else that is")
        }
        kind => kind.as_str().unwrap_or("the command line is at fault").to_owned(),
    };
    let valid = context(ContextKind::ValidValue);
    let suggested =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let suggested = suggested.map(context).into_iter().find(|text| !text.is_empty());
    let next = match (valid.is_empty(), suggested) {
        (_, Some(suggested)) => format!("Did you mean {suggested}? {HELP}"),
        (false, None) => format!("Take one of: {valid}."),
        (true, None) => HELP.to_owned(),
    };
    Fault::usage(message).next(next)
}

fn is_empty(value: &ContextValue) -> bool {
    matches!(value, ContextValue::String(text) if text.is_empty())
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

    /// Every source and page in which a command may be named.
    fn pages(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if path.is_dir() {
                pages(&path, found);
            } else if matches!(kind, "rs" | "md" | "proto") {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_command_that_a_text_names_is_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = vec![root.join("README.md")];
        ["services", "shared", "proto", "tests/src"]
            .iter()
            .for_each(|folder| pages(&root.join(folder), &mut found));
        let program = Cli::command();
        let mut named = 0;
        for path in found {
            let text = std::fs::read_to_string(&path).expect("text");
            for called in text.split("`waymark ").skip(1) {
                let Some((called, _)) = called.split_once('`') else { continue };
                let is_command = |word: &&str| word.starts_with(|first: char| first.is_ascii_lowercase());
                let mut at = &program;
                for word in called.split_whitespace().take_while(is_command) {
                    if at.get_subcommands().next().is_none() {
                        break;
                    }
                    at = at.find_subcommand(word).unwrap_or_else(|| {
                        panic!("{}: there is no `waymark {called}`", path.display());
                    });
                    named += 1;
                }
            }
        }
        assert!(named > 100, "only {named} words of commands were found");
    }
}
