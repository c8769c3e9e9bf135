//! What a decision wants written: events without places, keys or bytes. The desk seals and commits them.

use crate::event::Event;
use crate::ids::{EventId, KemPublic, OfficeId, ThreadId};
use crate::section::Content;
use crate::time::Timestamp;
use crate::words::Category;

/// An entry to be. All drafts of one decision are committed together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub event_id: EventId,
    /// Its thread.
    pub thread: ThreadId,
    /// To whom it goes.
    pub audience: Audience,
    /// Its public part.
    pub event: Event,
    /// On which basis its sections are shared.
    pub basis: BasisOn,
    /// Events it answers; known to the audience. The desk resolves them, also within the commit.
    pub causes: Vec<EventId>,
    /// What it seals.
    pub sections: Vec<SectionDraft>,
    /// To which key the section keys are wrapped for the audience; `None`: sealed for this office only.
    pub grant_to: Option<GrantTo>,
}

/// To whom an entry goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Nobody else.
    Nobody,
    /// One office.
    Office(OfficeId),
    /// Every office.
    Network,
}

/// The basis, naming events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasisOn {
    /// Nothing is sealed for anybody.
    None,
    /// The released consent: the first entry of its chain.
    Consent(EventId),
    /// A reply in the thread to this entry.
    Reply(EventId),
    /// The office's own bodies.
    OwnData,
    /// The declaration of an emergency.
    Emergency(EventId),
}

/// A section to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionDraft {
    /// Its category.
    pub category: Category,
    /// Its content.
    pub source: Source,
}

/// Where the content of a section comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Here.
    Given(Content),
    /// The newest section of that category in this case.
    OfCase(ThreadId),
    /// The section of that category that this office sealed with this event of the thread.
    OfEvent(EventId),
}

/// To which key of the recipient section keys are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantTo {
    /// Its inbox key: only for an offer.
    Inbox(OfficeId),
    /// Its key for this thread.
    Thread,
}

/// What surrounds a decision.
pub struct Context<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// This office.
    pub me: OfficeId,
    /// Where new ids and keys come from.
    pub ids: &'a mut dyn Ids,
}

impl core::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Context").field("now", &self.now).field("me", &self.me).finish_non_exhaustive()
    }
}

/// Gives new ids and keys. The real one draws them at random and keeps the secrets in the vault.
pub trait Ids {
    /// An id for an event.
    fn event(&mut self) -> EventId;
    /// An id for a thread.
    fn thread(&mut self) -> ThreadId;
    /// A fresh key of this office for `thread`.
    fn thread_key(&mut self, thread: ThreadId) -> KemPublic;
}
