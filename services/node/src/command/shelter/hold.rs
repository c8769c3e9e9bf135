//! `waymark shelter hold`: holds a place until a time.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{ThreadId, UnitId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::fault::Done;

/// Hold a place
#[derive(Args)]
pub(crate) struct Hold {
    /// The referral.
    referral: ThreadId,
    /// The unit.
    #[arg(long, value_name = "ID")]
    unit: UnitId,
    /// Until when. Absent: 24 hours from now.
    #[arg(long, value_name = "TIME")]
    until: Option<TimeArg>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Hold {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::HoldPlaceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            unit: self.unit.to_string(),
            until: self.until.map(|at| at.instant(change.now())),
        };
        let answer = tool.node().await?.shelters().hold_place(request).await;
        change.done(answer, "The place is held.")
    }
}
