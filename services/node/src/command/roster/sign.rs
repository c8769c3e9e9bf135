//! `waymark roster sign`: a root holder signs a draft, after comparing its words and reading what it changes.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;

use super::draft::tell_changes;
use super::show::{tell_signatures, told};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::secret::PassphraseArgs;
use crate::setup::before::BeforeArgs;
use crate::setup::draft::Draft;
use crate::setup::files::{self, Readers};
use crate::setup::{root_key, words};
use crate::show::output::data;

/// Sign a draft of the roster with a root key
///
/// A version counts when enough root keys of the version before have signed it, and enough of its own. Root keys that it removes sign
/// for the version before.
#[derive(Args)]
pub(crate) struct Sign {
    /// The root key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    before: BeforeArgs,
    /// The draft; the signature is added to it.
    draft: PathBuf,
}

impl Sign {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let draft = Draft::read(&self.draft)?;
        let before = self.before.find(&draft, &self.draft, tool.now)?;
        let secret = self.passphrase.read(&self.key.display().to_string(), !tool.no_input())?;
        let root = root_key::open(&self.key, &secret)?;
        let draft = draft.sign(&root, before.as_ref())?;
        files::replace("the draft", &self.draft, draft.bytes(), Readers::All)?;
        if tool.json() {
            data(told(&draft, before.as_ref()))?;
            return Ok(Exit::Done);
        }
        data(format_args!("{} has signed version {}.", root.name, draft.roster.version))?;
        data(format_args!("  words  {}", words::of(&draft.fingerprint)))?;
        tell_signatures(&draft, before.as_ref())?;
        tell_changes(before.as_ref(), &draft.roster)?;
        Ok(Exit::Done)
    }
}
