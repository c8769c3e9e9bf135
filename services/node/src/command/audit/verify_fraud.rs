//! `waymark audit verify-fraud`: whether a file proves that an office signed two histories. Needs no node, no network and no key.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::ids::OfficeId;
use waymark_seal::fraud::{Fraud, FraudFault, FraudProof};
use waymark_seal::roster::RosterChain;
use waymark_seal::verify::Verdict;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::draft;
use crate::setup::files;
use crate::show::json::Json;
use crate::show::output::data;

/// Check a proof of fraud against the roster, without a node
#[derive(Args)]
pub(crate) struct VerifyFraud {
    /// The folder with the network file and the roster: a root holder's, or an office's data folder.
    #[arg(long, value_name = "DIR")]
    network: PathBuf,
    /// Judge it by this version of the roster: for a proof that is known to have been published then, and whose key was ended since.
    /// Absent: the newest.
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
    roster_version: Option<u32>,
    /// The proof.
    proof: PathBuf,
}

impl VerifyFraud {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let roster = draft::kept_in(&self.network, tool.now)?;
        let bytes = files::read("the proof", &self.proof)?;
        let as_of = self.roster_version.unwrap_or(roster.newest().version);
        let proof = FraudProof::parse(&bytes).map_err(not_proven)?;
        let fraud = proof.verify_as_of(&roster, as_of).map_err(not_proven)?;
        let frozen = roster.office(&fraud.origin.office).and_then(|office| office.logs.last());
        let in_force = frozen.is_some_and(|range| range.log == fraud.origin.log);
        if tool.json() {
            data(json(&fraud, as_of, in_force))?;
        } else {
            tell(&fraud, &roster, in_force)?;
        }
        Ok(Exit::Done)
    }
}

fn not_proven(fault: FraudFault) -> Fault {
    let next = match fault {
        FraudFault::Head(Verdict::WrongRosterRange) => {
            "Its key was ended: whoever stole it could have made this. Where the proof is known to have been published before, name the \
             version of the roster at that time with `--roster-version`."
        }
        FraudFault::Head(Verdict::RosterPending(_)) => "Get the newest roster, and check it again.",
        _ => "Ask for it again, and for the newest roster; it accuses nobody as it is.",
    };
    Fault::new(Exit::VerificationFailed, format!("this file proves no fraud: {fault}")).next(next)
}

fn tell(fraud: &Fraud, roster: &RosterChain, in_force: bool) -> Result<(), Fault> {
    let office: OfficeId = fraud.origin.office;
    let name = roster.office(&office).map_or_else(|| office.to_string(), |office| office.name.clone());
    let [one, other] = fraud.heads;
    data(format_args!(
        "This holds: {name} ({office}) signed two histories of its log {}.",
        fraud.origin.log
    ))?;
    match fraud.indices {
        None => data(format_args!("  two heads of {} entries: {} and {}", one.size, one.root, other.root))?,
        Some([at, against]) if at == against => data(format_args!(
            "  two entries at index {at}, under its heads of {} and of {} entries",
            one.size, other.size
        ))?,
        Some([at, against]) => data(format_args!(
            "  entry {at} under its head of {} entries and entry {against} under that of {} cannot stand in one log",
            one.size, other.size
        ))?,
    }
    data(if in_force {
        "  it still writes this log: nothing is disclosed to it before the root holders have opened a new one"
    } else {
        "  this log is closed: the office is not frozen for it"
    })
}

fn json(fraud: &Fraud, as_of: u32, in_force: bool) -> Json {
    let head = |head: &waymark_seal::Head| {
        Json::object([
            ("size", Json::text(head.size.to_string())),
            ("root", Json::text(head.root.to_string())),
        ])
    };
    let indices = fraud.indices.into_iter().flatten();
    Json::object([
        ("office", Json::text(fraud.origin.office.to_string())),
        ("log", Json::text(fraud.origin.log.to_string())),
        ("heads", Json::List(fraud.heads.iter().map(head).collect())),
        ("indices", Json::List(indices.map(|index| Json::text(index.to_string())).collect())),
        ("roster_version", Json::text(as_of.to_string())),
        ("in_force", Json::Bool(in_force)),
    ])
}
