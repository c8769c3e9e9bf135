//! `waymark shelter publish`: tells the network how many places a unit has. What is free is counted by the node.

use clap::Args;
use waymark_api::v1;

use crate::client::change::{Change, ChangeArgs};
use crate::client::identifier::Identifier;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;
use crate::show::json::Json;

/// Tell the network how many places a unit has
#[derive(Args)]
pub(crate) struct Publish {
    /// The unit. Absent: a new one, whose identifier is made and printed.
    #[arg(long, value_name = "ID")]
    unit: Option<Identifier>,
    /// What it is.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::UnitKind>())]
    kind: v1::UnitKind,
    /// Who may stay.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Admits>())]
    admits: v1::Admits,
    /// Places in all.
    #[arg(long, value_name = "N")]
    maximum: u32,
    /// Places taken by persons who did not come through a referral.
    #[arg(long, value_name = "N", default_value_t = 0)]
    taken_otherwise: u32,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Publish {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        // A new unit has the name of the change that made it, also when that is asked for again.
        let unit = self.unit.unwrap_or_else(|| change.request_id().clone()).to_string();
        let request = v1::PublishCapacityRequest {
            options: change.options(),
            unit: unit.clone(),
            kind: self.kind.into(),
            admits: self.admits.into(),
            maximum: self.maximum,
            taken_otherwise: self.taken_otherwise,
        };
        let answer = tool.node().await?.shelters().publish_capacity(request).await;
        change.done_with(answer, "The capacity is published.", [("unit", Json::Text(unit))])
    }
}
