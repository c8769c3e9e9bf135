//! What a caller asks of the desk, what it is answered, and why it may not be.

use waymark_domain::command::Command;
use waymark_domain::ids::{EventId, StaffId, ThreadId};
use waymark_domain::refusal::Refusal;

/// A command with what surrounds it.
#[derive(Debug, Clone)]
pub struct Order {
    /// What to do.
    pub command: Command,
    /// Who acts.
    pub actor: StaffId,
    /// Chosen by the caller; the same id again gets the same answer and does nothing twice (AIP-155).
    pub request_id: Option<[u8; 16]>,
    /// What was asked, as the caller sent it: the same id with other content is refused.
    pub content: Vec<u8>,
    /// The state on which the caller decided (AIP-154).
    pub etag: Option<Etag>,
    /// Check only (AIP-163).
    pub validate_only: bool,
}

impl Order {
    /// A command of `actor` without conditions.
    #[must_use]
    pub fn new(command: Command, actor: StaffId) -> Self {
        Self { command, actor, request_id: None, content: Vec::new(), etag: None, validate_only: false }
    }
}

/// The state of a thread: the own-log index after its newest entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Etag(pub u64);

/// An accepted, durable command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The thread that the command is about; for a new case or referral, its id.
    pub thread: ThreadId,
    /// The case of this office that it belongs to, where there is one.
    pub case: Option<ThreadId>,
    /// The thread's state after the command.
    pub etag: Etag,
    /// The events written, in order; empty for `validate_only`.
    pub events: Vec<EventId>,
}

/// Why a command was not carried out. Nothing was changed in any case.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The thread has moved on since the caller looked.
    #[error(
        "somebody changed this while you were looking: nothing was changed by you; look again and decide again"
    )]
    Stale {
        /// The state now.
        current: Etag,
    },
    /// The request id was used for something else.
    #[error(
        "this request id was used before, for something else, which was carried out then: nothing was changed now. Look at how it stands; for another change choose another request id"
    )]
    RequestIdReused,
    /// No such thread at this office.
    #[error("there is no such case or referral at this office")]
    Unknown,
    /// The start guard has not let this office write yet.
    #[error("{0}")]
    NotReady(#[from] crate::guard::NotReady),
    /// What this office had decided in a referral is not all known: the other party has not given it back yet.
    #[error(
        "this office's log was closed, and {office} has not yet sent back what it holds of it: some of what was decided with it may be missing here. Nothing was written; it goes on by itself once {office} is reached"
    )]
    NotGivenBack {
        /// Its name in the roster.
        office: String,
    },
    /// There is no room on the disk.
    #[error("the disk of this office is full: nothing was written; free some space and do it again")]
    DiskFull,
    /// The machine failed in the middle of writing.
    #[error(
        "this office's machine failed while writing: whether the change was made shows only after a restart. Restart the node, then do it again with the same request id: it is not done twice"
    )]
    RestartNeeded,
    /// This machine failed; the detail is in the log of the node.
    #[error("this office's machine could not keep the entry: nothing was changed; tell the administrator")]
    Failed(#[from] Failure),
}

/// Our machine is at fault. Shown to operators, never to callers.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The ledger could not commit.
    #[error(transparent)]
    Commit(#[from] waymark_ledger::CommitFault),
    /// The ledger could not read.
    #[error(transparent)]
    Read(#[from] waymark_ledger::ReadFault),
    /// The vault could not keep or give a key.
    #[error(transparent)]
    Vault(#[from] waymark_seal::vault::VaultFault),
    /// What is stored contradicts itself.
    #[error("stored data contradict themselves: {0}")]
    Inconsistent(&'static str),
}
