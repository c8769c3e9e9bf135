//! `waymark journey documents`: travel documents are at hand.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that travel documents are at hand
#[derive(Args)]
pub(crate) struct Documents {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// Last day on which all are valid.
    #[arg(long, value_name = "DAY")]
    valid_until: DayArg,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Documents {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RecordDocumentsRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            valid_until_on: self.valid_until.text(change.now()),
        };
        let answer = tool.node().await?.returns().record_documents(request).await;
        change.done(answer, "The documents are recorded.")
    }
}
