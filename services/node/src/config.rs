//! Settings: the configuration file of the node, and the few variables of the environment. Nothing else reads either.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use waymark_desk::{Duty, Keeping};
use waymark_domain::time::HOUR;
use waymark_domain::words::{Category, RetentionGround};

use crate::fault::Fault;

/// Where the node listens unless told otherwise.
pub(crate) const LISTEN: &str = "127.0.0.1:7070";

/// How a node is set up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The office's data folder.
    pub(crate) data: PathBuf,
    /// The hub's servers: `nats://host:port`.
    pub(crate) hub: Vec<String>,
    /// Where gRPC listens.
    #[serde(default = "default_listen")]
    pub(crate) listen: SocketAddr,
    /// File whose first line is the passphrase.
    #[serde(default)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// How much the log says.
    #[serde(default)]
    pub(crate) log: LogLevel,
    /// How it erases after a withdrawal.
    #[serde(default)]
    pub(crate) erasure: Erasure,
    /// How it witnesses others besides by letter.
    #[serde(default)]
    pub(crate) witness: Witness,
}

/// The witness over HTTP. Without this section there is none: offices ask each other by letter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Witness {
    /// Where `POST /add-checkpoint` is answered.
    #[serde(default)]
    pub(crate) http: Option<SocketAddr>,
}

/// How the office erases: what others shared with it, once that is withdrawn or over, and its own closed cases. Without this section: the
/// former at once, and all of it; the latter when somebody orders it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// Hours for which data is locked and not yet destroyed, so that somebody can claim a legal ground; at most 72.
    #[serde(default)]
    wait_hours: u8,
    /// Days after closing after which the node itself erases a case of the office; 30 to 36600. Absent: never by itself.
    #[serde(default)]
    closed_case_days: Option<u32>,
    /// What the law obliges the office to keep.
    #[serde(default)]
    keep: Option<Keep>,
}

/// A legal duty to keep, claimed by the node itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keep {
    categories: Vec<String>,
    ground: String,
    days: u32,
}

impl Erasure {
    /// For the desk.
    pub(crate) fn keeping(&self) -> Keeping {
        let duty = self.keep.as_ref().and_then(|keep| {
            let mut categories: Vec<Category> =
                keep.categories.iter().filter_map(|word| Category::from_word(word)).collect();
            categories.sort_unstable();
            categories.dedup();
            Some(Duty { categories, ground: RetentionGround::from_word(&keep.ground)?, days: keep.days })
        });
        let closed_case_days = self.closed_case_days;
        Keeping { wait_seconds: u64::from(self.wait_hours) * HOUR, duty, closed_case_days }
    }

    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.wait_hours > 72 {
            return Err(("wait_hours", "is at most 72: a withdrawal is carried out without delay"));
        }
        if self.closed_case_days.is_some_and(|days| !(30..=36_600).contains(&days)) {
            return Err((
                "closed_case_days",
                "is 30 to 36600, or absent: nothing destroyed can be brought back",
            ));
        }
        let Some(keep) = &self.keep else { return Ok(()) };
        let known =
            |word: &String| Category::from_word(word).is_some_and(|category| category != Category::Office);
        if keep.categories.is_empty() || !keep.categories.iter().all(known) {
            return Err(("categories", "must name data categories, for example [\"health\"]"));
        }
        if RetentionGround::from_word(&keep.ground).is_none() {
            return Err(("ground", "must be a ground that `waymark consent retain --help` lists"));
        }
        if !(1..=3660).contains(&keep.days) {
            return Err(("days", "is 1 to 3660"));
        }
        Ok(())
    }
}

/// How much the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    /// What an operator must look at.
    Error,
    /// And what may become a fault.
    Warn,
    /// And what happens.
    #[default]
    Info,
    /// And how.
    Debug,
}

fn default_listen() -> SocketAddr {
    LISTEN.parse().expect("an address")
}

impl Config {
    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let text = std::fs::read_to_string(path)
            .map_err(|fault| Fault::file("the configuration cannot be read:", path, &fault))?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Fault> {
        let config: Self = toml::from_str(text).map_err(|fault| {
            let at = fault.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            Fault::usage(format!("{} line {line}: {}", path.display(), fault.message().trim()))
                .next(format!("Correct that line and run `waymark config check {}`.", path.display()))
        })?;
        config.check().map_err(|(key, what)| {
            let line = line_of(text, key);
            Fault::usage(format!("{} line {line}: `{key}` {what}", path.display()))
                .next(format!("Correct that line and run `waymark config check {}`.", path.display()))
        })?;
        Ok(config)
    }

    /// What the types alone do not say.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.hub.is_empty() {
            return Err(("hub", "names no server; expected for example [\"nats://127.0.0.1:4222\"]"));
        }
        if !self.hub.iter().all(|server| server.starts_with("nats://") && server.len() > "nats://".len()) {
            return Err(("hub", "must name servers as nats://host:port"));
        }
        if !self.listen.ip().is_loopback() {
            return Err((
                "listen",
                "must be an address of this machine only (127.0.0.1 or [::1]): the connection is not encrypted yet",
            ));
        }
        if self.witness.http.is_some_and(|address| !address.ip().is_loopback()) {
            return Err((
                "http",
                "must be an address of this machine only (127.0.0.1 or [::1]): put a proxy in front that speaks TLS",
            ));
        }
        if self.data.as_os_str().is_empty() {
            return Err(("data", "is empty"));
        }
        if !self.hub.iter().all(|server| is_local(server)) {
            return Err((
                "hub",
                "must be a hub on this machine (127.0.0.1, [::1] or localhost): the connection is not encrypted yet, and who writes to whom could be read on the way",
            ));
        }
        self.erasure.check()
    }
}

/// Whether `nats://host:port` names this machine.
fn is_local(server: &str) -> bool {
    let rest = server.strip_prefix("nats://").unwrap_or(server);
    // What stands before an `@` is a user, and the host behind it may be anywhere.
    if rest.contains('@') {
        return false;
    }
    let host = match rest.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => rest.split(':').next(),
    };
    let host = host.unwrap_or_default();
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn line_of(text: &str, key: &str) -> usize {
    let begins = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(begins).map_or(1, |line| line + 1)
}

/// The data folder that the environment names.
pub(crate) fn data_folder() -> Option<PathBuf> {
    variable("WAYMARK_DATA").map(PathBuf::from)
}

/// The file with a session that the environment names.
pub(crate) fn session_file() -> Option<PathBuf> {
    variable("WAYMARK_SESSION").map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "data = \"/var/lib/waymark\"\nhub = [\"nats://127.0.0.1:4222\"]\n";

    fn fault(text: &str) -> String {
        Config::parse(text, Path::new("node.toml")).expect_err("a fault").to_string()
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let config = Config::parse(GOOD, Path::new("node.toml")).expect("a configuration");
        assert_eq!(config.listen.to_string(), LISTEN);
        assert_eq!((config.log, config.passphrase_file), (LogLevel::Info, None));
        assert_eq!(config.erasure.keeping().closed_case_days, None, "nothing is destroyed unasked");
    }

    #[test]
    fn a_wrong_or_half_written_file_is_refused_with_its_line() {
        let wrong = [
            ("data = \"/x\"\nhub = [\"nats://h:1\"", "line 2"),
            ("data = \"/x", "line 1"),
            ("", "missing field `data`"),
            ("data = \"/x\"\n", "missing field `hub`"),
            ("data = \"/x\"\nhub = []\n", "line 2: `hub` names no server"),
            ("data = \"/x\"\n\nhub = [\"http://h\"]\n", "line 3: `hub` must name servers"),
            ("data = \"\"\nhub = [\"nats://h:1\"]\n", "line 1: `data` is empty"),
            ("data = \"/x\"\nhub = [\"nats://h:1\"]\n", "line 2: `hub` must be a hub on this machine"),
            (
                "data = \"/x\"\nhub = [\"nats://localhost:x@h:1\"]\n",
                "line 2: `hub` must be a hub on this machine",
            ),
            (
                &format!("{GOOD}listen = \"0.0.0.0:7070\"\n"),
                "line 3: `listen` must be an address of this machine",
            ),
            (&format!("{GOOD}listen = \"somewhere\"\n"), "line 3"),
            (&format!("{GOOD}[witness]\nhttp = \"0.0.0.0:7071\"\n"), "line 4: `http` must be an address"),
            (&format!("{GOOD}log = \"loud\"\n"), "line 3"),
            (&format!("{GOOD}passphrase = \"secret\"\n"), "line 3: unknown field `passphrase`"),
            (&format!("{GOOD}hub = []\n"), "line 3"),
            (&format!("{GOOD}[erasure]\nwait_hours = 100\n"), "line 4: `wait_hours` is at most 72"),
            (
                &format!("{GOOD}[erasure]\nclosed_case_days = 0\n"),
                "line 4: `closed_case_days` is 30 to 36600",
            ),
            (
                &format!("{GOOD}[erasure.keep]\ncategories = [\"healthy\"]\nground = \"x\"\ndays = 1\n"),
                "line 4: `categories` must name",
            ),
        ];
        for (text, expected) in wrong {
            let told = fault(text);
            assert!(told.contains("node.toml") && told.contains(expected), "{text:?}: {told}");
            assert!(told.contains("waymark config check node.toml"), "{told}");
        }
    }
}
