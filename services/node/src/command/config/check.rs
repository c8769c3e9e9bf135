//! `waymark config check`: reads a configuration file as the node would.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;

use crate::client::tool::Tool;
use crate::config;
use crate::fault::Done;
use crate::show::json::Json;
use crate::show::output::data;

/// Check a configuration file
#[derive(Args)]
pub(crate) struct Check {
    /// The file.
    file: PathBuf,
}

impl Check {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let config = config::Config::read(&self.file)?;
        if tool.json() {
            let hub = config.hub.iter().map(Json::text).collect();
            data(Json::object([
                ("data", Json::text(config.data.display().to_string())),
                ("hub", Json::List(hub)),
                ("listen", Json::text(config.listen.to_string())),
            ]))?;
        } else {
            data(format_args!("{} is in order.", self.file.display()))?;
        }
        Ok(Exit::Done)
    }
}
