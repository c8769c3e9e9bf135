//! `waymark staff password`: a new password, for oneself or, by an administrator, for somebody who forgot hers.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_domain::ids::StaffId;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::secret::{self, PasswordArgs};
use crate::show::json::Json;
use crate::show::output::data;

/// Change a password; every session of that account ends
#[derive(Args)]
pub(crate) struct Password {
    /// Pseudonym of somebody else's account (administrators). Absent: one's own.
    #[arg(long, value_name = "ID")]
    of: Option<StaffId>,
    #[command(flatten)]
    password: PasswordArgs,
    /// File whose first line is the new password. Absent: it is asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

impl Password {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let own = self.password.read(!tool.no_input())?;
        let new =
            secret::new_password(self.new_password_file.as_deref(), "--new-password-file", !tool.no_input())?;
        let request = v1::ChangePasswordRequest {
            staff: self.of.map(|staff| staff.to_string()).unwrap_or_default(),
            password: own.text().to_owned(),
            new_password: new.text().to_owned(),
        };
        tool.node().await?.staff().change_password(request).await?;
        if tool.json() {
            data(Json::object([("changed", Json::from(true))]))?;
        } else {
            data("The password is changed. Sign in again with the new one.")?;
        }
        Ok(Exit::Done)
    }
}
