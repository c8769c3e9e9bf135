//! `waymark office status`: how this office stands: log, post, and whether it may write.

use clap::Args;
use waymark_api::v1;

use crate::client::tool::Tool;
use crate::fault::Done;

/// Show how this office stands: log, post, and whether it may write
#[derive(Args)]
pub(crate) struct Status {}

impl Status {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let answer = node.offices().get_office(v1::GetOfficeRequest {}).await?.into_inner();
        tool.show(&node, answer.office.as_ref()).await
    }
}
