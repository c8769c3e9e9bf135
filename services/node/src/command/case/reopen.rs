//! `waymark case reopen`: a closed case goes on.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Open a closed case again
#[derive(Args)]
pub(crate) struct Reopen {
    /// The case.
    case: ThreadId,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Reopen {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ReopenCaseRequest {
            options: change.options(),
            case: self.case.to_string(),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.cases().reopen_case(request).await;
        change.done(answer, "The case is open again.")
    }
}
