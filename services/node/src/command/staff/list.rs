//! `waymark staff list`: the accounts of this office.

use clap::Args;
use waymark_api::v1;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::names::Names;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("identifier", "staff"),
    ("roles", "roles"),
    ("open", "open"),
    ("made by", "made_by"),
    ("password set by", "password_set_by"),
];

/// List the accounts of this office
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    list: ListArgs,
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let page =
                node.staff().list_staff(v1::ListStaffRequest { page_size, page_token }).await?.into_inner();
            if !list.take(&page.staff, page.next_page_token)? {
                return list.end_with(&Names::default(), COLUMNS, "Nobody has an account.");
            }
        }
    }
}
