//! `waymark consent refuse`: the person said no; an ordinary outcome.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::recipient::OfficeName;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record that the person said no
#[derive(Args)]
pub(crate) struct Refuse {
    /// The case.
    case: ThreadId,
    /// The office with which she does not want to share: name or identifier.
    #[arg(long, value_name = "OFFICE")]
    recipient: OfficeName,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Refuse {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let note = self.note.read()?;
        let change = Change::new(tool, self.change);
        let node = tool.node().await?;
        let request = v1::RefuseConsentRequest {
            options: change.options(),
            case: self.case.to_string(),
            recipient: self.recipient.resolve(&node).await?,
            note,
        };
        let answer = node.consents().refuse_consent(request).await;
        change.done(answer, "It is recorded that she said no. Nothing is shared with that office.")
    }
}
