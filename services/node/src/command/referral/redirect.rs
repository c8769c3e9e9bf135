//! `waymark referral redirect`: ends a referral and offers the same to another office. Linked at the sender only.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use super::offer::OfferArgs;
use crate::client::change::{Change, ChangeArgs};
use crate::client::sharing;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Offer to another office instead; this referral ends
#[derive(Args)]
pub(crate) struct Redirect {
    /// The referral that ends.
    referral: ThreadId,
    #[command(flatten)]
    offer: OfferArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Redirect {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let node = tool.node().await?;
        let offer = self.offer.resolve(&change, &node).await?;
        if !tool.json() {
            sharing::tell_offer(&node, &offer.case, &offer.consent).await?;
        }
        let request = v1::RedirectReferralRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            offer: Some(offer),
        };
        let answer = node.referrals().redirect_referral(request).await;
        change.done(answer, "The referral has ended, and a new offer is on its way.")
    }
}
