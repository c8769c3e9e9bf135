//! `waymark case close`: this office has ended its work on a case.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Close a case at this office
#[derive(Args)]
pub(crate) struct Close {
    /// The case.
    case: ThreadId,
    /// How it ended.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::CaseOutcome>())]
    outcome: v1::CaseOutcome,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Close {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::CloseCaseRequest {
            options: change.options(),
            case: self.case.to_string(),
            outcome: self.outcome.into(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.cases().close_case(request).await;
        change.done(answer, "The case is closed.")
    }
}
