//! Rules that can be broken in the model, to see that it misses each of them.

use waymark_domain::draft::{Audience, BasisOn, Draft};
use waymark_domain::event::Event;
use waymark_domain::event::journey::ReceptionConfirmed;
use waymark_domain::event::referral::SectionsDisclosed;
use waymark_domain::ids::ThreadId;
use waymark_domain::words::Category;

use crate::office::Entry;
use crate::system::{Side, State};

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// South does not take notice of withdrawals.
    WithdrawalIgnored,
    /// What was not answered before a crash is not answered after it.
    AnswerForgotten,
    /// Granted keys are taken over whatever the consent says.
    KeyUnchecked,
    /// North discloses to whoever accepts.
    DisclosureUnchecked,
    /// A decision does not see the other referrals of the case.
    LinksForgotten,
    /// South erases nothing.
    NothingErased,
    /// South confirms a reception although it knows that the hand-over has ended.
    ReceptionUnchecked,
}

/// What the receiver must not overhear.
pub(crate) const fn withdraws(event: &Event) -> bool {
    matches!(event, Event::ConsentWithdrawn(_) | Event::ReferralWithdrawn(_))
}

impl State {
    /// Discloses to whoever accepts.
    pub(crate) fn careless_disclosure(&self, me: Side, entry: &Entry) -> Option<Draft> {
        let disclosed = SectionsDisclosed { categories: vec![Category::Identity] };
        let accepts = matches!(entry.event, Event::ReferralAccepted(_));
        accepts.then(|| self.unruly(me, entry.thread, disclosed))
    }

    /// Confirms a reception whatever has been heard since the confirmation.
    pub(crate) fn careless_reception(&mut self, me: Side, thread: ThreadId) -> Option<()> {
        let referral = self.office(me).referral(thread)?;
        if !referral.is_confirmed() || referral.receiver.received_at().is_some() {
            return None;
        }
        let draft = self.unruly(me, thread, ReceptionConfirmed { at: self.now() });
        self.commit(me, &[draft]);
        Some(())
    }

    /// A draft that no rule allows.
    fn unruly(&self, me: Side, thread: ThreadId, event: impl Into<Event>) -> Draft {
        let event_id = self.in_context(me, |ctx| ctx.ids.event());
        let (audience, causes, sections) = (Audience::Office(me.other().id()), Vec::new(), Vec::new());
        let (event, basis, grant_to) = (event.into(), BasisOn::None, None);
        Draft { event_id, thread, audience, event, basis, causes, sections, grant_to }
    }
}
