//! `waymark case open`: a case begins. The person is a code until identity is recorded.

use clap::Args;
use waymark_api::v1;

use super::safeguards::SafeguardArgs;
use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Open a case
#[derive(Args)]
pub(crate) struct Open {
    #[command(flatten)]
    safeguards: SafeguardArgs,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Open {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::OpenCaseRequest {
            options: change.options(),
            safeguards: Some(self.safeguards.into()),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.cases().open_case(request).await;
        change.done(answer, "The case is open. The person is known by its code until identity is recorded.")
    }
}
