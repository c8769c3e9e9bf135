//! Everything that this office holds on a case, for the person herself (GDPR article 15): gathered without opening anything, then told
//! part by part, each section opened as it is told, if it may be then, and each opening noted.
//!
//! It leaves nothing out that is here, also what was erased: that it was there is told. What it tells she may read; what it says about
//! others the office looks through before it gives it out.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tonic::Status;
use waymark_api::convert::section::content_message;
use waymark_api::convert::value::instant;
use waymark_api::convert::words::Word as _;
use waymark_api::serve::holding::Holding;
use waymark_api::v1::get_subject_access_response::Part;
use waymark_api::{error, v1};
use waymark_desk::{Desk, SectionFault, Seen, section_category};
use waymark_domain::describe::describe;
use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::{StaffId, ThreadId};
use waymark_domain::words::Category;

use crate::history::History;
use crate::projection::CasesProjection;
use crate::{case_view, door, referral_view};

/// How long somebody who has stopped reading is waited for; nothing is opened for her meanwhile.
const WAITED_FOR: Duration = Duration::from_secs(60);

/// Where parts go.
pub(crate) type Tell = mpsc::Sender<Result<v1::GetSubjectAccessResponse, Status>>;

/// A section that is still sealed.
struct Sealed {
    seen: Seen,
    category: Category,
}

/// What is to be told of a case.
pub(crate) struct Gathered {
    start: v1::SubjectAccessStart,
    /// Before the sections: the case, its referrals, who holds what.
    before: Vec<Part>,
    sections: Vec<Sealed>,
    /// After them: what happened.
    after: Vec<Part>,
}

/// Gathers everything about `case`; opens nothing.
pub(crate) fn gather(desk: &Desk, rows: &CasesProjection, id: ThreadId) -> Result<Gathered, Status> {
    let history = History::read(desk, id)?;
    let case = history.thread.case().ok_or_else(error::absent)?;
    let mut before = vec![Part::Case(case_view::read(desk, rows, id)?)];
    let mut histories = Vec::new();
    for link in &case.links {
        before.push(Part::Referral(referral_view::read(desk, rows, link.referral)?));
        histories.push(History::read(desk, link.referral)?);
    }
    before.extend(holdings(desk, case.links.iter().map(|link| link.referral), id)?);
    histories.insert(0, history);
    let sections: Vec<Sealed> = histories.iter().flat_map(sealed).collect();
    let after = events(desk, &histories);
    let parts = before.len() + sections.len() + after.len() + 1;
    let start = v1::SubjectAccessStart {
        case: id.to_string(),
        office: desk.me().to_string(),
        made_at: Some(instant(desk.now())),
        parts: u32::try_from(parts).unwrap_or(u32::MAX),
    };
    Ok(Gathered { start, before, sections, after })
}

fn holdings(
    desk: &Desk,
    referrals: impl Iterator<Item = ThreadId>,
    case: ThreadId,
) -> Result<Vec<Part>, Status> {
    let register = desk.register().map_err(|failure| door::failed(&failure))?;
    let mut holdings = door::own_holdings(desk, case)?;
    for referral in referrals {
        holdings.extend(door::holdings(desk, &register, referral)?);
    }
    holdings.sort_by_key(Holding::key);
    Ok(holdings.iter().map(|holding| Part::Holding(holding.message())).collect())
}

fn sealed(history: &History) -> Vec<Sealed> {
    let mut sections = Vec::new();
    for seen in history.seen.iter().filter(|seen| !history.thread.repeats(seen)) {
        for category in seen.sections.iter().filter_map(section_category) {
            sections.push(Sealed { seen: seen.clone(), category });
        }
    }
    sections
}

/// What happened in all threads, in the order in which this office knew it; receipts of machines apart.
fn events(desk: &Desk, histories: &[History]) -> Vec<Part> {
    let told = histories.iter().flat_map(|history| {
        let once = history.events().filter(|(seen, _)| !history.thread.repeats(seen));
        once.filter(|(_, event)| !matches!(event, Event::Received(_) | Event::Receipted(_)))
    });
    let mut told: Vec<(&Seen, &Event)> = told.collect();
    told.sort_by_key(|(seen, _)| seen.index);
    let message = |(seen, event): (&Seen, &Event)| {
        Part::Event(v1::SubjectAccessEvent {
            thread: seen.thread.to_string(),
            known_at: Some(instant(seen.recorded_at)),
            sentence: describe(seen.author(), event, &|office| desk.office_name(office)),
            kind: event.name().to_owned(),
            category: shown(event).map_or(0, |category| category.number()),
        })
    };
    told.into_iter().map(message).collect()
}

/// Which section somebody was shown.
const fn shown(event: &Event) -> Option<Category> {
    match event {
        Event::SectionShown(body) => Some(body.category),
        _ => None,
    }
}

impl Gathered {
    /// Tells every part, and opens each section for `staff` as it is told; stops when nobody listens any more, or nobody has read on for
    /// a while. Blocks, on a thread of `runtime` that may.
    pub(crate) fn tell(self, desk: &Desk, staff: StaffId, runtime: &Handle, tell: &Tell) {
        let Self { start, before, sections, after } = self;
        let mut end = v1::SubjectAccessEnd::default();
        let opened = sections.iter().map(|sealed| {
            let section = sealed.open(desk, staff);
            let told = if section.content.is_some() { &mut end.shown } else { &mut end.not_shown };
            *told += 1;
            Part::Section(section)
        });
        let first = std::iter::once(Part::Start(start)).chain(before);
        let mut parts = first.chain(opened).chain(after);
        let message = |part| Ok(v1::GetSubjectAccessResponse { part: Some(part) });
        // Only once there is room for it: a section that nobody waits for is not opened.
        let room = || runtime.block_on(tokio::time::timeout(WAITED_FOR, tell.reserve()));
        while let Ok(Ok(room)) = room() {
            if let Some(part) = parts.next() {
                room.send(message(part));
            } else {
                drop(parts);
                return room.send(message(Part::End(end)));
            }
        }
    }
}

impl Sealed {
    fn open(&self, desk: &Desk, staff: StaffId) -> v1::SubjectAccessSection {
        let Self { seen, category } = self;
        // As the thread is now: while the parts before were told, she may have withdrawn.
        let thread = desk.thread(seen.thread).map_err(SectionFault::from);
        let thread = thread.and_then(|thread| thread.ok_or(SectionFault::NotHere));
        let (content, gone) = match thread.and_then(|thread| desk.open_seen(&thread, seen, *category)) {
            Ok(content) => match desk.record_shown(seen.thread, seen.event_id, *category, staff) {
                Ok(()) => (Some(content_message(content)), v1::SectionGone::Unspecified),
                Err(fault) => (None, gone(&fault.into())),
            },
            Err(fault) => (None, gone(&fault)),
        };
        v1::SubjectAccessSection {
            thread: seen.thread.to_string(),
            category: category.number(),
            event_id: seen.event_id.to_string(),
            kind: rule_of(seen.kind).map_or_else(String::new, |rule| rule.name.to_owned()),
            from_office: seen.author().to_string(),
            recorded_at: Some(instant(seen.recorded_at)),
            content,
            gone: gone.into(),
        }
    }
}

fn gone(fault: &SectionFault) -> v1::SectionGone {
    match fault {
        SectionFault::Erased => v1::SectionGone::Erased,
        SectionFault::Ended => v1::SectionGone::Locked,
        SectionFault::NotForUs => v1::SectionGone::NotShared,
        SectionFault::KeyLost => v1::SectionGone::KeyLost,
        SectionFault::NotHere | SectionFault::Damaged | SectionFault::Failed(_) => {
            tracing::error!(%fault, "a section could not be told to the person");
            v1::SectionGone::Unreadable
        }
    }
}
