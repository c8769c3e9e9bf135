//! `waymark shelter watch`: units and places that are there, and then each that changes.

use clap::Args;
use waymark_api::v1;

use super::list::UNIT_COLUMNS;
use crate::client::tool::Tool;
use crate::client::watch::{WatchArgs, watch};
use crate::fault::Done;
use crate::show::table::Column;

/// Columns of units and of places; each row has some of them.
const COLUMNS: &[Column] = &[
    ("place in", "referral"),
    ("phase", "phase"),
    ("with", "other_office"),
    ("from", "from_on"),
    ("held until", "held_until"),
    ("shelter", "office"),
    ("unit", "unit"),
    ("kind", "kind"),
    ("free", "available"),
    ("of", "maximum"),
    ("as of", "as_of"),
];

/// Tell units and places, and then each that changes
#[derive(Args)]
pub(crate) struct Watch {
    /// Only units: shelter availability, without anything about a referral.
    #[arg(long)]
    units_only: bool,
    #[command(flatten)]
    watch: WatchArgs,
}

impl Watch {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let units_only = self.units_only;
        let columns = if units_only { UNIT_COLUMNS } else { COLUMNS };
        watch(tool, self.watch, columns, async |node, resume_token| {
            node.shelters().watch_places(v1::WatchPlacesRequest { units_only, resume_token }).await
        })
        .await
    }
}
