//! `waymark staff sign-in`: begins a session and keeps it in a file that only its owner reads.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::secret::PasswordArgs;
use crate::setup::files::{self, Readers};
use crate::show::json::Json;
use crate::show::output::data;

/// Sign in; the session is kept in a file until it ends
#[derive(Args)]
pub(crate) struct SignIn {
    /// Name of the account.
    name: String,
    #[command(flatten)]
    password: PasswordArgs,
}

impl SignIn {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let file = tool.session_file()?;
        let password = self.password.read(!tool.no_input())?;
        let node = tool.node_unsigned().await?;
        let request = v1::SignInRequest { name: self.name, password: password.text().to_owned() };
        let answer = node.staff().sign_in(request).await?.into_inner();
        let line = zeroize::Zeroizing::new(format!("{}\n", answer.session));
        files::replace("the session", &file, line.as_bytes(), Readers::Owner)?;
        let staff =
            answer.staff.ok_or_else(|| Fault::new(Exit::Failure, "the node did not say who signed in"))?;
        if tool.json() {
            data(Json::object([
                ("staff", Json::text(staff.staff)),
                ("session_file", Json::text(file.display().to_string())),
            ]))?;
        } else {
            data(format_args!("Signed in as {}. The session is in {}.", staff.name, file.display()))?;
            data("It ends after 12 hours, after 2 hours without a call, and with `waymark staff sign-out`.")?;
        }
        Ok(Exit::Done)
    }
}
