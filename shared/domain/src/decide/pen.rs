//! Writes drafts: the one place that knows how an event of each audience and basis is put together.

use crate::command::Text;
use crate::draft::{Audience, BasisOn, Context, Draft, GrantTo, SectionDraft, Source};
use crate::event::Event;
use crate::ids::{EventId, OfficeId, ThreadId};
use crate::referral::ReferralState;
use crate::section::Content;
use crate::words::Category;
use crate::world::Party;

/// Collects the drafts of one decision.
pub(crate) struct Pen<'c, 'i> {
    pub(crate) ctx: &'c mut Context<'i>,
    drafts: Vec<Draft>,
}

impl<'c, 'i> Pen<'c, 'i> {
    pub(crate) fn new(ctx: &'c mut Context<'i>) -> Self {
        Self { ctx, drafts: Vec::new() }
    }

    pub(crate) fn done(self) -> Vec<Draft> {
        self.drafts
    }

    /// An entry of this office for itself.
    pub(crate) fn own(
        &mut self,
        thread: ThreadId,
        event: impl Into<Event>,
        sections: Vec<SectionDraft>,
    ) -> EventId {
        self.push(thread, Audience::Nobody, event.into(), BasisOn::OwnData, sections, None)
    }

    /// An entry for every office.
    pub(crate) fn notice(&mut self, event: impl Into<Event>) -> EventId {
        let thread = notice_thread(self.ctx.me);
        self.push(thread, Audience::Network, event.into(), BasisOn::None, Vec::new(), None)
    }

    /// An entry for the other party, without anything sealed.
    pub(crate) fn tell(&mut self, referral: &ReferralState, event: impl Into<Event>) -> EventId {
        let to = self.other(referral);
        self.push(referral.thread, to, event.into(), BasisOn::None, Vec::new(), None)
    }

    /// An entry for the other party that seals one section as a reply to `cause`.
    pub(crate) fn reply(
        &mut self,
        referral: &ReferralState,
        event: impl Into<Event>,
        cause: EventId,
        section: SectionDraft,
    ) -> EventId {
        let (to, basis) = (self.other(referral), BasisOn::Reply(cause));
        self.push(referral.thread, to, event.into(), basis, vec![section], Some(GrantTo::Thread))
    }

    /// An entry for the other party, with a message where there is one and the other party can read one.
    pub(crate) fn tell_with(
        &mut self,
        referral: &ReferralState,
        event: impl Into<Event>,
        note: Option<&Text>,
    ) -> EventId {
        let opening = self.party(referral).other();
        match (note, referral.opening(opening), referral.thread_key(opening)) {
            (Some(note), Some(cause), Some(_)) => self.reply(referral, event, cause, message(note)),
            (_, _, _) => self.tell(referral, event),
        }
    }

    /// An entry for the other party that seals sections on `basis`.
    pub(crate) fn share(
        &mut self,
        referral: &ReferralState,
        event: impl Into<Event>,
        basis: BasisOn,
        sections: Vec<SectionDraft>,
    ) -> EventId {
        let to = self.other(referral);
        self.push(referral.thread, to, event.into(), basis, sections, Some(GrantTo::Thread))
    }

    /// Says that the newest draft answers `cause`.
    pub(crate) fn because(&mut self, cause: EventId) {
        if let Some(draft) = self.drafts.last_mut()
            && !draft.causes.contains(&cause)
        {
            draft.causes.push(cause);
        }
    }

    pub(crate) fn push(
        &mut self,
        thread: ThreadId,
        audience: Audience,
        event: Event,
        basis: BasisOn,
        sections: Vec<SectionDraft>,
        grant_to: Option<GrantTo>,
    ) -> EventId {
        let event_id = self.ctx.ids.event();
        let causes = Vec::new();
        self.drafts.push(Draft { event_id, thread, audience, event, basis, causes, sections, grant_to });
        event_id
    }

    fn other(&self, referral: &ReferralState) -> Audience {
        Audience::Office(referral.office(self.party(referral).other()))
    }

    /// Which party this office is. A command or reaction on a thread of others is refused before it comes here.
    fn party(&self, referral: &ReferralState) -> Party {
        referral.party(self.ctx.me).unwrap_or(Party::Sender)
    }
}

/// The thread of an office's notices to the network: its id is the office's.
#[must_use]
pub const fn notice_thread(office: OfficeId) -> ThreadId {
    ThreadId(office.0)
}

/// A message as a section.
pub(crate) fn message(text: &Text) -> SectionDraft {
    given(Category::Coordination, Content::Message(text.0.clone()))
}

/// A section with this content.
pub(crate) fn given(category: Category, content: Content) -> SectionDraft {
    SectionDraft { category, source: Source::Given(content) }
}

/// An internal note, when there is one.
pub(crate) fn office_note(note: Option<&Text>) -> Vec<SectionDraft> {
    note.map(|note| given(Category::Office, Content::Message(note.0.clone()))).into_iter().collect()
}
