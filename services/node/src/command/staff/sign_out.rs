//! `waymark staff sign-out`: ends the session.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::json::Json;
use crate::show::output::data;

/// End the session
#[derive(Args)]
pub(crate) struct SignOut {}

impl SignOut {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        tool.node().await?.staff().sign_out(v1::SignOutRequest {}).await?;
        // The session has ended, whether or not its file can be removed.
        let _ = std::fs::remove_file(tool.session_file()?);
        if tool.json() {
            data(Json::object([("signed_out", Json::from(true))]))?
        } else {
            data("Signed out.")?
        }
        Ok(Exit::Done)
    }
}
