//! What every client command works with: how it was called, when, and which node it asks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::time::Timestamp;
use zeroize::Zeroizing;

use super::node::{Credentials, Node};
use crate::config;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message::{self, Shown};
use crate::show::output::data;
use crate::show::page;

/// File in the data folder with the session of whoever signed in there.
const SESSION_FILE: &str = "session";

/// Options that every command takes.
#[derive(Args)]
pub(crate) struct Everywhere {
    /// The office's data folder.
    ///
    /// Client commands find the node's address and access token there. Also read from WAYMARK_DATA.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address of the node, instead of --data.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "ADDR", requires = "access")]
    pub(crate) node: Option<SocketAddr>,
    /// File with the node's access token, for --node.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    pub(crate) access: Option<PathBuf>,
    /// Print JSON: one object, or one object a line for lists.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Never ask anything on the terminal.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) no_input: bool,
    /// File with the session of whoever acts, as `waymark staff sign-in` writes it. Also read from WAYMARK_SESSION.
    ///
    /// Absent: the file `session` in the data folder.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    pub(crate) session: Option<PathBuf>,
    /// Seconds that a call may take.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
}

/// How the program was called.
pub(crate) struct Tool {
    everywhere: Everywhere,
    /// The time of the call, for days and times that are given relative to it.
    pub(crate) now: Timestamp,
}

impl Tool {
    /// A call at `now`.
    pub(crate) fn new(everywhere: Everywhere, now: Timestamp) -> Self {
        Self { everywhere, now }
    }

    /// The output is for a program.
    pub(crate) fn json(&self) -> bool {
        self.everywhere.json
    }

    /// Nothing may be asked on the terminal.
    pub(crate) fn no_input(&self) -> bool {
        self.everywhere.no_input
    }

    /// The data folder.
    pub(crate) fn data(&self) -> Result<PathBuf, Fault> {
        self.everywhere.data.clone().or_else(config::data_folder).ok_or_else(|| {
            Fault::usage("no data folder is named").next("Name the office's folder with `--data DIR`.")
        })
    }

    /// Connects to the node, as whoever has signed in.
    pub(crate) async fn node(&self) -> Result<Node, Fault> {
        let session = self.session()?;
        self.connect(session.as_deref().map(String::as_str)).await
    }

    /// Connects to the node as nobody.
    pub(crate) async fn node_unsigned(&self) -> Result<Node, Fault> {
        self.connect(None).await
    }

    async fn connect(&self, session: Option<&str>) -> Result<Node, Fault> {
        let (address, token) = match (&self.everywhere.node, &self.everywhere.access) {
            (Some(address), Some(access)) => (*address, super::node::read_token(access)?),
            _ => super::node::find(&self.data()?)?,
        };
        let credentials = Credentials::new(&token, session)?;
        Node::connect(address, credentials, Duration::from_secs(self.everywhere.timeout)).await
    }

    /// Where the session of whoever acts lies.
    pub(crate) fn session_file(&self) -> Result<PathBuf, Fault> {
        let named = self.everywhere.session.clone().or_else(config::session_file);
        named.map_or_else(|| Ok(self.data()?.join(SESSION_FILE)), Ok)
    }

    /// The session of whoever acts; none when nobody has signed in. A file that was named must be there.
    fn session(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let named = self.everywhere.session.is_some() || config::session_file().is_some();
        let Ok(path) = self.session_file() else { return Ok(None) };
        if !named && !path.exists() {
            return Ok(None);
        }
        read_session(&path).map(Some)
    }
}

/// The session in a file.
fn read_session(path: &Path) -> Result<Zeroizing<String>, Fault> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|fault| {
        Fault::file("the session cannot be read:", path, &fault)
            .next("Sign in with `waymark staff sign-in`, and name the file that it writes.")
    })?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

impl Tool {
    /// Shows one thing.
    pub(crate) async fn show<M: Shown>(&self, node: &Node, thing: Option<&M>) -> Done {
        let thing =
            thing.ok_or_else(|| Fault::new(Exit::Failure, "the node answered without what was asked for"))?;
        let thing = with_summary(message::json(thing));
        if self.json() {
            data(thing)?
        } else {
            data(page::of(&thing, &node.names().await?))?
        }
        Ok(Exit::Done)
    }
}

/// The members of a summary stand at the level of the thing that it sums up.
fn with_summary(thing: Json) -> Json {
    let mut told = Vec::new();
    for (key, value) in thing.into_members() {
        if key == "summary" { told.extend(value.into_members()) } else { told.push((key, value)) }
    }
    Json::Object(told)
}
