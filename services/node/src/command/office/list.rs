//! `waymark office list`: the offices of the network by the newest roster.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::Country;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;
use crate::show::names::Names;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("identifier", "office"),
    ("country", "country"),
    ("institution", "institution"),
    ("roles", "roles"),
    ("state", "state"),
    ("frozen at", "frozen_at"),
    ("offers until", "inbox_until_on"),
    ("last heard", "last_heard_at"),
    ("own", "own"),
];

/// List the offices of the network
#[derive(Args)]
pub(crate) struct List {
    /// Only offices with this role. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::OfficeRole>())]
    role: Vec<v1::OfficeRole>,
    /// Only offices that offer this. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>())]
    service: Vec<v1::Purpose>,
    /// Only offices there, two capital letters.
    #[arg(long, value_name = "CC")]
    country: Option<Country>,
    #[command(flatten)]
    list: ListArgs,
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListOfficesRequest {
                roles: numbers(&self.role),
                services: numbers(&self.service),
                country: self.country.map(|country| country.to_string()).unwrap_or_default(),
                page_size,
                page_token,
            };
            let page = node.offices().list_offices(request).await?.into_inner();
            if !list.take(&page.offices, page.next_page_token)? {
                // The identifiers are what this list is for.
                return list.end_with(&Names::default(), COLUMNS, "There is no such office in the network.");
            }
        }
    }
}
