//! `waymark staff change`: roles, and whether an account is open.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::StaffId;

use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Change the roles of an account, close it, or open it again
#[derive(Args)]
pub(crate) struct Change {
    /// Pseudonym of the account, as `waymark staff list` shows it.
    staff: StaffId,
    /// What she does from now on. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::StaffRole>())]
    role: Vec<v1::StaffRole>,
    /// Close the account: its sessions end.
    #[arg(long, conflicts_with = "open")]
    close: bool,
    /// Open it again.
    #[arg(long)]
    open: bool,
}

impl Change {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let open = (self.close || self.open).then_some(self.open);
        let request =
            v1::ChangeStaffRequest { staff: self.staff.to_string(), roles: numbers(&self.role), open };
        let answer = node.staff().change_staff(request).await?.into_inner();
        tool.show(&node, answer.staff.as_ref()).await
    }
}
