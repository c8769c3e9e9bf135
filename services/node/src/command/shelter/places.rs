//! `waymark shelter places`: places asked for by this office or of it.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::UnitId;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::client::word::{number_if_any, numbers, word};
use crate::fault::Done;
use crate::show::table::Column;

/// What people look for in a place.
const COLUMNS: &[Column] = &[
    ("referral", "referral"),
    ("phase", "phase"),
    ("side", "side"),
    ("with", "other_office"),
    ("kind", "kind"),
    ("unit", "unit"),
    ("from", "from_on"),
    ("nights", "nights"),
    ("persons", "persons"),
    ("held until", "held_until"),
];

/// List places asked for by this office or of it, those changed last first
#[derive(Args)]
pub(crate) struct Places {
    /// Only places in this phase. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::PlacePhase>())]
    phase: Vec<v1::PlacePhase>,
    /// Only places in this unit of the own shelter.
    #[arg(long, value_name = "ID")]
    unit: Option<UnitId>,
    /// Only those in which this office is this side.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Party>())]
    side: Option<v1::Party>,
    #[command(flatten)]
    list: ListArgs,
}

impl Places {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListPlacesRequest {
                phases: numbers(&self.phase),
                unit: self.unit.map(|unit| unit.to_string()).unwrap_or_default(),
                side: number_if_any(self.side),
                page_size,
                page_token,
            };
            let page = node.shelters().list_places(request).await?.into_inner();
            if !list.take(&page.places, page.next_page_token)? {
                return list.end(&node, COLUMNS, "There are no such places.").await;
            }
        }
    }
}
