//! ReportService.

use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::time::{Day, Timestamp};

use super::list::{Listed as _, Page, listed};
use super::read::Reader;
use crate::error::Rejected;
use crate::v1;

listed!(ListBreachHoldingsRequest);
listed!(ListHoldersRequest);

/// Days, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// A breach, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// The office at which it was.
    pub office: OfficeId,
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
}

/// Reads of which period a record is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn record(request: &v1::GetProcessingRecordRequest) -> Result<Period, Rejected> {
    Reader::read(|reader| {
        let from = reader.day("from_on", &request.from_on);
        let to = reader.day("to_on", &request.to_on);
        reader.ordered("from_on", from, "to_on", to);
        Period { from, to }
    })
}

/// Reads of which breach the holdings are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn breach(request: &v1::ListBreachHoldingsRequest) -> Result<(Breach, Page), Rejected> {
    Reader::read(|reader| {
        let office = reader.id("office", &request.office);
        let from = reader.instant("from", request.from);
        let to = reader.instant("to", request.to);
        reader.ordered("from", from, "to", to);
        (Breach { office, from, to }, request.page(reader))
    })
}

/// Reads of which case the holders are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn holders(request: &v1::ListHoldersRequest) -> Result<(ThreadId, Page), Rejected> {
    Reader::read(|reader| (reader.id("case", &request.case), request.page(reader)))
}
