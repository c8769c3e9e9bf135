//! `waymark directory show`: one service.

use clap::Args;
use waymark_api::v1;

use crate::client::tool::Tool;
use crate::fault::Done;

/// Show a service
#[derive(Args)]
pub(crate) struct Show {
    /// Its identifier, as `waymark directory search` shows it.
    service: String,
}

impl Show {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let answer =
            node.directory().get_service(v1::GetServiceRequest { service: self.service }).await?.into_inner();
        tool.show(&node, answer.service.as_ref()).await
    }
}
