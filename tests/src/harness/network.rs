//! A network of offices, created as people create one: keys made locally, roster signed by two of three root holders.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Cli, Hub, Office};

/// A hub and offices on this machine.
pub struct Network {
    /// The offices; ended before the hub.
    pub offices: Vec<Office>,
    /// The hub.
    pub hub: Hub,
    folder: PathBuf,
}

/// An office to be created: name, country, institution, roles.
pub(super) type Wanted<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

impl Network {
    /// Creates the network in `folder` and provisions its hub. Nothing of it runs yet but the hub.
    ///
    /// # Errors
    /// When a step is refused.
    pub fn create(folder: &Path, wanted: &[Wanted<'_>]) -> Result<Self> {
        let cli = Cli::built()?;
        let hub = Hub::start()?;
        let net = folder.join("net");
        let root_pass = secret(folder, "root")?;
        let net_text = path(&net)?;
        cli.one(
            &["network", "create", "--dir", &net_text, "--name", "Story", "--passphrase-file", &root_pass],
            None,
        )?;
        let network_file = path(&net.join("network"))?;
        let mut offices = Vec::new();
        let mut joins = Vec::new();
        for (name, country, institution, roles) in wanted {
            let data = folder.join(name);
            let pass = secret(folder, name)?;
            let (join, data_text, organisation) =
                (path(&folder.join(format!("{name}.join")))?, path(&data)?, format!("{name} organisation"));
            let mut args =
                vec!["office", "create", "--data", &data_text, "--network", &network_file, "--name", name];
            args.extend([
                "--country",
                country,
                "--institution",
                institution,
                "--organization",
                &organisation,
            ]);
            roles.iter().for_each(|role| args.extend(["--role", role]));
            args.extend(["--passphrase-file", &pass, "--administrator-password-file", &pass, "--out", &join]);
            let made = cli.one(&args, None).with_context(|| format!("creating {name}"))?;
            let id = made["office"].as_str().context("no office id")?.to_owned();
            offices.push(Office::new(name, id, data, pass.into(), &cli));
            joins.push(join);
        }
        let roster = path(&folder.join("roster.draft"))?;
        let mut draft = vec!["roster", "draft", "--network", &net_text, "--out", &roster];
        joins.iter().for_each(|join| draft.extend(["--join", join]));
        cli.one(&draft, None)?;
        let refused = cli.refused(&["roster", "adopt", "--network", &net_text, &roster], None)?;
        anyhow::ensure!(refused.exit != 0, "a roster without signatures was adopted");
        sign(&cli, folder, &roster)?;
        for office in &offices {
            office.does(&["roster", "adopt", &roster], None)?;
        }
        cli.one(&["hub", "provision", "--url", &hub.url(), "--roster", &roster], None)?;
        Ok(Self { offices, hub, folder: folder.to_owned() })
    }

    /// An office by name.
    ///
    /// # Panics
    /// When there is none: the story names an office that it did not create.
    #[must_use]
    pub fn office(&self, name: &str) -> &Office {
        self.offices.iter().find(|office| office.name == name).expect("the story created this office")
    }

    /// An office by name, to be started or killed.
    ///
    /// # Panics
    /// As [`Network::office`].
    pub fn office_mut(&mut self, name: &str) -> &mut Office {
        self.offices.iter_mut().find(|office| office.name == name).expect("the story created this office")
    }

    /// Starts every office.
    ///
    /// # Errors
    /// When one does not start.
    pub fn start_all(&mut self) -> Result<()> {
        let hub = self.hub.url();
        self.offices.iter_mut().try_for_each(|office| office.start(&hub))
    }

    /// Starts one office again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self, name: &str) -> Result<()> {
        let hub = self.hub.url();
        self.office_mut(name).start(&hub)
    }

    /// Has the log of an office that does not run closed, and the next one opened for its folder, as people do it: the office asks, the
    /// root holders draft and sign, the office adopts. Nobody else is told.
    ///
    /// # Errors
    /// When a step is refused.
    pub fn open_next_log(&self, name: &str) -> Result<()> {
        let cli = Cli::built()?;
        let (net, first) = (path(&self.folder.join("net"))?, path(&self.folder.join("roster.draft"))?);
        let (join, roster) =
            (path(&self.folder.join(format!("{name}.again")))?, path(&self.folder.join("roster.2"))?);
        let pass = path(&self.folder.join(format!("{name}.pass")))?;
        let office = self.office(name);
        office.does(&["office", "recover", "--out", &join, "--passphrase-file", &pass], None)?;
        cli.one(&["roster", "adopt", "--network", &net, &first], None)?;
        cli.one(&["roster", "draft", "--network", &net, "--join", &join, "--out", &roster], None)?;
        sign(&cli, &self.folder, &roster)?;
        cli.one(&["roster", "adopt", "--network", &net, &roster], None)?;
        office.does(&["roster", "adopt", &roster], None)?;
        Ok(())
    }

    /// Makes the post boxes again after the hub has lost them.
    ///
    /// # Errors
    /// When the hub refuses.
    pub fn provision_again(&self) -> Result<Value> {
        let roster = path(&self.folder.join("roster.draft"))?;
        Cli::built()?.one(&["hub", "provision", "--url", &self.hub.url(), "--roster", &roster], None)
    }
}

/// Has two of the three root holders sign a roster.
fn sign(cli: &Cli, folder: &Path, roster: &str) -> Result<()> {
    let pass = path(&folder.join("root.pass"))?;
    for root in ["root-1.key", "root-2.key"] {
        let key = path(&folder.join("net").join(root))?;
        cli.one(&["roster", "sign", "--key", &key, "--passphrase-file", &pass, roster], None)?;
    }
    Ok(())
}

/// A passphrase file for `whom`.
fn secret(folder: &Path, whom: &str) -> Result<String> {
    let file = folder.join(format!("{whom}.pass"));
    fs::write(&file, format!("story passphrase of {whom}\n"))?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    path(&file)
}

fn path(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).context("a folder whose name is not text")
}
