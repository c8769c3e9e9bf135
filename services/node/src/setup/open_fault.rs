//! What stands in the way of creating or opening an office, with its exit and what to do.

use waymark_api::exit::Exit;
use waymark_desk::{FolderFault, OpenFault};
use waymark_ledger as ledger;
use waymark_seal::vault::VaultFault;

use crate::fault::Fault;

/// Why an office is not created or opened.
pub(crate) fn told(fault: &OpenFault) -> Fault {
    match fault {
        OpenFault::Folder(fault) => folder(fault),
        OpenFault::Vault(fault) => vault(fault),
        OpenFault::Ledger(fault) => log(fault),
        OpenFault::Create(ledger::CreateFault::Exists) => {
            Fault::new(Exit::Conflict, fault.to_string()).next("Choose an empty folder.")
        }
        OpenFault::Create(ledger::CreateFault::Disk(_)) | OpenFault::Failure(_) => {
            Fault::new(Exit::Failure, fault.to_string())
                .next("Check the disk and its free space, then try again.")
        }
        OpenFault::Closed => Fault::new(Exit::Conflict, fault.to_string())
            .next("Start the folder on which `waymark office recover` was run; keep this one until that office is well."),
        OpenFault::NoSuchHead { .. } => Fault::new(Exit::Usage, fault.to_string())
            .next("`waymark office status` says under `witnesses` which head others have cosigned. When that one is older than the key in use, take the size at which the key begins."),
        OpenFault::NotInRoster => Fault::new(Exit::Conflict, fault.to_string()),
    }
}

/// The data folder stands in the way.
pub(crate) fn folder(fault: &FolderFault) -> Fault {
    match fault {
        FolderFault::NoOffice => Fault::new(Exit::NotFound, fault.to_string()),
        FolderFault::Taken | FolderFault::NoRoster => Fault::new(Exit::Conflict, fault.to_string()),
        FolderFault::Malformed => Fault::new(Exit::Failure, fault.to_string()),
        FolderFault::Roster { version, fault } => {
            let refused = super::draft::refused(fault);
            if *version == 1 {
                refused
            } else {
                refused.kept(format!("The versions below {version} stay as they are."))
            }
        }
        FolderFault::OtherRoster { .. } => super::draft::two_signed(fault.to_string()),
        FolderFault::Disk(_) => Fault::new(Exit::Failure, fault.to_string())
            .next("Check the disk, its free space, and who owns the folder."),
    }
}

fn vault(fault: &VaultFault) -> Fault {
    let (exit, next) = match fault {
        VaultFault::WrongPassphrase => (Exit::Denied, "Try the passphrase again."),
        VaultFault::NotAVault => {
            (Exit::NotFound, "Check the data folder; an office is created with `waymark office create`.")
        }
        VaultFault::AlreadyThere => (Exit::Conflict, "Choose an empty folder."),
        VaultFault::InUse => (Exit::Conflict, ANOTHER),
        VaultFault::Damaged(_) => {
            (Exit::Failure, "Stop, and bring the vault back from its copy; the log is untouched.")
        }
        VaultFault::BadCost
        | VaultFault::OverLimit(_)
        | VaultFault::Failed
        | VaultFault::DiskFull
        | VaultFault::Io(_) => {
            (Exit::Failure, "Check the disk and its free space, then start the node again.")
        }
    };
    Fault::new(exit, fault.to_string()).next(next)
}

const ANOTHER: &str = "Use the node that runs; a folder never has two.";

pub(crate) fn log(fault: &ledger::OpenFault) -> Fault {
    let (exit, next) = match fault {
        ledger::OpenFault::Locked => (Exit::Conflict, ANOTHER),
        ledger::OpenFault::Missing => {
            (Exit::NotFound, "Check the data folder; an office is created with `waymark office create`.")
        }
        ledger::OpenFault::OtherIdentity => {
            (Exit::Conflict, "The folder was put together from two offices; bring each part back.")
        }
        ledger::OpenFault::JournalDamaged
        | ledger::OpenFault::FrameDamaged { .. }
        | ledger::OpenFault::EntriesMissing { .. }
        | ledger::OpenFault::TreeDamaged { .. }
        | ledger::OpenFault::Read(_) => (
            Exit::VerificationFailed,
            "Keep a copy of the folder as it is, then run `waymark office repair`.",
        ),
        ledger::OpenFault::Disk(_) => {
            (Exit::Failure, "Check the disk and its free space, then start the node again.")
        }
    };
    Fault::new(exit, fault.to_string()).next(next)
}
