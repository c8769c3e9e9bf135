//! AuditService.

use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::time::Timestamp;

use super::list::{Listed, Page, listed};
use super::read::Reader;
use crate::error::Rejected;
use crate::v1;

/// Which history is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayWanted {
    /// The case or referral.
    pub thread: ThreadId,
    /// Only what this office knew then; none: everything.
    pub as_of: Option<Timestamp>,
    /// For a case: also its referrals.
    pub with_linked: bool,
    /// Verify each entry again.
    pub with_proofs: bool,
}

/// Reads which history is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn replay(request: &v1::ReplayThreadRequest) -> Result<ReplayWanted, Rejected> {
    Reader::read(|reader| ReplayWanted {
        thread: reader.id("thread", &request.thread),
        as_of: reader.instant_if_any("as_of", request.as_of),
        with_linked: request.with_linked,
        with_proofs: request.with_proofs,
    })
}

/// Reads of which event a receipt is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn receipt(request: &v1::GetReceiptRequest) -> Result<EventId, Rejected> {
    Reader::read(|reader| reader.id("event_id", &request.event_id))
}

listed!(ListDisclosuresRequest);
listed!(ListFraudsRequest);

/// Reads which page of the frauds is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn frauds(request: &v1::ListFraudsRequest) -> Result<Page, Rejected> {
    Reader::read(|reader| request.page(reader))
}

/// Reads which page of the disclosures is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn disclosures(request: &v1::ListDisclosuresRequest) -> Result<Page, Rejected> {
    Reader::read(|reader| request.page(reader))
}
