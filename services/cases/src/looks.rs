//! Who was shown which section of a case and of its referrals: read from the log, where each time stands as an entry.

use tonic::Status;
use waymark_api::convert::value::instant;
use waymark_api::convert::words::Word as _;
use waymark_api::{error, v1};
use waymark_desk::Desk;
use waymark_domain::event::Event;
use waymark_domain::ids::ThreadId;

use crate::history::History;

/// Each time that a section was shown, the newest first, with its place in the own log.
pub(crate) fn of_case(desk: &Desk, case: ThreadId) -> Result<Vec<(u64, v1::Look)>, Status> {
    let of_case = History::read(desk, case)?;
    let links = &of_case.thread.case().ok_or_else(error::absent)?.links;
    let mut looks = Vec::new();
    take(desk, case, &of_case, &mut looks);
    for link in links {
        take(desk, link.referral, &History::read(desk, link.referral)?, &mut looks);
    }
    looks.sort_by_key(|(index, _)| core::cmp::Reverse(*index));
    Ok(looks)
}

fn take(desk: &Desk, thread: ThreadId, history: &History, looks: &mut Vec<(u64, v1::Look)>) {
    let shown = history.events().filter_map(|(seen, event)| match event {
        Event::SectionShown(shown) => Some((seen, shown)),
        _ => None,
    });
    looks.extend(shown.map(|(seen, shown)| {
        let look = v1::Look {
            at: Some(instant(seen.recorded_at)),
            staff: desk.actor_of(seen).map(|staff| staff.to_string()).unwrap_or_default(),
            thread: thread.to_string(),
            category: shown.category.number(),
            event_id: shown.event.to_string(),
        };
        (seen.index, look)
    }));
}
