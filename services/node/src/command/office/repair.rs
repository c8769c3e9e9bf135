//! `waymark office repair`: mends the log of an office that does not start, from what is left of it in its folder.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_desk::repair_log;
use waymark_ledger::repair::{RepairFault, RepairReport};

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::secret::PassphraseArgs;
use crate::setup::open_fault;
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Repair the log of an office that does not start
///
/// Run it while its node does not run. It puts the log together again out of everything in the folder and compares it with what this
/// office last signed; where that does not fit, nothing is changed. Make a copy of the folder first if there is room for one.
#[derive(Args)]
pub(crate) struct Repair {
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Repair {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let folder = tool.data()?;
        let secret = self.passphrase.read("this office", !tool.no_input())?;
        let repaired = repair_log(&folder, &secret.passphrase()).map_err(|fault| open_fault::told(&fault))?;
        tell(tool, &repaired.map_err(|fault| told(&fault))?)
    }
}

fn tell(tool: &Tool, report: &RepairReport) -> Done {
    if tool.json() {
        let indices = |all: &[u64]| Json::List(all.iter().copied().map(Json::from).collect());
        data(Json::object([
            ("size", Json::from(report.size)),
            ("entries", indices(&report.entries)),
            ("bodies", indices(&report.bodies)),
            ("bodies_missing", indices(&report.bodies_missing)),
        ]))?;
        return Ok(Exit::Done);
    }
    data(format_args!("The log is whole: {} entries, as this office signed them.", report.size))?;
    data(format_args!("  entries put back                  {}", report.entries.len()))?;
    data(format_args!("  entries whose sections came back  {}", report.bodies.len()))?;
    data(format_args!("  entries whose sections are lost   {}", report.bodies_missing.len()))?;
    if !report.bodies_missing.is_empty() {
        say("Sections that are lost here may still be read by the office that they were shared with.");
    }
    say("Start the node.");
    Ok(Exit::Done)
}

fn lost(what: String) -> Fault {
    Fault::new(Exit::VerificationFailed, what).next(
        "Bring back the newest copy of this folder that starts, and run `waymark office recover` on it.",
    )
}

fn told(fault: &RepairFault) -> Fault {
    match fault {
        RepairFault::Open(fault) => open_fault::log(fault),
        RepairFault::Disk(_) => Fault::new(Exit::Failure, fault.to_string())
            .next("Check the disk and its free space, then do it again."),
        RepairFault::StillMissing { indices } => {
            lost(format!("{} entries of the log are nowhere in this folder", indices.len()))
        }
        RepairFault::NothingSigned | RepairFault::RootDiffers { .. } => lost(fault.to_string()),
    }
}
