//! `waymark staff rescue`: an administrator's account made with the office's passphrase, when nobody can sign in any more.

use clap::Args;
use waymark_api::exit::Exit;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::secret::{AdministratorArgs, PassphraseArgs};
use crate::setup::administrator;
use crate::show::json::Json;
use crate::show::output::data;

/// Make an administrator's account with the office's passphrase; the node must not run
#[derive(Args)]
pub(crate) struct Rescue {
    #[command(flatten)]
    administrator: AdministratorArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Rescue {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let folder = tool.data()?;
        let passphrase = self.passphrase.read("the office", !tool.no_input())?;
        let password = self.administrator.read(!tool.no_input())?;
        let made = administrator::make(&folder, &passphrase, &self.administrator.administrator, &password)?;
        if tool.json() {
            data(Json::object([("staff", Json::text(made.id.to_string()))]))?;
        } else {
            data(format_args!("{} is an administrator. Start the node and sign in.", made.name))?;
        }
        Ok(Exit::Done)
    }
}
