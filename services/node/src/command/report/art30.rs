//! `waymark report art30`: the record of processing activities of this office, without personal data.

use clap::Args;
use waymark_api::v1;

use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Print the record of processing of a period (GDPR article 30); counts under 11 are hidden
///
/// Records of periods that overlap, set against each other, may tell what one alone hides: give out one for each year.
#[derive(Args)]
pub(crate) struct Art30 {
    /// First day.
    #[arg(long, value_name = "DAY")]
    from: DayArg,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    to: DayArg,
}

impl Art30 {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let request = v1::GetProcessingRecordRequest {
            from_on: self.from.text(tool.now),
            to_on: self.to.text(tool.now),
        };
        let answer = node.reports().get_processing_record(request).await?.into_inner();
        tool.show(&node, answer.record.as_ref()).await
    }
}
