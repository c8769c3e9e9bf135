//! `waymark referral start`: the service has begun.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that the service has begun
#[derive(Args)]
pub(crate) struct Start {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Start {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::StartServiceRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.referrals().start_service(request).await;
        change.done(answer, "The service has begun.")
    }
}
