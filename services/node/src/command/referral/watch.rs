//! `waymark referral watch`: each referral that is there, and then each that changes.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use super::COLUMNS;
use crate::client::tool::Tool;
use crate::client::watch::{WatchArgs, watch};
use crate::fault::Done;

/// Tell each referral, and then each that changes
#[derive(Args)]
pub(crate) struct Watch {
    /// Only this one. Absent: all.
    referral: Option<ThreadId>,
    #[command(flatten)]
    watch: WatchArgs,
}

impl Watch {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let referral = self.referral.map(|referral| referral.to_string()).unwrap_or_default();
        watch(tool, self.watch, COLUMNS, async |node, resume_token| {
            let request = v1::WatchReferralsRequest { referral: referral.clone(), resume_token };
            node.referrals().watch_referrals(request).await
        })
        .await
    }
}
