//! CaseService.

use waymark_domain::command::{
    CloseCase, OpenCase, OrderCaseErasure, RecordSection, ReopenCase, SetSafeguards,
};
use waymark_domain::ids::{Country, EventId, ThreadId};
use waymark_domain::words::Category;

use super::change::{change, new_thread};
use super::list::{Listed, Page, Resume, listed, resume};
use super::read::Reader;
use super::section::content;
use crate::error::{Fault, Rejected};
use crate::v1;

/// Barred countries, at most.
const BARRED_MAX: usize = 16;

change!(OpenCaseRequest => OpenCaseResponse { case: new_thread }; |message, _, reader| {
    let (minor, barred) = safeguards(reader, message.safeguards);
    OpenCase { minor, barred, note: reader.text_if_any("note", message.note) }
});

change!(RecordSectionRequest => RecordSectionResponse {}; |message, _, reader| {
    let category = reader.word("category", message.category);
    if category == Category::Coordination {
        reader.note("category", Fault::WrongCategory);
    }
    RecordSection {
        case: reader.id("case", &message.case),
        category,
        content: content(reader, "content", message.content, category),
    }
});

change!(SetSafeguardsRequest => SetSafeguardsResponse {}; |message, _, reader| {
    let present = reader.present("safeguards", message.safeguards);
    let (minor, barred) = safeguards(reader, present);
    SetSafeguards { case: reader.id("case", &message.case), minor, barred }
});

change!(CloseCaseRequest => CloseCaseResponse {}; |message, _, reader| CloseCase {
    case: reader.id("case", &message.case),
    outcome: reader.word("outcome", message.outcome),
    note: reader.text_if_any("note", message.note),
});

change!(ReopenCaseRequest => ReopenCaseResponse {}; |message, _, reader| ReopenCase {
    case: reader.id("case", &message.case),
    note: reader.text_if_any("note", message.note),
});

change!(OrderCaseErasureRequest => OrderCaseErasureResponse {}; |message, _, reader| OrderCaseErasure {
    case: reader.id("case", &message.case),
    reason: reader.word("reason", message.reason),
});

listed!(ListCasesRequest);

/// Which cases are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseFilter {
    /// In one of these states; empty: any.
    pub states: Vec<v1::CaseState>,
    /// Only those for which this office is the responsible one.
    pub responsible_here: bool,
}

/// Reads which cases are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list(request: &v1::ListCasesRequest) -> Result<(CaseFilter, Page), Rejected> {
    Reader::read(|reader| {
        let states = reader.values("states", &request.states);
        (CaseFilter { states, responsible_here: request.responsible_here }, request.page(reader))
    })
}

/// Reads which cases are watched, and from where on.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn watch(request: &v1::WatchCasesRequest) -> Result<(CaseFilter, Option<Resume>), Rejected> {
    Reader::read(|reader| {
        let states = reader.values("states", &request.states);
        (CaseFilter { states, responsible_here: false }, resume(reader, &request.resume_token))
    })
}

/// Reads which case is wanted.
///
/// # Errors
/// [`Rejected`] when it is not an identifier.
pub fn case_of(request: &v1::GetCaseRequest) -> Result<ThreadId, Rejected> {
    Reader::read(|reader| reader.id("case", &request.case))
}

listed!(ListLooksRequest);

/// Reads of which case it is asked who looked.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn looks(request: &v1::ListLooksRequest) -> Result<(ThreadId, Page), Rejected> {
    Reader::read(|reader| (reader.id("case", &request.case), request.page(reader)))
}

/// Reads of which case everything is wanted.
///
/// # Errors
/// [`Rejected`] when it is not an identifier.
pub fn subject_access(request: &v1::GetSubjectAccessRequest) -> Result<ThreadId, Rejected> {
    Reader::read(|reader| reader.id("case", &request.case))
}

/// The section that is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionWanted {
    /// The case or referral.
    pub thread: ThreadId,
    /// Which section.
    pub category: Category,
    /// The event whose version is wanted; none: the newest.
    pub event: Option<EventId>,
}

/// Reads which section is to be shown.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn reveal(request: &v1::RevealSectionRequest) -> Result<SectionWanted, Rejected> {
    Reader::read(|reader| SectionWanted {
        thread: reader.id("thread", &request.thread),
        category: reader.word("category", request.category),
        event: reader.id_if_any("event_id", &request.event_id),
    })
}

/// What the red lines know, as a message.
#[must_use]
pub fn safeguards_message(minor: bool, barred: &[Country]) -> v1::Safeguards {
    v1::Safeguards { minor, barred_countries: barred.iter().map(Country::to_string).collect() }
}

fn safeguards(reader: &mut Reader, message: Option<v1::Safeguards>) -> (bool, Vec<Country>) {
    let message = message.unwrap_or_default();
    let barred = reader.within("safeguards", |reader| {
        reader.countries("barred_countries", &message.barred_countries, BARRED_MAX)
    });
    (message.minor, barred)
}
