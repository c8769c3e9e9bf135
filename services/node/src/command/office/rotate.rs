//! `waymark office rotate`: asks the root holders for other keys of an office that goes on.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_desk::{Renewed, new_keys};

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::secret::PassphraseArgs;
use crate::setup::compared::Compared as _;
use crate::setup::files::{self, Readers};
use crate::setup::join::Closes;
use crate::setup::keys_file::{KeysFile, LogKeys};
use crate::setup::{open_fault, words};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Make new keys: the one that signs the log, the one that cosigns others' logs, or both
///
/// Run it while the node does not run; then start the node again, and nobody has to wait. It goes on under the old keys until it
/// hears of the roster that names the new ones, and destroys the old ones then. Asked again, the keys are the same. A key that
/// somebody else may have is not rotated but closed off: `waymark office recover --compromised`.
#[derive(Args)]
pub(crate) struct Rotate {
    /// Only the key that signs the log.
    #[arg(long, conflicts_with = "witness_only")]
    log_only: bool,
    /// Only the key that cosigns others' logs.
    #[arg(long)]
    witness_only: bool,
    /// File to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Rotate {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let which = match (self.log_only, self.witness_only) {
            (true, _) => Renewed::Log,
            (_, true) => Renewed::Witness,
            (false, false) => Renewed::Both,
        };
        let folder = tool.data()?;
        let secret = self.passphrase.read("this office", !tool.no_input())?;
        let keys = new_keys(&folder, &secret.passphrase(), which, tool.now)
            .map_err(|fault| open_fault::told(&fault))?;
        let log_key = keys.log_key.map(|(head, key)| {
            let ends = Closes { size: head.size, root: head.root };
            LogKeys { ends, key }
        });
        let file = KeysFile {
            network: keys.network,
            office: keys.office.id,
            name: keys.office.name,
            log: keys.log,
            log_key,
            witness_key: keys.witness_key,
        };
        files::create("the file of new keys", &self.out, file.text().as_bytes(), Readers::All)?;
        let words = words::of(&file.fingerprint());
        let ends_at = log_key.map(|keys| keys.ends.size);
        if tool.json() {
            data(Json::object([
                ("office", Json::text(file.office.to_string())),
                ("keys", Json::text(self.out.display().to_string())),
                ("ends_at", ends_at.map_or(Json::Null, Json::from)),
                ("fingerprint", Json::text(file.fingerprint().to_string())),
                ("words", Json::text(&words)),
            ]))?;
            return Ok(Exit::Done);
        }
        data(format_args!("{} asks for new keys. The file: {}", file.name, self.out.display()))?;
        if let Some(size) = ends_at {
            data(format_args!("  the old log key is to end with entry {size}"))?;
        }
        data(format_args!("  words  {words}"))?;
        say(
            "Read the words out to a root holder. They draft and sign a roster with this file (`waymark roster draft --keys`).",
        );
        say("Start the node again now: it goes on under the old keys until it hears of that roster.");
        Ok(Exit::Done)
    }
}
