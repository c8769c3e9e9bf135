//! `waymark hub provision`: one stream, and a post box for each office of the roster that has not left, and for some slots ahead.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_courier::Slot;
use waymark_courier::hub::{self, Plan};
use waymark_seal::roster::OfficeState;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::setup::draft::Draft;
use crate::show::json::Json;
use crate::show::output::data;

/// Make the stream and the post boxes; what is there is only checked
///
/// The post boxes of offices that have left are taken away: with the roster in which they have left, run it again.
#[derive(Args)]
pub(crate) struct Provision {
    /// Server of the hub: nats://host:port. May be repeated.
    #[arg(long, required = true, value_name = "URL")]
    url: Vec<String>,
    /// The roster whose offices get a post box.
    #[arg(long, value_name = "FILE")]
    roster: PathBuf,
    /// Post boxes ahead, so that joining needs nothing here.
    #[arg(long, value_name = "N", default_value_t = 8)]
    spare: u16,
    /// Copies of each letter: 1 on a single server, 3 on a cluster.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
}

impl Provision {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let roster = Draft::read(&self.roster)?.roster;
        let last = roster.offices.last().map_or(0, |office| office.slot.get());
        let has_left = |number: NonZeroU16| {
            roster.office_at(number).is_some_and(|office| office.state == OfficeState::Left)
        };
        let all = (1..=last.saturating_add(self.spare)).filter_map(NonZeroU16::new);
        let (gone, slots): (Vec<_>, Vec<_>) = all.partition(|number| has_left(*number));
        let (count, left) = (slots.len(), gone.len());
        let plan = Plan {
            replicas: usize::from(self.replicas),
            gone: gone.into_iter().map(Slot::numbered).collect(),
            ..Plan::single(slots.into_iter().map(Slot::numbered))
        };
        hub::provision(&self.url, &plan).await.map_err(|fault| super::told(&fault))?;
        if tool.json() {
            data(Json::object([
                ("post_boxes", Json::from(count as u64)),
                ("left", Json::from(left as u64)),
            ]))?;
            return Ok(Exit::Done);
        }
        data(format_args!("The hub has its stream and {count} post boxes."))?;
        if left > 0 {
            data(format_args!("  none for {left} offices that have left"))?;
        }
        Ok(Exit::Done)
    }
}
