//! `waymark network root`: a root key for somebody who is to sign the roster from now on.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_seal::rng::System;
use waymark_seal::vault::Cost;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::secret::PassphraseArgs;
use crate::setup::compared::Compared as _;
use crate::setup::files::{self, Readers};
use crate::setup::network::Network;
use crate::setup::root_file::{RootFile, is_root_name};
use crate::setup::{root_key, words};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Make a root key for a new root holder
///
/// Run it on the machine where the key is to stay. Only the file of `--out` goes to whoever drafts the roster.
#[derive(Args)]
pub(crate) struct Root {
    /// The network file.
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// Name of the key in the roster, without spaces.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Root key file to write; keep it away from any network.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File with its public half to write, for `waymark roster draft --add-root`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Root {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        if !is_root_name(&self.name) {
            return Err(Fault::usage("the name is empty, too long, or has a space or a + in it"));
        }
        let network = Network::read(&self.network)?;
        for path in [&self.key, &self.out] {
            if path.exists() {
                return Err(Fault::new(Exit::Conflict, format!("{} is there already", path.display()))
                    .next("Choose another name, or move the existing file away."));
            }
        }
        let secret = self.passphrase.read_new(&self.name, !tool.no_input())?;
        let (key, text) = root_key::make(network.id, &self.name, &secret, Cost::PRODUCTION, &mut System)?;
        files::create("the root key", &self.key, text.as_bytes(), Readers::Owner)?;
        let root = RootFile { network: network.id, name: self.name, key };
        files::create("its public half", &self.out, root.text().as_bytes(), Readers::All)?;
        let words = words::of(&root.fingerprint());
        if tool.json() {
            data(Json::object([
                ("name", Json::text(&root.name)),
                ("key", Json::text(self.key.display().to_string())),
                ("root", Json::text(self.out.display().to_string())),
                ("fingerprint", Json::text(root.fingerprint().to_string())),
                ("words", Json::text(&words)),
            ]))?;
            return Ok(Exit::Done);
        }
        data(format_args!("The root key {} is made: {}", root.name, self.key.display()))?;
        data(format_args!("  words  {words}"))?;
        say(
            "Read the words out to whoever drafts the roster, who needs the other file only (`waymark roster draft --add-root`).",
        );
        say("Keep the key away from any network, and keep its passphrase apart.");
        Ok(Exit::Done)
    }
}
