//! Showing one section: personal data leaves the desk one section at a time, and each time is noted.

use tonic::Status;
use waymark_api::convert::case::SectionWanted;
use waymark_api::convert::section::content_message;
use waymark_api::v1;
use waymark_desk::Desk;
use waymark_domain::ids::StaffId;

use crate::door;

/// Opens a section for `staff`.
pub(crate) fn reveal(
    desk: &Desk,
    wanted: SectionWanted,
    staff: StaffId,
) -> Result<v1::RevealSectionResponse, Status> {
    let SectionWanted { thread, category, event } = wanted;
    let (event, content) = desk.show_section(thread, event, category, staff).map_err(door::not_shown)?;
    Ok(v1::RevealSectionResponse { content: Some(content_message(content)), event_id: event.to_string() })
}
