//! StaffService: accounts are the node's own, so only pages of them are read here.

use super::list::{Listed, Page, listed};
use super::read::Reader;
use crate::error::Rejected;
use crate::v1;

listed!(ListStaffRequest);

/// Reads which page of the accounts is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list(request: &v1::ListStaffRequest) -> Result<Page, Rejected> {
    Reader::read(|reader| request.page(reader))
}
