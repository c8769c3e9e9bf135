//! `waymark referral list`: referrals sent and received.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use super::COLUMNS;
use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::client::word::{number_if_any, numbers, word};
use crate::fault::Done;

/// List referrals sent and received, those changed last first
#[derive(Args)]
pub(crate) struct List {
    /// Only referrals in this phase. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::ReferralPhase>())]
    phase: Vec<v1::ReferralPhase>,
    /// Only those in which this office is this side.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Party>())]
    side: Option<v1::Party>,
    /// Only those of this case.
    #[arg(long, value_name = "CASE")]
    case: Option<ThreadId>,
    /// Only those in which this office owes the next step.
    #[arg(long)]
    needs_answer: bool,
    #[command(flatten)]
    list: ListArgs,
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListReferralsRequest {
                phases: numbers(&self.phase),
                side: number_if_any(self.side),
                case: self.case.map(|case| case.to_string()).unwrap_or_default(),
                needs_answer: self.needs_answer,
                page_size,
                page_token,
            };
            let page = node.referrals().list_referrals(request).await?.into_inner();
            if !list.take(&page.referrals, page.next_page_token)? {
                return list.end(&node, COLUMNS, "There are no such referrals.").await;
            }
        }
    }
}
