//! `waymark referral contact`: the person was reached for the first time.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record the first contact with the person
#[derive(Args)]
pub(crate) struct Contact {
    /// The referral.
    referral: ThreadId,
    /// When. Absent: now.
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Contact {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RecordContactRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            at: self.at.map(|at| at.instant(change.now())),
        };
        let answer = tool.node().await?.referrals().record_contact(request).await;
        change.done(answer, "The first contact is recorded.")
    }
}
