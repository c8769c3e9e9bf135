//! A roster version on its way: drafted from join files and other changes, signed by root holders one after the other, then adopted.

use std::num::NonZeroU16;
use std::path::Path;

use waymark_api::exit::Exit;
use waymark_domain::ids::Hash;
use waymark_domain::time::{DAY, Timestamp};
use waymark_seal::checkpoint::Head;
use waymark_seal::hash::ZERO;
use waymark_seal::note::{Note, Verifier};
use waymark_seal::roster::{
    LogRange, NAME_MAX, Office, OfficeState, ROSTER_MAX, Roster, RosterChain, RosterFault, fingerprint,
};

use super::change::{self, roots::Roots};
use super::compared::Compared as _;
use super::files::{self, Readers};
use super::join::{Closes, Join};
use super::keys_file::KeysFile;
use super::network::{self, Network};
use super::root_key::Opened;
use crate::fault::Fault;

/// Folder of the versions that the root holders keep.
pub(crate) const FOLDER: &str = "roster";

/// What the next version changes.
pub(crate) struct Changes<'a> {
    /// Newcomers, in the order of their slots, and offices whose log is closed.
    pub(crate) joins: &'a [Join],
    /// New keys of offices.
    pub(crate) keys: &'a [KeysFile],
    /// Offices that take another standing.
    pub(crate) standing: &'a [(OfficeState, &'a str)],
    /// Who signs.
    pub(crate) roots: Roots<'a>,
}

/// The next version: what `before` has, and what is changed.
pub(crate) fn next(
    network: &Network,
    before: Option<&RosterChain>,
    changes: &Changes<'_>,
    now: Timestamp,
    expires_days: u32,
) -> Result<Roster, Fault> {
    let mut roster = match before {
        Some(chain) => {
            let newest = chain.newest().clone();
            Roster { version: newest.version + 1, previous: chain.fingerprint(), ..newest }
        }
        None => Roster {
            network: network.id,
            version: 1,
            previous: ZERO,
            expires_at: now,
            threshold: network.threshold,
            roots: network.roots.clone(),
            offices: Vec::new(),
        },
    };
    roster.expires_at = now.plus(u64::from(expires_days) * DAY);
    for join in changes.joins {
        if join.network != network.id {
            return Err(Fault::usage(format!("the join file of {} is for another network", join.name)));
        }
        match join.closes {
            Some(closes) => open_next_log(&mut roster, join, closes)?,
            None => {
                let office = newcomer(&roster, join)?;
                roster.offices.push(office);
            }
        }
    }
    changes.keys.iter().try_for_each(|file| change::keys::apply(&mut roster, file))?;
    change::standing::apply(&mut roster, changes.standing)?;
    change::roots::apply(&mut roster, &changes.roots)?;
    if before.is_none() {
        network.check_first(&roster)?;
    }
    // What cannot be read back would be found only by those who adopt it.
    Roster::from_text(&roster.encode()).map_err(|fault| refused(&fault))
}

/// Closes the log that an office has in the roster, and opens the next. Everything else of the office stays as it is.
fn open_next_log(roster: &mut Roster, join: &Join, closes: Closes) -> Result<(), Fault> {
    let wrong = |what: &str| {
        Fault::new(Exit::Conflict, format!("the join file of {} does not fit the roster: {what}", join.name))
            .next("Let the office run `waymark office recover` on its newest folder, after adopting the newest roster.")
    };
    let office = roster.offices.iter_mut().find(|office| office.id == join.office);
    let office = office.ok_or_else(|| wrong("it names no office there"))?;
    if office.name != join.name {
        return Err(wrong("that office has another name there"));
    }
    let current = office.logs.last_mut().filter(|range| range.end.is_none());
    let current = current.ok_or_else(|| wrong("that office has no log in use there"))?;
    if join.log.checked_sub(1) != Some(current.log) || closes.size < current.from {
        return Err(wrong("the log that is to be closed is not the one in use there"));
    }
    current.end = Some(Head { size: closes.size, root: closes.root });
    office.logs.push(LogRange { log: join.log, from: 0, end: None, key: join.log_key });
    Ok(())
}

fn newcomer(roster: &Roster, join: &Join) -> Result<Office, Fault> {
    let known = roster
        .offices
        .iter()
        .any(|office| office.id == join.office || office.name.to_lowercase() == join.name.to_lowercase());
    if known {
        return Err(Fault::new(Exit::Conflict, format!("the roster names an office {} already", join.name))
            .next("Leave its join file out, or ask the office for another name."));
    }
    let last = roster.offices.last().map_or(0, |office| office.slot.get());
    let slot = last.checked_add(1).and_then(NonZeroU16::new);
    Ok(Office {
        id: join.office,
        slot: slot.ok_or_else(|| Fault::usage("there is no slot left in this network"))?,
        state: OfficeState::Active,
        country: join.country.0,
        institution: join.institution,
        roles: join.roles.clone(),
        name: join.name.clone(),
        organisation: join.organization.clone(),
        logs: vec![LogRange { log: join.log, from: 0, end: None, key: join.log_key }],
        witness: Some(join.witness_key),
    })
}

/// A version as it lies in a file: not signed yet, or by some.
pub(crate) struct Draft {
    bytes: Vec<u8>,
    /// What it says.
    pub(crate) roster: Roster,
    /// SHA-256 of its text.
    pub(crate) fingerprint: Hash,
    /// Names of the root keys that have signed, among those that it names itself.
    pub(crate) signed: Vec<String>,
}

/// The signatures that a version needs of the root keys of one version: of its own, and of the one before.
pub(crate) struct Signatures {
    /// Whose root keys.
    pub(crate) version: u32,
    /// Names of those that have signed.
    pub(crate) signed: Vec<String>,
    /// How many must.
    pub(crate) needed: u8,
}

impl Signatures {
    /// How many are missing.
    pub(crate) fn missing(&self) -> usize {
        usize::from(self.needed).saturating_sub(self.signed.len())
    }
}

impl Draft {
    /// Reads a version.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        Self::of(files::read("the roster", path)?)
    }

    fn of(bytes: Vec<u8>) -> Result<Self, Fault> {
        // A draft without signatures is the bare text.
        if let Some(roster) = str::from_utf8(&bytes).ok().and_then(|text| Roster::from_text(text).ok()) {
            let fingerprint = fingerprint(&roster.encode());
            return Ok(Self { bytes, roster, fingerprint, signed: Vec::new() });
        }
        let roster = Roster::parse(&bytes).map_err(|fault| refused(&fault))?;
        let note = Note::parse(&bytes, ROSTER_MAX).map_err(|fault| refused(&fault.into()))?;
        let signed = signers(&note, &roster.roots);
        Ok(Self { fingerprint: fingerprint(note.text), signed, roster, bytes })
    }

    /// Whether nobody has signed at all.
    pub(crate) fn is_bare(&self) -> bool {
        Note::parse(&self.bytes, ROSTER_MAX).is_err()
    }

    /// What it needs of the root keys of the version before, and of its own.
    pub(crate) fn signatures(&self, before: Option<&Roster>) -> Vec<Signatures> {
        let note = Note::parse(&self.bytes, ROSTER_MAX).ok();
        let of = |roster: &Roster| Signatures {
            version: roster.version,
            signed: note.as_ref().map(|note| signers(note, &roster.roots)).unwrap_or_default(),
            needed: roster.threshold,
        };
        before.into_iter().chain([&self.roster]).map(of).collect()
    }

    /// The bytes, as signed so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The version with one more signature. Without the version before, anybody with a root key of this network may sign: whether it
    /// counts is seen when it is adopted.
    pub(crate) fn sign(self, root: &Opened, before: Option<&Roster>) -> Result<Self, Fault> {
        if root.network != self.roster.network {
            return Err(Fault::usage("the root key belongs to another network"));
        }
        let key = Verifier { name: root.name.clone(), key: root.key.public() };
        let note = Note::parse(&self.bytes, ROSTER_MAX).ok();
        if note.is_some_and(|note| !signers(&note, &[key]).is_empty()) {
            return Err(Fault::new(Exit::Conflict, format!("{} has signed this version already", root.name))
                .next("Let another root holder sign."));
        }
        let counts = |roster: &Roster| roster.roots.iter().any(|known| known.key == root.key.public());
        if self.roster.version == 1 && !counts(&self.roster)
            || before.is_some_and(|before| !counts(before) && !counts(&self.roster))
        {
            return Err(Fault::new(
                Exit::Denied,
                "this root key is neither in the version before nor in this one: its signature would count for nothing",
            )
            .next("Sign with another root key."));
        }
        let signed = if self.is_bare() {
            self.roster.sign(&[(&root.name, &root.key)])
        } else {
            Roster::add_signature(&self.bytes, &root.name, &root.key).map_err(|fault| refused(&fault))?
        };
        Self::of(signed)
    }
}

/// Names of the keys that have signed. A signature that does not hold makes the version worthless, and then nobody has.
fn signers(note: &Note<'_>, roots: &[Verifier]) -> Vec<String> {
    let signed = note.signed_by(roots).unwrap_or_default();
    signed.into_iter().filter_map(|at| roots.get(at)).map(|root| root.name.clone()).collect()
}

/// The versions that the root holders keep beside the network file; none before the first.
pub(crate) fn kept(folder: &Path, network: &Network, now: Timestamp) -> Result<Option<RosterChain>, Fault> {
    let folder = folder.join(FOLDER);
    let mut chain: Option<RosterChain> = None;
    for version in 1_u32.. {
        let path = folder.join(version.to_string());
        if !path.exists() {
            return Ok(chain);
        }
        let draft = Draft::read(&path)?;
        chain = Some(accept(chain, network, &draft, now)?);
    }
    Ok(chain)
}

/// The versions in a folder that must have some: a root holder's, or an office's data folder.
pub(crate) fn kept_in(folder: &Path, now: Timestamp) -> Result<RosterChain, Fault> {
    let network = Network::read(&folder.join(network::FILE))?;
    kept(folder, &network, now)?.ok_or_else(|| {
        Fault::usage("there is no roster in that folder")
            .next("Name the folder that has the file `network` and the folder `roster`.")
    })
}

/// The chain with one more version.
pub(crate) fn accept(
    chain: Option<RosterChain>,
    network: &Network,
    draft: &Draft,
    now: Timestamp,
) -> Result<RosterChain, Fault> {
    match chain {
        Some(mut chain) => {
            if let Some(version) = chain.contradicted_by(draft.bytes()) {
                return Err(two_signed(format!(
                    "another roster version {version} was adopted here, and both are signed by enough root keys"
                )));
            }
            chain.accept(draft.bytes(), now).map_err(|fault| refused(&fault))?;
            Ok(chain)
        }
        None => {
            network.check_first(&draft.roster)?;
            RosterChain::start(draft.bytes(), &draft.fingerprint).map_err(|fault| refused(&fault))
        }
    }
}

/// Keeps a version that was accepted.
pub(crate) fn keep(folder: &Path, draft: &Draft) -> Result<(), Fault> {
    let folder = folder.join(FOLDER);
    std::fs::create_dir_all(&folder)
        .map_err(|fault| Fault::file("the folder cannot be made:", &folder, &fault))?;
    files::create(
        "the roster version",
        &folder.join(draft.roster.version.to_string()),
        draft.bytes(),
        Readers::All,
    )
}

/// Root holders have signed two versions of one number.
pub(crate) fn two_signed(what: String) -> Fault {
    Fault::new(Exit::VerificationFailed, what)
        .next("Keep both files: together they prove it. Ask the root holders, in person, which one they meant and why there are two.")
}

/// A roster that is not taken, and what to do.
pub(crate) fn refused(fault: &RosterFault) -> Fault {
    let next = if matches!(fault, RosterFault::BelowThreshold { .. }) {
        "Let another root holder sign it with `waymark roster sign`.".to_owned()
    } else if matches!(fault, RosterFault::WrongVersion { .. }) {
        "Adopt the versions in their order; `waymark --data DIR roster show` tells the newest here."
            .to_owned()
    } else if matches!(fault, RosterFault::Malformed(_)) {
        format!("Draft it again; names have at most {NAME_MAX} bytes.")
    } else {
        "Draft it again from the newest version, and let the root holders sign.".to_owned()
    };
    Fault::new(Exit::VerificationFailed, fault.to_string()).next(next)
}
