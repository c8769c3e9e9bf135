//! `waymark report breach`: what an office held at the time of a breach, as far as this office's log knows.

use clap::Args;
use waymark_api::v1;

use crate::client::list::{self, ListArgs};
use crate::client::moment::TimeArg;
use crate::client::recipient::OfficeName;
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("case", "case"),
    ("thread", "holding.thread"),
    ("categories", "holding.categories"),
    ("basis", "holding.basis"),
    ("ground", "holding.emergency.ground"),
    ("disclosed", "holding.disclosed_at"),
    ("received", "holding.received_at"),
    ("readable", "readable"),
    ("locked", "holding.locked_at"),
    ("state", "holding.state"),
    ("since", "holding.since"),
    ("retained on", "holding.ground"),
    ("retained until", "holding.retained_until_on"),
    ("erased", "holding.erased_at"),
];

/// List what an office held at the time of a breach (GDPR article 33)
#[derive(Args)]
pub(crate) struct Breach {
    /// The office at which the breach was, this or another: its name or identifier.
    #[arg(long, value_name = "OFFICE")]
    office: OfficeName,
    /// When the breach began.
    #[arg(long, value_name = "TIME")]
    from: TimeArg,
    /// When it ended.
    #[arg(long, value_name = "TIME")]
    to: TimeArg,
    #[command(flatten)]
    list: ListArgs,
}

impl Breach {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let office = self.office.resolve(&node).await?;
        let (from, to) = (self.from.instant(tool.now), self.to.instant(tool.now));
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListBreachHoldingsRequest {
                office: office.clone(),
                from: Some(from),
                to: Some(to),
                page_size,
                page_token,
            };
            let page = node.reports().list_breach_holdings(request).await?.into_inner();
            if !list.take(&page.holdings, page.next_page_token)? {
                return list
                    .end(&node, COLUMNS, "As far as this office knows, nothing was held there then.")
                    .await;
            }
        }
    }
}
