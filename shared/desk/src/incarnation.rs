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
use waymark_seal::merkle::Frontier;
use waymark_seal::roster::{Office, OfficeState, RosterChain};
use waymark_seal::sign::PublicKey;
use waymark_seal::vault::{Passphrase, Vault, VaultFault};

use crate::office_file::{FolderFault, OfficeFile, read_roster, write_durably};
use crate::order::Failure;
use crate::rotation::take_new_keys;
use crate::setup::OpenFault;
use crate::signer::Signer;

/// What an office asks the root holders for when its log cannot be continued: public, for its join file.
#[derive(Debug, Clone)]
pub struct NextLog {
    /// The network.
    pub network: NetworkId,
    /// The office as the roster has it.
    pub office: Office,
    /// The incarnation that is to be closed.
    pub closes: u32,
    /// Where it is to end: the newest head that this folder knows of, its own or one that another office told; or the last one that is
    /// still trusted.
    pub head: Head,
    /// The key that is to sign the next incarnation.
    pub log_key: PublicKey,
}

/// Why the log of an office is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Its newest folder is lost: the log ends at the newest head known, and others hold entries that this folder lacks.
    Lost,
    /// Somebody else has its key: the log ends at the last head that is still trusted, and this folder holds every entry that the
    /// office wrote.
    Stolen {
        /// Entries under that head.
        trusted: u64,
    },
}

/// An office whose node does not run.
pub(crate) struct Stopped<'a> {
    data: &'a Path,
    pub(crate) file: OfficeFile,
    roster: RosterChain,
    /// As the newest version has it.
    pub(crate) office: Office,
    /// Its keys; new ones that the roster names are in use.
    pub(crate) vault: Vault,
}

impl<'a> Stopped<'a> {
    pub(crate) fn open(data: &'a Path, passphrase: &Passphrase, now: Timestamp) -> Result<Self, OpenFault> {
        let file = OfficeFile::read(data)?;
        let roster = read_roster(data, now)?;
        let office = roster.office(&file.office).ok_or(OpenFault::NotInRoster)?.clone();
        let vault = Vault::open(&data.join("vault"), passphrase, waymark_seal::rng::System)?;
        take_new_keys(&vault, &office, file.log)?;
        Ok(Self { data, file, roster, office, vault })
    }

    /// The log in use.
    pub(crate) fn ledger(&self) -> Result<Ledger, OpenFault> {
        let signer = Arc::new(Signer::new(self.vault.log_key()?, self.file, Some(&self.roster)));
        let others: Vec<OfficeId> = self.roster.newest().offices.iter().map(|office| office.id).collect();
        Ok(Ledger::open(self.data, identity(self.file), signer, &others)?.0)
    }
}

/// Makes the key of the next incarnation of an office's log. Nothing else is changed: the log ends when the roster says so.
/// Asked again, it gives the same.
///
/// # Errors
/// [`OpenFault`].
pub fn next_log(
    data: &Path,
    passphrase: &Passphrase,
    closing: Closing,
    now: Timestamp,
) -> Result<NextLog, OpenFault> {
    let stopped = Stopped::open(data, passphrase, now)?;
    if !is_of_log_in_use(&stopped.office, stopped.file.log, &stopped.vault.log_key()?.public()) {
        return Err(OpenFault::Closed);
    }
    // What does not open now could not be carried over then; a log that is not there at all has nothing to carry.
    let here = match stopped.ledger() {
        Ok(ledger) => Some(ledger),
        Err(OpenFault::Ledger(waymark_ledger::OpenFault::Missing)) => None,
        Err(fault) => return Err(fault),
    };
    let Stopped { file, office, vault, .. } = stopped;
    let head = match closing {
        Closing::Lost => {
            let mark = vault.high_water()?.filter(|mark| mark.log == file.log);
            let told = mark.map(|mark| Head { size: mark.size, root: mark.root });
            let newest =
                here.map(|ledger| ledger.head()).into_iter().chain(told).max_by_key(|head| head.size);
            newest.unwrap_or_else(Head::empty)
        }
        Closing::Stolen { trusted } => {
            let from = office.current_log().map_or(0, |range| range.from);
            let ledger = here.filter(|ledger| (from..=ledger.size()).contains(&trusted));
            let head = head_at(&ledger.ok_or(OpenFault::NoSuchHead { from })?, trusted)?;
            if !is_stolen(&vault, file.log)? {
                // What was made before may be in the same hands.
                vault.forget_keys_made()?;
                note_stolen(&vault, file.log)?;
            }
            head
        }
    };
    Ok(NextLog {
        network: file.network,
        office,
        closes: file.log,
        head,
        log_key: vault.make_next_log_key()?.public(),
    })
}

/// The head of a log as it was with `size` entries.
fn head_at(ledger: &Ledger, size: u64) -> Result<Head, OpenFault> {
    let mut tree = Frontier::new();
    for entry in ledger.scan(0) {
        let (index, _, leaf) = entry.map_err(Failure::from)?;
        if index >= size {
            break;
        }
        tree.push(leaf);
    }
    Ok(Head { size, root: tree.root() })
}

/// The incarnation whose key somebody else has.
const STOLEN_LOG: &str = "log with a stolen key";

fn note_stolen(vault: &Vault, log: u32) -> Result<(), VaultFault> {
    vault.set_named(STOLEN_LOG, &log.to_le_bytes())
}

/// Whether somebody else has the key of that incarnation, as was said when it was to be closed: of what is given back, only what this
/// folder holds was written by this office.
pub(crate) fn is_stolen(vault: &Vault, log: u32) -> Result<bool, VaultFault> {
    Ok(vault.named(STOLEN_LOG)?.is_some_and(|noted| noted.as_slice() == log.to_le_bytes()))
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
    // A log is mended without a roster, too.
    let roster = read_roster(data, Timestamp(0)).ok();
    let repaired = |folder: &Path, key, file| {
        let signer: Arc<dyn HeadSigner> = Arc::new(Signer::new(key, file, roster.as_ref()));
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

/// Takes new keys into use that the roster names, and begins the incarnation that it has for this office, when it is the next one and
/// its key is here. Also whether there were new keys for the one that goes on.
pub(crate) fn enter(
    data: &Path,
    file: OfficeFile,
    vault: &Vault,
    roster: &RosterChain,
) -> Result<(OfficeFile, bool), OpenFault> {
    let office = roster.office(&file.office).ok_or(OpenFault::NotInRoster)?;
    let renewed = take_new_keys(vault, office, file.log)?;
    // Who has left signs nothing more, and may still look at what it holds.
    let Some(range) = office.current_log() else {
        return if office.state == OfficeState::Left { Ok((file, renewed)) } else { Err(OpenFault::Closed) };
    };
    let key = vault.log_key()?.public();
    // A copy from before a rotation opens too, and writes nothing: it has to hear of the newest head before its log is closed.
    if is_of_log_in_use(office, file.log, &key) {
        return Ok((file, renewed));
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
    Ok((next, false))
}

/// Whether `log` is in use and `key` signs it, or has signed it.
fn is_of_log_in_use(office: &Office, log: u32, key: &PublicKey) -> bool {
    office.current_log().is_some_and(|range| range.log == log)
        && office.logs.iter().any(|range| (range.log, range.key) == (log, *key))
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
    roster: &RosterChain,
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
        Arc::new(Signer::new(key, closed, Some(roster))),
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
