//! `waymark journey show`: one journey.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::Done;

/// Show a journey: its gates, legs and follow-ups
#[derive(Args)]
pub(crate) struct Show {
    /// The referral of the hand-over.
    referral: ThreadId,
}

impl Show {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let request = v1::GetJourneyRequest { referral: self.referral.to_string() };
        let answer = node.returns().get_journey(request).await?.into_inner();
        tool.show(&node, answer.journey.as_ref()).await
    }
}
