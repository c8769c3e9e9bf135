//! The first check: the folder holds the files that its manifest names, whole, and no others.

use std::collections::{BTreeMap, BTreeSet};

use waymark_domain::ids::{Hash, OfficeId};
use waymark_seal::hash::sha256;
use waymark_seal::tile::WIDTH;

use super::ahead::ahead;
use super::code::Code;
use super::files::{FileFault, Files, Listing};
use super::report::{Findings, Spot};
use super::{Failure, Listener, Step};
use crate::bundle::{FILES_MAX, MANIFEST, MANIFEST_MAX, Of, Place, read_manifest};

/// Files hashed at once.
const PART: usize = 32;

/// The files of one log that are there.
#[derive(Debug, Default)]
pub(crate) struct LogFiles {
    /// Bundles of entries and tiles of hashes.
    pub(crate) tiles: BTreeSet<Of>,
    /// Bundles of proofs, in order.
    pub(crate) received: Vec<(u64, u64)>,
    pub(crate) policy: bool,
    pub(crate) checkpoint: bool,
}

/// What a bundle is made of.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// Roster versions that are there, ascending.
    pub(crate) rosters: Vec<u32>,
    /// Other texts of versions, by their fingerprints.
    pub(crate) other_rosters: Vec<(u32, Hash)>,
    pub(crate) logs: BTreeMap<(OfficeId, u32), LogFiles>,
}

/// Looks at every file; `known` says how many entries and proofs of a log were verified before: full files of these are not read again.
pub(crate) fn look(
    files: &Files,
    known: &dyn Fn(OfficeId, u32) -> (u64, u64),
    findings: &mut Findings,
    listener: &dyn Listener,
) -> Result<Option<Form>, Failure> {
    let listing = files.list().map_err(|fault| Failure::Disk(String::new(), fault))?;
    for path in &listing.forbidden {
        findings.say(Code::FileForbidden, Spot::default(), format!("{path:?} has no place in a bundle"));
    }
    if listing.too_many {
        let what = format!("the folder holds more than {FILES_MAX} files");
        findings.say(Code::TooManyFiles, Spot::default(), what);
        return Ok(None);
    }
    manifest(files, &listing, known, findings, listener)?;
    Ok(Some(Form::of(&listing, findings)))
}

fn manifest(
    files: &Files,
    listing: &Listing,
    known: &dyn Fn(OfficeId, u32) -> (u64, u64),
    findings: &mut Findings,
    listener: &dyn Listener,
) -> Result<(), Failure> {
    let text = match files.read(MANIFEST, MANIFEST_MAX) {
        Ok(bytes) => String::from_utf8(bytes).ok(),
        Err(FileFault::Disk(fault)) => return Err(Failure::Disk(MANIFEST.to_owned(), fault)),
        Err(FileFault::Missing | FileFault::Forbidden | FileFault::TooLarge) => None,
    };
    let Some(named) = text.as_deref().and_then(read_manifest).filter(|named| named.len() <= FILES_MAX) else {
        let what = "the manifest is missing or not in its form";
        findings.say(Code::ManifestMalformed, Spot::default(), what);
        return Ok(());
    };
    for path in &listing.files {
        if named.binary_search_by_key(&path.as_str(), |(path, _)| path).is_err() {
            findings.say(Code::FileExtra, Spot::default(), format!("{path:?} is not in the manifest"));
        }
    }
    let unread = |path: &str| matches!(Place::parse(path), Some(Place::Log(office, log, of)) if of.lies_below(known(office, log)));
    let wanted: Vec<&(&str, Hash)> = named.iter().filter(|(path, _)| !unread(path)).collect();
    let (parts, total) = (wanted.chunks(PART).collect::<Vec<_>>(), wanted.len() as u64);
    let mut failure = None;
    let read = |part: u64| {
        let part = parts.get(usize::try_from(part).unwrap_or(usize::MAX)).copied().unwrap_or_default();
        part.iter().filter_map(|(path, hash)| differs(files, path, hash)).collect::<Vec<_>>()
    };
    ahead(parts.len() as u64, read, |part, wrong| {
        for (code, what, fault) in wrong {
            failure = fault.map(|fault| Failure::Disk(what.clone(), fault));
            if failure.is_some() {
                return false;
            }
            findings.say(code, Spot::default(), what);
        }
        listener.progress(Step::Files, total.min((part + 1) * PART as u64), total);
        true
    });
    failure.map_or(Ok(()), Err)
}

type Wrong = (Code, String, Option<std::io::Error>);

fn differs(files: &Files, path: &str, hash: &Hash) -> Option<Wrong> {
    let Some(place) = Place::parse(path) else {
        return Some((Code::FileForbidden, format!("{path:?} is no file of a bundle"), None));
    };
    match files.read(path, place.bytes_max()) {
        Ok(bytes) if sha256(&[&bytes]) == *hash => None,
        Ok(_) => Some((Code::FileDiffers, format!("{path} is not the file that the manifest names"), None)),
        Err(FileFault::Missing) => Some((Code::FileMissing, format!("{path} is missing"), None)),
        Err(FileFault::Forbidden) => Some((Code::FileForbidden, format!("{path} is no ordinary file"), None)),
        Err(FileFault::TooLarge) => {
            Some((Code::FileTooLarge, format!("{path} is larger than such a file may be"), None))
        }
        Err(FileFault::Disk(fault)) => Some((Code::FileMissing, path.to_owned(), Some(fault))),
    }
}

impl Of {
    /// Whether it is full, and holds only what belongs to the first `size` entries and `received` proofs.
    fn lies_below(self, (size, received): (u64, u64)) -> bool {
        match self {
            Self::Policy | Self::Checkpoint => false,
            Self::Received(number, width) => width == WIDTH && number < received / WIDTH,
            Self::Entries(number, width) => width == WIDTH && number < size / WIDTH,
            Self::Hashes(level, number, width) => {
                let count = size >> (8 * u32::from(level));
                width == WIDTH && number < count / WIDTH
            }
        }
    }
}

impl Form {
    fn of(listing: &Listing, findings: &mut Findings) -> Self {
        let mut form = Self::default();
        for path in &listing.files {
            match Place::parse(path) {
                Some(Place::Roster(version)) => form.rosters.push(version),
                Some(Place::OtherRoster(version, hash)) => form.other_rosters.push((version, hash)),
                Some(Place::Log(office, log, of)) => {
                    let files = form.logs.entry((office, log)).or_default();
                    match of {
                        Of::Policy => files.policy = true,
                        Of::Checkpoint => files.checkpoint = true,
                        Of::Received(number, width) => files.received.push((number, width)),
                        Of::Entries(..) | Of::Hashes(..) => {
                            files.tiles.insert(of);
                        }
                    }
                }
                None => {
                    let what = format!("{path:?} is no file of a bundle");
                    findings.say(Code::FileForbidden, Spot::default(), what);
                }
            }
        }
        form.rosters.sort_unstable();
        form.logs.values_mut().for_each(|log| log.received.sort_unstable());
        form
    }
}
