//! `waymark completions`: what a shell needs to complete commands, options and words.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use waymark_api::exit::Exit;

use crate::cli::Cli;
use crate::fault::{Done, Fault};

/// Print completions for a shell
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Done {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "waymark", &mut script);
        std::io::Write::write_all(&mut std::io::stdout(), &script).map_err(|fault| Fault::output(&fault))?;
        Ok(Exit::Done)
    }
}
