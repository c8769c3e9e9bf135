//! `waymark consent list`: the consents of a case, and what each holder has done.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("consent", "consent"),
    ("state", "state"),
    ("recipient", "scope.recipient"),
    ("purposes", "scope.purposes"),
    ("categories", "scope.categories"),
    ("until", "scope.until_on"),
    ("holders", "holders"),
];

/// List the consents of a case and what each holder has done
#[derive(Args)]
pub(crate) struct List {
    /// The case.
    case: ThreadId,
    #[command(flatten)]
    list: ListArgs,
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListConsentsRequest { case: self.case.to_string(), page_size, page_token };
            let page = node.consents().list_consents(request).await?.into_inner();
            if !list.take(&page.consents, page.next_page_token)? {
                return list.end(&node, COLUMNS, "No consent is recorded in this case.").await;
            }
        }
    }
}
