//! `waymark shelter list`: shelter availability: units and how many places are free.

use clap::Args;
use waymark_api::v1;

use crate::client::list::{self, ListArgs};
use crate::client::recipient::OfficeName;
use crate::client::tool::Tool;
use crate::client::word::{number_if_any, word};
use crate::fault::Done;
use crate::show::table::Column;

/// What people look for in a unit.
pub(super) const UNIT_COLUMNS: &[Column] = &[
    ("shelter", "office"),
    ("unit", "unit"),
    ("kind", "kind"),
    ("admits", "admits"),
    ("free", "available"),
    ("of", "maximum"),
    ("held", "held"),
    ("in use", "occupied"),
    ("as of", "as_of"),
];

/// List the units of all shelters and how many places are free
#[derive(Args)]
pub(crate) struct List {
    /// Only units of this shelter: name or identifier.
    #[arg(long, value_name = "OFFICE")]
    office: Option<OfficeName>,
    /// Only units of this kind.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::UnitKind>())]
    kind: Option<v1::UnitKind>,
    /// Only units open to these, or to anyone.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Admits>())]
    admits: Option<v1::Admits>,
    /// Only units with at least so many free.
    #[arg(long, value_name = "N", default_value_t = 0)]
    free: u32,
    #[command(flatten)]
    list: ListArgs,
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let office = OfficeName::resolve_if_any(self.office.as_ref(), &node).await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListUnitsRequest {
                office: office.clone(),
                kind: number_if_any(self.kind),
                admits: number_if_any(self.admits),
                places: self.free,
                page_size,
                page_token,
            };
            let page = node.shelters().list_units(request).await?.into_inner();
            if !list.take(&page.units, page.next_page_token)? {
                return list.end(&node, UNIT_COLUMNS, "No such unit is published.").await;
            }
        }
    }
}
