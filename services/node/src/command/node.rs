//! `waymark node`: runs this office's node until it is asked to end.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::client::tool::Tool;
use crate::config::{Config, Erasure, LISTEN, LogLevel, Witness};
use crate::fault::{Done, Fault};
use crate::secret::PassphraseArgs;
use crate::server::{self, LogFormat};

/// Run this office's node
///
/// Prints one line `listening on ADDRESS` once it answers, and writes the address and the access token into the data folder.
/// Ends on SIGTERM and Ctrl-C. The log goes to standard error.
#[derive(Args)]
pub(crate) struct Node {
    /// Configuration file; options on the command line outweigh it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Server of the hub: nats://host:port. May be repeated.
    #[arg(long, value_name = "URL")]
    hub: Vec<String>,
    /// Where gRPC listens, on this machine only; port 0 takes any that is free. Default: 127.0.0.1:7070.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// How much the log says.
    #[arg(long, value_name = "WORD")]
    log: Option<LogLevel>,
    /// How log lines are written.
    #[arg(long, value_name = "WORD", default_value = "json")]
    log_format: LogFormat,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Node {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let file = self.config.as_deref().map(Config::read).transpose()?;
        let from_file = file.as_ref().and_then(|config| config.passphrase_file.clone());
        let config = merged(file, tool, self.hub, self.listen, self.log)?;
        let mut passphrase = self.passphrase;
        if passphrase.passphrase_fd.is_none() {
            passphrase.passphrase_file = passphrase.passphrase_file.or(from_file);
        }
        let secret = passphrase.read("this office", !tool.no_input())?;
        server::run(config, secret, self.log_format).await
    }
}

/// The file, outweighed by the command line.
fn merged(
    file: Option<Config>,
    tool: &Tool,
    hub: Vec<String>,
    listen: Option<SocketAddr>,
    log: Option<LogLevel>,
) -> Result<Config, Fault> {
    let mut config = match file {
        Some(config) => config,
        None => Config {
            data: tool.data()?,
            hub: Vec::new(),
            listen: LISTEN.parse().map_err(|_| Fault::usage("the default address is malformed"))?,
            passphrase_file: None,
            log: LogLevel::default(),
            erasure: Erasure::default(),
            witness: Witness::default(),
        },
    };
    if let Ok(data) = tool.data() {
        config.data = data;
    }
    if !hub.is_empty() {
        config.hub = hub;
    }
    config.listen = listen.unwrap_or(config.listen);
    config.log = log.unwrap_or(config.log);
    config.check().map_err(|(key, what)| {
        Fault::usage(format!("`{key}` {what}"))
            .next(format!("Give it with `--{key}`, or in the configuration."))
    })?;
    Ok(config)
}
