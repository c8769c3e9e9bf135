//! `waymark journey follow-ups`: the visits and calls after arrival, and how they went.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::message;
use crate::show::names::Names;
use crate::show::output::data;
use crate::show::table::{self, Column};

const COLUMNS: &[Column] =
    &[("number", "number"), ("due", "due_on"), ("outcome", "outcome"), ("recorded", "recorded_at")];

/// List the follow-ups after arrival
#[derive(Args)]
pub(crate) struct FollowUps {
    /// The referral of the hand-over.
    referral: ThreadId,
}

impl FollowUps {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let request = v1::GetJourneyRequest { referral: self.referral.to_string() };
        let answer = tool.node().await?.returns().get_journey(request).await?.into_inner();
        let follow_ups = answer.journey.map(|journey| journey.follow_ups).unwrap_or_default();
        let rows: Vec<_> = follow_ups.iter().map(message::json).collect();
        if tool.json() {
            rows.iter().try_for_each(data)?;
        } else if rows.is_empty() {
            data("No follow-up is scheduled yet: that happens when she is met.")?;
        } else {
            data(table::of(COLUMNS, &rows, &Names::default()))?;
        }
        Ok(Exit::Done)
    }
}
