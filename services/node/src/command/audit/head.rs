//! `waymark audit head`: the newest durable head of the own log, signed.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::message;
use crate::show::output::data;

/// Print the newest signed head of this office's log
#[derive(Args)]
pub(crate) struct Head {}

impl Head {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let answer = tool.node().await?.audit().get_head(v1::GetHeadRequest {}).await?.into_inner();
        let head = answer.head.ok_or_else(|| Fault::new(Exit::Failure, "the node told no head"))?;
        if tool.json() {
            data(message::json(&head))?;
        } else {
            data(String::from_utf8_lossy(&head.checkpoint).trim_end())?;
        }
        Ok(Exit::Done)
    }
}
