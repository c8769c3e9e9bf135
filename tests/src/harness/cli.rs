//! The `waymark` program as a user calls it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use super::wait::goes_on;

/// A refusal or failure of a command, as it was told.
#[derive(Debug)]
pub struct CliFault {
    /// The exit code.
    pub exit: i32,
    /// The stable reason, empty when there is none.
    pub reason: String,
    /// Everything that was printed on standard error.
    pub told: String,
}

impl std::fmt::Display for CliFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}: {}", self.exit, self.told.trim())
    }
}

impl std::error::Error for CliFault {}

/// Calls `waymark`, for one office or for none.
#[derive(Debug, Clone)]
pub struct Cli {
    program: PathBuf,
    data: Option<PathBuf>,
}

impl Cli {
    /// The program built beside this one.
    ///
    /// # Errors
    /// When it was not built.
    pub fn built() -> Result<Self> {
        let here = std::env::current_exe().context("this program has no path")?;
        let found = here.ancestors().map(|folder| folder.join("waymark")).find(|program| program.is_file());
        let program = found
            .context("the program `waymark` is not built: run `cargo build --workspace --bins` first")?;
        Ok(Self { program, data: None })
    }

    /// The same, for the office in a data folder.
    #[must_use]
    pub fn of(&self, data: &Path) -> Self {
        Self { program: self.program.clone(), data: Some(data.to_owned()) }
    }

    /// A command that is not started yet.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(data) = &self.data {
            command.arg("--data").arg(data);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command with `--json`; gives every line it printed.
    ///
    /// # Errors
    /// [`CliFault`] when it ends with another code than 0.
    pub fn lines<S: AsRef<OsStr>>(&self, args: &[S], input: Option<&Value>) -> Result<Vec<Value>> {
        goes_on()?;
        let mut child = self
            .command()
            .args(["--json", "--no-input"])
            .args(args)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("waymark does not start")?;
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(input.to_string().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(fault(output.status.code().unwrap_or(-1), &output.stderr).into());
        }
        let text = String::from_utf8(output.stdout).context("waymark printed something that is not text")?;
        text.lines()
            .map(|line| serde_json::from_str(line).context("waymark printed a line that is not JSON"))
            .collect()
    }

    /// What a command prints for people.
    ///
    /// # Errors
    /// [`CliFault`] when it ends with another code than 0.
    pub fn page<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<String> {
        let output =
            self.command().arg("--no-input").args(args).output().context("waymark does not start")?;
        if !output.status.success() {
            return Err(fault(output.status.code().unwrap_or(-1), &output.stderr).into());
        }
        String::from_utf8(output.stdout).context("waymark printed something that is not text")
    }

    /// Runs a command that prints one object.
    ///
    /// # Errors
    /// As [`Cli::lines`].
    pub fn one<S: AsRef<OsStr>>(&self, args: &[S], input: Option<&Value>) -> Result<Value> {
        Ok(self.lines(args, input)?.into_iter().next().unwrap_or(Value::Null))
    }

    /// Runs a command that must be refused.
    ///
    /// # Errors
    /// When it is not refused.
    pub fn refused<S: AsRef<OsStr>>(&self, args: &[S], input: Option<&Value>) -> Result<CliFault> {
        match self.lines(args, input) {
            Ok(_) => anyhow::bail!("a command was carried out that had to be refused"),
            Err(fault) => fault.downcast::<CliFault>(),
        }
    }
}

fn fault(exit: i32, stderr: &[u8]) -> CliFault {
    let told = String::from_utf8_lossy(stderr).into_owned();
    let error = told.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let reason =
        error.and_then(|error| error.pointer("/error/reason").and_then(Value::as_str).map(str::to_owned));
    CliFault { exit, reason: reason.unwrap_or_default(), told }
}
