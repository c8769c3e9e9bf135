//! `<data>/office`: which office a data folder belongs to. `<data>/roster/`: every roster version, and the fingerprint of the first.

use std::fs::{self, DirBuilder};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_seal::roster::{RosterChain, RosterFault};

/// Bytes of the office file, at most.
const OFFICE_FILE_MAX: u64 = 4 * 1024;
const TITLE: &str = "waymark-office/v1";

/// Which office a data folder belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeFile {
    /// The network.
    pub network: NetworkId,
    /// The office.
    pub office: OfficeId,
    /// The incarnation of its log.
    pub log: u32,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderFault {
    /// There is none.
    #[error("this folder holds no office: create one with `waymark office create`")]
    NoOffice,
    /// There is one already.
    #[error("this folder holds an office already: nothing was changed; choose an empty folder")]
    Taken,
    /// The file was half-written or changed.
    #[error(
        "the file `office` in the data folder is not complete: bring it back from the backup, the rest is untouched"
    )]
    Malformed,
    /// There is no roster yet.
    #[error("this office has no roster yet: adopt one with `waymark roster adopt`")]
    NoRoster,
    /// A roster version is not acceptable.
    #[error("roster version {version}: {fault}")]
    Roster {
        /// Which.
        version: u32,
        /// Why.
        fault: RosterFault,
    },
    /// Root holders have signed two versions of one number.
    #[error("this folder holds another roster version {version}, and both are signed by enough root keys")]
    OtherRoster {
        /// Which.
        version: u32,
    },
    /// The disk failed.
    #[error("the data folder cannot be read or written: {0}")]
    Disk(#[from] std::io::Error),
}

impl OfficeFile {
    /// Writes the file; refuses where there is one.
    ///
    /// # Errors
    /// [`FolderFault`].
    pub fn create(self, data: &Path) -> Result<(), FolderFault> {
        DirBuilder::new().recursive(true).mode(PRIVATE).create(data)?;
        if path(data).exists() {
            return Err(FolderFault::Taken);
        }
        make_private(data)?;
        self.replace(data)
    }

    /// Writes the file in place of the one that is there.
    pub(crate) fn replace(self, data: &Path) -> Result<(), FolderFault> {
        let Self { network, office, log } = self;
        let text = format!("{TITLE}\nnetwork {network}\noffice {office}\nlog {log}\n");
        Ok(write_durably(&path(data), text.as_bytes())?)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`FolderFault`].
    pub fn read(data: &Path) -> Result<Self, FolderFault> {
        let meta = fs::metadata(path(data)).map_err(|_| FolderFault::NoOffice)?;
        if meta.len() > OFFICE_FILE_MAX {
            return Err(FolderFault::Malformed);
        }
        parse(&fs::read(path(data))?).ok_or(FolderFault::Malformed)
    }
}

/// Only the owner of the process enters a data folder.
const PRIVATE: u32 = 0o700;

/// Takes away from others what they may do in a data folder: what is public to a partner is not public on this machine. Whether
/// there was anything to take away.
///
/// # Errors
/// What the disk says.
pub(crate) fn make_private(data: &Path) -> Result<bool, FolderFault> {
    let mut permissions = fs::metadata(data)?.permissions();
    let open = permissions.mode() & 0o077 != 0;
    if open {
        permissions.set_mode(PRIVATE);
        fs::set_permissions(data, permissions)?;
    }
    Ok(open)
}

fn parse(bytes: &[u8]) -> Option<OfficeFile> {
    let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let mut lines = text.split('\n');
    if lines.next()? != TITLE {
        return None;
    }
    let network = lines.next()?.strip_prefix("network ")?.parse().ok()?;
    let office = lines.next()?.strip_prefix("office ")?.parse().ok()?;
    let log = lines.next()?.strip_prefix("log ")?.parse().ok()?;
    lines.next().is_none().then_some(OfficeFile { network, office, log })
}

fn path(data: &Path) -> PathBuf {
    data.join("office")
}

/// Reads every roster version kept in a data folder.
///
/// # Errors
/// [`FolderFault`].
pub fn read_roster(data: &Path, now: Timestamp) -> Result<RosterChain, FolderFault> {
    let folder = data.join("roster");
    let compared = fs::read_to_string(folder.join("compared")).map_err(|_| FolderFault::NoRoster)?;
    let compared: Hash = compared.trim().parse().map_err(|_| FolderFault::Malformed)?;
    let first = fs::read(folder.join("1")).map_err(|_| FolderFault::NoRoster)?;
    let refused = |version| move |fault| FolderFault::Roster { version, fault };
    let mut chain = RosterChain::start(&first, &compared).map_err(refused(1))?;
    for version in 2.. {
        let Ok(bytes) = fs::read(folder.join(version.to_string())) else { break };
        chain.accept(&bytes, now).map_err(refused(version))?;
    }
    Ok(chain)
}

/// Versions beside the ones adopted that are kept as proof, at most.
pub(crate) const OTHER_ROSTERS_MAX: usize = 16;

/// Versions that root holders signed beside those that are held here: the number of each, and its file.
pub(crate) fn other_rosters(data: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(files) = fs::read_dir(data.join("roster")) else { return Vec::new() };
    let other = |path: PathBuf| {
        let (version, fingerprint) = path.file_name()?.to_str()?.split_once('.')?;
        fingerprint.parse::<Hash>().ok()?;
        Some((version.parse().ok()?, path))
    };
    let mut found: Vec<_> = files.filter_map(|file| other(file.ok()?.path())).collect();
    found.sort_unstable();
    found
}

/// Takes a roster version into a data folder. The first one is trusted because `compared` was compared in person.
///
/// # Errors
/// [`FolderFault`]; nothing is changed then.
///
/// # Security
/// For version 1 a human must have read the fingerprint aloud with the other offices.
pub fn adopt_roster(data: &Path, bytes: &[u8], compared: &Hash, now: Timestamp) -> Result<u32, FolderFault> {
    let folder = data.join("roster");
    fs::create_dir_all(&folder)?;
    match read_roster(data, now) {
        Ok(mut chain) => {
            if let Some(version) = chain.contradicted_by(bytes) {
                return Err(FolderFault::OtherRoster { version });
            }
            let version = chain.newest().version + 1;
            chain.accept(bytes, now).map_err(|fault| FolderFault::Roster { version, fault })?;
            write_durably(&folder.join(version.to_string()), bytes)?;
            Ok(version)
        }
        Err(FolderFault::NoRoster) => {
            RosterChain::start(bytes, compared).map_err(|fault| FolderFault::Roster { version: 1, fault })?;
            write_durably(&folder.join("1"), bytes)?;
            write_durably(&folder.join("compared"), compared.to_string().as_bytes())?;
            Ok(1)
        }
        Err(fault) => Err(fault),
    }
}

/// Writes a whole file so that after a crash it is there whole or not at all.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = path.with_extension("half");
    let mut file = fs::File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: OfficeFile = OfficeFile { network: NetworkId([1; 16]), office: OfficeId([2; 16]), log: 1 };

    #[test]
    fn a_folder_remembers_its_office_and_takes_no_second() {
        let data = tempfile::tempdir().expect("a folder");
        OFFICE.create(data.path()).expect("created");
        assert_eq!(OfficeFile::read(data.path()).expect("read"), OFFICE);
        assert!(matches!(OFFICE.create(data.path()), Err(FolderFault::Taken)));
    }

    #[test]
    fn a_half_written_office_file_is_refused_wherever_it_was_cut() {
        let data = tempfile::tempdir().expect("a folder");
        OFFICE.create(data.path()).expect("created");
        let whole = fs::read(path(data.path())).expect("read");
        for length in 0..whole.len() {
            fs::write(path(data.path()), &whole[..length]).expect("cut");
            assert!(matches!(OfficeFile::read(data.path()), Err(FolderFault::Malformed)), "{length}");
        }
    }
}
