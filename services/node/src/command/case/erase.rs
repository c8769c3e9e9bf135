//! `waymark case erase`: a closed case is destroyed at this office, for good.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::{Done, Fault};
use crate::show::output::say;

const GOES: &str = "What goes: every section and note of the case, and what its referrals still hold at this office. \
     Nobody can read any of it again.";
const STAYS: &str = "What stays: that there was a case, who did what when, with whom what was shared, and that it was \
     erased; no name and no content. Copies of the data folder made before keep what they hold: destroy them.";

/// Erase a closed case at this office, for good
///
/// Its keys and contents are destroyed, and what its referrals still hold at this office. The log keeps that there was a case, with
/// whom what was shared, and that it was erased. Withdraw her consents first, so that the others erase too.
#[derive(Args)]
pub(crate) struct Erase {
    /// The case.
    case: ThreadId,
    /// Why: she asked, the time has ended for which it is kept, or it was opened in error.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::ErasureReason>())]
    because: v1::ErasureReason,
    /// It is meant: without this nothing is done.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Erase {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        if !self.yes && !change.is_trial() {
            say(GOES);
            say(STAYS);
            return Err(Fault::usage("an erasure cannot be taken back")
                .next("Say the same with `--yes` to erase the case, or with `--dry-run` to see whether it could be."));
        }
        let request = v1::OrderCaseErasureRequest {
            options: change.options(),
            case: self.case.to_string(),
            reason: self.because.into(),
        };
        let answer = tool.node().await?.cases().order_case_erasure(request).await;
        change.done(answer, "The case is being erased. `waymark case show` says when that is done.")
    }
}
