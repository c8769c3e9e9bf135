//! `waymark shelter address`: tells the other party where the shelter is, for a limited time. Refused before confirmation.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::{Input, Source};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Tell the other party where the shelter is, for a limited time
#[derive(Args)]
pub(crate) struct Address {
    /// The referral.
    referral: ThreadId,
    /// Last day on which it may be read.
    #[arg(long, value_name = "DAY")]
    last_day: DayArg,
    /// JSON input, `-` for standard input: {"address": "…", "entry": "…"}, the entry not required
    #[arg(long = "from", value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Address {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let mut input = Input::read(Some(&self.source), &["address", "entry"])?;
        let request = v1::ReleaseAddressRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            until_on: self.last_day.text(change.now()),
            address: input.text("address")?,
            entry: input.text_if_any("entry")?,
        };
        let answer = tool.node().await?.shelters().release_address(request).await;
        change.done(answer, "The address is on its way, sealed for the other party alone.")
    }
}
