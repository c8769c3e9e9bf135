//! `waymark consent review`: reviews an emergency disclosure.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Review an emergency disclosure
#[derive(Args)]
#[command(group = clap::ArgGroup::new("verdict").required(true))]
pub(crate) struct Review {
    /// The referral.
    referral: ThreadId,
    /// The declaration.
    #[arg(long, value_name = "ID")]
    emergency: EventId,
    /// It was justified.
    #[arg(long, group = "verdict")]
    upheld: bool,
    /// It was not justified.
    #[arg(long, group = "verdict")]
    not_upheld: bool,
    /// The day on which the person was told.
    #[arg(long, value_name = "DAY")]
    told_on: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Review {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ReviewEmergencyRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            emergency: self.emergency.to_string(),
            upheld: self.upheld && !self.not_upheld,
            told_on: self.told_on.text(change.now()),
        };
        let answer = tool.node().await?.consents().review_emergency(request).await;
        change.done(answer, "The review is recorded.")
    }
}
