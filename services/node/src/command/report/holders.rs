//! `waymark report holders`: every holder of data of one case, on which basis, and how far each is with erasing.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("office", "office"),
    ("categories", "categories"),
    ("purposes", "purposes"),
    ("basis", "basis"),
    ("ground", "emergency.ground"),
    ("reviewed", "emergency.reviewed"),
    ("upheld", "emergency.upheld"),
    ("disclosed", "disclosed_at"),
    ("until", "until_on"),
    ("state", "state"),
    ("since", "since"),
    ("retained on", "ground"),
    ("retained until", "retained_until_on"),
    ("erased", "erased_at"),
];

/// List every holder of data of a case, and how far each is with erasing
#[derive(Args)]
pub(crate) struct Holders {
    /// The case.
    #[arg(long, value_name = "CASE")]
    case: ThreadId,
    #[command(flatten)]
    list: ListArgs,
}

impl Holders {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListHoldersRequest { case: self.case.to_string(), page_size, page_token };
            let page = node.reports().list_holders(request).await?.into_inner();
            if !list.take(&page.holders, page.next_page_token)? {
                return list.end(&node, COLUMNS, "Nothing is recorded in this case.").await;
            }
        }
    }
}
