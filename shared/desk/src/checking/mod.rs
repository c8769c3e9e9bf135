//! Checking an office's folder while its node does not run. Everything is derived again from what lies there, and nothing is changed.
//!
//! The log, the bodies and the index are the ledger's to inspect ([`waymark_ledger::inspect`]). Here is what needs rules or keys: the
//! roster, whether the log explains what was erased (`erased.rs`), and whether the vault holds what it should and no more (`keys.rs`).

mod erased;
mod flaw;
mod keys;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_ledger::inspect::{Inspected, Inspection, Stage, inspect};
use waymark_ledger::{HeadSigner, Ledger};
use waymark_seal::checkpoint::{Head, Origin, parse_checkpoint};
use waymark_seal::roster::RosterChain;
use waymark_seal::sign::PublicKey;
use waymark_seal::vault::{Passphrase, VaultFault, VaultLook};

use crate::incarnation::{closed_folder, identity};
use crate::office_file::{FolderFault, OfficeFile, other_rosters, read_roster};
use crate::rules::Rules;
use crate::setup::OpenFault;

pub use flaw::FolderFlaw;

use erased::Erasures;

/// What a check is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStep {
    /// Entries and tiles.
    Entries,
    /// Bodies.
    Bodies,
    /// What was erased, thread by thread.
    Erasures,
    /// Keys in the vault.
    Keys,
}

/// What is to be checked.
pub struct FolderCheck<'a> {
    /// The office's folder.
    pub data: &'a Path,
    /// An empty folder for what is made again; it is the caller's to remove. Nothing secret comes into it.
    pub scratch: &'a Path,
    /// Opens the vault; without it keys are not looked at.
    pub passphrase: Option<&'a Passphrase>,
    /// The time.
    pub now: Timestamp,
    /// What decides about erasures: [`DomainRules`](crate::DomainRules).
    pub rules: &'a dyn Rules,
    /// Called with how much is done of how much.
    pub progress: &'a dyn Fn(CheckStep, u64, u64),
}

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckedFolder {
    /// Which incarnation of the log.
    pub log: u32,
    /// Entries in it.
    pub entries: u64,
    /// Of them in the journal only.
    pub in_journal: u64,
    /// Bodies that are there.
    pub bodies: u64,
    /// Bodies that came without their content.
    pub withheld: u64,
    /// Bodies that were erased.
    pub erased: u64,
    /// Roster versions.
    pub roster: u32,
    /// Keys that were looked for in the vault; none without the passphrase.
    pub keys: Option<u64>,
    /// Sections that others shared and that cannot be opened here: never taken over, or their keys were lost.
    pub closed_sections: u64,
    /// A group was being written when the power went; nobody was answered. The next start cuts it.
    pub torn: bool,
    /// What is wrong.
    pub flaws: Vec<FolderFlaw>,
    /// Flaws beyond those in the list.
    pub more: u64,
    /// The log does not hold, so that bodies, index, erasures and keys could not be looked at.
    pub log_only: bool,
}

/// Recognises the heads of one log by the roster, or by the vault.
struct Recognises {
    origin: Origin,
    roster: Option<RosterChain>,
    key: Option<PublicKey>,
}

impl HeadSigner for Recognises {
    fn sign(&self, _: &Head) -> Vec<u8> {
        // Nothing is written, so nothing is signed.
        Vec::new()
    }

    fn verify(&self, checkpoint: &[u8]) -> Option<Head> {
        // The newest head may still stand under a key that was ended since.
        let Origin { office, log, .. } = self.origin;
        let ranges = self.roster.iter().flat_map(|roster| roster.log_ranges(&office, log));
        let mut known = ranges.map(|range| range.key).chain(self.key);
        known.find_map(|key| parse_checkpoint(checkpoint, &self.origin, &key).ok())
    }
}

/// Checks the folder of an office whose node does not run.
///
/// # Errors
/// [`OpenFault`] when there is no office, the node runs, the passphrase is wrong, or the machine fails. Whatever is wrong with the folder is
/// in what it gives.
pub fn check_folder(asked: &FolderCheck<'_>) -> Result<CheckedFolder, OpenFault> {
    let file = OfficeFile::read(asked.data)?;
    let mut found = CheckedFolder { log: file.log, ..CheckedFolder::default() };
    let _alone = if asked.passphrase.is_none() { lock(asked.data)? } else { None };
    let roster = match read_roster(asked.data, asked.now) {
        Ok(roster) => Some(roster),
        // Of an office that has not joined yet.
        Err(FolderFault::NoRoster) => None,
        Err(FolderFault::Roster { version, fault }) => {
            found.say(FolderFlaw::Roster { version, what: fault.to_string() });
            None
        }
        Err(FolderFault::Malformed) => {
            found.say(FolderFlaw::Roster { version: 1, what: "its fingerprint cannot be read".to_owned() });
            None
        }
        Err(fault) => return Err(fault.into()),
    };
    found.roster = roster.as_ref().map_or(0, |roster| roster.newest().version);
    found.roster_files(asked.data, roster.as_ref())?;
    let vault = vault(asked, &mut found)?;
    let keys = vault.as_ref().map(VaultLook::log_keys).transpose()?;
    let offices: Vec<OfficeId> =
        roster.iter().flat_map(|roster| &roster.newest().offices).map(|office| office.id).collect();
    let inspection = |file, key| {
        let identity = identity(file);
        let origin = Origin { network: identity.network, office: identity.office, log: identity.log };
        let signer = Recognises { origin, roster: roster.clone(), key };
        (identity, Arc::new(signer) as Arc<dyn HeadSigner>)
    };
    for log in 0..file.log {
        let (identity, signer) =
            inspection(OfficeFile { log, ..file }, keys.as_ref().and_then(|keys| keys.1));
        found.closed(asked, log, identity, signer)?;
    }
    let (identity, signer) = inspection(file, keys.map(|keys| keys.0));
    let progress = |stage, done, total| (asked.progress)(step(stage), done, total);
    let inspected = inspect(&Inspection {
        folder: asked.data,
        scratch: asked.scratch,
        identity,
        signer,
        offices: &offices,
        log_only: false,
        progress: &progress,
    })?;
    found.take(asked, inspected, vault.as_ref())?;
    Ok(found)
}

const fn step(stage: Stage) -> CheckStep {
    match stage {
        Stage::Entries => CheckStep::Entries,
        Stage::Bodies => CheckStep::Bodies,
    }
}

/// The vault, for looking; a vault that is damaged is a flaw.
fn vault(asked: &FolderCheck<'_>, found: &mut CheckedFolder) -> Result<Option<VaultLook>, OpenFault> {
    let Some(passphrase) = asked.passphrase else { return Ok(None) };
    match VaultLook::open(&asked.data.join("vault"), passphrase) {
        Ok(vault) => Ok(Some(vault)),
        Err(fault @ (VaultFault::Damaged(_) | VaultFault::NotAVault)) => {
            found.say(FolderFlaw::Vault { what: fault.to_string() });
            Ok(None)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Keeps the node, which opens the vault first, from starting meanwhile, where nobody looks at the vault.
fn lock(data: &Path) -> Result<Option<fs::File>, OpenFault> {
    let Ok(file) = fs::File::open(data.join("vault").join("lock")) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(VaultFault::InUse.into()),
        Err(fs::TryLockError::Error(fault)) => Err(FolderFault::Disk(fault).into()),
    }
}

impl CheckedFolder {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.flaws.is_empty() && self.more == 0
    }

    fn say(&mut self, flaw: FolderFlaw) {
        if self.flaws.len() < waymark_ledger::inspect::FLAWS_MAX {
            self.flaws.push(flaw);
        } else {
            self.more += 1;
        }
    }

    /// Whatever else lies beside the roster versions.
    fn roster_files(&mut self, data: &Path, roster: Option<&RosterChain>) -> Result<(), OpenFault> {
        let Some(roster) = roster else { return Ok(()) };
        // Kept as the proof that root holders signed two versions of one number.
        let others = other_rosters(data);
        let mut files = 0;
        for entry in fs::read_dir(data.join("roster")).map_err(FolderFault::Disk)? {
            let name = entry.map_err(FolderFault::Disk)?.file_name();
            let name = name.to_str().unwrap_or_default();
            let version = name.parse::<u32>().is_ok_and(|version| version <= roster.newest().version);
            let proof = others.iter().any(|(_, path)| path.file_name().is_some_and(|other| other == name));
            files += u64::from(!version && !proof && name != "compared" && !name.ends_with(".half"));
        }
        if files > 0 {
            self.say(FolderFlaw::Foreign { folder: "roster".to_owned(), files });
        }
        Ok(())
    }

    /// A log that the roster has closed: what is left of it is the log alone, once everything in it stands in the next.
    fn closed(
        &mut self,
        asked: &FolderCheck<'_>,
        log: u32,
        identity: waymark_ledger::Identity,
        signer: Arc<dyn HeadSigner>,
    ) -> Result<(), OpenFault> {
        let folder = closed_folder(asked.data, log);
        let inspected = inspect(&Inspection {
            folder: &folder,
            scratch: asked.scratch,
            identity,
            signer,
            offices: &[],
            log_only: true,
            progress: &|_, _, _| (),
        });
        match inspected {
            Ok(inspected) => {
                self.ledger_flaws(log, &inspected);
                Ok(())
            }
            // It was lost altogether.
            Err(waymark_ledger::OpenFault::Missing) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    fn ledger_flaws(&mut self, log: u32, inspected: &Inspected) {
        for flaw in inspected.flaws.kept() {
            self.say(FolderFlaw::Ledger { log, flaw: flaw.clone() });
        }
        self.more += inspected.flaws.count() - inspected.flaws.kept().len() as u64;
    }

    fn take(
        &mut self,
        asked: &FolderCheck<'_>,
        inspected: Inspected,
        vault: Option<&VaultLook>,
    ) -> Result<(), OpenFault> {
        self.ledger_flaws(self.log, &inspected);
        let Inspected { head, in_journal, bodies, withheld, tombstones, torn, log, .. } = inspected;
        (self.entries, self.in_journal, self.bodies, self.withheld) =
            (head.size, in_journal, bodies, withheld);
        self.torn = torn;
        self.erased = tombstones.iter().map(|tomb| u64::from(tomb.bodies.count_ones())).sum();
        let Some(log) = log else {
            self.log_only = true;
            return Ok(());
        };
        if let Some(vault) = vault {
            self.vault(asked, vault, head)?;
        }
        self.of_log(asked, &log, &tombstones, vault)
    }

    fn vault(&mut self, asked: &FolderCheck<'_>, vault: &VaultLook, head: Head) -> Result<(), OpenFault> {
        let progress = |done, total| (asked.progress)(CheckStep::Keys, done, total);
        for bucket in vault.damaged_buckets(&progress)? {
            self.say(FolderFlaw::Vault { what: format!("the vault is damaged in bucket {bucket}") });
        }
        let mark = vault.high_water()?.filter(|mark| mark.log == self.log);
        if let Some(mark) = mark.filter(|mark| mark.size > head.size) {
            self.say(FolderFlaw::OlderLog { entries: head.size, known: mark.size });
        }
        Ok(())
    }

    fn of_log(
        &mut self,
        asked: &FolderCheck<'_>,
        log: &Ledger,
        tombstones: &[waymark_ledger::inspect::Tombstone],
        vault: Option<&VaultLook>,
    ) -> Result<(), OpenFault> {
        let mut erasures = Erasures::read(asked, log)?;
        erasures.judge(tombstones, vault, self)?;
        if let Some(vault) = vault {
            keys::look(asked, log, &mut erasures, vault, self)?;
        }
        Ok(())
    }
}
