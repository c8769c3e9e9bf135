//! `waymark roster sign`: a root holder signs a draft, after comparing its words.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;

use super::show::told;
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::secret::PassphraseArgs;
use crate::setup::draft::Draft;
use crate::setup::files::{self, Readers};
use crate::setup::{root_key, words};
use crate::show::output::data;

/// Sign a draft of the roster with a root key
#[derive(Args)]
pub(crate) struct Sign {
    /// The root key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// The draft; the signature is added to it.
    draft: PathBuf,
}

impl Sign {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let draft = Draft::read(&self.draft)?;
        let secret = self.passphrase.read(&self.key.display().to_string(), !tool.no_input())?;
        let root = root_key::open(&self.key, &secret)?;
        let draft = draft.sign(&root)?;
        files::replace("the draft", &self.draft, draft.bytes(), Readers::All)?;
        if tool.json() {
            data(told(&draft))?;
            return Ok(Exit::Done);
        }
        let (signed, needed) = (draft.signed.len(), draft.roster.threshold);
        data(format_args!(
            "{} has signed version {}: {signed} of {needed}.",
            root.name, draft.roster.version
        ))?;
        data(format_args!("  words  {}", words::of(&draft.fingerprint)))?;
        Ok(Exit::Done)
    }
}
