//! `waymark case show`: one case, without the content of its sections.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::Done;

/// Show a case, without the content of its sections
#[derive(Args)]
pub(crate) struct Show {
    /// The case.
    case: ThreadId,
}

impl Show {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let request = v1::GetCaseRequest { case: self.case.to_string() };
        let answer = node.cases().get_case(request).await?.into_inner();
        tool.show(&node, answer.case.as_ref()).await
    }
}
