//! One office: its data folder and its node process.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use waymark_seal::rng::System;
use waymark_seal::sign::{LogKey, WitnessKey};
use waymark_seal::vault::{Passphrase, Vault};

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
    /// Its worker has an account.
    staffed: bool,
}

impl Office {
    pub(super) fn new(name: &str, id: String, data: PathBuf, passphrase: PathBuf, cli: &Cli) -> Self {
        let cli = cli.of(&data);
        Self { name: name.to_owned(), id, data, passphrase, cli, node: None, staffed: false }
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its keys, as somebody has them who copies its vault to `to` and knows its passphrase.
    ///
    /// # Errors
    /// When the copy does not open.
    pub fn stolen_keys(&self, to: &Path) -> Result<(LogKey, WitnessKey)> {
        fs::create_dir(to)?;
        for file in fs::read_dir(self.data.join("vault"))? {
            let file = file?.path();
            let name = file.file_name().context("a name")?;
            fs::copy(&file, to.join(name))?;
        }
        let passphrase = fs::read_to_string(&self.passphrase)?;
        let passphrase = Passphrase::new(passphrase.trim_end().as_bytes().to_vec());
        let vault = Vault::open(to, &passphrase, System)?;
        Ok((vault.log_key()?, vault.witness_key()?))
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
        let _ = fs::remove_file(self.data.join("endpoint"));
        let mut command = self.cli.command();
        command
            .args(["node", "--hub", hub, "--listen", "127.0.0.1:0", "--passphrase-file"])
            .arg(&self.passphrase);
        let node = command.stdout(Stdio::null()).stderr(log).spawn().context("the node does not start")?;
        self.node = Some(node);
        until("the node answers", || {
            if let Some(ended) = self.node.as_mut().and_then(|node| node.try_wait().transpose()) {
                let log = fs::read_to_string(self.data.with_extension("log")).unwrap_or_default();
                bail!("the node of {} ended: {:?}\n{log}", self.name, ended?);
            }
            Ok(self
                .data
                .join("endpoint")
                .exists()
                .then(|| self.cli.one(&["office", "status"], None).ok())
                .flatten())
        })?;
        if !self.staffed {
            self.staff()?;
        }
        self.sign_in("worker", None)
    }

    /// The administrator, made at set-up, adds who works here: one person who does everything but accounts.
    fn staff(&mut self) -> Result<()> {
        let file = self.data.with_extension("administrator.session");
        self.sign_in("administrator", Some(&file))?;
        let roles = ["--role", "case_worker,coordinator,auditor,partner"];
        self.add_staff("worker", &roles, &file)?;
        self.staffed = true;
        Ok(())
    }

    /// Has the administrator, signed in with `session`, add a member of staff.
    ///
    /// # Errors
    /// When it is refused.
    pub fn add_staff(&self, name: &str, roles: &[&str], session: &Path) -> Result<()> {
        let pass = self.passphrase.to_str().context("a folder whose name is not text")?;
        let session = session.to_str().context("a folder whose name is not text")?;
        let add = ["--session", session, "staff", "add", name, "--password-file", pass];
        self.cli.one(&[&add[..], roles].concat(), None)?;
        Ok(())
    }

    /// Signs somebody in; the session lies in `session`, or where every command finds it.
    ///
    /// # Errors
    /// When it is refused.
    pub fn sign_in(&self, name: &str, session: Option<&Path>) -> Result<()> {
        let pass = self.passphrase.to_str().context("a folder whose name is not text")?;
        let mut args = vec!["staff", "sign-in", name, "--password-file", pass];
        let session =
            session.map(|session| session.to_str().context("a folder whose name is not text")).transpose()?;
        if let Some(session) = session {
            args.splice(0..0, ["--session", session]);
        }
        self.cli.one(&args, None)?;
        Ok(())
    }

    /// Who has an account: name, and roles.
    ///
    /// # Errors
    /// When the node does not say.
    pub fn accounts(&self) -> Result<Vec<(String, Vec<String>)>> {
        let file = self.data.with_extension("administrator.session");
        // The one before ended with the node, if that was killed.
        self.sign_in("administrator", Some(&file))?;
        let session = file.to_str().context("a folder whose name is not text")?;
        let listed = self.cli.lines(&["--session", session, "staff", "list"], None)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let roles = |staff: &Value| staff["roles"].as_array().into_iter().flatten().map(text).collect();
        Ok(listed.iter().map(|staff| (text(&staff["name"]), roles(staff))).collect())
    }

    /// File with the password that the administrator gives whoever is added.
    #[must_use]
    pub fn password(&self) -> &Path {
        &self.passphrase
    }

    /// Has somebody change the password that she was given; gives the file with her own, in `folder`.
    ///
    /// # Errors
    /// When it is refused.
    pub fn changes_password(&self, name: &str, folder: &Path) -> Result<PathBuf> {
        let (session, own) = (folder.join(format!("{name}.once")), folder.join(format!("{name}.pass")));
        fs::write(&own, format!("words that only {name} knows\n"))?;
        fs::set_permissions(&own, fs::Permissions::from_mode(0o600))?;
        self.sign_in(name, Some(&session))?;
        let text = |path: &Path| path.to_str().map(str::to_owned).context("a folder whose name is not text");
        let (given, new, session) = (text(&self.passphrase)?, text(&own)?, text(&session)?);
        let change = ["--session", &session, "staff", "password", "--password-file", &given];
        self.cli.one(&[&change[..], &["--new-password-file", &new]].concat(), None)?;
        Ok(own)
    }

    /// Where its gRPC services listen.
    #[must_use]
    pub fn endpoint(&self) -> String {
        fs::read_to_string(self.data.join("endpoint")).unwrap_or_default().trim().to_owned()
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
