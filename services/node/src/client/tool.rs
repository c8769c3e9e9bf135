//! What every client command works with: how it was called, when, and which node it asks.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::ids::StaffId;
use waymark_domain::time::Timestamp;

use super::node::{Credentials, Node};
use crate::config;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message::{self, Shown};
use crate::show::output::data;
use crate::show::page;

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
    /// Pseudonym of the member of staff who acts: 16 hexadecimal digits. Also read from WAYMARK_STAFF.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "ID")]
    pub(crate) staff: Option<StaffId>,
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

    /// Connects to the node.
    pub(crate) async fn node(&self) -> Result<Node, Fault> {
        let (address, token) = match (&self.everywhere.node, &self.everywhere.access) {
            (Some(address), Some(access)) => (*address, super::node::read_token(access)?),
            _ => super::node::find(&self.data()?)?,
        };
        let staff = match self.everywhere.staff {
            Some(staff) => Some(staff),
            None => config::staff()?,
        };
        Node::connect(address, Credentials::new(&token, staff)?, Duration::from_secs(self.everywhere.timeout))
            .await
    }
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
