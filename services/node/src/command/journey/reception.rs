//! `waymark journey reception`: somebody will meet her.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use super::leg::stop;
use crate::client::change::{Change, ChangeArgs};
use crate::client::input::{Input, Source};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Arrange who meets her
#[derive(Args)]
pub(crate) struct Reception {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// When.
    #[arg(long, value_name = "TIME")]
    meets: TimeArg,
    /// Where: UN/LOCODE. Absent: the name in the input.
    #[arg(long, value_name = "LOCODE")]
    place: Option<String>,
    /// JSON input, `-` for standard input: {"contact": "…", "place_name": "…"}, none of them required
    #[arg(long = "from", value_name = "FILE")]
    source: Option<Source>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Reception {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let mut input = Input::read(self.source.as_ref(), &["contact", "place_name"])?;
        let request = v1::ArrangeReceptionRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            meets_at: Some(self.meets.instant(change.now())),
            place: Some(stop(self.place, &mut input, "place_name", "--place")?),
            contact: input.text_if_any("contact")?,
        };
        let answer = tool.node().await?.returns().arrange_reception(request).await;
        change.done(answer, "The reception is arranged.")
    }
}
