//! One event as this office saw it: its own, or another office's that it received, at one place of its own log.

use waymark_domain::event::{Event, Unreadable};
use waymark_domain::ids::{EventId, OfficeId, Ref, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::Category;
use waymark_seal::entry::{Audience, Basis, GrantRef, SectionRef};

/// An event in the order in which this office came to know it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Index in this office's own log: of the entry itself, or of the `Received` that names it.
    pub index: u64,
    /// When this office wrote that entry, by its own clock.
    pub recorded_at: Timestamp,
    /// Where the entry stands in its writer's log.
    pub at: Ref,
    /// The event's id.
    pub event_id: EventId,
    /// The thread.
    pub thread: ThreadId,
    /// When its writer says it was written; only a claim.
    pub claimed_at: Timestamp,
    /// To whom it was released.
    pub audience: Audience,
    /// On which basis.
    pub basis: Basis,
    /// The number of its kind.
    pub kind: u16,
    /// Its public part, unless this version cannot read the kind.
    pub event: Result<Event, Unreadable>,
    /// Its sealed sections.
    pub sections: Vec<SectionRef>,
    /// The keys it wraps.
    pub grants: Vec<GrantRef>,
    /// Who acted, sealed for the writer's own office.
    pub actor: Vec<u8>,
}

impl Seen {
    /// The office that wrote it.
    #[must_use]
    pub fn author(&self) -> OfficeId {
        self.at.office
    }
}

/// The data category of a section, when this version knows it.
#[must_use]
pub fn section_category(section: &SectionRef) -> Option<Category> {
    section.category()
}

/// The data category of a grant, when this version knows it.
#[must_use]
pub fn grant_category(grant: &GrantRef) -> Option<Category> {
    grant.category()
}
