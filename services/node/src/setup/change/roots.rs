//! Who signs the roster: root keys that come and go, and how many of them must sign.

use waymark_api::exit::Exit;
use waymark_seal::note::Verifier;
use waymark_seal::roster::{ROOTS_MAX, Roster};

use crate::fault::Fault;
use crate::setup::root_file::RootFile;

/// Who signs from this version on, beside a threshold of those of the version before.
pub(crate) struct Roots<'a> {
    /// Keys that are added.
    pub(crate) added: &'a [RootFile],
    /// Names of keys that are removed.
    pub(crate) removed: &'a [String],
    /// How many must sign.
    pub(crate) threshold: Option<u8>,
}

/// Removes, adds, and sets the threshold; a key may be replaced under its name.
pub(crate) fn apply(roster: &mut Roster, change: &Roots<'_>) -> Result<(), Fault> {
    for name in change.removed {
        let before = roster.roots.len();
        roster.roots.retain(|root| root.name != *name);
        if roster.roots.len() == before {
            return Err(Fault::new(
                Exit::NotFound,
                "the roster has no root key of a name that is to be removed",
            )
            .next("`waymark roster show` lists its root keys."));
        }
    }
    for RootFile { network, name, key } in change.added {
        if *network != roster.network {
            return Err(Fault::usage(format!("the root key of {name} is for another network")));
        }
        if roster.roots.iter().any(|root| root.name == *name || root.key == *key) {
            return Err(Fault::new(Exit::Conflict, format!("the roster has the root key {name} already"))
                .next("Remove the old one in the same draft, or give the new one another name."));
        }
        roster.roots.push(Verifier { name: name.clone(), key: *key });
    }
    roster.roots.sort_by(|one, next| one.name.cmp(&next.name));
    roster.threshold = change.threshold.unwrap_or(roster.threshold);
    let (needed, there) = (usize::from(roster.threshold), roster.roots.len());
    if there > ROOTS_MAX {
        return Err(Fault::usage(format!("a roster has at most {ROOTS_MAX} root keys")));
    }
    if needed == 0 || needed > there {
        return Err(Fault::usage(format!("{needed} of {there} root keys cannot sign"))
            .next("Add a root key, or set `--threshold`."));
    }
    Ok(())
}
