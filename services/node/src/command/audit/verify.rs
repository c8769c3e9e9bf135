//! `waymark audit verify`: the node recomputes its log: every leaf, path and head, and every entry received. With a folder: a bundle is
//! verified, without any node (`offline.rs`).

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_api::v1::verify_log_response::Item;

use super::offline::Offline;
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::message;
use crate::show::output::data;
use crate::show::progress::Progress;

/// Verify this office's log as it lies on disk, or a bundle for auditors
///
/// With DIR it needs no node, no network and no key, and trusts nothing but the fingerprint of the first roster version. What each verdict
/// and exit code means stands in the operator's manual.
#[derive(Args)]
pub(crate) struct Verify {
    /// A bundle that `waymark audit bundle` wrote. Absent: the log of this office's node.
    dir: Option<PathBuf>,
    /// First entry of the node's log to check.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "dir")]
    from_index: u64,
    #[command(flatten)]
    offline: Offline,
}

impl Verify {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        if let Some(dir) = self.dir {
            return self.offline.run(&dir, tool);
        }
        let request = v1::VerifyLogRequest { from_index: self.from_index };
        let mut told = tool.node().await?.audit().verify_log(request).await?.into_inner();
        let progress = Progress::new("entries");
        while let Some(message) = told.message().await? {
            match &message.item {
                Some(Item::Progress(at)) => progress.reached(at.checked, at.total),
                Some(Item::Fault(fault)) => {
                    if tool.json() {
                        data(message::json(&message))?;
                    } else {
                        data(format_args!("entry {}: {} ({})", fault.index, fault.what, fault.verdict))?;
                    }
                }
                Some(Item::End(end)) => {
                    drop(progress);
                    if tool.json() {
                        data(message::json(&message))?;
                    }
                    return verdict(tool, end);
                }
                None => {}
            }
        }
        Err(Fault::new(Exit::Unreachable, "the verification broke off").next("Verify again."))
    }
}

fn verdict(tool: &Tool, end: &v1::VerifyEnd) -> Done {
    let v1::VerifyEnd { checked, received, faults, .. } = end;
    if *faults > 0 {
        return Err(Fault::new(Exit::VerificationFailed, format!("{faults} faults in {checked} entries"))
            .next("Do not write to this log any more; show the output to the auditor."));
    }
    if !tool.json() {
        data(format_args!("The log holds: {checked} entries, {received} of them received from others."))?;
    }
    Ok(Exit::Done)
}
