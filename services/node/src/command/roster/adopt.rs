//! `waymark roster adopt`: an office (or the root holders' folder) takes a signed version. Refused below the threshold.

use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::exit::Exit;
use waymark_desk::adopt_roster;

use super::show::told;
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::compared::Compared as _;
use crate::setup::draft::{self, Draft};
use crate::setup::network::{self, Network};
use crate::setup::{open_fault, words};
use crate::show::output::{data, say};

/// Adopt a signed roster version
#[derive(Args)]
pub(crate) struct Adopt {
    /// The root holders' folder, instead of an office's data folder.
    #[arg(long, value_name = "DIR")]
    network: Option<PathBuf>,
    /// The signed version.
    roster: PathBuf,
}

impl Adopt {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let draft = Draft::read(&self.roster)?;
        let (signed, needed) = (draft.signed.len(), draft.roster.threshold);
        if draft.is_bare() {
            return Err(Fault::new(
                Exit::VerificationFailed,
                format!("no root key of {needed} has signed this version"),
            )
            .next("Let root holders sign it with `waymark roster sign`."));
        }
        match self.network {
            Some(folder) => keep(&folder, &draft, tool)?,
            None => adopt(&tool.data()?, &draft, tool)?,
        }
        if tool.json() {
            data(told(&draft, None))?;
            return Ok(Exit::Done);
        }
        data(format_args!(
            "Version {} of the roster is adopted, signed by {signed} of {needed}.",
            draft.roster.version
        ))?;
        data(format_args!("  words  {}", words::of(&draft.fingerprint)))?;
        say("A node that runs takes it at its next start, or from another office before that.");
        Ok(Exit::Done)
    }
}

/// The root holders' folder keeps it, for the next draft.
fn keep(folder: &Path, draft: &Draft, tool: &Tool) -> Result<(), Fault> {
    let network = Network::read(&folder.join(network::FILE))?;
    let before = draft::kept(folder, &network, tool.now)?;
    draft::accept(before, &network, draft, tool.now)?;
    draft::keep(folder, draft)
}

/// The office takes it. All trust comes from the network file, which was handed over in person.
fn adopt(folder: &Path, draft: &Draft, tool: &Tool) -> Result<(), Fault> {
    let network = Network::read(&folder.join(network::FILE))?;
    if draft.roster.version == 1 {
        network.check_first(&draft.roster)?;
    }
    adopt_roster(folder, draft.bytes(), &draft.fingerprint, tool.now)
        .map_err(|fault| open_fault::folder(&fault))?;
    Ok(())
}
