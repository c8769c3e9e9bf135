//! `waymark journey check-in`: she checked in on a leg.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Record a check-in on a leg; clears an alarm
#[derive(Args)]
pub(crate) struct CheckIn {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// The leg: 1, 2, …
    #[arg(long, value_name = "N")]
    leg: u32,
    /// When. Absent: now.
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl CheckIn {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RecordCheckInRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            leg: self.leg,
            at: self.at.map(|at| at.instant(change.now())),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.returns().record_check_in(request).await;
        change.done(answer, "The check-in is recorded.")
    }
}
