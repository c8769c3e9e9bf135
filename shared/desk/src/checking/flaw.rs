//! Everything that can be wrong with an office's folder, each as a sentence. None names a person, a path or what a body says.

use std::fmt;

use waymark_ledger::inspect::Flaw;

/// Something wrong in an office's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderFlaw {
    /// In the log, the bodies or the index.
    Ledger {
        /// Of which incarnation.
        log: u32,
        /// What.
        flaw: Flaw,
    },
    /// A roster version is not acceptable.
    Roster {
        /// Which.
        version: u32,
        /// Why.
        what: String,
    },
    /// Bodies were erased, and nothing in the log says why.
    ErasedUnexplained {
        /// Of which entry.
        index: u64,
    },
    /// The log says that bodies were erased, and they are there.
    NotErased {
        /// Of which entry.
        index: u64,
    },
    /// The vault is damaged, or missing.
    Vault {
        /// What of it.
        what: String,
    },
    /// The vault knows of more entries than there are: the log is older.
    OlderLog {
        /// Entries that are there.
        entries: u64,
        /// Entries that had been.
        known: u64,
    },
    /// The key of a section that was not erased is not in the vault.
    KeyMissing {
        /// Of which entry.
        index: u64,
    },
    /// A key that the log says was destroyed is in the vault.
    KeyNotErased {
        /// The entry that says so.
        index: u64,
    },
    /// Files that have no place there.
    Foreign {
        /// In which folder.
        folder: String,
        /// How many.
        files: u64,
    },
}

impl FolderFlaw {
    /// Its name for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ledger { flaw, .. } => flaw.word(),
            Self::Roster { .. } => "roster",
            Self::ErasedUnexplained { .. } => "erased_unexplained",
            Self::NotErased { .. } => "not_erased",
            Self::Vault { .. } => "vault",
            Self::OlderLog { .. } => "older_log",
            Self::KeyMissing { .. } => "key_missing",
            Self::KeyNotErased { .. } => "key_not_erased",
            Self::Foreign { .. } => "foreign_file",
        }
    }
}

impl fmt::Display for FolderFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger { flaw, .. } => write!(f, "{flaw}"),
            Self::Roster { version, what } => write!(f, "roster version {version}: {what}"),
            Self::ErasedUnexplained { index } => {
                write!(f, "bodies of entry {index} were erased, and nothing in the log says why")
            }
            Self::NotErased { index } => {
                write!(f, "bodies of entry {index} are there, and the log says that they were erased")
            }
            Self::Vault { what } => f.write_str(what),
            Self::OlderLog { entries, known } => {
                write!(f, "the log has {entries} entries, and the vault remembers {known}")
            }
            Self::KeyMissing { index } => {
                write!(f, "the key of a section of entry {index} is not in the vault, and was not erased")
            }
            Self::KeyNotErased { index } => {
                write!(f, "entry {index} says that keys were destroyed, and one of them is in the vault")
            }
            Self::Foreign { folder, files } => write!(f, "{files} files in `{folder}` have no place there"),
        }
    }
}
