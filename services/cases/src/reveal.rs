//! Showing one section: personal data leaves the desk one section at a time, and each time is noted.

use tonic::Status;
use waymark_api::convert::case::SectionWanted;
use waymark_api::convert::section::content_message;
use waymark_api::{error, v1};
use waymark_desk::Desk;
use waymark_domain::ids::StaffId;

use crate::door;

/// Opens a section for `staff`; `cases_too`: also one of a case, and not of a referral alone.
pub(crate) fn reveal(
    desk: &Desk,
    wanted: SectionWanted,
    staff: StaffId,
    cases_too: bool,
) -> Result<v1::RevealSectionResponse, Status> {
    let SectionWanted { thread, category, event } = wanted;
    let known = desk.thread(thread).map_err(|failure| door::failed(&failure))?;
    if !cases_too && known.is_some_and(|known| known.referral().is_none()) {
        return Err(error::role_missing("case worker or coordinator"));
    }
    let (event, content) = desk.show_section(thread, event, category, staff).map_err(door::not_shown)?;
    Ok(v1::RevealSectionResponse { content: Some(content_message(content)), event_id: event.to_string() })
}
