//! `waymark directory search`: services, best match first.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::Country;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("service", "service"),
    ("name", "name"),
    ("organization", "organization"),
    ("for", "purposes"),
    ("languages", "languages"),
    ("phone", "phones"),
    ("source", "source"),
];

/// Find services, best match first
#[derive(Args)]
pub(crate) struct Search {
    /// Words to look for. Never a person's name.
    word: Vec<String>,
    /// Only services for one of these. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>())]
    purpose: Vec<v1::Purpose>,
    /// Only services in this language, two small letters. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    language: Vec<String>,
    /// Only services in this country, two capital letters.
    #[arg(long, value_name = "CC")]
    country: Option<Country>,
    /// Only services in this town or region.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    place: String,
    #[command(flatten)]
    list: ListArgs,
}

impl Search {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::SearchServicesRequest {
                text: self.word.join(" "),
                purposes: numbers(&self.purpose),
                languages: self.language.clone(),
                country: self.country.map(|country| country.to_string()).unwrap_or_default(),
                place: self.place.clone(),
                page_size,
                page_token,
            };
            let page = node.directory().search_services(request).await?.into_inner();
            if !list.take(&page.services, page.next_page_token)? {
                return list.end(&node, COLUMNS, "No such service is in the directory.").await;
            }
        }
    }
}
