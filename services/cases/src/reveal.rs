//! Showing one section: personal data leaves the desk one section at a time, and each time is noted.

use tonic::Status;
use waymark_api::convert::case::SectionWanted;
use waymark_api::convert::section::content_message;
use waymark_api::v1;
use waymark_desk::{Desk, SectionFault};
use waymark_domain::ids::{EventId, StaffId, ThreadId};
use waymark_domain::words::Category;

use crate::door;

/// Opens a section for `staff`.
pub(crate) fn reveal(
    desk: &Desk,
    wanted: SectionWanted,
    staff: StaffId,
) -> Result<v1::RevealSectionResponse, Status> {
    let SectionWanted { thread, category, event } = wanted;
    let opened = match event {
        Some(event) => desk.open_section(thread, event, category).map(|content| (event, content)),
        None => desk.latest_section(thread, category).and_then(|newest| newest.ok_or(SectionFault::NotHere)),
    };
    let (event, content) = opened.map_err(door::not_shown)?;
    note(staff, thread, category, event);
    Ok(v1::RevealSectionResponse { content: Some(content_message(content)), event_id: event.to_string() })
}

/// Writes into the access log who was shown what, never what it said.
pub(crate) fn note(staff: StaffId, thread: ThreadId, category: Category, event: EventId) {
    tracing::info!(target: "waymark::access", %staff, %thread, %category, %event, "shown");
}
