//! Showing one section: the only way by which personal data leaves the desk, one section at a time and each time noted.

use tonic::Status;
use waymark_api::convert::case::SectionWanted;
use waymark_api::convert::section::content_message;
use waymark_api::{error, v1};
use waymark_desk::{Desk, SectionFault};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, StaffId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Day;
use waymark_domain::words::Category;

use crate::door;
use crate::history::History;

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
    if access_has_ended(&History::read(desk, thread)?, desk, event, category) {
        return Err(error::absent());
    }
    // The access log: who was shown what, never what it said.
    tracing::info!(target: "waymark::access", %staff, %thread, %category, %event, "shown");
    Ok(v1::RevealSectionResponse { content: Some(content_message(content)), event_id: event.to_string() })
}

/// Whether this office received the section and may no longer read it: from the withdrawal on, also before it is erased.
fn access_has_ended(history: &History, desk: &Desk, event: EventId, category: Category) -> bool {
    let Some(referral) = history.thread.referral() else { return false };
    let written = history.events().find(|(seen, _)| seen.event_id == event);
    let Some((seen, written)) = written else { return true };
    let received = referral.to == desk.me() && seen.author() == referral.from;
    received && !readable(referral, written, category, desk.now().day())
}

/// What is disclosed to save a life does not end with the consent's last day, but with its own review.
fn readable(referral: &ReferralState, written: &Event, category: Category, today: Day) -> bool {
    match written {
        Event::EmergencyDisclosed(_) => !referral.erasure_asks().any(|ask| ask.categories.contains(category)),
        _ => referral.may_read(category, today),
    }
}
