//! What a caller prepares before it queues for the log: bodies checked and laid out as records, kept entries read.
//! This is the work that needs no place in the log, so it is done outside the one lock.

use waymark_domain::ids::{EventId, ThreadId};
use waymark_seal::hash::sha256;
use waymark_seal::unplaced::{Body, Unplaced};

use crate::core::Core;
use crate::facts::{Foreign, RECEIPTED, RECEIVED, foreign_of_draft};
use crate::fault::CommitFault;
use crate::frame::RecordForm;
use crate::places::Reach;
use crate::record;
use crate::segments::LARGE;

/// One entry ready to be placed; its bodies are in the record.
pub(crate) struct Draft {
    /// Taken when it is placed.
    pub(crate) unplaced: Option<Unplaced>,
    pub(crate) event: EventId,
    pub(crate) thread: ThreadId,
    pub(crate) form: RecordForm,
    /// Without its index when it goes into the journal, empty otherwise.
    pub(crate) record: Vec<u8>,
    pub(crate) foreign: Vec<Foreign>,
    pub(crate) received: bool,
    pub(crate) reach: Reach,
}

/// Prepares one command.
pub(crate) fn prepare(core: &Core, command: Vec<Unplaced>) -> Result<Vec<Draft>, CommitFault> {
    let mut drafts = Vec::with_capacity(command.len());
    for (position, unplaced) in command.into_iter().enumerate() {
        match prepare_one(core, unplaced, position) {
            Ok(draft) => drafts.push(draft),
            Err(fault) => {
                forget(core, &drafts);
                return Err(fault);
            }
        }
    }
    Ok(drafts)
}

fn prepare_one(core: &Core, mut unplaced: Unplaced, position: usize) -> Result<Draft, CommitFault> {
    let own = &core.identity;
    if (unplaced.network, unplaced.office, unplaced.log) != (own.network, own.office, own.log) {
        return Err(CommitFault::OtherLog { draft: position });
    }
    let bodies = std::mem::take(&mut unplaced.bodies);
    let keep = unplaced.keep.take();
    let hashes = unplaced
        .sections
        .iter()
        .map(|section| &section.hash)
        .chain(unplaced.grants.iter().map(|grant| &grant.wrap_hash));
    let fits = hashes.clone().count() == bodies.len()
        && hashes.zip(&bodies).all(|(hash, body)| sha256(&[body]) == *hash);
    // The bodies of `Receipted` are the receipts.
    if !fits && unplaced.kind != RECEIPTED {
        return Err(CommitFault::BodyMismatch { draft: position });
    }
    let foreign = foreign_of_draft(&unplaced, keep.as_ref(), &bodies, own)
        .ok_or(CommitFault::KeptUnreadable { draft: position })?;
    let mut record = if bodies.is_empty() && keep.is_none() {
        Vec::new()
    } else {
        let bodies: Vec<Body> = bodies.into_iter().map(Body::Whole).collect();
        record::encode(&bodies, keep.as_ref()).ok_or(CommitFault::TooLarge)?
    };
    let form = match record.len() {
        0 => RecordForm::None,
        small if small <= LARGE => RecordForm::Inline,
        _ => {
            core.segments.write_large(unplaced.event, &record).map_err(refused)?;
            record = Vec::new();
            RecordForm::Large
        }
    };
    let received = unplaced.kind == RECEIVED;
    let reach = Reach::of(unplaced.audience);
    let (event, thread) = (unplaced.event, unplaced.thread);
    Ok(Draft { unplaced: Some(unplaced), event, thread, form, record, foreign, received, reach })
}

/// Takes back what was written for a command that was not taken.
pub(crate) fn forget(core: &Core, drafts: &[Draft]) {
    for draft in drafts.iter().filter(|draft| draft.form == RecordForm::Large) {
        core.segments.forget_large(draft.event);
    }
}

/// What the caller is told of a machine fault before anything was in the journal.
pub(crate) fn refused(fault: crate::disk::DiskFault) -> CommitFault {
    if fault.is_full() {
        return CommitFault::DiskFull;
    }
    tracing::error!(%fault, "a command was not committed");
    CommitFault::Disk
}
