//! `waymark referral schedule`: an appointment or a start is fixed.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Fix, or move, an appointment or a start
#[derive(Args)]
pub(crate) struct Schedule {
    /// The referral.
    referral: ThreadId,
    /// When.
    #[arg(long, value_name = "TIME")]
    at: TimeArg,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Schedule {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::ScheduleServiceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            at: Some(self.at.instant(change.now())),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().schedule_service(request).await;
        change.done(answer, "The appointment is recorded.")
    }
}
