//! `waymark journey list`: return logistics, those that leave next first.

use clap::Args;
use waymark_api::v1;

use super::COLUMNS;
use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::client::word::{number_if_any, numbers, word};
use crate::fault::Done;

/// List journeys sent and received, those that leave next first
#[derive(Args)]
pub(crate) struct List {
    /// Only journeys in this phase. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::JourneyPhase>())]
    phase: Vec<v1::JourneyPhase>,
    /// Only those in which this office is this side.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Party>())]
    side: Option<v1::Party>,
    /// Only those with a missed check-in.
    #[arg(long)]
    alarm: bool,
    #[command(flatten)]
    list: ListArgs,
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListJourneysRequest {
                phases: numbers(&self.phase),
                side: number_if_any(self.side),
                alarm: self.alarm,
                page_size,
                page_token,
            };
            let page = node.returns().list_journeys(request).await?.into_inner();
            if !list.take(&page.journeys, page.next_page_token)? {
                return list.end(&node, COLUMNS, "There are no such journeys.").await;
            }
        }
    }
}
