//! An incarnation of the log ends and the next begins, in the data folder. The office asks for it, the roster decides it, the
//! next start carries it out.
//!
//! ```text
//! log/ bodies/ index/             the log in use
//! closed/<k>/log bodies index     an incarnation that the roster has closed
//! closed/<k>/carried              written once everything in it stands in the next
//! ```
//! Once everybody has given back what he held, only the log of a closed incarnation stays, for auditors: its bodies stand in the
//! next, and an erasure has one place to look at.
//!
//! Every step may be cut short and is done again at the next start; the office file, which says which incarnation is in use,
//! is written last.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_ledger::repair::{RepairFault, RepairReport, repair};
use waymark_ledger::{CreateFault, HeadSigner, Identity, Ledger};
use waymark_seal::checkpoint::Head;
use waymark_seal::roster::{Office, OfficeState, RosterChain};
use waymark_seal::sign::PublicKey;
use waymark_seal::vault::{Passphrase, Vault};

use crate::office_file::{FolderFault, OfficeFile, read_roster, write_durably};
use crate::setup::{OpenFault, Signer};

/// What an office asks the root holders for when its log cannot be continued: public, for its join file.
#[derive(Debug, Clone)]
pub struct NextLog {
    /// The network.
    pub network: NetworkId,
    /// The office as the roster has it.
    pub office: Office,
    /// The incarnation that is to be closed.
    pub closes: u32,
    /// The newest head of it that this folder knows of, its own or one that another office told.
    pub head: Head,
    /// The key that is to sign the next incarnation.
    pub log_key: PublicKey,
}

/// Makes the key of the next incarnation of an office's log. Nothing else is changed: the log ends when the roster says so.
/// Asked again, it gives the same.
///
/// # Errors
/// [`OpenFault`].
pub fn next_log(data: &Path, passphrase: &Passphrase, now: Timestamp) -> Result<NextLog, OpenFault> {
    let file = OfficeFile::read(data)?;
    let roster = read_roster(data, now)?;
    let office = roster.office(&file.office).ok_or(OpenFault::NotInRoster)?.clone();
    let vault = Vault::open(&data.join("vault"), passphrase, waymark_seal::rng::System)?;
    let key = vault.log_key()?;
    if !office.signs(file.log, &key.public()) {
        return Err(OpenFault::Closed);
    }
    let signer: Arc<dyn HeadSigner> = Arc::new(Signer::new(key, file));
    let others: Vec<OfficeId> = roster.newest().offices.iter().map(|office| office.id).collect();
    // What does not open now could not be carried over then; a log that is not there at all has nothing to carry.
    let here = match Ledger::open(data, identity(file), signer, &others) {
        Ok((ledger, _)) => Some(ledger.head()),
        Err(waymark_ledger::OpenFault::Missing) => None,
        Err(fault) => return Err(fault.into()),
    };
    let mark = vault.high_water()?.filter(|mark| mark.log == file.log);
    let told = mark.map(|mark| Head { size: mark.size, root: mark.root });
    let head = here.into_iter().chain(told).max_by_key(|head| head.size);
    Ok(NextLog {
        network: file.network,
        office,
        closes: file.log,
        head: head.unwrap_or_else(Head::empty),
        log_key: vault.make_next_log_key()?.public(),
    })
}

/// Repairs the log of an office that does not run from what is left of it in its folder.
///
/// # Errors
/// Those of opening, then those of the repair; nothing is changed by either.
pub fn repair_log(
    data: &Path,
    passphrase: &Passphrase,
) -> Result<Result<RepairReport, RepairFault>, OpenFault> {
    let file = OfficeFile::read(data)?;
    let vault = Vault::open(&data.join("vault"), passphrase, waymark_seal::rng::System)?;
    let repaired = |folder: &Path, key, file| {
        let signer: Arc<dyn HeadSigner> = Arc::new(Signer::new(key, file));
        repair(folder, identity(file), &signer, &mut |_| None)
    };
    let own = repaired(data, vault.log_key()?, file);
    // As long as something of a closed incarnation is still to be carried over, it has to open, too.
    let (Some(log), Some(key)) = (file.log.checked_sub(1), vault.closed_log_key()?) else { return Ok(own) };
    let Ok(mut report) = own else { return Ok(own) };
    match repaired(&closed_folder(data, log), key, OfficeFile { log, ..file }) {
        Ok(before) => {
            report.entries.extend(before.entries);
            report.bodies.extend(before.bodies);
            report.bodies_missing.extend(before.bodies_missing);
        }
        // It was lost altogether.
        Err(RepairFault::Open(waymark_ledger::OpenFault::Missing)) => {}
        Err(fault) => return Ok(Err(fault)),
    }
    Ok(Ok(report))
}

pub(crate) fn identity(file: OfficeFile) -> Identity {
    Identity { network: file.network, office: file.office, log: file.log }
}

/// Begins the incarnation that the roster has for this office, when it is the next one and its key is here.
pub(crate) fn enter(
    data: &Path,
    file: OfficeFile,
    vault: &Vault,
    roster: &RosterChain,
) -> Result<OfficeFile, OpenFault> {
    let office = roster.office(&file.office).ok_or(OpenFault::NotInRoster)?;
    // Who has left signs nothing more, and may still look at what it holds.
    let Some(range) = office.current_log() else {
        return if office.state == OfficeState::Left { Ok(file) } else { Err(OpenFault::Closed) };
    };
    let key = vault.log_key()?.public();
    if office.signs(file.log, &key) {
        return Ok(file);
    }
    let next = vault.next_log_key()?.map(|key| key.public());
    let ours = next == Some(range.key) || key == range.key;
    if range.log != file.log + 1 || !ours {
        return Err(OpenFault::Closed);
    }
    tracing::info!(log = range.log, "the roster has closed this office's log; the next one begins");
    put_aside(data, file.log).map_err(FolderFault::Disk)?;
    let next = OfficeFile { log: range.log, ..file };
    match Ledger::create(data, identity(next)) {
        // An earlier start was cut short after this.
        Ok(()) | Err(CreateFault::Exists) => {}
        Err(fault) => return Err(fault.into()),
    }
    vault.take_next_log_key()?;
    next.replace(data)?;
    Ok(next)
}

pub(crate) fn closed_folder(data: &Path, log: u32) -> PathBuf {
    data.join("closed").join(log.to_string())
}

/// Moves the log away, and what belongs to it. The log itself comes last: while it is in its old place, the move is not done.
fn put_aside(data: &Path, log: u32) -> std::io::Result<()> {
    let aside = closed_folder(data, log);
    if aside.join("log").exists() {
        return Ok(());
    }
    fs::create_dir_all(&aside)?;
    for part in ["bodies", "index", "log"] {
        match fs::rename(data.join(part), aside.join(part)) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
    }
    // Where the log was lost altogether there is nothing to move, and that is known from now on.
    fs::create_dir_all(aside.join("log"))?;
    for folder in [&aside, &data.join("closed"), data] {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The closed incarnation before `file`'s, as long as something of it is still to be carried over or given back.
pub(crate) fn open_closed(
    data: &Path,
    file: OfficeFile,
    vault: &Vault,
    others: &[OfficeId],
) -> Result<Option<Ledger>, OpenFault> {
    let Some(log) = file.log.checked_sub(1) else { return Ok(None) };
    let Some(key) = vault.closed_log_key()? else {
        (0..=log).try_for_each(|log| forget_bodies(&closed_folder(data, log))).map_err(FolderFault::Disk)?;
        return Ok(None);
    };
    // Whoever waits for what an earlier one held has had his time.
    (0..log).try_for_each(|log| forget_bodies(&closed_folder(data, log))).map_err(FolderFault::Disk)?;
    let closed = OfficeFile { log, ..file };
    match Ledger::open(
        &closed_folder(data, log),
        identity(closed),
        Arc::new(Signer::new(key, closed)),
        others,
    ) {
        Ok((ledger, _)) => Ok(Some(ledger)),
        Err(waymark_ledger::OpenFault::Missing) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

fn forget_bodies(closed: &Path) -> std::io::Result<()> {
    for part in ["bodies", "index"] {
        match fs::remove_dir_all(closed.join(part)) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
    }
    Ok(())
}

const CARRIED: &str = "carried";

pub(crate) fn is_carried(data: &Path, log: u32) -> bool {
    closed_folder(data, log).join(CARRIED).exists()
}

pub(crate) fn note_carried(data: &Path, log: u32) -> std::io::Result<()> {
    write_durably(&closed_folder(data, log).join(CARRIED), b"")
}
