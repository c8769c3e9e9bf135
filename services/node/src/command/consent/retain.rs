//! `waymark consent retain`: a holder keeps some data on a legal ground instead of erasing them.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Keep some categories on a legal ground after a withdrawal
#[derive(Args)]
pub(crate) struct Retain {
    /// The referral that was withdrawn.
    referral: ThreadId,
    /// What is kept.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Category>())]
    category: Vec<v1::Category>,
    /// The legal ground.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::RetentionGround>())]
    ground: v1::RetentionGround,
    /// The last day on which it is kept.
    #[arg(long, value_name = "DAY")]
    last_day: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Retain {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ClaimRetentionRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            categories: numbers(&self.category),
            ground: self.ground.into(),
            until_on: self.last_day.text(change.now()),
        };
        let answer = tool.node().await?.consents().claim_retention(request).await;
        change.done(answer, "The retention is recorded. What is kept stays locked.")
    }
}
