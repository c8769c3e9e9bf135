//! `waymark directory export`: the whole directory as HSDS 3.0 JSON, confidential locations redacted.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;

use super::hsds;
use crate::client::node::Node;
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Write the directory as HSDS 3.0 JSON
#[derive(Args)]
pub(crate) struct Export {
    /// File to write, `-` for standard output. An existing file is not overwritten.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

impl Export {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let services = all_services(&tool.node().await?).await?;
        let count = services.len();
        let total = u64::try_from(count).unwrap_or(u64::MAX);
        let page = Json::object([
            ("total_items", Json::from(total)),
            ("total_pages", Json::from(1_u64)),
            ("page_number", Json::from(1_u64)),
            ("size", Json::from(total)),
            ("first_page", Json::from(true)),
            ("last_page", Json::from(true)),
            ("empty", Json::from(count == 0)),
            ("contents", Json::List(services.iter().map(hsds::service).collect())),
        ]);
        if self.out.as_os_str() == "-" {
            data(page)?;
        } else {
            let file = std::fs::File::create_new(&self.out);
            file.and_then(|mut file| writeln!(file, "{page}"))
                .map_err(|fault| Fault::file("the directory cannot be written to", &self.out, &fault))?;
            say(format_args!("{count} services were written to {}.", self.out.display()));
        }
        Ok(Exit::Done)
    }
}

async fn all_services(node: &Node) -> Result<Vec<v1::DirectoryEntry>, Fault> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request =
            v1::SearchServicesRequest { page_size: 200, page_token, ..v1::SearchServicesRequest::default() };
        let page = node.directory().search_services(request).await?.into_inner();
        all.extend(page.services);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}
