//! `waymark referral show`: one referral, without the content of its sections.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::Done;

/// Show a referral, without the content of its sections
#[derive(Args)]
pub(crate) struct Show {
    /// The referral.
    referral: ThreadId,
}

impl Show {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let request = v1::GetReferralRequest { referral: self.referral.to_string() };
        let answer = node.referrals().get_referral(request).await?.into_inner();
        tool.show(&node, answer.referral.as_ref()).await
    }
}
