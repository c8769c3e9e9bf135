//! The roster version before one that is looked at: without it nobody can say what changes, nor whose signatures are missing.

use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::time::Timestamp;
use waymark_seal::roster::Roster;

use super::compared::Compared as _;
use super::draft::{self, Draft, FOLDER};
use super::network::{self, Network};
use crate::fault::Fault;

/// Where the version before is.
#[derive(Args)]
pub(crate) struct BeforeArgs {
    /// The root holders' folder, with the versions adopted so far.
    #[arg(long, value_name = "DIR", conflicts_with = "before")]
    network: Option<PathBuf>,
    /// The version before, where there is no such folder. It must be the one that this version names.
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
}

impl BeforeArgs {
    /// The version before `draft`; none for the first, and where nobody says and it does not lie beside.
    pub(crate) fn find(&self, draft: &Draft, beside: &Path, now: Timestamp) -> Result<Option<Roster>, Fault> {
        let Some(number) = draft.roster.version.checked_sub(1).filter(|number| *number > 0) else {
            return Ok(None);
        };
        if let Some(folder) = &self.network {
            let network = Network::read(&folder.join(network::FILE))?;
            let kept = draft::kept(folder, &network, now)?;
            let before = kept.as_ref().and_then(|chain| chain.version(number));
            return before.filter(|before| precedes(before, draft)).map(Some).ok_or_else(|| other(number));
        }
        if let Some(path) = &self.before {
            let before = Draft::read(path)?.roster;
            return if precedes(&before, draft) { Ok(Some(before)) } else { Err(other(number)) };
        }
        let beside = beside.parent().map(|folder| folder.join(number.to_string()));
        let read = beside.filter(|path| path.exists()).and_then(|path| Draft::read(&path).ok());
        Ok(read.map(|before| before.roster).filter(|before| precedes(before, draft)))
    }
}

/// The newest version in a data folder.
pub(crate) fn newest(data: &Path) -> Result<PathBuf, Fault> {
    let folder = data.join(FOLDER);
    let versions = (1_u32..).map(|version| folder.join(version.to_string())).take_while(|path| path.exists());
    versions.last().ok_or_else(|| {
        Fault::new(Exit::NotFound, format!("{} holds no roster yet", data.display()))
            .next("Adopt one with `waymark roster adopt`.")
    })
}

fn precedes(before: &Roster, draft: &Draft) -> bool {
    before.version.checked_add(1) == Some(draft.roster.version)
        && waymark_seal::roster::fingerprint(&before.encode()) == draft.roster.previous
}

fn other(number: u32) -> Fault {
    Fault::new(
        Exit::VerificationFailed,
        format!("what is there as version {number} is not the version that this one continues"),
    )
    .next("Somebody may have signed two versions of one number: compare the words of both before you sign anything.")
}
