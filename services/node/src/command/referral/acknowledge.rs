//! `waymark referral acknowledge`: a person at this office has seen the offer.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Say that a person here has seen the offer
#[derive(Args)]
pub(crate) struct Acknowledge {
    /// The referral.
    referral: ThreadId,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Acknowledge {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request =
            v1::AcknowledgeReferralRequest { options: change.options(), referral: self.referral.to_string() };
        let answer = tool.node().await?.referrals().acknowledge_referral(request).await;
        change.done(answer, "The offer is acknowledged: its sender sees that somebody has read it.")
    }
}
