//! `waymark roster draft`: the next version of the roster, from join files. Nobody has signed it yet.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;

use super::show::told;
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::setup::draft;
use crate::setup::files::{self, Readers};
use crate::setup::join::Join;
use crate::setup::network::{self, Network};
use crate::setup::words;
use crate::show::output::{data, say};

/// Draft the next version of the roster
#[derive(Args)]
pub(crate) struct Draft {
    /// The root holders' folder, with the network file and the versions adopted so far.
    #[arg(long, value_name = "DIR")]
    network: PathBuf,
    /// Join file of an office that is to be added, or that recovers and goes on in a new log. May be repeated; slots are given in
    /// this order.
    #[arg(long, value_name = "FILE")]
    join: Vec<PathBuf>,
    /// Days until it expires.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=1_100))]
    expires_days: u32,
    /// File to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Draft {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let network = Network::read(&self.network.join(network::FILE))?;
        let before = draft::kept(&self.network, &network, tool.now)?;
        let joins = self.join.iter().map(|path| Join::read(path)).collect::<Result<Vec<_>, _>>()?;
        let roster = draft::next(&network, before.as_ref(), &joins, tool.now, self.expires_days)?;
        files::create("the draft", &self.out, roster.encode().as_bytes(), Readers::All)?;
        let draft = draft::Draft::read(&self.out)?;
        if tool.json() {
            data(told(&draft))?;
            return Ok(Exit::Done);
        }
        data(format_args!("Version {} is drafted: {}", roster.version, self.out.display()))?;
        data(format_args!("  words  {}", words::of(&draft.fingerprint)))?;
        for join in &joins {
            data(format_args!("  {}  {}", words::of(&join.fingerprint()), join.name))?;
            if let Some(closes) = join.closes {
                data(format_args!(
                    "    closes its log at {} entries and opens log {}",
                    closes.size, join.log
                ))?;
            }
        }
        say("Compare the words of each join file with its office before you sign.");
        Ok(Exit::Done)
    }
}
