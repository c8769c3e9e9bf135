//! `waymark case looks`: who was shown which section of a case.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::names::Names;
use crate::show::table::Column;

const COLUMNS: &[Column] =
    &[("at", "at"), ("staff", "staff"), ("section", "category"), ("in", "thread"), ("event", "event_id")];

/// List who looked: which section of a case and its referrals was shown to whom, and when
#[derive(Args)]
pub(crate) struct Looks {
    /// The case.
    case: ThreadId,
    #[command(flatten)]
    list: ListArgs,
}

impl Looks {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListLooksRequest { case: self.case.to_string(), page_size, page_token };
            let page = node.cases().list_looks(request).await?.into_inner();
            if !list.take(&page.looks, page.next_page_token)? {
                return list.end_with(
                    &Names::default(),
                    COLUMNS,
                    "No section of this case was shown to anybody.",
                );
            }
        }
    }
}
