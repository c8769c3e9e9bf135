//! `waymark audit disclosures`: every disclosure in the log, and whether a consent in force covered it.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1::{self, DisclosureVerdict};

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("at", "at"),
    ("verdict", "verdict"),
    ("unwitnessed", "unwitnessed"),
    ("from", "from_office"),
    ("to", "to_office"),
    ("categories", "categories"),
    ("referral", "thread"),
    ("event", "event_id"),
];

/// List disclosures and whether each had its basis; ends with 6 when one had none
#[derive(Args)]
pub(crate) struct Disclosures {
    /// Only emergencies, and what had no basis.
    #[arg(long)]
    findings: bool,
    #[command(flatten)]
    list: ListArgs,
}

impl Disclosures {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        let mut without_basis = false;
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListDisclosuresRequest { findings: self.findings, page_size, page_token };
            let page = node.audit().list_disclosures(request).await?.into_inner();
            let sound = [DisclosureVerdict::Within, DisclosureVerdict::Emergency];
            without_basis |= page.disclosures.iter().any(|one| !sound.contains(&one.verdict()));
            if !list.take(&page.disclosures, page.next_page_token)? {
                list.end(&node, COLUMNS, "Nothing was disclosed.").await?;
                return Ok(if without_basis { Exit::VerificationFailed } else { Exit::Done });
            }
        }
    }
}
