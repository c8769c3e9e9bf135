//! `waymark journey assess`: the risk at this office's end of the journey.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::content::risk_rows;
use crate::client::input::{Input, Source};
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Assess the risk at this office's end: the sender the origin, the receiver the destination
#[derive(Args)]
pub(crate) struct Assess {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The verdict.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::GoNoGo>())]
    verdict: v1::GoNoGo,
    /// The day of the assessment. Absent: today.
    #[arg(long, value_name = "DAY")]
    assessed_on: Option<DayArg>,
    /// JSON input, `-` for standard input: {"rows": [{"threat": "…", "likelihood": 1, "severity": 1, "mitigation": 1}], "summary": "…"}; numbers 1 to 5
    #[arg(long = "from", value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Assess {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let mut input = Input::read(Some(&self.source), &["rows", "summary"])?;
        let request = v1::AssessRiskRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            verdict: self.verdict.into(),
            assessed_on: DayArg::text_if_any(self.assessed_on.as_ref(), change.now()),
            rows: risk_rows(&mut input)?,
            summary: input.text_if_any("summary")?,
        };
        let answer = tool.node().await?.returns().assess_risk(request).await;
        change.done(answer, "The assessment is recorded; the other party sees verdict and matrix.")
    }
}
