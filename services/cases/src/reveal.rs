//! Showing one section: personal data leaves the desk one section at a time, and each time is noted. What is not shown says why.

use tonic::Status;
use waymark_api::convert::case::SectionWanted;
use waymark_api::convert::section::content_message;
use waymark_api::{error, v1};
use waymark_desk::{Desk, SectionFault, Seen, section_category};
use waymark_domain::case::CaseState;
use waymark_domain::event::Event;
use waymark_domain::event::consent::ConsentWithdrawn;
use waymark_domain::ids::{EventId, KeyId, StaffId};
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EndedBy, ErasureReason};

use crate::door;
use crate::history::History;

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
    match desk.show_section(thread, event, category, staff) {
        Ok((event, content)) => Ok(v1::RevealSectionResponse {
            content: Some(content_message(content)),
            event_id: event.to_string(),
        }),
        Err(fault) => Err(why_not(desk, &History::read(desk, thread)?, event, category, fault)),
    }
}

/// Why a section of a thread that is here is not shown. What was never sent and what is hidden are one answer.
fn why_not(
    desk: &Desk,
    history: &History,
    event: Option<EventId>,
    category: Category,
    fault: SectionFault,
) -> Status {
    let of_referral = history.thread.referral().is_some();
    match fault {
        SectionFault::NotHere | SectionFault::NotForUs if event.is_some() => error::absent(),
        SectionFault::NotHere | SectionFault::NotForUs if of_referral => error::section_not_here(
            &format!("{category} was never sent to this office in this referral"),
            "Ask for it with `waymark referral request`, where her consent covers it.",
        ),
        SectionFault::NotHere | SectionFault::NotForUs => error::section_not_here(
            &format!("no {category} was recorded in this case"),
            "What another office sent lies in its referral: name the referral. Otherwise record it with `waymark case record`.",
        ),
        SectionFault::Ended => error::section_locked(),
        SectionFault::Erased => {
            let seen = newest(history, event, category);
            error::section_erased(&match seen.and_then(|seen| erased(desk, history, seen, category)) {
                Some((on, why)) => format!("{category} was erased at this office on {on}: {why}"),
                None => format!("{category} was erased at this office"),
            })
        }
        fault @ (SectionFault::KeyLost | SectionFault::Damaged | SectionFault::Failed(_)) => {
            door::not_shown(fault)
        }
    }
}

/// The newest section of a category, or that of an event.
fn newest(history: &History, event: Option<EventId>, category: Category) -> Option<&Seen> {
    let mut newest = history.seen.iter().rev();
    newest.find(|seen| event.is_none_or(|event| event == seen.event_id) && key_of(seen, category).is_some())
}

fn key_of(seen: &Seen, category: Category) -> Option<KeyId> {
    let section = seen.sections.iter().find(|section| section_category(section) == Some(category));
    section.map(|section| section.key)
}

/// When this office erased a section, and because of what.
fn erased(desk: &Desk, history: &History, seen: &Seen, category: Category) -> Option<(Day, &'static str)> {
    let key = key_of(seen, category)?;
    let own = history.events().find_map(|(seen, event)| match event {
        Event::Erased(body) if seen.author() == desk.me() && body.keys.contains(&key) => {
            Some((seen.recorded_at.day(), body.because))
        }
        _ => None,
    });
    if let Some((on, because)) = own {
        return Some((on, why(history, because)));
    }
    let case = match history.thread.case() {
        Some(case) => (door::case_erasure(&history.seen), case_reason(case)),
        None => {
            let case = door::case_of(desk, seen.thread).ok()??;
            (door::erasure_over(desk, seen.thread).ok()?, case_reason(case.case()?))
        }
    };
    Some((case.0?.erased_at.day(), case.1?))
}

fn case_reason(case: &CaseState) -> Option<&'static str> {
    Some(match case.erasure()?.reason {
        ErasureReason::Asked => "she asked for it",
        ErasureReason::Error => "the case was opened in error",
        ErasureReason::Retention => "the time of the case was over",
    })
}

fn why(history: &History, because: EventId) -> &'static str {
    let mut events = history.events();
    let event = events.find(|(seen, _)| seen.event_id == because).map(|(_, event)| event);
    match event {
        Some(Event::ConsentWithdrawn(ConsentWithdrawn { by: EndedBy::Person, .. })) => {
            "she withdrew her consent"
        }
        Some(Event::ConsentWithdrawn(_)) => "the other office ended the consent",
        Some(Event::ConsentNarrowed(_)) => "she narrowed her consent",
        Some(Event::ConsentExpired(_) | Event::ConsentReleased(_)) => "her consent had expired",
        Some(Event::EmergencyReviewed(_)) => "the review turned the emergency down",
        Some(Event::EmergencyDeclared(_)) => "the time of the emergency was over",
        Some(Event::RetentionClaimed(_)) => "the time for which the law asked to keep it was over",
        Some(_) | None => "the referral had ended",
    }
}
