//! `waymark consent tasks`: what waits for a coordinator.

use clap::Args;
use waymark_api::v1;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("task", "kind"),
    ("office", "office"),
    ("due", "due_at"),
    ("overdue", "overdue"),
    ("referral", "referral"),
    ("case", "case"),
    ("emergency", "emergency"),
];

/// List what waits for a coordinator: withdrawals without an answer, emergencies to be reviewed
#[derive(Args)]
pub(crate) struct Tasks {
    /// Only what should have been done by now.
    #[arg(long)]
    overdue: bool,
    #[command(flatten)]
    list: ListArgs,
}

impl Tasks {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListTasksRequest { overdue: self.overdue, page_size, page_token };
            let page = node.consents().list_tasks(request).await?.into_inner();
            if !list.take(&page.tasks, page.next_page_token)? {
                return list.end(&node, COLUMNS, "Nothing waits for a coordinator.").await;
            }
        }
    }
}
