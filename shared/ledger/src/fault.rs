//! What can go wrong, one enum per operation. None of them names a person, a path or a body.

use waymark_domain::ids::OfficeId;
use waymark_seal::entry::EntryFault;

pub use crate::disk::DiskFault;

/// Why a ledger could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateFault {
    /// There is one already.
    #[error("there is a ledger in this folder already")]
    Exists,
    /// The machine failed.
    #[error(transparent)]
    Disk(#[from] DiskFault),
}

/// Why a ledger could not be opened. But for the first three and the last, [`repair`](crate::repair::repair) is the way on.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// Another process has it open.
    #[error("another process has this data folder open")]
    Locked,
    /// There is none.
    #[error("there is no ledger in this folder")]
    Missing,
    /// It belongs to another network, office or incarnation.
    #[error("the ledger in this folder is of another network, office or incarnation")]
    OtherIdentity,
    /// Neither copy of the head of a journal file can be read, or the two files contradict each other.
    #[error("the journal is damaged")]
    JournalDamaged,
    /// A group that was durable is not whole.
    #[error("a journal frame that was durable is damaged, at entry {index}")]
    FrameDamaged {
        /// Index of its first entry.
        index: u64,
    },
    /// Fewer entries than were signed.
    #[error("the log has {found} entries but {signed} were signed")]
    EntriesMissing {
        /// Entries found.
        found: u64,
        /// Entries under the newest signed head.
        signed: u64,
    },
    /// The stored hashes do not give the root that was signed.
    #[error("the tree of the first {size} entries does not have the root that was signed")]
    TreeDamaged {
        /// Entries under the head in question.
        size: u64,
    },
    /// An entry that should be there is not one.
    #[error(transparent)]
    Read(#[from] ReadFault),
    /// The machine failed.
    #[error(transparent)]
    Disk(#[from] DiskFault),
}

/// Why a command was not committed. Nothing of it is in the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitFault {
    /// A sync failed earlier, so what is on the disk is not known; open the ledger again.
    #[error(
        "the disk failed while the log was written; nothing more is taken until the office is started again"
    )]
    Poisoned,
    /// There is no space; the next commit tries again.
    #[error("the disk is full")]
    DiskFull,
    /// More than a journal file takes.
    #[error("the command is too large to be committed at once")]
    TooLarge,
    /// A draft breaks a limit of the format.
    #[error(transparent)]
    Entry(#[from] EntryFault),
    /// The bodies are not those whose hashes the draft names.
    #[error("draft {draft} of the command does not fit its bodies")]
    BodyMismatch {
        /// Its position.
        draft: usize,
    },
    /// The draft is of another network, office or incarnation.
    #[error("draft {draft} of the command is not of this log")]
    OtherLog {
        /// Its position.
        draft: usize,
    },
    /// What is kept is not an entry, or not the one that the draft names.
    #[error("draft {draft} of the command does not keep the entry that it names")]
    KeptUnreadable {
        /// Its position.
        draft: usize,
    },
    /// The machine failed in another way; what it said is in the log of the process.
    #[error("the log could not be written")]
    Disk,
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// The log does not reach that far.
    #[error("there is no entry {index}")]
    Absent {
        /// What was asked for.
        index: u64,
    },
    /// The bytes are not those that were logged; a counterpart may hold them.
    #[error("entry {index} is damaged")]
    EntryDamaged {
        /// Which.
        index: u64,
    },
    /// Bodies are neither there nor erased.
    #[error("bodies of entry {index} are damaged")]
    BodiesDamaged {
        /// Whose.
        index: u64,
    },
    /// A stored hash is missing or wrong.
    #[error("the tree of the log is damaged near entry {index}")]
    TreeDamaged {
        /// Near which entry.
        index: u64,
    },
    /// The index is in doubt and could not be made again.
    #[error("the index is damaged and could not be made again")]
    IndexDamaged,
    /// The machine failed.
    #[error(transparent)]
    Disk(#[from] DiskFault),
}

/// Why bodies could not be erased or put back.
#[derive(Debug, thiserror::Error)]
pub enum ChangeFault {
    /// The entry or its record could not be read.
    #[error(transparent)]
    Read(#[from] ReadFault),
    /// The log could not be settled first.
    #[error(transparent)]
    Commit(#[from] CommitFault),
    /// What was given is not what the entry names.
    #[error("what was given for entry {index} is not what it names")]
    NotTheSame {
        /// Which entry.
        index: u64,
    },
}

/// Why a head of another office was not noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a head of that size with another root is noted for office {office}")]
pub struct HeadContradicts {
    /// Whose head.
    pub office: OfficeId,
}
