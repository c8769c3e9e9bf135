//! One office: its data folder and its node process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Cli, until};

/// An office of the network; its node is ended when this is dropped.
pub struct Office {
    /// Its name in the roster.
    pub name: String,
    /// Its id, in hex.
    pub id: String,
    data: PathBuf,
    passphrase: PathBuf,
    cli: Cli,
    node: Option<Child>,
}

impl Office {
    pub(super) fn new(name: &str, id: String, data: PathBuf, passphrase: PathBuf, cli: &Cli) -> Self {
        let cli = cli.of(&data);
        Self { name: name.to_owned(), id, data, passphrase, cli, node: None }
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The program, for this office.
    #[must_use]
    pub fn cli(&self) -> &Cli {
        &self.cli
    }

    /// Starts its node and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self, hub: &str) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.data.with_extension("log"))?;
        let _ = std::fs::remove_file(self.data.join("endpoint"));
        let mut command = self.cli.command();
        command
            .args(["node", "--hub", hub, "--listen", "127.0.0.1:0", "--passphrase-file"])
            .arg(&self.passphrase);
        let node = command.stdout(Stdio::null()).stderr(log).spawn().context("the node does not start")?;
        self.node = Some(node);
        until("the node answers", || {
            if let Some(ended) = self.node.as_mut().and_then(|node| node.try_wait().transpose()) {
                let log = std::fs::read_to_string(self.data.with_extension("log")).unwrap_or_default();
                bail!("the node of {} ended: {:?}\n{log}", self.name, ended?);
            }
            Ok(self
                .data
                .join("endpoint")
                .exists()
                .then(|| self.cli.one(&["office", "status"], None).ok())
                .flatten())
        })?;
        Ok(())
    }

    /// Where its gRPC services listen.
    #[must_use]
    pub fn endpoint(&self) -> String {
        std::fs::read_to_string(self.data.join("endpoint")).unwrap_or_default().trim().to_owned()
    }

    /// kill -9.
    ///
    /// # Errors
    /// When it was not running.
    pub fn kill(&mut self) -> Result<()> {
        let mut node = self.node.take().context("the node was not running")?;
        node.kill()?;
        node.wait()?;
        Ok(())
    }

    /// Asks the node to end and waits for it.
    ///
    /// # Errors
    /// When it does not end cleanly.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut node) = self.node.take() else { return Ok(()) };
        let ended = std::process::Command::new("kill").arg("-TERM").arg(node.id().to_string()).status()?;
        anyhow::ensure!(ended.success(), "the node could not be told to end");
        anyhow::ensure!(node.wait()?.success(), "the node of {} did not end cleanly", self.name);
        Ok(())
    }

    /// Carries out a command of this office; `input` is what a person would write in a file.
    ///
    /// # Errors
    /// [`super::CliFault`] when it is refused.
    pub fn does(&self, args: &[&str], input: Option<Value>) -> Result<Value> {
        let mut all = args.to_vec();
        if input.is_some() {
            all.extend(["--from", "-"]);
        }
        self.cli
            .one(&all, input.as_ref())
            .with_context(|| format!("{}: waymark {}", self.name, args.join(" ")))
    }

    /// A command that must be refused, and the reason it is refused for.
    ///
    /// # Errors
    /// When it is carried out, or refused for another reason.
    pub fn refused(&self, args: &[&str], reason: &str) -> Result<super::CliFault> {
        let fault = self.cli.refused(args, None)?;
        anyhow::ensure!(fault.reason == reason, "{}: expected {reason}, was told: {fault}", self.name);
        Ok(fault)
    }

    /// Waits until a command succeeds and its answer satisfies `wanted`.
    ///
    /// # Errors
    /// When it never does.
    pub fn sees(&self, what: &str, args: &[&str], wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut last = String::new();
        let seen = until(&format!("{} sees {what}", self.name), || match self.cli.one(args, None) {
            Ok(value) if wanted(&value) => Ok(Some(value)),
            Ok(value) => {
                last = value.to_string();
                Ok(None)
            }
            Err(fault) => {
                last = fault.to_string();
                Ok(None)
            }
        });
        seen.with_context(|| format!("it saw {last}"))
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut node) = self.node.take() {
            // Nothing can be done about a process that is gone already.
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}
