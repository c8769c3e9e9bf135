//! `waymark staff add`: an account for a member of staff.

use clap::Args;
use waymark_api::v1;

use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;
use crate::secret::PasswordArgs;

/// Add an account for a member of staff
#[derive(Args)]
pub(crate) struct Add {
    /// Name with which she signs in.
    name: String,
    /// What she does. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::StaffRole>())]
    role: Vec<v1::StaffRole>,
    #[command(flatten)]
    password: PasswordArgs,
}

impl Add {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let password = self.password.read_new(!tool.no_input())?.text().to_owned();
        let node = tool.node().await?;
        let request = v1::AddStaffRequest { name: self.name, roles: numbers(&self.role), password };
        let answer = node.staff().add_staff(request).await?.into_inner();
        tool.show(&node, answer.staff.as_ref()).await
    }
}
