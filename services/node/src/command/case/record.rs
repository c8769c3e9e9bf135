//! `waymark case record`: writes or rewrites one section of a case. Nothing leaves the office by it.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::content;
use crate::client::input::Source;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Write or rewrite one section of a case
#[derive(Args)]
#[command(
    after_help = "Example: waymark case record CASE --category identity --from -\nThen type the fields, for example {\"given_name\": \"…\"}, and Ctrl-D on a line of its own. What is typed so is in no shell history."
)]
pub(crate) struct Record {
    /// The case.
    case: ThreadId,
    /// Which section.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Category>())]
    category: v1::Category,
    /// JSON input, `-` for standard input: the fields of the category; or {"message": "…"}; for `safety` also {"risk": {…}}
    #[arg(long = "from", value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Record {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RecordSectionRequest {
            options: change.options(),
            case: self.case.to_string(),
            category: self.category.into(),
            content: Some(content::read(&self.source, self.category)?),
        };
        let answer = tool.node().await?.cases().record_section(request).await;
        change.done(answer, "The section is recorded and sealed. Nothing has left the office.")
    }
}
