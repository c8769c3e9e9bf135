//! `waymark journey escort`: who escorts a leg.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::{Input, Source};
use crate::client::tool::Tool;
use crate::fault::Done;

/// Name the escort of a leg
#[derive(Args)]
pub(crate) struct Escort {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The leg: 1, 2, …
    #[arg(long, value_name = "N")]
    leg: u32,
    /// JSON input, `-` for standard input: {"name": "…"}
    #[arg(long = "from", value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Escort {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::NameEscortRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            leg: self.leg,
            name: Input::read(Some(&self.source), &["name"])?.text("name")?,
        };
        let answer = tool.node().await?.returns().name_escort(request).await;
        change
            .done(answer, "The escort is named. This office escorts the leg and is not thereby responsible.")
    }
}
